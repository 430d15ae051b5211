//! Ports that two programs of one host would listen on.

use std::net::IpAddr;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use crate::Balancer;
use crate::Contract;
use crate::Distribution;
use crate::Frontend;
use crate::Member;
use crate::balancer::frontend::EXTRA;
use crate::etcd::CLIENT_PORT;
use crate::etcd::PEER_PORT;

/// Frontends with one name or one port.
pub(super) fn frontend(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let problem = |(index, frontend): (usize, &Frontend)| {
        let text = twice(balancer, frontend, index)?;
        Some(at(
            lint.finding(text),
            place_of(view, balancer, index).as_ref(),
            "this frontend",
        ))
    };
    balancer
        .frontends
        .iter()
        .enumerate()
        .filter_map(problem)
        .collect()
}

/// Where a frontend's port is set.
fn place_of(view: &View<'_>, balancer: &Balancer, index: usize) -> Option<Place> {
    if index == 0 {
        view.cluster.api.balancer_place.clone()
    } else {
        view.balancer_place(balancer, EXTRA)
    }
}

/// What a load balancer listens on.
struct Listener<'b> {
    name: &'b str,
    port: u16,
    vip_only: bool,
    place: Option<Place>,
    /// Whether the port itself is written at the place.
    explicit: bool,
}

/// Whether `loadbalancer_apiserver` says a port, and not only an address.
fn names_port(view: &View<'_>) -> bool {
    let host = view.cluster.masters.first();
    let value = host.and_then(|host| {
        view.described
            .value(host, "loadbalancer_apiserver")
            .ok()
            .flatten()
    });
    value.is_some_and(|set| set.value.get("port").is_some())
}

fn listeners<'b>(view: &View<'_>, balancer: &'b Balancer) -> Vec<Listener<'b>> {
    let frontends = balancer.frontends.iter().enumerate();
    let mut listeners: Vec<Listener<'b>> = frontends
        .map(|(index, frontend)| Listener {
            name: &frontend.name,
            port: frontend.port,
            vip_only: frontend.vip_only,
            place: place_of(view, balancer, index),
            explicit: index > 0 || names_port(view),
        })
        .collect();
    let haproxy = &balancer.haproxy;
    for (name, port, variable) in [
        ("lb_alive", haproxy.alive_port, "haproxy_alive_port"),
        ("lb_ready", haproxy.ready_port, "haproxy_ready_port"),
    ] {
        listeners.push(Listener {
            name,
            port,
            vip_only: false,
            place: view.balancer_place(balancer, variable),
            explicit: true,
        });
    }
    listeners
}

/// Two programs of one host on one port.
pub(super) fn port_clash(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let listeners = listeners(view, balancer);
    listeners
        .iter()
        .flat_map(|listener| stacked(lint, view, balancer, listener))
        .collect()
}

/// k0s' hosts look for these ports at the load balancer's address, beside that of the API servers.
pub(super) fn k0s_frontends(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let k0s = view.cluster.kubernetes.distribution == Distribution::K0s;
    let Some(balancer) = view.cluster.balancer.as_ref().filter(|_| k0s) else {
        return Vec::new();
    };
    let balanced = |port: u16| balancer.frontends.iter().any(|frontend| frontend.port == port);
    let missing = K0S.iter().filter(|(_, port)| !balanced(*port));
    let place = view
        .balancer_place(balancer, EXTRA)
        .or_else(|| view.cluster.api.balancer_place.clone());
    let problem = |(what, port): &(&str, u16)| {
        let text = format!("no frontend of the load balancers has port {port} ({what})");
        at(lint.finding(text), place.as_ref(), "lacks it")
    };
    missing.map(problem).collect()
}

