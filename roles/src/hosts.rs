//! Host patterns over the groups of the inventory.

use std::sync::Arc;

use evenkeel_topology::Cluster;
use evenkeel_topology::Group;
use evenkeel_topology::Member;

/// Every host of the cluster, in as few groups as possible.
pub(crate) fn everybody(cluster: &Cluster) -> String {
    let mut covered: Vec<&Arc<str>> = Vec::new();
    let mut names = Vec::new();
    for group in &cluster.groups {
        if group.hosts.iter().any(|host| !covered.contains(&host)) {
            covered.extend(&group.hosts);
            names.push(group.name);
        }
    }
    names.join(",")
}

/// Some of the load balancers: their group where that is all of them.
pub(crate) fn balancers(cluster: &Cluster, members: &[&Member]) -> String {
    let group = cluster
        .groups
        .iter()
        .find(|group| group.group == Group::Balancers);
    match group {
        Some(group) if group.hosts.len() == members.len() => group.name.to_owned(),
        _ => members
            .iter()
            .map(|member| &*member.name)
            .collect::<Vec<_>>()
            .join(","),
    }
}
