//! What kind of address an address is.

use std::net::IpAddr;
use std::net::Ipv4Addr;

use ipnet::IpNet;

/// Why no host has such an address that others could use (RFC 6890).
pub(super) fn special(address: IpAddr) -> Option<&'static str> {
    if address.is_loopback() {
        Some("a loopback address")
    } else if address.is_unspecified() {
        Some("the wildcard")
    } else if address.is_multicast() {
        Some("a multicast address")
    } else if is_link_local(address) {
        Some("a link-local address")
    } else if address == IpAddr::V4(Ipv4Addr::BROADCAST) {
        Some("the broadcast address")
    } else {
        None
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// The first and last address of an IPv4 network belong to the network; /31 and /32 have none such (RFC 3021).
pub(super) fn end_of(net: IpNet) -> Option<&'static str> {
    if !net.addr().is_ipv4() || net.prefix_len() >= 31 {
        return None;
    }
    if net.addr() == net.network() {
        Some("the address of its network")
    } else if net.addr() == net.broadcast() {
        Some("the broadcast address of its network")
    } else {
        None
    }
}

/// Whether the whole internet may know an address; documentation ranges stand for such ones (RFC 5737, RFC 3849).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !address.is_private() && !shared && special(address.into()).is_none()
        }
        IpAddr::V6(address) => !address.is_unique_local() && special(address.into()).is_none(),
    }
}

/// Whether two addresses differ in their first octet, by one digit more or less, and the next two are the same.
pub(super) fn one_digit_apart(one: &[u8; 4], other: &[u8; 4]) -> bool {
    if one[0] == other[0] || one[1..3] != other[1..3] {
        return false;
    }
    let [short, long] = {
        let mut pair = [one[0].to_string(), other[0].to_string()];
        pair.sort_by_key(String::len);
        pair
    };
    let without = |index: usize| format!("{}{}", &long[..index], &long[index + 1..]);
    long.len() == short.len() + 1 && (0..long.len()).any(|index| without(index) == short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_a_kind() {
        let kind = |text: &str| special(text.parse().unwrap());
        assert_eq!(kind("127.0.0.1"), Some("a loopback address"));
        assert_eq!(kind("fe80::1"), Some("a link-local address"));
        assert_eq!(kind("224.0.0.18"), Some("a multicast address"));
        assert_eq!(kind("192.0.2.1"), None);
        let end = |text: &str| end_of(text.parse().unwrap());
        assert_eq!(end("192.0.2.0/24"), Some("the address of its network"));
        assert_eq!(
            end("192.0.2.255/24"),
            Some("the broadcast address of its network")
        );
        assert_eq!(end("192.0.2.0/31"), None);
        assert_eq!(end("2001:db8::/64"), None);
        let public = |text: &str| is_public(text.parse().unwrap());
        assert!(public("203.0.113.1") && public("2001:db8::1"));
        assert!(!public("10.1.2.3") && !public("100.64.0.1") && !public("fd00::1"));
    }

    #[test]
    fn a_digit_too_many_is_seen() {
        assert!(one_digit_apart(&[100, 0, 0, 1], &[10, 0, 0, 9]));
        assert!(!one_digit_apart(&[10, 0, 0, 1], &[11, 0, 0, 9]));
        assert!(!one_digit_apart(&[100, 0, 0, 1], &[10, 0, 1, 9]));
    }
}
