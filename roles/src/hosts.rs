//! Host patterns over the groups of the inventory.

use std::sync::Arc;

use evenkeel_topology::Cluster;
use evenkeel_topology::Group;

/// Every host of the cluster, in as few groups as possible.
pub(crate) fn everybody(cluster: &Cluster) -> String {
    pattern(cluster, &cluster.nodes.keys().cloned().collect::<Vec<_>>())
}

/// The pattern of some hosts: a group, one without another, several; what no group covers is named.
pub(crate) fn pattern(cluster: &Cluster, hosts: &[Arc<str>]) -> String {
    let all = |group: &[Arc<str>]| group.iter().all(|host| hosts.contains(host));
    let groups = &cluster.groups;
    if let Some(group) = groups
        .iter()
        .find(|group| group.hosts.len() == hosts.len() && all(&group.hosts))
    {
        return group.name.to_owned();
    }
    for (group, without) in groups
        .iter()
        .flat_map(|group| groups.iter().map(move |without| (group, without)))
    {
        let rest = group.hosts.iter().filter(|host| !without.hosts.contains(host));
        let rest: Vec<&Arc<str>> = rest.collect();
        if rest.len() == hosts.len() && rest.iter().all(|host| hosts.contains(host)) {
            return format!("{}:!{}", group.name, without.name);
        }
    }
    let mut covered: Vec<&Arc<str>> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for group in groups.iter().filter(|group| all(&group.hosts)) {
        if group.hosts.iter().any(|host| !covered.contains(&host)) {
            covered.extend(&group.hosts);
            names.push(group.name);
        }
    }
    names.extend(
        hosts
            .iter()
            .filter(|host| !covered.contains(host))
            .map(|host| &**host),
    );
    names.join(",")
}

/// The hosts of such a pattern, in the inventory's order.
pub(crate) fn of_pattern(cluster: &Cluster, pattern: &str) -> Vec<Arc<str>> {
    let of_term = |term: &str| match cluster.groups.iter().find(|group| group.name == term) {
        Some(group) => group.hosts.clone(),
        None => vec![Arc::from(term)],
    };
    let (terms, without) = pattern.split_once(":!").unwrap_or((pattern, ""));
    let mut hosts: Vec<Arc<str>> = terms.split(',').flat_map(of_term).collect();
    let without = of_term(without);
    hosts.retain(|host| !without.contains(host));
    hosts
}

/// The first host of a group, as a pattern.
pub(crate) fn first(cluster: &Cluster, group: Group) -> String {
    format!("{}[0]", name(cluster, group))
}

/// The other hosts of a group, as a pattern.
pub(crate) fn others(cluster: &Cluster, group: Group) -> String {
    format!("{}[1:]", name(cluster, group))
}

/// The name that the inventory uses for a group.
pub(crate) fn name(cluster: &Cluster, group: Group) -> &'static str {
    let named = cluster.groups.iter().find(|named| named.group == group);
    named.map_or(group.names()[0], |named| named.name)
}
