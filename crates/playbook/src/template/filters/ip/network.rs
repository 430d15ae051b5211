//! An address with its prefix, as netaddr's `IPNetwork`.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// An address within a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::template) struct Network {
    v6: bool,
    value: u128,
    prefix: u32,
}

impl Network {
    /// An address and the length of its prefix.
    pub(super) fn new(v6: bool, value: u128, prefix: u32) -> Option<Network> {
        let bits = if v6 { 128 } else { 32 };
        let fits = v6 || value <= u128::from(u32::MAX);
        (prefix <= bits && fits).then_some(Network { v6, value, prefix })
    }

    /// Reads `address`, `address/prefix`, `address/netmask` or `address/hostmask`.
    pub(in crate::template) fn parse(text: &str) -> Option<Network> {
        let (address, suffix) = text
            .split_once('/')
            .map_or((text, None), |(address, suffix)| (address, Some(suffix)));
        let (v6, value) = number(address.parse().ok()?);
        let bits = if v6 { 128 } else { 32 };
        let prefix = match suffix {
            None => bits,
            Some(digits) if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().ok()?
            }
            Some(mask) => mask_length(v6, number(mask.parse().ok()?))?,
        };
        Network::new(v6, value, prefix)
    }

    /// 4 or 6.
    pub(in crate::template) fn version(&self) -> u8 {
        if self.v6 { 6 } else { 4 }
    }

    pub(super) fn bits(&self) -> u32 {
        if self.v6 { 128 } else { 32 }
    }

    pub(super) fn prefix(&self) -> u32 {
        self.prefix
    }

    pub(super) fn value(&self) -> u128 {
        self.value
    }

    /// The mask of the host part.
    pub(super) fn host_mask(&self) -> u128 {
        let host = self.bits() - self.prefix;
        if host == 128 { u128::MAX } else { (1 << host) - 1 }
    }

    pub(super) fn net_mask(&self) -> u128 {
        let all = if self.v6 { u128::MAX } else { u128::from(u32::MAX) };
        all ^ self.host_mask()
    }

    /// The number of the network address.
    pub(super) fn first(&self) -> u128 {
        self.value & self.net_mask()
    }

    /// The number of the last address.
    pub(super) fn last(&self) -> u128 {
        self.value | self.host_mask()
    }

    /// How many addresses it has, less one.
    pub(super) fn span(&self) -> u128 {
        self.host_mask()
    }

    /// Whether it is a single address.
    pub(super) fn is_single(&self) -> bool {
        self.span() == 0
    }

    /// Whether there is a broadcast address.
    pub(super) fn has_broadcast(&self) -> bool {
        self.bits() - self.prefix > 1
    }

    /// Whether the address is the network's own.
    pub(super) fn is_network_address(&self) -> bool {
        self.value == self.first()
    }

    /// Whether it has no host part.
    pub(in crate::template) fn is_bare(&self) -> bool {
        self.is_network_address()
    }

    /// The text of another address of the same version.
    pub(super) fn text_of(&self, value: u128) -> String {
        text(self.v6, value)
    }

    /// The text of the address.
    pub(super) fn address(&self) -> String {
        text(self.v6, self.value)
    }

    /// The same with another address and prefix.
    pub(super) fn with(&self, value: u128, prefix: u32) -> Network {
        Network {
            v6: self.v6,
            value,
            prefix,
        }
    }

    /// The network itself, without the host part.
    pub(super) fn cidr(&self) -> Network {
        self.with(self.first(), self.prefix)
    }

    /// The first and the last address that a host may have; none for a single address.
    pub(super) fn usable(&self) -> Option<(u128, u128)> {
        match self.span() {
            0 => None,
            1 => Some((self.first(), self.last())),
            _ => Some((self.first() + 1, self.last() - 1)),
        }
    }

    /// Whether another network lies within this one.
    pub(in crate::template) fn contains(&self, other: &Network) -> bool {
        self.v6 == other.v6 && self.first() <= other.first() && other.last() <= self.last()
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address(), self.prefix)
    }
}

fn number(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (false, u128::from(u32::from(address))),
        IpAddr::V6(address) => (true, u128::from(address)),
    }
}

/// The text of an address.
pub(super) fn text(v6: bool, value: u128) -> String {
    if v6 {
        return Ipv6Addr::from(value).to_string();
    }
    Ipv4Addr::from(u32::try_from(value).unwrap_or(u32::MAX)).to_string()
}

fn mask_length(v6: bool, (mask_v6, mask): (bool, u128)) -> Option<u32> {
    if v6 != mask_v6 {
        return None;
    }
    let bits = if v6 { 128 } else { 32 };
    let all = if v6 { u128::MAX } else { u128::from(u32::MAX) };
    let candidates = (0..=bits).map(|prefix| (prefix, Network { v6, value: 0, prefix }));
    let mut matching = candidates
        .filter(|(_, net)| net.net_mask() == mask || (net.host_mask() == mask && mask != 0 && mask != all));
    matching.next().map(|(prefix, _)| prefix)
}
