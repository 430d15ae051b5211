//! What hosts a test asks for.

use std::net::Ipv4Addr;

use serde::Deserialize;
use serde::Serialize;

/// A host to boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostSpec {
    /// Its name.
    pub name: String,
    /// Its address on the fleet's one network, a /24; `.254` of it is the controller's.
    pub address: Ipv4Addr,
    /// What is installed.
    pub image: Image,
}

/// What is installed on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Image {
    /// Debian 12 with sshd and sudo, and no user but root.
    Bare,
    /// The same, with the users `ops` (sudo without a password), `opspw` (sudo with the password `correct horse`) and
    /// `guest` (no sudo).
    Fresh,
    /// Also python3 with its apt and yaml modules, openssl and curl: a fresh host that real Ansible can manage and that the
    /// stand-ins run on.
    Python,
    /// Also what ansible-core's own tests expect of a host: access lists, archivers, cron, libuser, gpg.
    Suite,
    /// As `Python`, and haproxy, keepalived, firewalld, nginx, etcd, all disabled.
    Stocked,
}

impl HostSpec {
    /// A host with nothing installed.
    ///
    /// # Panics
    /// When `address` is no IPv4 address.
    pub fn fresh(name: &str, address: &str) -> HostSpec {
        HostSpec::new(name, address, Image::Fresh)
    }

    /// A host with nothing installed but Python for Ansible and for the stand-ins.
    ///
    /// # Panics
    /// When `address` is no IPv4 address.
    pub fn python(name: &str, address: &str) -> HostSpec {
        HostSpec::new(name, address, Image::Python)
    }

    /// A host for ansible-core's own tests.
    ///
    /// # Panics
    /// When `address` is no IPv4 address.
    pub fn suite(name: &str, address: &str) -> HostSpec {
        HostSpec::new(name, address, Image::Suite)
    }

    /// A host with the packages of a load balancer, an etcd member and Ansible's target installed.
    ///
    /// # Panics
    /// When `address` is no IPv4 address.
    pub fn stocked(name: &str, address: &str) -> HostSpec {
        HostSpec::new(name, address, Image::Stocked)
    }

    /// A host without the tests' users.
    ///
    /// # Panics
    /// When `address` is no IPv4 address.
    pub fn bare(name: &str, address: &str) -> HostSpec {
        HostSpec::new(name, address, Image::Bare)
    }

    /// `count` hosts `n1`, `n2`, ... at `192.0.2.1`, `192.0.2.2`, ...
    pub fn many(count: u8, image: Image) -> Vec<HostSpec> {
        let host = |i| HostSpec {
            name: format!("n{i}"),
            address: Ipv4Addr::new(192, 0, 2, i),
            image,
        };
        (1..=count).map(host).collect()
    }

    fn new(name: &str, address: &str, image: Image) -> HostSpec {
        match address.parse() {
            Ok(address) => HostSpec {
                name: name.to_owned(),
                address,
                image,
            },
            Err(error) => panic!("{address}: {error}"),
        }
    }
}
