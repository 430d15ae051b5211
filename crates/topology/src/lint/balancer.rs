//! The virtual address and the settings of the load balancers.

use evenkeel_yaml::Problem;

use super::at;
use crate::Balancer;
use crate::Cluster;
use crate::Described;
use crate::Haproxy;
use crate::Keepalived;
use crate::Member;
use crate::Value;
use crate::balancer::haproxy::MOST_CONNECTIONS;
use crate::balancer::haproxy::SHORTEST_SILENCE;

pub(super) fn problems(cluster: &Cluster, balancer: &Balancer, described: &dyn Described) -> Vec<Problem> {
    let mut problems = owned(cluster, balancer);
    problems.extend(
        balancer
            .members
            .iter()
            .filter_map(|member| reach(cluster, balancer, member, described)),
    );
    problems.extend(settings(balancer, described));
    problems.extend(differing(balancer, described));
    problems
}

/// What all load balancers have in common is the same on all: the model reads it from the first.
fn differing(balancer: &Balancer, described: &dyn Described) -> Vec<Problem> {
    let Some((first, others)) = balancer.members.split_first() else {
        return Vec::new();
    };
    let settings = Haproxy::variables()
        .into_iter()
        .chain(Keepalived::variables())
        .map(|variable| variable.name);
    let mut problems = Vec::new();
    for name in settings.chain(COMMON) {
        let value = |member: &Member| described.value(&member.name, name).ok().flatten();
        let known = value(first);
        let same = |other: &Option<Value>| {
            known.as_ref().map(|known| &known.value) == other.as_ref().map(|value| &value.value)
        };
        for other in others {
            let found = value(other);
            if same(&found) {
                continue;
            }
            let text = format!("`{name}` differs between {} and {}", first.name, other.name);
            let problem =
                Problem::error("cluster::differs", text).help("set it for the group of the load balancers");
            let places = [&found, &known].map(|value| value.as_ref().and_then(|value| value.place.as_ref()));
            let problem = at(problem, places[0].or(places[1]), "set here");
            problems.push(match places {
                [Some(_), Some(first)] => problem.related(first, "and differently here"),
                _ => problem,
            });
        }
    }
    problems
}

/// Variables that all load balancers have in common, besides those of HAProxy and keepalived.
const COMMON: [&str; 5] = [
    "loadbalancer_apiserver",
    "loadbalancer_apiserver_prefix",
    "loadbalancer_apiserver_check",
    "loadbalancer_bind_vip_only",
    "loadbalancer_extra_frontends",
];

/// The virtual address belongs to no host.
fn owned(cluster: &Cluster, balancer: &Balancer) -> Vec<Problem> {
    let vip = balancer.vip.addr();
    let owners = cluster
        .nodes
        .values()
        .filter(|node| node.address == vip || node.access == vip);
    let problem = |node: &crate::Node| {
        let text = format!("the virtual address {vip} is the own address of {}", node.name);
        let problem = Problem::error("cluster::vip-owned", text)
            .help("take an address for `loadbalancer_apiserver` that no host has: it moves between the load balancers");
        let problem = at(problem, cluster.api.balancer_place.as_ref(), "must be free");
        match &node.place {
            Some(place) => problem.related(place, "the host's own address"),
            None => problem,
        }
    };
    owners.map(problem).collect()
}

/// A load balancer is in the network of the virtual address, and of its family.
fn reach(
    cluster: &Cluster,
    balancer: &Balancer,
    member: &Member,
    described: &dyn Described,
) -> Option<Problem> {
    let (vip, own) = (balancer.vip, member.address);
    let text = if vip.addr().is_ipv4() != own.is_ipv4() {
        format!(
            "the virtual address {} and {own}, the address of {}, are of two families",
            vip.addr(),
            member.name
        )
    } else if vip.prefix_len() != vip.max_prefix_len() && !vip.contains(&own) {
        format!(
            "{own}, the address of {}, is not in {}, the network of the virtual address",
            member.name,
            vip.trunc()
        )
    } else {
        return None;
    };
    let problem = Problem::error("cluster::vip-network", text)
        .help("VRRP moves an address within one network: set `ip` of the load balancer, or `loadbalancer_apiserver` and `loadbalancer_apiserver_prefix`");
    let problem = at(
        problem,
        cluster.api.balancer_place.as_ref(),
        "the virtual address",
    );
    let node = cluster
        .nodes
        .get(&member.name)
        .and_then(|node| node.place.clone());
    match node.or_else(|| described.host_place(&member.name)) {
        Some(place) => Some(problem.related(&place, "the load balancer's address")),
        None => Some(problem),
    }
}

/// Numbers that are valid each for itself, but do not do what they are for.
fn settings(balancer: &Balancer, described: &dyn Described) -> Vec<Problem> {
    let (haproxy, keepalived) = (&balancer.haproxy, &balancer.keepalived);
    let short = format!(
        "at least {SHORTEST_SILENCE}: idle watches send a ping every 30 s, and `exec` stays silent longer"
    );
    let mut wrong = Vec::new();
    for (name, time) in [
        ("haproxy_timeout_client", haproxy.client),
        ("haproxy_timeout_server", haproxy.server),
        ("haproxy_timeout_tunnel", haproxy.tunnel),
    ] {
        if time < SHORTEST_SILENCE {
            wrong.push((name, format!("`{name}` is {time}"), short.clone()));
        }
    }
    if haproxy.maxconn > MOST_CONNECTIONS {
        let text = format!("`haproxy_maxconn` is {}", haproxy.maxconn);
        let help = format!(
            "at most {MOST_CONNECTIONS}: systemd lets a service open 524288 files, two for each connection"
        );
        wrong.push(("haproxy_maxconn", text, help));
    }
    if keepalived.timeout > keepalived.interval {
        let text = format!(
            "`keepalived_check_timeout` ({} s) is longer than `keepalived_check_interval` ({} s)",
            keepalived.timeout, keepalived.interval
        );
        wrong.push((
            "keepalived_check_timeout",
            text,
            "a check must end before the next begins".to_owned(),
        ));
    }
    let host = balancer
        .members
        .first()
        .map(|member| &*member.name)
        .unwrap_or_default();
    let problem = |(name, text, help): (&str, String, String)| {
        let place = described
            .value(host, name)
            .ok()
            .flatten()
            .and_then(|value| value.place);
        at(
            Problem::error("cluster::setting", text).help(help),
            place.as_ref(),
            "this value",
        )
    };
    wrong.into_iter().map(problem).collect()
}
