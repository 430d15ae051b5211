//! The groups that have a meaning in a cluster, under their old and new names.

use std::sync::Arc;

use evenkeel_yaml::Problem;

use crate::Described;

/// A group with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// The API servers.
    Masters,
    /// The nodes that carry workloads.
    Nodes,
    /// Masters and nodes.
    Cluster,
    /// The etcd members; the masters where there is no such group.
    Etcd,
    /// The external load balancers.
    Balancers,
}

impl Group {
    const ALL: [Group; 5] = [
        Group::Masters,
        Group::Nodes,
        Group::Cluster,
        Group::Etcd,
        Group::Balancers,
    ];

    /// The names it may have, the newest first.
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Group::Masters => &["kube_control_plane", "kube-master", "kube_master"],
            Group::Nodes => &["kube_node", "kube-node"],
            Group::Cluster => &["k8s_cluster", "k8s-cluster"],
            Group::Etcd => &["etcd"],
            Group::Balancers => &["loadbalancer", "loadbalancers"],
        }
    }
}

/// The hosts of a group under whichever of its names the inventory uses.
///
/// # Errors
/// When two of its names are there with different hosts.
pub(crate) fn members(described: &dyn Described, group: Group) -> Result<Option<Vec<Arc<str>>>, Problem> {
    let mut found: Option<(&str, Vec<Arc<str>>)> = None;
    for name in group.names() {
        let Some(hosts) = described.group(name) else {
            continue;
        };
        match &found {
            Some((first, known)) if !same(known, &hosts) => {
                let mut problem = Problem::error(
                    "cluster::group-alias",
                    format!("`{first}` and `{name}` name the same group, with different hosts"),
                )
                .help("keep one of the two groups, or make one the only child of the other");
                if let Some(place) = described.group_place(name) {
                    problem = problem.at(&place, "differs from the other");
                }
                if let Some(place) = described.group_place(first) {
                    problem = problem.related(&place, "the other");
                }
                return Err(problem);
            }
            Some(_) => {}
            None => found = Some((name, hosts)),
        }
    }
    Ok(found.map(|(_, hosts)| hosts))
}

/// The group that each name of an inventory was perhaps meant to be: one with a meaning that has no hosts there.
pub fn misspelt(described: &dyn Described) -> Vec<(Arc<str>, &'static str)> {
    let known = |name: &str| Group::ALL.iter().any(|group| group.names().contains(&name));
    let empty = |group: &Group| {
        let hosts = |name: &&str| described.group(name).is_some_and(|hosts| !hosts.is_empty());
        !group.names().iter().any(hosts)
    };
    let wanted: Vec<&'static str> = Group::ALL
        .iter()
        .filter(|group| empty(group))
        .flat_map(|group| group.names())
        .copied()
        .collect();
    let meant = |name: Arc<str>| Some((resembled(&name, &wanted)?, name)).map(|(near, name)| (name, near));
    let others = described.groups().into_iter().filter(|name| !known(name));
    others.filter_map(meant).collect()
}

/// `k3s_cluster` is no slip of `k8s_cluster`: digits are meant.
fn resembled(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let digits = |name: &str| name.chars().filter(char::is_ascii_digit).collect::<String>();
    let allowed = if name.len() < 8 { 1 } else { 2 };
    let near = known.iter().filter(|known| digits(known) == digits(name));
    near.map(|known| (strsim::damerau_levenshtein(name, known), *known))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, known)| known)
}

/// A group that the inventory has, under the name it uses there.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Which group.
    pub group: Group,
    /// The name in the inventory.
    pub name: &'static str,
    /// Its hosts, those of its children included.
    pub hosts: Vec<Arc<str>>,
}

/// The groups that the inventory has and that have hosts.
pub(crate) fn named(described: &dyn Described) -> Vec<Named> {
    let used = |group: Group| {
        let hosts = |name: &&'static str| {
            described
                .group(name)
                .filter(|hosts| !hosts.is_empty())
                .map(|hosts| (*name, hosts))
        };
        let (name, hosts) = group.names().iter().find_map(hosts)?;
        Some(Named { group, name, hosts })
    };
    Group::ALL.into_iter().filter_map(used).collect()
}

fn same(one: &[Arc<str>], other: &[Arc<str>]) -> bool {
    one.len() == other.len() && one.iter().all(|host| other.contains(host))
}
