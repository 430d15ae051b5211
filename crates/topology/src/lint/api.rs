//! The API servers and how they are reached.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use super::raw::Raw;
use crate::Check;
use crate::Contract;
use crate::Distribution;
use crate::Program;

/// Major and minor number of `kube_version`.
fn version(raw: &Raw<'_>) -> Option<(u64, u64)> {
    let set = raw
        .once(&["kube_version", "kubernetes_version"])
        .into_iter()
        .next()?;
    let text = set.text()?;
    let mut parts = text.trim().trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// The insecure port was taken away in 1.20.
pub(super) fn insecure_port(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some((major, minor)) = version(view.raw).filter(|version| *version >= (1, 20)) else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    if view.cluster.api.contract == Contract::Kargo {
        let text = format!(
            "`kube_api_access` is kargo, with the insecure port, and `kube_version` is {major}.{minor}"
        );
        let place = view.master_place("kube_api_access");
        problems.push(at(lint.finding(text), place.as_ref(), "needs the insecure port"));
    }
    problems.extend(view.raw.find(lint, &["kube_apiserver_insecure_port"], |set| {
        let port = set.number().filter(|port| *port != 0)?;
        Some(format!(
            "`kube_apiserver_insecure_port` is {port}, and `kube_version` is {major}.{minor}"
        ))
    }));
    problems
}

/// What cannot be read here, as it is in a vault, is set.
pub(super) fn k3s_token(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let cluster = view.cluster;
    let without = |host: &&Arc<str>| {
        let set = view.described.value(host, "k3s_token");
        set.is_ok_and(|set| set.is_none_or(|set| set.value.as_str() == Some("")))
    };
    if cluster.kubernetes.distribution != Distribution::K3s {
        return Vec::new();
    }
    let Some(host) = cluster.inside().iter().find(without) else {
        return Vec::new();
    };
    let place = view.place(host, "kube_distribution");
    vec![at(
        lint.finding(format!("`k3s_token` is not set for {host}")),
        place.as_ref(),
        "k3s needs it",
    )]
}

pub(super) fn insecure_bind(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &["kube_apiserver_insecure_bind_address"], |set| {
        let address: IpAddr = set.text()?.trim().parse().ok()?;
        (!address.is_loopback()).then(|| format!("`{}` is {address}", set.name))
    })
}

/// `1.20` without quotes is the number 1.2.
pub(super) fn version_number(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let names = [
        "kube_version",
        "kubernetes_version",
        "k3s_version",
        "k0s_version",
        "etcd_version",
    ];
    raw.find(lint, &names, |set| {
        set.value
            .is_f64()
            .then(|| format!("`{}` is the number {}", set.name, set.value))
    })
}

/// Every server answers 401, so that the check takes all of them out.
pub(super) fn anonymous_off(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let frontends = view
        .cluster
        .balancer
        .iter()
        .flat_map(|balancer| &balancer.frontends);
    let program = view.cluster.balancer.as_ref().map(|balancer| balancer.program);
    let strict = program == Some(Program::Haproxy)
        && frontends.take(1).any(|frontend| frontend.check == Check::Readyz);
    if !strict {
        return Vec::new();
    }
    let allowed = view
        .raw
        .texts()
        .iter()
        .any(|text| text.text.contains("anonymous-auth=true"));
    let kubernetes = &view.cluster.kubernetes;
    if !kubernetes.answers_anybody() && !allowed {
        let name = match kubernetes.distribution {
            Distribution::K0s => "k0s",
            Distribution::None | Distribution::Kubeadm | Distribution::K3s => "k3s",
        };
        let text = format!("{name} answers anonymous requests with 401, and the check is `readyz`");
        let place = view.master_place("kube_distribution");
        return vec![at(lint.finding(text), place.as_ref(), "this Kubernetes")];
    }
    let names = ["kube_api_anonymous_auth", "kube_apiserver_anonymous_auth"];
    let mut problems = view.raw.find(lint, &names, |set| {
        (set.flag() == Some(false)).then(|| format!("`{}` is false, and the check is `readyz`", set.name))
    });
    problems.extend(view.raw.find_text(lint, |text| {
        text.text.contains("anonymous-auth=false").then(|| {
            format!(
                "`{}` has anonymous-auth=false, and the check is `readyz`",
                text.name
            )
        })
    }));
    problems
}

fn binds<'v>(view: &'v View<'_>) -> impl Iterator<Item = (&'v Arc<str>, IpAddr, Option<&'v Place>)> {
    let binds = view.cluster.binds.iter();
    binds.map(|(host, (address, place))| (host, *address, place.as_ref()))
}

/// Nobody but the host itself reaches an API server on a loopback address.
pub(super) fn bind_loopback(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    if view.cluster.nodes.len() < 2 {
        return Vec::new();
    }
    let problem = |(host, address, place): (&Arc<str>, IpAddr, Option<&Place>)| {
        let text = format!("`kube_apiserver_bind_address` of {host} is {address}");
        address
            .is_loopback()
            .then(|| at(lint.finding(text), place, "others cannot reach it"))
    };
    binds(view).filter_map(problem).collect()
}

/// An address that another host has, or the virtual one, which is elsewhere most of the time.
pub(super) fn bind_foreign(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let owner = |host: &Arc<str>, address: IpAddr| {
        if view.cluster.api.balancer_address == Some(address) {
            return Some("the virtual address".to_owned());
        }
        let mut nodes = view.cluster.nodes.values();
        nodes
            .find(|node| node.name != *host && (node.address == address || node.access == address))
            .map(|node| format!("the address of {}", node.name))
    };
    let problem = |(host, address, place): (&Arc<str>, IpAddr, Option<&Place>)| {
        let owner = owner(host, address)?;
        let text = format!("`kube_apiserver_bind_address` of {host} is {address}, {owner}");
        Some(at(lint.finding(text), place, "not its own"))
    };
    binds(view).filter_map(problem).collect()
}

pub(super) fn master_single(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let [only] = &view.cluster.masters[..] else {
        return Vec::new();
    };
    if view.cluster.balancer.is_none() {
        return Vec::new();
    }
    let text = format!("{only} is the only API server behind the load balancers");
    let place = view.described.host_place(only);
    vec![at(lint.finding(text), place.as_ref(), "alone")]
}
