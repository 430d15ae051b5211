//! The ports on which a host's programs have to listen.

use std::net::IpAddr;
use std::net::Ipv4Addr;

use super::Probe;
use super::ProbeAsk;
use crate::Cluster;
use crate::Contract;
use crate::Mode;
use crate::Node;
use crate::etcd::CLIENT_PORT;
use crate::etcd::PEER_PORT;

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

pub(super) fn of(cluster: &Cluster, node: &Node) -> Vec<Probe> {
    let mut probes = balancer(cluster, node);
    probes.extend(api_server(cluster, node));
    probes.extend(local_balancer(cluster, node));
    probes.extend(etcd(cluster, node));
    probes
}

fn listens(node: &Node, program: &str, unit: &str, port: u16, address: Option<IpAddr>) -> Probe {
    let host = &node.name;
    let at = address
        .map(|address| format!(" of {address}"))
        .unwrap_or_default();
    Probe {
        name: port.to_string(),
        about: format!("{program} on port {port}{at}"),
        look_at: format!("`systemctl status {unit}` on {host}"),
        ask: ProbeAsk::Listens { port, address },
    }
}

/// The balanced ports, and the one that says that their program lives.
fn balancer(cluster: &Cluster, node: &Node) -> Vec<Probe> {
    let Some(balancer) = &cluster.balancer else {
        return Vec::new();
    };
    if !balancer.members.iter().any(|member| member.name == node.name) {
        return Vec::new();
    }
    let unit = balancer.program.word();
    let frontends = balancer.frontends.iter().map(|frontend| {
        let address = frontend.vip_only.then_some(balancer.vip.addr());
        let program = format!("{unit}'s frontend {}", frontend.name);
        listens(node, &program, unit, frontend.port, address)
    });
    let life = format!("{unit}'s sign of life");
    let alive = listens(node, &life, unit, balancer.haproxy.alive_port, Some(LOOPBACK));
    frontends.chain([alive]).collect()
}

fn api_server(cluster: &Cluster, node: &Node) -> Vec<Probe> {
    if !cluster.masters.contains(&node.name) {
        return Vec::new();
    }
    let bind = cluster.api_bind(&node.name);
    let address = bind.filter(|address| !address.is_unspecified());
    let secure = ("the API server", cluster.api_port(&node.name), address);
    let has_insecure = cluster.api.contract == Contract::Kargo && cluster.api.mode != Mode::External;
    let insecure = (
        "the API server without TLS",
        cluster.api.insecure_port,
        Some(LOOPBACK),
    );
    let probe = |(program, port, address)| Probe {
        look_at: super::paths::server_log(cluster, node),
        ..listens(node, program, "", port, address)
    };
    let all = [secure].into_iter().chain(has_insecure.then_some(insecure));
    all.map(probe).collect()
}

/// The load balancer on localhost.
fn local_balancer(cluster: &Cluster, node: &Node) -> Option<Probe> {
    let local = cluster.local.as_ref()?;
    let unit = local.program.word();
    let program = format!("the local load balancer ({unit})");
    let has_one = local.hosts.contains(&node.name);
    has_one.then(|| listens(node, &program, unit, local.port, Some(LOOPBACK)))
}

/// A member serves clients and peers at its address, and clients on localhost, where everybody else has the proxy.
fn etcd(cluster: &Cluster, node: &Node) -> Vec<Probe> {
    let etcd = &cluster.etcd;
    let at = |program, unit, port, address| listens(node, program, unit, port, Some(address));
    if etcd.deployed && etcd.members.contains(&node.name) {
        return vec![
            at("etcd for its clients", "etcd", CLIENT_PORT, node.address),
            at("etcd for this host", "etcd", CLIENT_PORT, LOOPBACK),
            at("etcd for its peers", "etcd", PEER_PORT, node.address),
        ];
    }
    let proxy = || at("the etcd proxy", super::etcd::PROXY, CLIENT_PORT, LOOPBACK);
    etcd.proxies
        .contains(&node.name)
        .then(proxy)
        .into_iter()
        .collect()
}
