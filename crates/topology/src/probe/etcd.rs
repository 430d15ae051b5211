//! Etcd, as a host comes to it.

use super::ClientFiles;
use super::Health;
use super::Probe;
use super::ProbeAsk;
use crate::Cluster;
use crate::Node;
use crate::address::bracketed;
use crate::address::url;
use crate::etcd::CLIENT_PORT;

/// Where the certificates of etcd lie on every host.
const FOLDER: &str = "/etc/ssl/etcd/ssl";

/// The unit of the proxy.
pub(super) const PROXY: &str = "etcd-proxy";

/// The host's own endpoint: the member or the proxy on it, or each member where clients are given all.
pub(super) fn of(cluster: &Cluster, node: &Node) -> Vec<Probe> {
    let etcd = &cluster.etcd;
    let is_member = etcd.members.contains(&node.name);
    if !etcd.deployed || !(is_member || cluster.in_cluster(&node.name)) {
        return Vec::new();
    }
    let here = |program: &str, unit: &str| {
        let url = url(etcd.scheme, "127.0.0.1", CLIENT_PORT);
        health(
            node,
            "etcd",
            &url,
            &format!("etcd through {program} on the host"),
            unit,
            &node.name,
        )
    };
    match (etcd.multiaccess, is_member) {
        (false, true) => return vec![here("the member", "etcd")],
        (false, false) => return vec![here("the proxy", PROXY)],
        (true, _) => {}
    }
    let members = etcd.members.iter().filter_map(|name| cluster.nodes.get(name));
    let probe = |member: &Node| {
        let name = &member.name;
        let url = url(etcd.scheme, &bracketed(member.access), CLIENT_PORT);
        health(
            node,
            &format!("etcd/{name}"),
            &url,
            &format!("etcd on {name}"),
            "etcd",
            name,
        )
    };
    members.map(probe).collect()
}

/// The health of etcd at a URL, with the certificate of the host that asks; `unit` on `at` is what to look at.
fn health(node: &Node, name: &str, url: &str, about: &str, unit: &str, at: &str) -> Probe {
    let file = |name: String| format!("{FOLDER}/{name}");
    let client = url.starts_with("https:").then(|| ClientFiles {
        certificate: file(format!("node-{}.pem", node.name)),
        key: file(format!("node-{}-key.pem", node.name)),
        ca: file("ca.pem".to_owned()),
    });
    Probe {
        name: name.to_owned(),
        about: format!("{about} ({url})"),
        look_at: format!("`journalctl -u {unit}` on {at}"),
        ask: ProbeAsk::Health(Health {
            url: format!("{url}/health"),
            client,
        }),
    }
}
