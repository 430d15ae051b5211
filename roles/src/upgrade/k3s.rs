//! k3s: its program is replaced, servers first. Source: K3s' "Manual Upgrades".

use std::sync::Arc;

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
use crate::base::program;
use crate::base::service;
use crate::card::item;
use crate::card::task;
use crate::hosts;
use crate::kubernetes::Login;
use crate::kubernetes::k3s::SERVER;

/// The kubectl that k3s carries.
pub(super) const KUBECTL: [&str; 2] = ["/usr/local/bin/k3s", "kubectl"];
const AGENT: Login = Login {
    ca: "/var/lib/rancher/k3s/agent/server-ca.crt",
    own: None,
};

pub(super) fn plays(cluster: &Cluster, version: &str) -> Vec<Play> {
    let masters = hosts::pattern(cluster, &cluster.masters);
    let mut servers = play(
        "The masters get the new k3s, one after the other",
        &masters,
        "master",
        "1",
    );
    servers.tasks = tasks(cluster, version, "k3s", gate::of_master(cluster, &SERVER));
    let mut plays = vec![servers];
    let workers = cluster.inside().iter();
    let workers: Vec<Arc<str>> = workers
        .filter(|name| !cluster.masters.contains(name))
        .cloned()
        .collect();
    if !workers.is_empty() {
        let hosts = hosts::pattern(cluster, &workers);
        let serial = &cluster.upgrade.workers.0;
        let mut agents = play(
            "The workers get the new k3s, in batches",
            &hosts,
            "worker",
            serial,
        )
        .about("`upgrade_serial` says how many at once.");
        agents.tasks = tasks(cluster, version, "k3s-agent", gate::of_worker(cluster, &AGENT));
        plays.push(agents);
    }
    plays
}

fn tasks(
    cluster: &Cluster,
    version: &str,
    unit: &str,
    gates: Vec<evenkeel_playbook::play::Item>,
) -> Vec<evenkeel_playbook::play::Item> {
    let node = Node {
        cluster,
        kubectl: &KUBECTL,
        name: "{{ inventory_hostname }}",
        folder: "/etc/rancher/k3s",
        kubelet: &format!("v{version}"),
        stale: &format!("{}.stdout.split(' ')[0] != 'v{version}'", node::STATE),
    };
    let binary = cluster.kubernetes.binary.as_ref().map(|path| path.0.as_str());
    let mut before = program::install("k3s", binary);
    let ask = json!({ "argv": ["/usr/local/bin/k3s", "--version"] });
    let ask = task::<Command>("Ask the program for its version", ask).register("k3s_version");
    let that = json!({
        "that": [format!("'k3s version v{version} ' in k3s_version.stdout")],
        "fail_msg": super::other_program("k3s", version),
        "quiet": true,
    });
    before.extend([
        item(ask.changed_when("false")),
        item(task::<Assert>("Make sure that it is the new one", that)),
    ]);
    let steps = Steps {
        looks: vec![item(node::state(&node))],
        before,
        then: vec![item(service::restart("Restart k3s", unit))],
        gates,
    };
    node::tasks(&node, steps)
}
