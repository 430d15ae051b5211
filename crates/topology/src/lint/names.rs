//! Hosts that cannot be told apart, and names that cannot stand in a file.

use std::collections::HashMap;
use std::net::IpAddr;

use evenkeel_yaml::Problem;

use super::at;
use crate::Cluster;
use crate::Described;
use crate::Node;
use crate::settings::is_name;

pub(super) fn problems(cluster: &Cluster, described: &dyn Described) -> Vec<Problem> {
    let mut problems = same_addresses(cluster, described);
    for name in cluster.nodes.keys().filter(|name| !is_name(name)) {
        let problem = Problem::error(
            "cluster::name",
            format!("`{name}` cannot stand in configuration files"),
        )
        .help("name the host with letters, digits and `._:-`");
        problems.push(at(problem, described.host_place(name).as_ref(), "this host"));
    }
    let domain = &cluster.api.domain;
    let wrong = if !is_domain(domain) {
        Some((
            "is no domain name",
            "labels of letters, digits and `-`, with dots between",
        ))
    } else if cluster.nodes.contains_key(domain.as_str()) {
        Some((
            "is the name of a host too",
            "a name that is the load balancer's alone",
        ))
    } else {
        None
    };
    if let Some((what, help)) = wrong {
        let place = cluster
            .masters
            .first()
            .and_then(|host| place_of(described, host, DOMAIN));
        let problem = Problem::error("cluster::domain", format!("`{domain}` {what}"))
            .help(format!("set `{DOMAIN}` to {help}"));
        problems.push(at(problem, place.as_ref(), "the load balancer's name"));
    }
    problems
}

const DOMAIN: &str = "apiserver_loadbalancer_domain_name";

fn is_domain(name: &str) -> bool {
    let label = |label: &str| {
        let known = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty() && label.len() < 64 && !label.starts_with('-') && label.chars().all(known)
    };
    name.len() < 254 && name.split('.').all(label)
}

fn place_of(described: &dyn Described, host: &str, variable: &str) -> Option<evenkeel_yaml::Place> {
    described
        .value(host, variable)
        .ok()
        .flatten()
        .and_then(|value| value.place)
}

fn same_addresses(cluster: &Cluster, described: &dyn Described) -> Vec<Problem> {
    let mut seen: HashMap<IpAddr, &Node> = HashMap::new();
    let mut problems = Vec::new();
    for node in cluster.nodes.values() {
        for address in [node.address, node.access] {
            match seen.get(&address) {
                Some(other) if other.name != node.name => {
                    problems.push(same_address(described, address, other, node));
                    break;
                }
                Some(_) => {}
                None => drop(seen.insert(address, node)),
            }
        }
    }
    problems
}

fn same_address(described: &dyn Described, address: IpAddr, one: &Node, other: &Node) -> Problem {
    let place = |node: &Node| node.place.clone().or_else(|| described.host_place(&node.name));
    let text = format!("{} and {} have the same address {address}", one.name, other.name);
    let problem = Problem::error("cluster::same-address", text).help("give each host its own address");
    let problem = at(problem, place(other).as_ref(), "the same address again");
    match place(one) {
        Some(first) => problem.related(&first, "first here"),
        None => problem,
    }
}
