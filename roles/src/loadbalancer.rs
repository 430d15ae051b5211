//! `loadbalancer`: HAProxy or nginx in front of the API servers, and an address that moves to a host where it lives.

pub(crate) mod haproxy;
pub(crate) mod keepalived;
pub(crate) mod nginx;
mod unfolded;

use evenkeel_topology::Balancer;
use evenkeel_topology::Cluster;
use evenkeel_topology::Frontend;
use evenkeel_topology::Program;
use evenkeel_topology::bracketed;

use crate::Generated;
use crate::base::sysctl;
use crate::card::item;
use crate::hosts;
use evenkeel_playbook::play::Item;

/// Adds the plays of the load balancers: the address last, when what it stands for runs.
pub(crate) fn compose(cluster: &Cluster, balancer: &Balancer, into: &mut Generated) {
    let members: Vec<_> = balancer
        .members
        .iter()
        .map(|member| member.name.clone())
        .collect();
    let hosts = hosts::pattern(cluster, &members);
    match balancer.program {
        Program::Haproxy => haproxy::compose(cluster, balancer, &hosts, into),
        Program::Nginx => nginx::compose(cluster, balancer, &hosts, into),
    }
    keepalived::compose(cluster, balancer, &hosts, into);
}

/// The addresses and ports on which a frontend listens, as HAProxy writes them.
fn binds(balancer: &Balancer, frontend: &Frontend, dual: bool) -> Vec<String> {
    let port = frontend.port;
    match (frontend.vip_only, dual) {
        (true, _) => vec![format!("{}:{port}", bracketed(balancer.vip.addr()))],
        (false, false) => vec![format!("*:{port}")],
        (false, true) => vec![format!("*:{port}"), format!("[::]:{port} v6only")],
    }
}

/// Whether any address of the cluster is IPv6.
fn dual(cluster: &Cluster, balancer: &Balancer) -> bool {
    let six = |node: &evenkeel_topology::Node| node.access.is_ipv6() || node.address.is_ipv6();
    cluster.nodes.values().any(six) || balancer.vip.addr().is_ipv6()
}

/// The kernel setting that listening on the virtual address alone needs.
fn nonlocal(balancer: &Balancer) -> Option<Item> {
    if !balancer.frontends.iter().any(|frontend| frontend.vip_only) {
        return None;
    }
    let name = "Let the load balancer listen on the virtual address where it is not (yet)";
    let family = if balancer.vip.addr().is_ipv4() {
        "ipv4"
    } else {
        "ipv6"
    };
    let key = format!("net.{family}.ip_nonlocal_bind");
    Some(item(sysctl::set(name, &key, "1")))
}
