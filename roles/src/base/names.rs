//! /etc/hosts: every host knows the others and the load balancer by name, without DNS.

use std::net::IpAddr;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Blockinfile;
use evenkeel_topology::Cluster;
use evenkeel_topology::Mode;
use serde_json::json;

use super::packages;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::hosts;

const FILE: &str = "/etc/hosts";
/// Tells the lines from those of others.
const MARKER: &str = "# {mark} evenkeel: the hosts of this cluster";

/// The play that takes the names away.
pub(crate) fn forget(cluster: &Cluster) -> Play {
    let name = "No host knows the others by name any more";
    let mut play = card::play(name, &hosts::everybody(cluster), "hosts");
    let block = json!({ "path": FILE, "marker": MARKER, "state": "absent" });
    let name = "Take the addresses of the cluster out of /etc/hosts";
    play.tasks.push(item(task::<Blockinfile>(name, block)));
    play
}

/// The play that writes the names, and brings what `evenkeel verify` asks with.
pub(super) fn play(cluster: &Cluster) -> Play {
    let mut play = card::play(
        "Every host knows the others by name",
        &hosts::everybody(cluster),
        "hosts",
    );
    play.tasks.push(item(write(&lines(cluster))));
    let curl = packages::install("Install curl, which checks endpoints", &["curl"]);
    play.tasks.push(item(curl));
    play
}

/// Writes them.
pub(crate) fn write(lines: &str) -> Card {
    task::<Blockinfile>(
        "Write the addresses of the cluster to /etc/hosts",
        json!({ "path": FILE, "marker": MARKER, "block": lines }),
    )
}

/// The load balancer's name first, then the hosts in the inventory's order; a host whose name is its address needs
/// none.
pub(crate) fn lines(cluster: &Cluster) -> String {
    let api = &cluster.api;
    let balancer = api
        .balancer_address
        .filter(|_| api.mode == Mode::External && api.domain.parse::<IpAddr>().is_err());
    let balancer = balancer.map(|address| line(address, &api.domain));
    let nodes = cluster
        .nodes
        .values()
        .filter(|node| node.name.parse::<IpAddr>().is_err());
    balancer
        .into_iter()
        .chain(nodes.map(|node| line(node.access, &node.name)))
        .collect()
}

fn line(address: IpAddr, name: &str) -> String {
    format!("{address} {name}\n")
}
