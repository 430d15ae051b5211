//! What masters and workers have in common, whatever Kubernetes they run.

mod asked;
mod begun;
pub(crate) mod k0s;
pub(crate) mod k3s;
pub(crate) mod kubeadm;

use std::net::IpAddr;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Meta;
use evenkeel_topology::Cluster;
use evenkeel_topology::Mode;
use evenkeel_topology::Node;
use evenkeel_topology::NodeSettings;
use evenkeel_topology::bracketed;
use evenkeel_topology::url;
use serde_json::json;

use crate::base::ask;
use crate::base::sysctl;
use crate::card::item;
use crate::card::task;

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

/// Files with which a host asks its API server.
pub(crate) struct Login {
    /// The certificate of the authority that the other side must have.
    pub(crate) ca: &'static str,
    /// Own certificate and key, where the host has some.
    pub(crate) own: Option<(&'static str, &'static str)>,
}

impl Login {
    /// The same as arguments of curl.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        let mut words = vec!["--cacert", self.ca];
        if let Some((certificate, key)) = self.own {
            words.extend(["--cert", certificate, "--key", key]);
        }
        words
    }
}

/// Where a master's own API server listens.
pub(crate) fn own_api(cluster: &Cluster, node: &Node) -> String {
    let bind = cluster.api_bind(&node.name).filter(|bind| !bind.is_unspecified());
    let host = bracketed(bind.unwrap_or(node.address));
    url("https", &host, cluster.api_port(&node.name))
}

/// Lets the kernel forward what pods send, in the families of the cluster. kubeadm looks at both before it begins.
pub(crate) fn forwarding(cluster: &Cluster) -> Vec<Item> {
    let kubernetes = &cluster.kubernetes;
    let networks = [kubernetes.pods, kubernetes.services].map(|network| network.addr());
    let nodes = cluster.inside().iter().filter_map(|name| cluster.nodes.get(name));
    let mut addresses = nodes.map(|node| node.address).chain(networks);
    let mut tasks = vec![item(sysctl::set(
        "Let the kernel forward packets between pods",
        "net.ipv4.ip_forward",
        "1",
    ))];
    if addresses.any(|address| address.is_ipv6()) {
        let set = |what: &str, key: &str| {
            let name = format!("Let the kernel forward packets of IPv6, {what}");
            sysctl::set(&name, &format!("net.ipv6.conf.{key}.forwarding"), "1")
        };
        tasks.push(item(set("on all interfaces", "all").about(
            "A host that forwards takes no route from router advertisements unless `accept_ra` of its interface is 2.",
        )));
        tasks.push(item(set("and on those that come", "default")));
    }
    tasks
}

/// Waits until an API server is ready, its etcd included.
pub(crate) fn ready(api: &str, with: &Login) -> Card {
    let url = format!("{api}/readyz");
    ask::wait(
        "Wait until the API server of this host is ready",
        &url,
        &with.words(),
    )
}

/// What must be before the next master begins: this one has been restarted if it had to be, and serves.
pub(crate) fn gate(api: &str, with: &Login) -> [Item; 2] {
    let now = task::<Meta>(
        "Restart it now, before it is looked at",
        json!({ "free_form": "flush_handlers" }),
    );
    [now, ready(api, with)].map(item)
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
