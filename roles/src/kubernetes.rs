//! What masters and workers have in common, whatever Kubernetes they run.

mod begun;
pub(crate) mod k0s;
pub(crate) mod k3s;
pub(crate) mod kubeadm;

use std::net::IpAddr;

use evenkeel_topology::Cluster;
use evenkeel_topology::Mode;
use evenkeel_topology::Node;
use evenkeel_topology::NodeSettings;
use evenkeel_topology::bracketed;

/// `HOST:PORT` at which hosts that join reach the API servers: the load balancer, else the first master.
pub(crate) fn control_plane(cluster: &Cluster) -> String {
    let api = &cluster.api;
    if api.mode == Mode::External {
        return format!("{}:{}", api.domain, api.balancer_port);
    }
    match first(cluster) {
        Some(node) => format!("{}:{}", bracketed(node.access), cluster.api_port(&node.name)),
        None => format!("{}:{}", api.domain, api.secure_port),
    }
}

/// The first master.
pub(crate) fn first(cluster: &Cluster) -> Option<&Node> {
    cluster.masters.first().and_then(|name| cluster.nodes.get(name))
}

/// The names and addresses under which clients reach the API servers.
pub(crate) fn sans(cluster: &Cluster) -> Vec<String> {
    let mut sans = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut add = |name: String| {
        if !sans.contains(&name) {
            sans.push(name);
        }
    };
    if cluster.api.mode == Mode::External {
        add(cluster.api.domain.clone());
        cluster
            .api
            .balancer_address
            .iter()
            .for_each(|address| add(address.to_string()));
    }
    let members = cluster.balancer.iter().flat_map(|balancer| &balancer.members);
    let balancers = members.filter_map(|member| cluster.nodes.get(&member.name));
    let masters = cluster.masters.iter().filter_map(|name| cluster.nodes.get(name));
    for node in balancers.chain(masters) {
        if node.name.parse::<IpAddr>().is_err() {
            add(node.name.to_string());
        }
        add(node.address.to_string());
        add(node.access.to_string());
    }
    cluster
        .kubernetes
        .sans
        .0
        .iter()
        .for_each(|name| add(name.clone()));
    sans
}

/// A node's labels as `NAME=VALUE`.
pub(crate) fn labels(settings: &NodeSettings) -> Vec<String> {
    let labels = settings.labels.0.iter();
    labels.map(|(name, value)| format!("{name}={value}")).collect()
}
