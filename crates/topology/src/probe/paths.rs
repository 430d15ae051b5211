//! The paths on which a host may come to an API server.

use std::net::IpAddr;
use std::net::SocketAddr;
use std::sync::Arc;

use super::Ca;
use super::Probe;
use super::ProbeAsk;
use super::Ready;
use crate::Balancer;
use crate::Check;
use crate::Cluster;
use crate::Distribution;
use crate::Node;
use crate::address::bracketed;
use crate::address::url;

/// Where a Kubernetes puts the CA of its API servers; k3s and k0s do so on every node.
const fn usual_ca(distribution: Distribution) -> &'static str {
    match distribution {
        Distribution::None | Distribution::Kubeadm => "/etc/kubernetes/pki/ca.crt",
        Distribution::K3s => "/var/lib/rancher/k3s/agent/server-ca.crt",
        Distribution::K0s => "/var/lib/k0s/pki/ca.crt",
    }
}

/// A name that the certificate of every API server is for (kubeadm, k3s, k0s and Kubespray all write it), so that a
/// server can be asked at an address that its certificate need not name.
const COMMON_NAME: &str = "kubernetes";

pub(super) fn of(cluster: &Cluster, node: &Node) -> Vec<Probe> {
    let mut probes = vec![own(cluster, node)];
    probes.extend(virtual_address(cluster));
    if let Some(balancer) = &cluster.balancer {
        probes.extend(members(cluster, balancer));
    }
    let masters = cluster.masters.iter().filter_map(|name| cluster.nodes.get(name));
    probes.extend(masters.map(|master| direct(cluster, master)));
    probes
}

fn ready(cluster: &Cluster, url: &str, through: Option<SocketAddr>) -> ProbeAsk {
    let refused_is_up = match cluster.check {
        Check::Readyz => false,
        Check::ReadyzOr401 | Check::Tls | Check::Tcp => true,
    };
    let usual = Ca::Usual(usual_ca(cluster.kubernetes.distribution));
    let ca = cluster.api.ca.clone().map_or(usual, |path| Ca::Set(path.0));
    ProbeAsk::Ready(Ready {
        url: format!("{url}/readyz"),
        through,
        ca,
        refused_is_up,
    })
}

/// What the endpoint table says, exactly as the host's components open it.
fn own(cluster: &Cluster, node: &Node) -> Probe {
    let endpoint = cluster.apiserver_of(node);
    Probe {
        name: "own".to_owned(),
        about: format!("its own endpoint {}", endpoint.url),
        look_at: format!("`evenkeel endpoints`: {}", endpoint.why),
        ask: ready(cluster, &endpoint.url, None),
    }
}

/// The load balancer's name, at an address.
fn balanced(cluster: &Cluster, name: &str, address: IpAddr, who: &str, look_at: String) -> Probe {
    let port = cluster.api.balancer_port;
    Probe {
        name: name.to_owned(),
        about: format!("{who} ({}:{port})", bracketed(address)),
        look_at,
        ask: ready(
            cluster,
            &url("https", &cluster.api.domain, port),
            Some(SocketAddr::new(address, port)),
        ),
    }
}

/// The address of the external load balancer, also where somebody else runs it.
fn virtual_address(cluster: &Cluster) -> Option<Probe> {
    let address = cluster.api.balancer_address?;
    let look_at = match &cluster.balancer {
        Some(balancer) => format!(
            "`journalctl -u keepalived` and `systemctl status {}` on the load balancers, and at the API servers behind them",
            balancer.program.word()
        ),
        None => "the load balancer, which is no host of the inventory".to_owned(),
    };
    Some(balanced(cluster, "vip", address, "the virtual address", look_at))
}

/// Each load balancer at its own address; none where they serve the virtual address alone. One that is a master too
/// has another short name than its API server.
fn members(cluster: &Cluster, balancer: &Balancer) -> Vec<Probe> {
    let everywhere = balancer
        .frontends
        .first()
        .is_some_and(|frontend| !frontend.vip_only);
    let unit = balancer.program.word();
    let probe = |name: &Arc<str>| {
        let node = cluster.nodes.get(name)?;
        let look_at = format!("`systemctl status {unit}` on {name}, and at the API servers behind it");
        let short = match cluster.masters.contains(name) {
            true => format!("lb/{name}"),
            false => name.to_string(),
        };
        let who = format!("the load balancer {name}");
        Some(balanced(cluster, &short, node.access, &who, look_at))
    };
    let members = balancer.members.iter().filter(|_| everywhere);
    members.filter_map(|member| probe(&member.name)).collect()
}

fn direct(cluster: &Cluster, master: &Node) -> Probe {
    let port = cluster.api_port(&master.name);
    let (name, access) = (&master.name, master.access);
    Probe {
        name: name.to_string(),
        about: format!("the API server of {name} ({}:{port})", bracketed(access)),
        look_at: server_log(cluster, master),
        ask: ready(
            cluster,
            &url("https", COMMON_NAME, port),
            Some(SocketAddr::new(access, port)),
        ),
    }
}

/// Where a master's API server says what is wrong with it.
pub(super) fn server_log(cluster: &Cluster, master: &Node) -> String {
    let name = &master.name;
    match cluster.kubernetes.distribution {
        Distribution::None => format!("whether the API server runs on {name}, and at its log"),
        Distribution::Kubeadm => {
            format!("`journalctl -u kubelet` and `crictl logs` of kube-apiserver on {name}")
        }
        Distribution::K3s => format!("`journalctl -u k3s` on {name}"),
        Distribution::K0s => format!("`journalctl -u k0scontroller` on {name}"),
    }
}
