//! Addresses that belong to somebody else, or to nobody.

use std::collections::HashMap;
use std::net::IpAddr;

use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use super::network;
use super::raw;
use super::related;
use crate::Balancer;
use crate::Distribution;
use crate::Member;
use crate::Mode;
use crate::Node;

pub(super) fn same_address(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let mut seen: HashMap<IpAddr, &Node> = HashMap::new();
    let mut problems = Vec::new();
    for node in view.cluster.nodes.values() {
        for address in [node.address, node.access] {
            match seen.get(&address) {
                Some(other) if other.name != node.name => {
                    let text = format!("{} and {} have the same address {address}", other.name, node.name);
                    let problem = at(
                        lint.finding(text),
                        view.node_place(node).as_ref(),
                        "the same address again",
                    );
                    problems.push(related(problem, view.node_place(other).as_ref(), "first here"));
                    break;
                }
                Some(_) => {}
                None => drop(seen.insert(address, node)),
            }
        }
    }
    problems
}

/// The virtual address belongs to no host.
pub(super) fn vip_owned(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let vip = balancer.vip.addr();
    let nodes = view.cluster.nodes.values();
    let owners = nodes.filter(|node| node.address == vip || node.access == vip);
    let problem = |node: &Node| {
        let text = format!("the virtual address {vip} is the own address of {}", node.name);
        let place = view.cluster.api.balancer_place.as_ref();
        let problem = at(lint.finding(text), place, "must be free");
        related(problem, node.place.as_ref(), "the host's own address")
    };
    owners.map(problem).collect()
}

/// A load balancer is in the network of the virtual address, and of its family.
pub(super) fn vip_network(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let problem = |member: &Member| {
        let text = out_of_reach(balancer, member)?;
        let place = view.cluster.api.balancer_place.as_ref();
        let problem = at(lint.finding(text), place, "the virtual address");
        let node = view.cluster.nodes.get(&member.name)?;
        Some(related(
            problem,
            view.node_place(node).as_ref(),
            "the load balancer's address",
        ))
    };
    balancer.members.iter().filter_map(problem).collect()
}

fn out_of_reach(balancer: &Balancer, member: &Member) -> Option<String> {
    let (vip, own, name) = (balancer.vip, member.address, &member.name);
    if vip.addr().is_ipv4() != own.is_ipv4() {
        let vip = vip.addr();
        return Some(format!(
            "the virtual address {vip} and {own}, the address of {name}, are of two families"
        ));
    }
    let outside = vip.prefix_len() != vip.max_prefix_len() && !vip.contains(&own);
    outside.then(|| {
        let network = vip.trunc();
        format!("{own}, the address of {name}, is not in {network}, the network of the virtual address")
    })
}

/// Nobody can hold the virtual address: it is a network's, or of a special kind.
pub(super) fn vip_unusable(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let api = &view.cluster.api;
    let Some(vip) = api.balancer_address else {
        return Vec::new();
    };
    let network = view.cluster.balancer.as_ref().map(|balancer| balancer.vip);
    let what = network::special(vip).or_else(|| network.and_then(network::end_of));
    let problem = |what: &str| {
        let text = format!("the virtual address {vip} is {what}");
        at(lint.finding(text), api.balancer_place.as_ref(), "this address")
    };
    what.map(problem).into_iter().collect()
}

/// Others cannot reach a host at such an address.
pub(super) fn address_unusable(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    if view.cluster.nodes.len() < 2 {
        return Vec::new();
    }
    let problem = |node: &Node| {
        let what = network::special(node.access)?;
        let text = format!("{}, the address of {}, is {what}", node.access, node.name);
        Some(at(
            lint.finding(text),
            view.node_place(node).as_ref(),
            "this address",
        ))
    };
    view.cluster.nodes.values().filter_map(problem).collect()
}

pub(super) fn families_mixed(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let nodes = || view.cluster.nodes.values();
    let Some(first) = nodes().next() else {
        return Vec::new();
    };
    let other = nodes().find(|node| node.access.is_ipv4() != first.access.is_ipv4());
    let problem = |other: &Node| {
        let text = format!(
            "{} is known at {}, {} at {}: two families",
            first.name, first.access, other.name, other.access
        );
        let problem = at(
            lint.finding(text),
            view.node_place(other).as_ref(),
            "another family",
        );
        related(problem, view.node_place(first).as_ref(), "the first host")
    };
    other.map(problem).into_iter().collect()
}

