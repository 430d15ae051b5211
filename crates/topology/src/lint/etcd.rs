//! etcd's membership and how its members and clients speak.

use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use super::raw::Raw;
use crate::Group;

fn named<'v>(view: &'v View<'_>, group: Group) -> Option<&'v crate::Named> {
    view.cluster.groups.iter().find(|named| named.group == group)
}

/// A finding about the number of members, at the group that decides it.
fn members(lint: &'static Lint, view: &View<'_>, wrong: impl Fn(usize) -> Option<String>) -> Vec<Problem> {
    let count = view.cluster.etcd.members.len();
    let group = named(view, Group::Etcd).or_else(|| named(view, Group::Masters));
    let place = group.and_then(|named| view.described.group_place(named.name));
    let problem = |text| at(lint.finding(text), place.as_ref(), "the members");
    wrong(count).map(problem).into_iter().collect()
}

/// The members that may fail while the rest is a majority.
const fn tolerance(members: usize) -> usize {
    members.saturating_sub(1) / 2
}

pub(super) fn etcd_even(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    if named(view, Group::Etcd).is_none() {
        return Vec::new();
    }
    members(lint, view, even)
}

/// Without a group of their own, etcd's members are the masters.
pub(super) fn masters_even(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    if named(view, Group::Etcd).is_some() {
        return Vec::new();
    }
    members(lint, view, even)
}

fn even(count: usize) -> Option<String> {
    (count > 2 && count.is_multiple_of(2)).then(|| {
        let (tolerance, less) = (tolerance(count), count - 1);
        format!("etcd has {count} members and survives the loss of {tolerance}, as {less} would")
    })
}

pub(super) fn quorum_2(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    members(lint, view, |count| {
        (count == 2).then(|| "etcd has 2 members and survives the loss of none".to_owned())
    })
}

pub(super) fn etcd_single(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let masters = view.cluster.masters.len();
    members(lint, view, |count| {
        (count == 1 && masters > 1).then(|| format!("etcd has 1 member behind {masters} API servers"))
    })
}

pub(super) fn etcd_many(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    members(lint, view, |count| {
        (count > 7).then(|| format!("etcd has {count} members"))
    })
}

pub(super) fn etcd_http(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    if view.cluster.etcd.scheme != "http" {
        return Vec::new();
    }
    let place = view.master_place("kube_api_access");
    let text = format!(
        "etcd is reached over plain HTTP: {}",
        view.cluster.etcd_addresses()
    );
    vec![at(lint.finding(text), place.as_ref(), "this contract")]
}

pub(super) fn etcd_auth_off(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let names = [
        "etcd_client_cert_auth",
        "etcd_secure_client",
        "etcd_peer_client_auth",
        "etcd_peer_client_cert_auth",
    ];
    raw.find(lint, &names, |set| {
        (set.flag() == Some(false)).then(|| format!("`{}` is false", set.name))
    })
}

/// etcd itself refuses less than five heartbeats, and more than 50 s.
pub(super) fn etcd_election(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let etcd = &view.cluster.etcd;
    let (election, beat) = (etcd.settings.election, etcd.settings.heartbeat);
    if election >= beat.saturating_mul(5) && election <= 50_000 {
        return Vec::new();
    }
    let text = format!("`etcd_election_timeout` is {election} ms, `etcd_heartbeat_interval` {beat} ms");
    let member = etcd.members.first().map_or("", |name| name);
    let place = ["etcd_election_timeout", "etcd_heartbeat_interval"]
        .iter()
        .find_map(|variable| view.place(member, variable));
    vec![at(lint.finding(text), place.as_ref(), "set here")]
}

pub(super) fn proxy_unused(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    if !view.cluster.etcd.multiaccess {
        return Vec::new();
    }
    view.raw.find(lint, &["etcd_proxy"], |set| {
        set.text()
            .map(|proxy| format!("`etcd_proxy` is {proxy}, and `etcd_multiaccess` is true"))
    })
}

pub(super) fn flannel_single(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    if !view.cluster.etcd.multiaccess {
        return Vec::new();
    }
    view.raw.find(lint, &["kube_network_plugin"], |set| {
        set.is(&["flannel"])
            .then(|| "`kube_network_plugin` is flannel, and `etcd_multiaccess` is true".to_owned())
    })
}
