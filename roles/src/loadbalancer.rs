//! `loadbalancer`: HAProxy in front of the API servers, and an address that moves to a host where it lives.

mod firewall;
mod haproxy;
mod keepalived;

use evenkeel_topology::Balancer;
use evenkeel_topology::Cluster;
use evenkeel_topology::Member;

use crate::Generated;
use crate::hosts;

/// Adds the plays of the load balancers: the firewall first, and the address last, when what it stands for runs.
pub(crate) fn compose(cluster: &Cluster, balancer: &Balancer, into: &mut Generated) {
    let members: Vec<&Member> = balancer.members.iter().collect();
    let hosts = hosts::balancers(cluster, &members);
    for play in firewall::plays(cluster, balancer) {
        into.play(play);
    }
    haproxy::compose(cluster, balancer, &hosts, into);
    keepalived::compose(balancer, &hosts, into);
}