/// The local load balancer on a port of etcd, or of its proxy.
pub(super) fn local_port_clash(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let (Some(local), etcd) = (&view.cluster.local, &view.cluster.etcd) else {
        return Vec::new();
    };
    let on = |names: &[std::sync::Arc<str>]| local.hosts.iter().any(|host| names.contains(host));
    let taken = match local.port {
        CLIENT_PORT => etcd.deployed && (on(&etcd.members) || on(&etcd.proxies)),
        PEER_PORT => etcd.deployed && on(&etcd.members),
        _ => false,
    };
    if !taken {
        return Vec::new();
    }
    let text = format!(
        "the local load balancers listen on {}, which is etcd's port",
        local.port
    );
    let place = local.hosts.first().and_then(|host| {
        let names = ["loadbalancer_apiserver_port", "kube_apiserver_port"];
        names.iter().find_map(|variable| view.place(host, variable))
    });
    vec![at(lint.finding(text), place.as_ref(), "this port")]
}

/// A port that a condition holds for.
fn ports(lint: &'static Lint, view: &View<'_>, wrong: impl Fn(u16) -> bool, what: &str) -> Vec<Problem> {
    let balancer = view.cluster.balancer.as_ref();
    let listeners = balancer
        .map(|balancer| listeners(view, balancer))
        .unwrap_or_default();
    let api = Listener {
        name: "of the API servers",
        port: view.cluster.api.secure_port,
        vip_only: false,
        place: view.master_place("kube_apiserver_port"),
        explicit: true,
    };
    let mut problems: Vec<Problem> = Vec::new();
    for listener in listeners.iter().chain([&api]) {
        if wrong(listener.port) {
            let text = format!("the port {} ({}) is {what}", listener.port, listener.name);
            problems.push(at(lint.finding(text), listener.place.as_ref(), "this port"));
        }
    }
    problems
}

/// kube-proxy gives these ports to services.
pub(super) fn node_port_range(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    ports(
        lint,
        view,
        |port| (30_000..=32_767).contains(&port),
        "one of the node ports",
    )
}

/// Linux takes the source ports of its own connections from here (`net.ipv4.ip_local_port_range`).
pub(super) fn ephemeral_port(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    ports(
        lint,
        view,
        |port| (32_768..=60_999).contains(&port),
        "an ephemeral port",
    )
}

/// Where k3s' agents reach their servers, on localhost (`--lb-server-port`).
const K3S_AGENT: u16 = 6444;

/// The load balancer on localhost and the one inside k3s.
pub(super) fn port_shift(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let k3s = view.cluster.kubernetes.distribution == Distribution::K3s;
    let local = view.cluster.local.as_ref();
    if !k3s || local.is_none_or(|local| local.port != K3S_AGENT) {
        return Vec::new();
    }
    let names = ["loadbalancer_apiserver_port", "kube_apiserver_port"];
    let place = names.iter().find_map(|name| view.master_place(name));
    let text = format!("the load balancer on localhost listens on {K3S_AGENT}, as k3s' agents do");
    vec![at(lint.finding(text), place.as_ref(), "this port")]
}

/// A page of statistics on a port that is taken.
pub(super) fn stats_port(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    view.raw.find(lint, &["haproxy_stats_port"], |set| {
        let port = u16::try_from(set.number()?).ok()?;
        let listener = listeners(view, balancer)
            .into_iter()
            .find(|listener| listener.port == port)
            .map(|listener| format!("the frontend {}", listener.name));
        let user = balancer
            .members
            .iter()
            .flat_map(|member| users(view, member))
            .find(|user| user.port == port)
            .map(|user| user.name.to_owned());
        let taken = listener.or(user)?;
        Some(format!("`haproxy_stats_port` is {port}, the port of {taken}"))
    })
}

/// Another frontend before it, or one of the two on localhost, has its name or port.
fn twice(balancer: &Balancer, frontend: &Frontend, index: usize) -> Option<String> {
    let Frontend { name, port, .. } = frontend;
    let haproxy = &balancer.haproxy;
    for (own, own_port) in [("lb_alive", haproxy.alive_port), ("lb_ready", haproxy.ready_port)] {
        if name == own || *port == own_port {
            return Some(format!(
                "the frontend {name} on port {port} clashes with {own} on port {own_port} of localhost"
            ));
        }
    }
    if index == 0 && haproxy.alive_port == haproxy.ready_port {
        return Some(format!(
            "`haproxy_alive_port` and `haproxy_ready_port` are both {}",
            haproxy.alive_port
        ));
    }
    let other = balancer.frontends[..index]
        .iter()
        .find(|other| other.name == *name || other.port == *port)?;
    Some(format!(
        "the frontends {} (port {}) and {name} (port {port}) clash",
        other.name, other.port
    ))
}

