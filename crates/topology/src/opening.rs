//! What the firewall of a host must let in, by its part in the cluster.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::Cluster;
use crate::Distribution;
use crate::NetworkPlugin;
use crate::Vrrp;
use crate::etcd::CLIENT_PORT;
use crate::etcd::PEER_PORT;

/// Something that a firewall must let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// What it is for.
    pub about: String,
    /// A port (`6443/tcp`, `30000-32767/udp`) or a protocol (`vrrp`, or its number).
    pub what: String,
    /// Who is let in.
    pub from: From,
}

/// Who is let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// Everybody.
    Anybody,
    /// Some addresses.
    Hosts(Vec<IpAddr>),
    /// Whoever sends to a multicast group.
    To(IpAddr),
}

/// The number of the protocol in which Calico's manifest and kube-router wrap packets between nodes (RFC 2003).
const IP_IN_IP: &str = "4";
/// The port of the kubelet.
const KUBELET: &str = "10250/tcp";
/// The ports of services of type NodePort.
const NODE_PORTS: [&str; 2] = ["30000-32767/tcp", "30000-32767/udp"];

impl Cluster {
    /// What the firewall of a host must let in, besides SSH.
    pub fn openings(&self, host: &Arc<str>) -> Vec<Opening> {
        let mut openings = self.of_balancer(host);
        if self.etcd.deployed && self.etcd.members.contains(host) {
            openings.extend(self.of_etcd(host));
        }
        if self.kubernetes.distribution != Distribution::None && self.in_cluster(host) {
            openings.extend(self.of_node(host));
        }
        openings.retain(|opening| opening.from != From::Hosts(Vec::new()));
        openings
    }

    /// The network of the pods that a host's firewall must trust: what they send to each other and to the outside is
    /// forwarded, which rules for what a host itself serves do not let through.
    ///
    /// Source: K3s, "Requirements", for firewalld.
    pub fn trusted_pods(&self, host: &Arc<str>) -> Option<IpNet> {
        let pods = self.kubernetes.distribution != Distribution::None
            && self.kubernetes.network_plugin != NetworkPlugin::None
            && self.in_cluster(host);
        pods.then_some(self.kubernetes.pods)
    }

    fn of_balancer(&self, host: &Arc<str>) -> Vec<Opening> {
        let Some(balancer) = &self.balancer else {
            return Vec::new();
        };
        if !balancer.members.iter().any(|member| member.name == *host) {
            return Vec::new();
        }
        let frontends = balancer.frontends.iter();
        let mut openings: Vec<Opening> = frontends
            .map(|frontend| anybody(&format!("clients of {}", frontend.name), &tcp(frontend.port)))
            .collect();
        let peers: Vec<IpAddr> = balancer.peers_of(host).map(|peer| peer.address).collect();
        let group: IpAddr = match balancer.vip.addr() {
            IpAddr::V4(_) => [224, 0, 0, 18].into(),
            IpAddr::V6(_) => [0xff02, 0, 0, 0, 0, 0, 0, 0x12].into(),
        };
        let from = match balancer.keepalived.vrrp {
            Vrrp::Multicast if !peers.is_empty() => From::To(group),
            Vrrp::Multicast | Vrrp::Unicast => From::Hosts(peers),
        };
        openings.push(Opening {
            about: "VRRP of the other load balancers".to_owned(),
            what: "vrrp".to_owned(),
            from,
        });
        openings
    }

    fn of_etcd(&self, host: &Arc<str>) -> Vec<Opening> {
        let members = &self.etcd.members;
        let clients = self.inside().iter().filter(|host| !members.contains(host));
        vec![
            self.hosts("etcd's other members", &tcp(PEER_PORT), members.iter(), host),
            self.hosts(
                "etcd's clients",
                &tcp(CLIENT_PORT),
                members.iter().chain(clients),
                host,
            ),
        ]
    }

    fn of_node(&self, host: &Arc<str>) -> Vec<Opening> {
        let all = || self.inside().iter();
        let mut openings = Vec::new();
        if self.masters.contains(host) {
            openings.push(anybody("clients of the API server", &tcp(self.api_port(host))));
            if !self.etcd.deployed {
                let ports = format!("{CLIENT_PORT}-{PEER_PORT}/tcp");
                openings.push(self.hosts("etcd of the other masters", &ports, self.masters.iter(), host));
            }
            if self.kubernetes.distribution == Distribution::K0s {
                openings.push(anybody("controllers that join", "9443/tcp"));
                openings.push(anybody("konnectivity's agents", "8132/tcp"));
            }
        }
        openings.push(self.hosts("the kubelet", KUBELET, all(), host));
        if self.workers.contains(host) {
            openings.extend(NODE_PORTS.map(|ports| anybody("services of type NodePort", ports)));
        }
        for ports in network_ports(self.kubernetes.network_plugin) {
            openings.push(self.hosts("the network between pods", ports, all(), host));
        }
        openings
    }

    /// Lets in some hosts, of which a host is none.
    fn hosts<'a>(
        &self,
        about: &str,
        what: &str,
        names: impl Iterator<Item = &'a Arc<str>>,
        except: &Arc<str>,
    ) -> Opening {
        let mut addresses = Vec::new();
        let nodes = names
            .filter(|name| *name != except)
            .filter_map(|name| self.nodes.get(name));
        for address in nodes.flat_map(|node| [node.address, node.access]) {
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Opening {
            about: about.to_owned(),
            what: what.to_owned(),
            from: From::Hosts(addresses),
        }
    }
}

fn anybody(about: &str, what: &str) -> Opening {
    Opening {
        about: about.to_owned(),
        what: what.to_owned(),
        from: From::Anybody,
    }
}

fn tcp(port: u16) -> String {
    format!("{port}/tcp")
}

/// The ports and protocols between nodes. Sources: the plugins' system requirements.
fn network_ports(plugin: NetworkPlugin) -> &'static [&'static str] {
    match plugin {
        NetworkPlugin::None => &[],
        NetworkPlugin::Flannel => &["8472/udp"],
        NetworkPlugin::Calico => &["179/tcp", "4789/udp", "5473/tcp", IP_IN_IP],
        NetworkPlugin::Cilium => &["8472/udp", "4240/tcp"],
        NetworkPlugin::KubeRouter => &["179/tcp", IP_IN_IP],
    }
}
