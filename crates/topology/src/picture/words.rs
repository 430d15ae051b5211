//! What a picture says in words.

use std::sync::Arc;

use super::etcd::Part;
use super::users;
use crate::Balancer;
use crate::Cluster;
use crate::Distribution;
use crate::EtcdProxy;
use crate::Mode;
use crate::Program;
use crate::bracketed;
use crate::etcd::CLIENT_PORT;

/// `a, b and c`; of many names the first, and how many more there are.
fn list<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, second, third, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn counted(count: usize, one: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {one}s")
    }
}

/// The virtual address with its port.
pub(super) fn virtual_address(cluster: &Cluster) -> Option<String> {
    let address = cluster.api.balancer_address?;
    Some(format!("{}:{}", bracketed(address), cluster.api.balancer_port))
}

/// The place of a load balancer in the order of priorities.
pub(super) fn rank(cluster: &Cluster, name: &str) -> Option<usize> {
    let members = &cluster.balancer.as_ref()?.members;
    members.iter().position(|member| *member.name == *name)
}

/// The API endpoints of some hosts, each once.
pub(super) fn endpoints(cluster: &Cluster, names: &[&Arc<str>]) -> Vec<String> {
    let mut urls: Vec<String> = Vec::new();
    for node in names.iter().filter_map(|name| cluster.nodes.get(*name)) {
        let url = cluster.apiserver_of(node).url;
        if !urls.contains(&url) {
            urls.push(url);
        }
    }
    urls
}

pub(super) fn title(cluster: &Cluster) -> String {
    let mut title = format!("A cluster of {}", counted(cluster.masters.len(), "master"));
    let workers = users::workers(cluster).len();
    if workers > 0 {
        title += &format!(" and {}", counted(workers, "worker"));
    }
    title
        + &match cluster.api.mode {
            Mode::External => format!(
                ", behind {}",
                virtual_address(cluster).unwrap_or_else(|| cluster.api.domain.clone())
            ),
            Mode::Local => ", with a load balancer on each worker".to_owned(),
            Mode::Neither => ", without a load balancer".to_owned(),
        }
}

pub(super) fn description(cluster: &Cluster) -> String {
    let outside = crate::variables::outside(cluster);
    let masters = list(&cluster.masters);
    let mut said = match (cluster.api.mode, &cluster.balancer) {
        (Mode::External, Some(balancer)) => {
            let members: Vec<_> = balancer.members.iter().map(|member| &member.name).collect();
            format!(
                "Clients and workers use {outside}; the address {} is on one of {} at a time, which passes connections \
                 to the API servers {masters}.",
                balancer.vip.addr(),
                list(&members)
            )
        }
        (Mode::External, None) => {
            format!(
                "Clients and workers use {outside}, a load balancer that is set up elsewhere, in front of {masters}."
            )
        }
        (Mode::Local, _) => format!(
            "Workers use the load balancer on their own port {}, which passes connections to the API servers {masters}; \
             clients use {outside}.",
            cluster.api.local_port
        ),
        (Mode::Neither, _) => format!(
            "Clients and workers use {outside}, the first of the API servers {masters}; {}.",
            without_balancer(cluster)
        ),
    };
    for note in notes(cluster) {
        said.push(' ');
        said += &note;
    }
    said
}

/// What the load balancers' lane says.
pub(super) fn balancers(cluster: &Cluster, balancer: &Balancer) -> String {
    let (stacked, alone): (Vec<_>, Vec<_>) = balancer
        .members
        .iter()
        .map(|member| &member.name)
        .partition(|name| cluster.masters.contains(*name));
    let vrrp = format!("VRRP router {}", balancer.keepalived.virtual_router_id);
    match (stacked.is_empty(), alone.is_empty()) {
        (true, _) => vrrp,
        (false, true) => format!("on the masters, {vrrp}"),
        (false, false) => format!("also on {}, {vrrp}", list(&stacked)),
    }
}

