//! Kubernetes leaves the workers, then the masters.

use std::sync::Arc;

use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Command;
use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;
use serde_json::json;

use super::all_gone;
use super::ended;
use super::stopped;
use crate::base::packages;
use crate::base::program;
use crate::base::service;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::hosts;
use crate::kubernetes::kubeadm::versioned;

/// The plays, where roles install a Kubernetes.
pub(super) fn plays(cluster: &Cluster) -> Vec<Play> {
    let distribution = cluster.kubernetes.distribution;
    if distribution == Distribution::None {
        return Vec::new();
    }
    let workers = cluster.inside().iter();
    let workers: Vec<Arc<str>> = workers
        .filter(|host| !cluster.masters.contains(host))
        .cloned()
        .collect();
    let mut plays = Vec::new();
    if !workers.is_empty() {
        plays.push(play(cluster, "Kubernetes leaves the workers", &workers, false));
    }
    let mut masters = play(cluster, "Kubernetes leaves the masters", &cluster.masters, true);
    if distribution == Distribution::Kubeadm && !cluster.etcd.deployed && cluster.masters.len() > 1 {
        masters.serial = Some(card::value(1.into()));
        masters = masters.about("One after the other: each takes its member out of the masters' own etcd.");
    }
    plays.push(masters);
    plays
}

fn play(cluster: &Cluster, name: &str, hosts: &[Arc<str>], masters: bool) -> Play {
    let tag = if masters { "master" } else { "worker" };
    let mut play = card::play(name, &hosts::pattern(cluster, hosts), tag);
    play.tasks = match cluster.kubernetes.distribution {
        Distribution::None => Vec::new(),
        Distribution::Kubeadm => kubeadm(cluster),
        Distribution::K3s => k3s(cluster, if masters { "k3s" } else { "k3s-agent" }),
        Distribution::K0s => k0s(cluster, if masters { "k0scontroller" } else { "k0sworker" }),
    };
    let distribution = cluster.kubernetes.distribution;
    if distribution != Distribution::Kubeadm {
        play.handlers.push(item(service::reload_units()));
    }
    if distribution == Distribution::K3s {
        play = play.about(
            "Containers that still run, and what is mounted for them, end with the next start of a host.",
        );
    }
    play
}

/// The folder goes last: where it is gone, there is nothing to reset.
fn kubeadm(cluster: &Cluster) -> Vec<Item> {
    let folder = "/etc/kubernetes";
    let reset = json!({ "argv": ["kubeadm", "reset", "--force"], "removes": folder });
    let mut tasks = stopped("the kubelet", "kubelet");
    tasks.extend([
        item(program::look(
            "Look for kubeadm",
            "/usr/bin/kubeadm",
            "kubeadm_program",
        )),
        item(
            task::<Command>("Take the node out of Kubernetes", reset)
                .when("kubeadm_program.stat.exists")
                .about("Packet filter rules and /etc/cni/net.d stay: the network between pods brought them."),
        ),
        item(
            packages::select("Hold its packages no longer", &versioned(cluster), "install")
                .when("kubeadm_program.stat.exists"),
        ),
        item(program::gone(
            "Remove Kubernetes' settings and certificates",
            folder,
        )),
    ]);
    tasks
}

/// What `k3s-uninstall.sh` removes, as far as `site.yml` brought it. Source: K3s' "Uninstalling K3s".
fn k3s(cluster: &Cluster, unit: &str) -> Vec<Item> {
    let mut tasks = ended("k3s", unit);
    let mut paths = ["/etc/rancher/k3s", "/etc/rancher/node", "/var/lib/rancher/k3s"]
        .map(str::to_owned)
        .to_vec();
    paths.extend(copied(cluster, "k3s"));
    tasks.push(all_gone("Remove k3s, its settings and its data", &paths));
    tasks
}

fn k0s(cluster: &Cluster, unit: &str) -> Vec<Item> {
    let data = "/var/lib/k0s";
    let reset = json!({ "argv": ["/usr/local/bin/k0s", "reset"], "removes": data });
    let path = format!("/etc/systemd/system/{unit}.service");
    let mut tasks = super::stop("k0s", unit, &path);
    tasks.extend([
        item(program::look("Look for k0s", "/usr/local/bin/k0s", "k0s_program")),
        item(task::<Command>("Take k0s' own off the host", reset).when("k0s_program.stat.exists")),
        item(program::gone("Remove the unit of k0s", &path).notify(service::RELOAD_UNITS)),
    ]);
    let mut paths = vec!["/etc/k0s".to_owned(), data.to_owned()];
    paths.extend(copied(cluster, "k0s"));
    tasks.push(all_gone("Remove k0s, its settings and its data", &paths));
    tasks
}

/// The program, where `site.yml` copied it.
fn copied(cluster: &Cluster, program: &str) -> Option<String> {
    let binary = cluster.kubernetes.binary.as_ref();
    binary.map(|_| format!("/usr/local/bin/{program}"))
}
