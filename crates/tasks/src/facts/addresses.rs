//! The addresses that a host has.

use std::net::IpAddr;

use evenkeel_host::Fact;
use evenkeel_host::Output;
use serde::Deserialize;
use serde::Serialize;

/// The addresses of all interfaces, as ip-address(8) lists them.
#[derive(Clone, Debug)]
pub struct Addresses;

/// An address, and the interface that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The interface.
    pub interface: String,
    /// The address.
    pub address: IpAddr,
}

impl Fact for Addresses {
    type Value = Vec<Held>;
    const FAMILY: &'static str = "addresses";

    fn key(&self) -> String {
        "all".to_owned()
    }

    fn script(_keys: &[&str]) -> String {
        "ip -o addr\n".to_owned()
    }

    fn parse(&self, output: &Output) -> Result<Vec<Held>, String> {
        match output.code {
            0 => {}
            127 => return Err("`ip` is missing".to_owned()),
            code => return Err(format!("`ip` ended with {code}")),
        }
        Ok(output.text().lines().filter_map(held).collect())
    }
}

/// A line: `2: eth0    inet 192.0.2.11/24 brd ...`.
fn held(line: &str) -> Option<Held> {
    let mut words = line.split_whitespace().skip(1);
    let interface = words.next()?.to_owned();
    let address = words.nth(1)?;
    let address = address.split('/').next()?.parse().ok()?;
    Some(Held { interface, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// iproute2 6.1 on Debian 12, with an address that keepalived added.
    const IP: &str = "\
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
1: lo    inet6 ::1/128 scope host noprefixroute \\       valid_lft forever preferred_lft forever
2: eth0    inet 192.0.2.11/24 brd 192.0.2.255 scope global eth0\\       valid_lft forever preferred_lft forever
2: eth0    inet 192.0.2.100/24 scope global secondary eth0\\       valid_lft forever preferred_lft forever
3: tun0    inet 198.51.100.1 peer 198.51.100.2/32 scope global tun0\\       valid_lft forever preferred_lft forever
";

    #[test]
    fn every_address_has_its_interface() {
        let output = Output {
            stdout: IP.into(),
            ..Output::default()
        };
        let held = Addresses.parse(&output).expect("a list");
        let told: Vec<_> = held
            .iter()
            .map(|held| format!("{} {}", held.interface, held.address))
            .collect();
        assert_eq!(
            told,
            [
                "lo 127.0.0.1",
                "lo ::1",
                "eth0 192.0.2.11",
                "eth0 192.0.2.100",
                "tun0 198.51.100.1"
            ]
        );
    }
}