/// An API server takes services of its own address' family alone, and a node pods of its own.
pub(super) fn subnet_family(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let kubernetes = &view.cluster.kubernetes;
    let master = view.cluster.masters.first();
    let Some(node) = master.and_then(|name| view.cluster.nodes.get(name)) else {
        return Vec::new();
    };
    let subnets = [
        ("kube_service_addresses", kubernetes.services),
        ("kube_pods_subnet", kubernetes.pods),
    ];
    let other = |subnet: ipnet::IpNet| subnet.addr().is_ipv4() != node.address.is_ipv4();
    let runs = kubernetes.distribution != Distribution::None;
    let wrong = subnets.into_iter().filter(|(_, subnet)| runs && other(*subnet));
    let problem = |(name, subnet): (&str, ipnet::IpNet)| {
        let set = view.master_place(name);
        let default = if set.is_none() { ", its default" } else { "" };
        let text = format!(
            "`{name}` is {subnet}{default}, and {}, the address of {}, is of the other family",
            node.address, node.name
        );
        let place = set.clone().or_else(|| view.node_place(node));
        let problem = at(lint.finding(text), place.as_ref(), "of one family");
        match set {
            Some(_) => related(problem, view.node_place(node).as_ref(), "and of the other"),
            None => problem,
        }
    };
    wrong.map(problem).collect()
}

/// One digit away from the network of several others: `100.0.0.101` beside `10.0.0.102` and `10.0.0.103`.
pub(super) fn address_typo(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let networks = |address: IpAddr| match address {
        IpAddr::V4(address) => Some(address.octets()),
        IpAddr::V6(_) => None,
    };
    let known: Vec<[u8; 4]> = view
        .cluster
        .nodes
        .values()
        .filter_map(|node| networks(node.address))
        .collect();
    let near = |address: IpAddr| {
        let own = networks(address)?;
        let same = |other: &&[u8; 4]| other[..3] == own[..3];
        let meant = known.iter().find(|other| network::one_digit_apart(&own, other))?;
        let many = known.iter().filter(|other| other[..3] == meant[..3]).count();
        let few = known.iter().filter(same).count() <= 1;
        (few && many >= 2).then(|| format!("{}.{}.{}", meant[0], meant[1], meant[2]))
    };
    let mut problems = Vec::new();
    for node in view.cluster.nodes.values() {
        if let Some(meant) = near(node.address) {
            let text = format!(
                "{}, the address of {}, is one digit away from {meant}.x, where others are",
                node.address, node.name
            );
            problems.push(at(
                lint.finding(text),
                view.node_place(node).as_ref(),
                "this address",
            ));
        }
    }
    let api = &view.cluster.api;
    if let Some((vip, meant)) = api.balancer_address.and_then(|vip| Some((vip, near(vip)?))) {
        let text = format!("the virtual address {vip} is one digit away from {meant}.x, where the hosts are");
        problems.push(at(
            lint.finding(text),
            api.balancer_place.as_ref(),
            "this address",
        ));
    }
    problems
}

/// Lists of servers that people write by hand.
const SERVERS: [&str; 12] = [
    "haproxy_backend_servers",
    "haproxy_backends",
    "haproxy_servers",
    "loadbalancer_backends",
    "loadbalancer_servers",
    "nginx_upstreams",
    "nginx_upstream_servers",
    "nginx_stream_servers",
    "keepalived_unicast_peers",
    "keepalived_unicast_peer",
    "etcd_initial_cluster",
    "etcd_endpoints",
];

pub(super) fn backend_no_host(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let known = |address: &IpAddr| {
        let mut nodes = view.cluster.nodes.values();
        nodes.any(|node| node.address == *address || node.access == *address)
    };
    view.raw.find(lint, &SERVERS, |set| {
        let strangers: Vec<String> = raw::addresses(&set.value)
            .iter()
            .filter(|address| !known(address) && !address.is_loopback())
            .map(ToString::to_string)
            .collect();
        let (name, strangers) = (set.name, strangers.join(", "));
        (!strangers.is_empty())
            .then(|| format!("`{name}` names {strangers}, which is no host of the inventory"))
    })
}

/// Where programs are told the API server's address for the whole cluster.
const ENDPOINTS: [&str; 8] = [
    "control_plane_endpoint",
    "kubeadm_control_plane_endpoint",
    "kube_control_plane_endpoint",
    "k0s_external_address",
    "k3s_server_url",
    "k3s_url",
    "k3s_registration_address",
    "apiserver_endpoint",
];