/// Load balancers that are masters too: the API server listens there, and etcd.
fn stacked(
    lint: &'static Lint,
    view: &View<'_>,
    balancer: &Balancer,
    listener: &Listener<'_>,
) -> Vec<Problem> {
    let Listener { name, port, .. } = listener;
    let clash = |member: &Member| {
        let host = &member.name;
        let user = users(view, member).into_iter().find(|user| user.port == *port)?;
        // Bound to the virtual address alone, the load balancer leaves the port free on the host's own addresses.
        if listener.vip_only && user.bind.is_some_and(|bind| !bind.is_unspecified()) {
            return None;
        }
        let text = format!(
            "on {host} the frontend {name} and {} would both listen on port {port}",
            user.name
        );
        let problem = lint.finding(text).help(user.mend);
        // A port that somebody wrote down, and not the one that is there by default.
        let place = listener.place.as_ref().filter(|_| listener.explicit);
        let place = place.or(user.place.as_ref()).or(listener.place.as_ref());
        Some(at(problem, place, "this port"))
    };
    balancer.members.iter().filter_map(clash).collect()
}

/// What listens on a host besides the load balancer.
struct User {
    name: &'static str,
    port: u16,
    place: Option<Place>,
    bind: Option<IpAddr>,
    mend: &'static str,
}

const MOVE_API: &str = "give `loadbalancer_apiserver` another port; or set `loadbalancer_bind_vip_only: true`, and \
     `kube_apiserver_bind_address` to the host's own address";
const MOVE: &str = "give the frontend another port";
const APART: &str = "put the load balancers on hosts of their own: k0s' controllers have this port on all of their addresses, \
     and clients look for it at the virtual address";

/// What a k0s controller listens on besides its API server's port, and must be reached at behind a load balancer. Source:
/// k0s, "Control Plane High Availability".
const K0S: [(&str, u16); 2] = [
    ("k0s' API for hosts that join", 9443),
    ("k0s' konnectivity server", 8132),
];

fn users(view: &View<'_>, member: &Member) -> Vec<User> {
    let (cluster, host) = (view.cluster, &member.name);
    let mut users = vec![User {
        name: "sshd",
        port: member.firewall.ssh_port,
        place: view.place(host, "ansible_port"),
        bind: None,
        mend: MOVE,
    }];
    if cluster.masters.contains(host) {
        let bind = cluster.binds.get(host).map(|(address, _)| *address);
        let port = cluster
            .ports
            .get(host)
            .copied()
            .unwrap_or(cluster.api.secure_port);
        users.push(User {
            name: "the API server",
            port,
            place: view.place(host, "kube_apiserver_port"),
            bind,
            mend: MOVE_API,
        });
        if cluster.api.contract == Contract::Kargo {
            let (name, port) = ("the API server's insecure port", cluster.api.insecure_port);
            users.push(User {
                name,
                port,
                place: view.place(host, "kube_apiserver_insecure_port"),
                bind: None,
                mend: MOVE,
            });
        }
    }
    if cluster.masters.contains(host) && cluster.kubernetes.distribution == Distribution::K3s {
        users.push(User {
            name: "k3s' own API server",
            port: cluster.api_port(host).saturating_add(1),
            place: view.place(host, "kube_apiserver_port"),
            bind: None,
            mend: MOVE,
        });
    }
    if cluster.masters.contains(host) && cluster.kubernetes.distribution == Distribution::K0s {
        users.extend(K0S.map(|(name, port)| User {
            name,
            port,
            place: view.place(host, "kube_distribution"),
            bind: None,
            mend: APART,
        }));
    }
    if cluster.etcd.members.contains(host) {
        users.extend([2379, 2380].map(|port| User {
            name: "etcd",
            port,
            place: None,
            bind: None,
            mend: MOVE,
        }));
    }
    users
}
