//! The TCP ports on which programs listen.

use std::net::IpAddr;

use evenkeel_host::Fact;
use evenkeel_host::Output;
use serde::Deserialize;
use serde::Serialize;

/// The TCP sockets that listen on the host, as ss(8) lists them.
#[derive(Clone, Debug)]
pub struct Listening;

/// A listening TCP socket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The address; without one, every address of IPv4 and IPv6.
    pub address: Option<IpAddr>,
    /// The port.
    pub port: u16,
}

impl Listener {
    /// Whether connections to an address of the host come to it; without an address: whether other hosts' do.
    pub fn serves(&self, address: Option<IpAddr>) -> bool {
        match (self.address, address) {
            (None, _) => true,
            (Some(own), None) => !own.is_loopback(),
            (Some(own), Some(wanted)) if own.is_unspecified() => own.is_ipv4() == wanted.is_ipv4(),
            (Some(own), Some(wanted)) => own == wanted,
        }
    }

    /// Reads the local address of a line: `0.0.0.0:22`, `[::1]:22`, `*:22`, `127.0.0.53%lo:53`.
    fn read(local: &str) -> Option<Listener> {
        let (address, port) = local.rsplit_once(':')?;
        let port = port.parse().ok()?;
        let address = address.trim_matches(['[', ']']);
        let address = address.split('%').next().unwrap_or(address);
        let address = match address {
            "*" | "" => None,
            address => Some(address.parse::<IpAddr>().ok()?.to_canonical()),
        };
        Some(Listener { address, port })
    }
}

impl Fact for Listening {
    type Value = Vec<Listener>;
    const FAMILY: &'static str = "listening";

    fn key(&self) -> String {
        "tcp".to_owned()
    }

    fn script(_keys: &[&str]) -> String {
        "ss -Hltn\n".to_owned()
    }

    fn parse(&self, output: &Output) -> Result<Vec<Listener>, String> {
        match output.code {
            0 => {}
            127 => return Err("`ss` is missing".to_owned()),
            code => return Err(format!("`ss` ended with {code}")),
        }
        let text = output.text();
        let local = |line: &str| line.split_whitespace().nth(3).and_then(Listener::read);
        Ok(text.lines().filter_map(local).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// iproute2 6.1 on Debian 12.
    const SS: &str = "\
LISTEN 0      4096       127.0.0.1:8404       0.0.0.0:*
LISTEN 0      4096         0.0.0.0:6443       0.0.0.0:*
LISTEN 0      4096   127.0.0.53%lo:53         0.0.0.0:*
LISTEN 0      128             [::]:22            [::]:*
LISTEN 0      511                *:80               *:*
LISTEN 0      50  [::ffff:192.0.2.1]:9000           *:*
";

    fn served(port: u16, address: Option<&str>) -> bool {
        let output = Output {
            stdout: SS.into(),
            ..Output::default()
        };
        let address = address.map(|address| address.parse().expect("an address"));
        let listeners = Listening.parse(&output).expect("a list");
        assert_eq!(listeners.len(), SS.lines().count());
        listeners
            .iter()
            .any(|listener| listener.port == port && listener.serves(address))
    }

    #[test]
    fn a_socket_serves_its_own_address_or_all() {
        assert!(served(6443, None) && served(6443, Some("192.0.2.1")) && served(6443, Some("127.0.0.1")));
        assert!(!served(6443, Some("::1")) && !served(6444, None));
        assert!(served(8404, Some("127.0.0.1")) && !served(8404, None));
        assert!(served(80, Some("::1")) && served(80, Some("192.0.2.1")));
        assert!(served(22, Some("2001:db8::1")) && !served(22, Some("192.0.2.1")));
        assert!(served(9000, Some("192.0.2.1")));
    }

    #[test]
    fn a_missing_program_is_told() {
        let output = Output {
            code: 127,
            ..Output::default()
        };
        assert_eq!(Listening.parse(&output), Err("`ss` is missing".to_owned()));
    }
}