/// Such an address is kept in certificates and kubeconfigs: it cannot be changed later.
pub(super) fn endpoint_elsewhere(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let api = &view.cluster.api;
    let Some(vip) = api.balancer_address.filter(|_| api.mode == Mode::External) else {
        return Vec::new();
    };
    view.raw.find(lint, &ENDPOINTS, |set| {
        let text = set.text()?;
        let host = raw::host_of(&text);
        let right = host == api.domain || raw::address(host) == Some(vip);
        let (name, domain) = (set.name, &api.domain);
        (!right).then(|| format!("`{name}` is {host}, and the load balancer is {domain} at {vip}"))
    })
}

/// The networks of pods and services.
const SUBNETS: [&str; 8] = [
    "kube_service_addresses",
    "kube_pods_subnet",
    "service_cidr",
    "cluster_cidr",
    "pod_network_cidr",
    "k3s_service_cidr",
    "k3s_cluster_cidr",
    "kubeadm_pod_subnet",
];

pub(super) fn subnet_overlap(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let vip = view
        .cluster
        .api
        .balancer_address
        .map(|vip| ("the virtual address".to_owned(), vip));
    let nodes = view.cluster.nodes.values();
    let taken: Vec<(String, IpAddr)> = nodes
        .map(|node| (node.name.to_string(), node.access))
        .chain(vip)
        .collect();
    let mut problems = view.raw.find(lint, &SUBNETS, |set| {
        let subnet: ipnet::IpNet = set.text()?.trim().parse().ok()?;
        let (who, address) = taken.iter().find(|(_, address)| subnet.contains(address))?;
        Some(format!(
            "`{}` is {subnet}, and {address} ({who}) lies in it",
            set.name
        ))
    });
    problems.extend(in_default_subnets(lint, view, &taken));
    problems
}

/// The networks that hold where nobody sets another.
fn in_default_subnets(lint: &'static Lint, view: &View<'_>, taken: &[(String, IpAddr)]) -> Vec<Problem> {
    let kubernetes = &view.cluster.kubernetes;
    if kubernetes.distribution == Distribution::None {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (name, subnet) in [
        ("kube_service_addresses", kubernetes.services),
        ("kube_pods_subnet", kubernetes.pods),
    ] {
        let found = taken.iter().find(|(_, address)| subnet.contains(address));
        if let (Some((who, address)), None) = (found, view.master_place(name)) {
            let text = format!("{address} ({who}) lies in {subnet}, the default of `{name}`");
            let place = view
                .described
                .host_place(who)
                .or_else(|| view.cluster.api.balancer_place.clone());
            problems.push(at(lint.finding(text), place.as_ref(), "in that network"));
        }
    }
    problems
}

/// Pods and services share no addresses.
pub(super) fn subnets_clash(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let sets = view.raw.once(&SUBNETS);
    let nets: Vec<(&raw::Set, ipnet::IpNet)> = sets
        .iter()
        .filter_map(|set| Some((set, set.text()?.trim().parse().ok()?)))
        .collect();
    let mut problems = Vec::new();
    for (index, (set, net)) in nets.iter().enumerate() {
        let clash = nets[..index]
            .iter()
            .find(|(other, known)| other.name != set.name && (known.contains(net) || net.contains(known)));
        if let Some((other, known)) = clash {
            let text = format!("`{}` ({known}) and `{}` ({net}) overlap", other.name, set.name);
            let problem = at(lint.finding(text), set.place.as_ref(), "this network");
            problems.push(related(problem, other.place.as_ref(), "and this one"));
        }
    }
    if problems.is_empty() {
        problems.extend(with_a_default(lint, view));
    }
    problems
}

/// One of both is as nobody set it.
fn with_a_default(lint: &'static Lint, view: &View<'_>) -> Option<Problem> {
    let (pods, services) = (view.cluster.kubernetes.pods, view.cluster.kubernetes.services);
    if !pods.contains(&services) && !services.contains(&pods) {
        return None;
    }
    let text = format!("`kube_pods_subnet` ({pods}) and `kube_service_addresses` ({services}) overlap");
    let place = view
        .master_place("kube_pods_subnet")
        .or_else(|| view.master_place("kube_service_addresses"));
    Some(at(
        lint.finding(text),
        place.as_ref(),
        "set here, the other is the default",
    ))
}
