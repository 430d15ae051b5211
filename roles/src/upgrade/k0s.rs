//! k0s: its program is replaced, controllers first. Source: k0s' "Upgrade".

use std::sync::Arc;

use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Assert;
use evenkeel_tasks::types::Command;
use evenkeel_topology::Cluster;
use serde_json::json;

use super::gate;
use super::node;
use super::node::Node;
use super::node::Steps;
use super::play;
use crate::base::ask;
use crate::base::program;
use crate::base::service;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::hosts;
use crate::kubernetes::Login;
use crate::kubernetes::k0s::CONTROLLER;

const WORKER: Login = Login {
    ca: "/var/lib/k0s/pki/ca.crt",
    own: None,
};

pub(super) fn plays(cluster: &Cluster, version: &str) -> Vec<Play> {
    let is_node = |host: &&Arc<str>| cluster.workers.contains(host);
    let (nodes, others): (Vec<Arc<str>>, Vec<Arc<str>>) =
        cluster.masters.iter().cloned().partition(|host| is_node(&host));
    let of_controllers = |hosts: &[Arc<str>], carries: bool| {
        let hosts = hosts::pattern(cluster, hosts);
        let name = "The controllers get the new k0s, one after the other";
        let mut play = play(name, &hosts, "master", "1");
        let gates = gate::of_master(cluster, &CONTROLLER);
        play.tasks = tasks(cluster, version, "k0scontroller", carries, gates);
        play
    };
    let mut plays = Vec::new();
    if !others.is_empty() {
        plays.push(of_controllers(&others, false));
    }
    if !nodes.is_empty() {
        plays.push(of_controllers(&nodes, true));
    }
    let workers = cluster.inside().iter();
    let workers: Vec<Arc<str>> = workers
        .filter(|name| !cluster.masters.contains(name))
        .cloned()
        .collect();
    if !workers.is_empty() {
        let hosts = hosts::pattern(cluster, &workers);
        let serial = &cluster.upgrade.workers.0;
        let mut play = play(
            "The workers get the new k0s, in batches",
            &hosts,
            "worker",
            serial,
        )
        .about("`upgrade_serial` says how many at once.");
        let gates = gate::of_worker(cluster, &WORKER);
        play.tasks = tasks(cluster, version, "k0sworker", true, gates);
        plays.push(play);
    }
    plays
}

fn tasks(cluster: &Cluster, version: &str, unit: &str, carries: bool, gates: Vec<Item>) -> Vec<Item> {
    let stale = format!("'\"v{version}\"' not in k0s_status.stdout");
    let mut before = program::install(
        "k0s",
        cluster.kubernetes.binary.as_ref().map(|path| path.0.as_str()),
    );
    before.extend(checked(version));
    let restart = item(service::restart("Restart k0s", unit));
    if !carries {
        // A controller alone is no node, and has no pods.
        before.push(restart);
        let mut tasks = vec![item(status())];
        tasks.push(card::block("This controller is upgraded", before, &[&stale]));
        tasks.extend(gates);
        return tasks;
    }
    let node = Node {
        cluster,
        kubectl: &["/usr/local/bin/k0s", "kubectl"],
        name: "{{ k0s_name.stdout | lower }}",
        folder: "/etc/k0s",
        kubelet: &kubelet(version),
        stale: &stale,
    };
    let name = task::<Command>(
        "Ask for the host's name",
        json!({ "argv": ["uname", "--nodename"] }),
    )
    .register("k0s_name")
    .about("k0s calls its nodes by that.");
    let steps = Steps {
        looks: vec![item(status()), item(ask::read(name)), item(node::state(&node))],
        before,
        then: vec![restart],
        gates,
    };
    node::tasks(&node, steps)
}

/// What kubelets of k0s say: `v1.34.1+k0s`, without the number of k0s' own build.
fn kubelet(version: &str) -> String {
    let kubernetes = version.split_once("+k0s");
    kubernetes.map_or_else(
        || format!("v{version}"),
        |(kubernetes, _)| format!("v{kubernetes}+k0s"),
    )
}

/// Says the version that runs; nothing where k0s does not run.
fn status() -> evenkeel_playbook::play::Card {
    let argv = ["/usr/local/bin/k0s", "status", "--out", "json"];
    let ask = task::<Command>("Ask which version runs here", json!({ "argv": argv })).register("k0s_status");
    let mut ask = ask::read(ask);
    ask.failed_when.push(card::value(false.into()));
    ask
}

fn checked(version: &str) -> [Item; 2] {
    let ask = json!({ "argv": ["/usr/local/bin/k0s", "version"] });
    let ask = task::<Command>("Ask the program for its version", ask).register("k0s_version");
    let that = json!({
        "that": [format!("k0s_version.stdout == 'v{version}'")],
        "fail_msg": super::other_program("k0s", version),
        "quiet": true,
    });
    [
        item(ask.changed_when("false")),
        item(task::<Assert>("Make sure that it is the new one", that)),
    ]
}
