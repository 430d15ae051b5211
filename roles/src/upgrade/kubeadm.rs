//! kubeadm: the first master upgrades the cluster, the others and the workers follow. Source: Kubernetes' "Upgrading
//! kubeadm clusters".

use std::sync::Arc;

use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Command;
use evenkeel_topology::Cluster;
use evenkeel_topology::Group;
use serde_json::json;

use super::gate;
use super::node;
use super::node::Node;
use super::node::Steps;
use super::play;
use crate::base::packages;
use crate::base::service;
use crate::card::item;
use crate::card::task;
use crate::hosts;
use crate::kubernetes::Login;
use crate::kubernetes::kubeadm;
use crate::kubernetes::kubeadm::patches;
use crate::kubernetes::kubeadm::proxy;

/// kubectl, with the login that kubeadm leaves on masters.
pub(super) const KUBECTL: [&str; 2] = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"];
const CA: &str = "/etc/kubernetes/pki/ca.crt";
const MASTER: Login = Login {
    ca: CA,
    own: Some((
        "/etc/kubernetes/pki/apiserver-kubelet-client.crt",
        "/etc/kubernetes/pki/apiserver-kubelet-client.key",
    )),
};
const WORKER: Login = Login { ca: CA, own: None };

pub(super) fn plays(cluster: &Cluster, version: &str) -> Vec<Play> {
    let target = format!("v{version}");
    let mut apply = vec!["kubeadm", "upgrade", "apply", &target, "--yes"];
    let mut follow = vec!["kubeadm", "upgrade", "node"];
    if patches::any(cluster) {
        // Without them kubeadm would write the pods of the control plane as they are by default.
        let patches = ["--patches", patches::FOLDER];
        apply.extend(patches);
        follow.extend(patches);
    }
    let one = |name: &str, hosts: String, argv: &[&str]| {
        let mut play = play(name, &hosts, "master", "1");
        play.tasks = tasks(cluster, version, argv, gate::of_master(cluster, &MASTER));
        play
    };
    let first = hosts::first(cluster, Group::Masters);
    let mut plays = vec![one("The first master upgrades the cluster", first, &apply)];
    if cluster.masters.len() > 1 {
        let others = hosts::others(cluster, Group::Masters);
        plays.push(one(
            "The other masters follow, one after the other",
            others,
            &follow,
        ));
    }
    if let Some(endpoint) = cluster.proxy_endpoint() {
        let first = hosts::first(cluster, Group::Masters);
        let mut play = play(
            "Have kube-proxy keep the endpoint of its own host",
            &first,
            "master",
            "1",
        )
        .about("kubeadm writes kube-proxy's settings anew once the last master is upgraded.");
        play.tasks = proxy::give(&endpoint);
        play.handlers.push(proxy::restart());
        plays.push(play);
    }
    let workers = cluster.workers.iter();
    let workers: Vec<Arc<str>> = workers
        .filter(|name| !cluster.masters.contains(name))
        .cloned()
        .collect();
    if !workers.is_empty() {
        let hosts = hosts::pattern(cluster, &workers);
        let serial = &cluster.upgrade.workers.0;
        let mut play = play("The workers follow, in batches", &hosts, "worker", serial)
            .about("`upgrade_serial` says how many at once.");
        play.tasks = tasks(cluster, version, &follow, gate::of_worker(cluster, &WORKER));
        plays.push(play);
    }
    plays
}

fn tasks(cluster: &Cluster, version: &str, upgrade: &[&str], gates: Vec<Item>) -> Vec<Item> {
    let node = Node {
        cluster,
        kubectl: &KUBECTL,
        name: "{{ inventory_hostname }}",
        folder: "/etc/kubernetes",
        kubelet: &format!("v{version}"),
        stale: &format!("{}.stdout.split(' ')[0] != 'v{version}'", node::STATE),
    };
    let steps = Steps {
        looks: vec![item(node::state(&node))],
        before: Vec::new(),
        then: steps(cluster, version, upgrade),
        gates,
    };
    node::tasks(&node, steps)
}

fn steps(cluster: &Cluster, version: &str, upgrade: &[&str]) -> Vec<Item> {
    let names = kubeadm::versioned(cluster).into_iter();
    let (tool, others): (Vec<&str>, Vec<&str>) = names.partition(|name| name.contains("kubeadm"));
    let run = task::<Command>("Upgrade what kubeadm has set up here", json!({ "argv": upgrade }));
    let mut steps = vec![
        packages::of_version("Install the new kubeadm", &tool, version)
            .about("`kube_version` says which; the package source must offer it."),
        run.changed_when("true"),
    ];
    if !others.is_empty() {
        steps.push(packages::of_version("Install the new kubelet", &others, version));
    }
    let mut steps: Vec<Item> = steps.into_iter().map(item).collect();
    // What apt installs it no longer holds.
    steps.push(kubeadm::hold(cluster));
    steps.push(item(service::restart("Restart the kubelet", "kubelet")));
    steps
}
