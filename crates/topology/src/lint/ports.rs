//! Ports that two programs of one host would listen on.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use super::at;
use crate::Balancer;
use crate::Cluster;
use crate::Contract;
use crate::Described;
use crate::Frontend;
use crate::Member;
use crate::balancer::frontend::EXTRA;

pub(super) fn problems(cluster: &Cluster, balancer: &Balancer, described: &dyn Described) -> Vec<Problem> {
    let mut problems = Vec::new();
    let host = balancer.members.first().map_or("", |member| &*member.name);
    let place = |name: &str| {
        described
            .value(host, name)
            .ok()
            .flatten()
            .and_then(|value| value.place)
    };
    for (index, frontend) in balancer.frontends.iter().enumerate() {
        let place = if index == 0 {
            cluster.api.balancer_place.clone()
        } else {
            place(EXTRA)
        };
        if let Some(text) = twice(balancer, frontend, index) {
            let problem =
                Problem::error("cluster::frontend", text).help("names and ports of frontends are unique");
            problems.push(at(problem, place.as_ref(), "this frontend"));
        }
        let Frontend {
            name, port, vip_only, ..
        } = frontend;
        problems.extend(stacked(
            cluster,
            balancer,
            (name, *port, *vip_only),
            place.as_ref(),
        ));
    }
    let haproxy = &balancer.haproxy;
    for (name, port, variable) in [
        ("lb_alive", haproxy.alive_port, "haproxy_alive_port"),
        ("lb_ready", haproxy.ready_port, "haproxy_ready_port"),
    ] {
        problems.extend(stacked(
            cluster,
            balancer,
            (name, port, false),
            place(variable).as_ref(),
        ));
    }
    problems
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
    cluster: &Cluster,
    balancer: &Balancer,
    (name, port, vip_only): (&str, u16, bool),
    place: Option<&Place>,
) -> Vec<Problem> {
    let clash = |member: &Member| {
        let host = &member.name;
        let user = users(cluster, host).into_iter().find(|user| user.port == port)?;
        // Bound to the virtual address alone, the load balancer leaves the port free on the host's own addresses.
        if vip_only && user.bind.is_some_and(|bind| !bind.is_unspecified()) {
            return None;
        }
        let text = format!(
            "on {host} the frontend {name} and {} would both listen on port {port}",
            user.name
        );
        let problem = Problem::error("cluster::port-clash", text).help(user.mend);
        Some(at(problem, place, "this port"))
    };
    balancer.members.iter().filter_map(clash).collect()
}

/// What listens on a host besides the load balancer.
struct User {
    name: &'static str,
    port: u16,
    bind: Option<IpAddr>,
    mend: &'static str,
}

const MOVE_API: &str = "give `loadbalancer_apiserver` another port; or set `loadbalancer_bind_vip_only: true`, and \
     `kube_apiserver_bind_address` to the host's own address";
const MOVE: &str = "give the frontend another port";

fn users(cluster: &Cluster, host: &Arc<str>) -> Vec<User> {
    let mut users: Vec<User> = Vec::new();
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
            bind,
            mend: MOVE_API,
        });
        if cluster.api.contract == Contract::Kargo {
            let (name, port) = ("the API server's insecure port", cluster.api.insecure_port);
            users.push(User {
                name,
                port,
                bind: None,
                mend: MOVE,
            });
        }
    }
    if cluster.etcd.members.contains(host) {
        users.extend([2379, 2380].map(|port| User {
            name: "etcd",
            port,
            bind: None,
            mend: MOVE,
        }));
    }
    users
}
