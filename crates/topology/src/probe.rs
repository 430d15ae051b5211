//! What shows that a cluster's endpoints are up: for each host, what is to be asked there.
//!
//! Computed from the model alone. Who asks, and what an answer means, is `evenkeel::verify`'s.

mod etcd;
mod paths;
mod ports;

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;

use serde::Serialize;

use crate::Cluster;
use crate::Node;

/// One thing to ask on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Probe {
    /// A short name, the same on every host that asks it: `own`, `vip`, `lb1`, `m1`, `etcd`, a port.
    pub name: String,
    /// What is asked about, in words, with its address.
    pub about: String,
    /// What to look at when it is down.
    pub look_at: String,
    /// The question.
    pub ask: ProbeAsk,
}

/// A question that shows whether a part of an endpoint is up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProbeAsk {
    /// Whether a program listens on a TCP port of the host.
    Listens {
        /// The port.
        port: u16,
        /// The address that has to be served; without one, any that other hosts can reach.
        address: Option<IpAddr>,
    },
    /// Whether an API server says that it is ready: `GET /readyz`.
    Ready(Ready),
    /// Whether etcd says that it is healthy: `GET /health`.
    Health(Health),
    /// Whether the host has the virtual address.
    Holds {
        /// The address.
        address: IpAddr,
    },
}

/// `GET /readyz` through one path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// The URL; its name is also what the certificate has to be for.
    pub url: String,
    /// Where to connect to instead of the URL's host and port, so that one path is taken and no other.
    pub through: Option<SocketAddr>,
    /// The file on the host with the CA to verify with.
    pub ca: Ca,
    /// Whether 401 and 403 count as up, as they do for the cluster's load balancers.
    pub refused_is_up: bool,
}

/// `GET /health` of etcd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// The URL.
    pub url: String,
    /// The files on the host with which it proves itself; none where etcd speaks plain HTTP.
    pub client: Option<ClientFiles>,
}

/// Certificate, key and CA of a client, as paths on the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClientFiles {
    /// The certificate.
    pub certificate: String,
    /// Its key.
    pub key: String,
    /// The CA that signed the servers' certificates.
    pub ca: String,
}

/// The CA of the API servers, as a path on the host that asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ca {
    /// `kube_apiserver_ca` says so: it has to be there.
    Set(String),
    /// Where kubeadm puts it: used where it is there, else the certificate is not verified.
    Usual(&'static str),
}

/// What is to be asked on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HostProbes {
    /// The host.
    pub host: Arc<str>,
    /// What it is: `master`, `node`, `etcd`, `loadbalancer`.
    pub roles: Vec<&'static str>,
    /// The questions: ports, paths to the API servers, etcd, the virtual address.
    pub probes: Vec<Probe>,
}

impl Cluster {
    /// What is to be asked on each host, in the inventory's order.
    pub fn probes(&self) -> Vec<HostProbes> {
        self.nodes.values().map(|node| self.probes_of(node)).collect()
    }

    fn probes_of(&self, node: &Node) -> HostProbes {
        let mut probes = ports::of(self, node);
        probes.extend(paths::of(self, node));
        probes.extend(etcd::of(self, node));
        probes.extend(self.balancer.as_ref().map(|balancer| holds(balancer.vip.addr())));
        HostProbes {
            host: Arc::clone(&node.name),
            roles: self.roles_of(&node.name),
            probes,
        }
    }

    /// The hosts of which exactly one has the virtual address.
    pub fn may_hold(&self) -> Vec<Arc<str>> {
        let members = self.balancer.iter().flat_map(|balancer| &balancer.members);
        members.map(|member| Arc::clone(&member.name)).collect()
    }
}

fn holds(address: IpAddr) -> Probe {
    Probe {
        name: "address".to_owned(),
        about: format!("the virtual address {address}"),
        look_at: "`journalctl -u keepalived` on the load balancers".to_owned(),
        ask: ProbeAsk::Holds { address },
    }
}