/// What the masters' lane says.
pub(super) fn masters(cluster: &Cluster) -> String {
    let kubernetes = match cluster.kubernetes.distribution {
        Distribution::None => "API servers",
        Distribution::Kubeadm => "API servers, kubeadm",
        Distribution::K3s => "API servers, k3s",
        Distribution::K0s => "API servers, k0s",
    };
    let mut members = cluster.etcd.members.iter();
    if members.all(|member| cluster.masters.contains(member)) {
        format!("{kubernetes}, etcd")
    } else {
        kubernetes.to_owned()
    }
}

/// What a program that balances is called.
pub(super) const fn program(program: Program) -> &'static str {
    match program {
        Program::Haproxy => "HAProxy",
        Program::Nginx => "nginx",
    }
}

/// What etcd's part on a host is called there.
pub(super) fn etcd(cluster: &Cluster, part: Part) -> String {
    let name = match (part, cluster.etcd.settings.proxy) {
        (Part::Member, _) => "etcd member",
        (Part::Proxy, EtcdProxy::Gateway) => "etcd gateway",
        (Part::Proxy, EtcdProxy::GrpcProxy) => "etcd grpc-proxy",
    };
    format!("{name} :{CLIENT_PORT}")
}

/// What a cluster without load balancer means.
pub(super) fn without_balancer(cluster: &Cluster) -> String {
    match cluster.masters.as_slice() {
        [first, _, ..] => format!("no load balancer: no API while {first} is down"),
        _ => "no load balancer".to_owned(),
    }
}

/// Names of hosts and the endpoint they share.
fn grouped(hosts: &[&Arc<str>], url: impl Fn(&Arc<str>) -> Option<String>) -> Vec<(Vec<Arc<str>>, String)> {
    let mut groups: Vec<(Vec<Arc<str>>, String)> = Vec::new();
    for name in hosts {
        let Some(url) = url(name) else {
            continue;
        };
        match groups.iter_mut().find(|(_, known)| *known == url) {
            Some((names, _)) => names.push(Arc::clone(name)),
            None => groups.push((vec![Arc::clone(name)], url)),
        }
    }
    groups
}

/// What no box and no arrow says: the endpoints of masters, and how etcd is reached.
pub(super) fn notes(cluster: &Cluster) -> Vec<String> {
    let masters: Vec<_> = cluster.masters.iter().collect();
    let api = |name: &Arc<str>| Some(cluster.apiserver_of(cluster.nodes.get(name)?).url);
    let mut notes: Vec<String> = grouped(&masters, api)
        .into_iter()
        .take(4)
        .map(|(names, url)| format!("API: {} {url}.", use_of(&names, masters.len(), "master")))
        .collect();
    // Kubernetes' own etcd is there for masters alone.
    let hosts: Vec<_> = if cluster.etcd.deployed {
        cluster.inside().iter().collect()
    } else {
        masters
    };
    let etcd = |name: &Arc<str>| cluster.etcd_of(cluster.nodes.get(name)?).url;
    for (names, url) in grouped(&hosts, etcd).into_iter().take(4) {
        let what = if cluster.etcd.deployed { "host" } else { "master" };
        let who = use_of(&names, hosts.len(), what);
        notes.push(format!("etcd: {who} {url}: {}.", reached(cluster, &names)));
    }
    notes
}

/// `a and b use`, or `every host uses`.
fn use_of(names: &[Arc<str>], all: usize, what: &str) -> String {
    match names {
        [one] => format!("{one} uses"),
        _ if names.len() == all => format!("every {what} uses"),
        _ => format!("{} use", list(names)),
    }
}

/// What the endpoint of etcd is on some hosts.
fn reached(cluster: &Cluster, names: &[Arc<str>]) -> &'static str {
    let member = |name: &Arc<str>| cluster.etcd.members.contains(name);
    match (
        cluster.etcd.multiaccess,
        names.iter().all(member),
        names.iter().any(member),
    ) {
        (true, ..) => "all members",
        (false, true, _) => "the member on that host",
        (false, false, true) => "the member on that host, or a proxy there in front of all members",
        (false, false, false) => "a proxy on that host, in front of all members",
    }
}
