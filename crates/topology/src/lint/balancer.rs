//! Who balances, and what all load balancers have in common.

use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use super::related;
use crate::Check;
use crate::Group;
use crate::Haproxy;
use crate::Keepalived;
use crate::Member;
use crate::Mode;
use crate::Program;
use crate::Value;

/// Variables that all load balancers have in common, besides those of HAProxy and keepalived.
const COMMON: [&str; 5] = [
    "loadbalancer_apiserver",
    "loadbalancer_apiserver_prefix",
    CHECK,
    VIP_ONLY,
    "loadbalancer_extra_frontends",
];

const CHECK: &str = "loadbalancer_apiserver_check";
const VIP_ONLY: &str = "loadbalancer_bind_vip_only";

/// What all load balancers have in common is the same on all: the model reads it from the first.
pub(super) fn differs(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let members = view.cluster.balancer.iter().map(|balancer| &balancer.members);
    let Some((first, others)) = members
        .flatten()
        .collect::<Vec<_>>()
        .split_first()
        .map(|(first, others): (&&Member, &[&Member])| (*first, others.to_vec()))
    else {
        return Vec::new();
    };
    let settings = Haproxy::variables()
        .into_iter()
        .chain(Keepalived::variables())
        .map(|variable| variable.name);
    let mut problems = Vec::new();
    for name in settings.chain(COMMON) {
        let value = |member: &Member| view.described.value(&member.name, name).ok().flatten();
        let known = value(first);
        let same = |other: &Option<Value>| {
            known.as_ref().map(|known| &known.value) == other.as_ref().map(|value| &value.value)
        };
        for other in &others {
            let found = value(other);
            if same(&found) {
                continue;
            }
            let text = format!("`{name}` differs between {} and {}", first.name, other.name);
            let places = [&found, &known].map(|value| value.as_ref().and_then(|value| value.place.as_ref()));
            let problem = at(lint.finding(text), places[0].or(places[1]), "set here");
            problems.push(match places {
                [Some(_), Some(_)] => related(problem, places[1], "and differently here"),
                _ => problem,
            });
        }
    }
    problems
}

pub(super) fn lb_spof(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let members = view.cluster.balancer.as_ref().map(|balancer| &*balancer.members);
    let Some([only]) = members else {
        return Vec::new();
    };
    let text = format!("{} is the only load balancer", only.name);
    let place = view.described.host_place(&only.name);
    vec![at(lint.finding(text), place.as_ref(), "alone")]
}

/// Settings for load balancers, and no hosts for them.
pub(super) fn no_balancer_hosts(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    if view.cluster.balancer.is_some() || view.cluster.api.mode != Mode::External {
        return Vec::new();
    }
    let ours = |name: &str| {
        let named = ["keepalived_", "haproxy_"];
        named.iter().any(|prefix| name.starts_with(prefix)) || COMMON[1..].contains(&name)
    };
    let set = view.raw.written.iter().find(|written| ours(&written.name));
    let groups = Group::Balancers.names().join("` or `");
    let problem = |set: &crate::Written| {
        let text = format!("`{}` is set, and the group `{groups}` has no hosts", set.name);
        at(lint.finding(text), set.place.as_ref(), "for nobody")
    };
    set.map(problem).into_iter().collect()
}

/// An address that only somebody else can bring.
pub(super) fn vip_unmanaged(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let api = &view.cluster.api;
    let Some(vip) = api
        .balancer_address
        .filter(|_| view.cluster.balancer.is_none() && api.mode == Mode::External)
    else {
        return Vec::new();
    };
    let text = format!("nobody in this inventory brings {vip}, the load balancer's address");
    vec![at(
        lint.finding(text),
        api.balancer_place.as_ref(),
        "an address of somebody else",
    )]
}

/// The external load balancer wins over the local one without a word.
pub(super) fn both_balancers(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    const LOCAL: &str = "loadbalancer_apiserver_localhost";
    if view.cluster.api.mode != Mode::External {
        return Vec::new();
    }
    let set = view.raw.once(&[LOCAL]);
    let on = set.iter().find(|set| set.flag() == Some(true));
    let problem = |set: &super::raw::Set| {
        let text = format!("`{LOCAL}` and `loadbalancer_apiserver` are both set");
        let problem = at(lint.finding(text), set.place.as_ref(), "has no effect");
        related(problem, view.cluster.api.balancer_place.as_ref(), "this decides")
    };
    on.map(problem).into_iter().collect()
}

pub(super) fn lb_port_default(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let api = &view.cluster.api;
    let has_port = |value: &serde_json::Value| value.get("port").is_some_and(|port| !port.is_null());
    view.raw.find(lint, &["loadbalancer_apiserver"], |set| {
        (!has_port(&set.value)).then(|| {
            format!(
                "`loadbalancer_apiserver` names no port: {}, that of the API servers, is taken",
                api.balancer_port
            )
        })
    })
}

pub(super) fn bind_vip_only(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let stacked = balancer
        .members
        .iter()
        .any(|member| view.cluster.masters.contains(&member.name));
    if stacked || !balancer.frontends.iter().any(|frontend| frontend.vip_only) {
        return Vec::new();
    }
    let place = view.balancer_place(balancer, VIP_ONLY);
    let text = format!("`{VIP_ONLY}` is true, and nothing else listens on the load balancers' ports");
    vec![at(lint.finding(text), place.as_ref(), "not needed")]
}

fn checked(lint: &'static Lint, view: &View<'_>, wrong: Check, what: &str) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let api = balancer.frontends.first();
    let asks = balancer.program == Program::Haproxy;
    if !asks || api.is_none_or(|frontend| frontend.check != wrong) {
        return Vec::new();
    }
    let place = view.balancer_place(balancer, CHECK);
    let text = format!("API servers are checked with {what}");
    vec![at(lint.finding(text), place.as_ref(), "this check")]
}

pub(super) fn health_401(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    checked(lint, view, Check::ReadyzOr401, "`readyz-or-401`")
}

pub(super) fn tls_check_only(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    checked(lint, view, Check::Tls, "a TLS handshake alone")
}

pub(super) fn l4_check(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    checked(lint, view, Check::Tcp, "a TCP connection alone")
}

/// nginx has passive checks only, so that the variable decides nothing.
pub(super) fn check_unused(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let program = view.cluster.balancer.as_ref().map(|balancer| balancer.program);
    let local = view.cluster.local.as_ref().map(|local| local.program);
    let programs = [program, local];
    if programs.contains(&Some(Program::Haproxy)) || programs == [None, None] {
        return Vec::new();
    }
    view.raw.find(lint, &[CHECK], |set| {
        let check = set.text()?;
        Some(format!("`{CHECK}` is {check}, and nginx balances"))
    })
}

/// The load balancer shares its host with pods, which take ports, memory and file descriptors as they like.
pub(super) fn balancer_worker(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let members = view
        .cluster
        .balancer
        .iter()
        .flat_map(|balancer| &balancer.members);
    let both = members.filter(|member| view.cluster.workers.contains(&member.name));
    let problem = |member: &Member| {
        let text = format!("{} is a load balancer and a worker", member.name);
        let place = view.described.host_place(&member.name);
        at(lint.finding(text), place.as_ref(), "both")
    };
    both.map(problem).collect()
}
