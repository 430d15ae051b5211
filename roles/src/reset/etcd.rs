//! etcd: first the proxies, then the members with their data.

use std::sync::Arc;

use evenkeel_playbook::play::Play;
use evenkeel_topology::Cluster;

use super::all_gone;
use super::ended;
use super::stopped;
use crate::base::program;
use crate::base::service;
use crate::card;
use crate::card::item;
use crate::etcd;
use crate::hosts;
use crate::upgrade;

/// The folder in which `site.yml` made that of the certificates.
const CERTIFICATES: &str = "/etc/ssl/etcd";

/// The files that `site.yml` wrote for it.
const SETTINGS: [&str; 3] = [etcd::DROP_IN, etcd::JOINING, "/etc/default/etcd"];

/// The plays, where roles deploy etcd.
pub(super) fn plays(cluster: &Cluster) -> Vec<Play> {
    let etcd = &cluster.etcd;
    if !etcd.deployed {
        return Vec::new();
    }
    let mut plays = Vec::new();
    if !etcd.proxies.is_empty() {
        let hosts = hosts::pattern(cluster, &etcd.proxies);
        let name = "No other node has etcd on its localhost any more";
        let mut play = card::play(name, &hosts, "etcd-proxy");
        play.tasks = ended("the etcd proxy", "etcd-proxy");
        play.tasks.push(certificates());
        play.handlers.push(item(service::reload_units()));
        plays.push(play);
    }
    plays.extend(clients(cluster));
    plays.push(members(cluster));
    plays
}

/// Nodes that had certificates alone.
fn clients(cluster: &Cluster) -> Option<Play> {
    let etcd = &cluster.etcd;
    let others = cluster.inside().iter();
    let others: Vec<Arc<str>> = others
        .filter(|host| !etcd.members.contains(host) && !etcd.proxies.contains(host))
        .cloned()
        .collect();
    if others.is_empty() {
        return None;
    }
    let hosts = hosts::pattern(cluster, &others);
    let mut play = card::play(
        "The clients of etcd have no certificates any more",
        &hosts,
        "etcd",
    );
    play.tasks.push(certificates());
    Some(play)
}

fn members(cluster: &Cluster) -> Play {
    let etcd = &cluster.etcd;
    let hosts = hosts::pattern(cluster, &etcd.members);
    let mut play = card::play("The members of etcd end, and their data go", &hosts, "etcd");
    play.tasks = stopped("etcd", "etcd");
    let settings = program::gone("Remove etcd's settings", "{{ item }}").notify(service::RELOAD_UNITS);
    let paths = SETTINGS.map(str::to_owned);
    let data = [etcd.settings.data_dir.0.clone(), upgrade::SNAPSHOT.to_owned()];
    play.tasks.extend([
        item(card::for_each_of(settings, &paths)),
        all_gone("Remove etcd's data", &data),
        certificates(),
    ]);
    play.handlers.push(item(service::reload_units()));
    play
}

fn certificates() -> evenkeel_playbook::play::Item {
    all_gone("Remove etcd's certificates and keys", &[CERTIFICATES.to_owned()])
}
