//! What is done on the controller that leaves, where it lives: everything stops before anything is removed.

use std::sync::Arc;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::Copy;
use evenkeel_tasks::types::File;
use evenkeel_tasks::types::SystemdService;
use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;
use evenkeel_topology::Program;
use serde_json::json;

use super::Leaving;
use super::guard;
use super::itself;
use super::play;
use super::workloads;
use crate::Generated;
use crate::base::packages;
use crate::base::program;
use crate::base::service;
use crate::card::for_each;
use crate::card::item;
use crate::card::label;
use crate::card::task;
use crate::etcd;
use crate::etcd::certificates;

/// Holds only until the machine starts anew.
const COMEBACK: &str = "/run/systemd/system/k3s.service.d";

/// Nothing is begun that this host must end, unless it is said to be dead.
pub(super) fn reachable(cluster: &Cluster) -> Play {
    let mut play = play("The controller that leaves can be reached", &itself())
        .about("A run ends here when it cannot: `-e dead=true` (`--dead`) does without it.");
    let look = program::look("Reach it", "/etc/os-release", "reached");
    play.tasks.push(item(look));
    if guard::speaks_on_localhost_alone(cluster) {
        let install = packages::install("Install etcd's client", &["etcd-client"]);
        play.tasks.push(item(
            install.about("If it leads, only here can it be told to let another lead."),
        ));
    }
    play.tasks.extend(workloads::own_name(cluster).map(item));
    play
}

/// The virtual address leaves first: who is no peer of the others any more must not have it.
pub(super) fn without_address(leaving: &Leaving<'_>) -> Option<Play> {
    let balances = |name: &Arc<str>| is_balancer(leaving.cluster, name);
    let all = leaving.rests.keys().all(balances);
    if !leaving.rests.keys().any(balances) {
        return None;
    }
    let mut play = play("The virtual address leaves the controller", &itself());
    let stop = service::stop("Stop keepalived, now and with the machine", "keepalived");
    let names: Vec<&str> = leaving
        .rests
        .keys()
        .filter(|name| balances(name))
        .map(|name| &**name)
        .collect();
    let condition = format!("node in ['{}']", names.join("', '"));
    play.tasks
        .push(item(if all { stop } else { stop.when(&condition) }));
    Some(play)
}

/// k3s takes its removal from etcd for an accident: started again, it would join anew.
pub(super) fn without_comeback(cluster: &Cluster) -> Option<Play> {
    if cluster.kubernetes.distribution != Distribution::K3s || cluster.etcd.deployed {
        return None;
    }
    let mut play = play("The service k3s does not come back by itself", &itself()).about(
        "k3s ends when its member of etcd is removed. systemd would start it again, and it would join again.",
    );
    let keep = json!({
        "dest": format!("{COMEBACK}/evenkeel-eject.conf"),
        "content": "[Service]\nRestart=no\n",
        "owner": "root",
        "group": "root",
        "mode": "0644",
    });
    play.tasks = vec![
        item(program::folder(
            "Make the folder of k3s' unit settings",
            COMEBACK,
            "0755",
        )),
        item(task::<Copy>("Keep systemd from starting k3s again", keep).notify(service::RELOAD_UNITS)),
    ];
    play.handlers.push(item(service::reload_units()));
    Some(play)
}

/// Stops everything that makes it a part of the cluster.
pub(super) fn stop(leaving: &Leaving<'_>, into: &mut Generated) -> Option<Play> {
    let mut play = play("The controller that leaves stops", &itself())
        .about("`eject_services` and `eject_units` are what the model says that it runs.");
    let cluster = leaving.cluster;
    let each = |of: fn(&Cluster, &Arc<str>) -> Vec<&'static str>| {
        leaving.rests.keys().map(move |name| (name, of(cluster, name)))
    };
    let any = |of| each(of).any(|(_, all)| !all.is_empty());
    if any(own_units) {
        each(own_units).for_each(|(name, units)| into.variable(name, "eject_units", json!(units)));
        let look = program::look(
            "Look for the units that Evenkeel or Kubernetes wrote",
            "/etc/systemd/system/{{ item }}.service",
            "eject_found",
        );
        let stop = json!({ "name": "{{ item.item }}", "enabled": false, "state": "stopped" });
        let stop =
            task::<SystemdService>("Stop them, now and with the machine", stop).when("item.stat.exists");
        play.tasks.push(item(for_each(look, "eject_units")));
        play.tasks.push(item(label(
            for_each(stop, "eject_found.results"),
            "{{ item.item }}",
        )));
    }
    if any(services) {
        each(services).for_each(|(name, all)| into.variable(name, "eject_services", json!(all)));
        let stop = service::stop("Stop its services, now and with the machine", "{{ item }}");
        play.tasks.push(item(for_each(stop, "eject_services")));
    }
    (!play.tasks.is_empty()).then_some(play)
}

/// Removes what it was given and what it kept: keys, certificates, tokens, data of etcd, configuration of the network.
pub(super) fn empty(leaving: &Leaving<'_>, into: &mut Generated) -> Play {
    let mut play = play("The controller that has left is emptied", &itself()).about(
        "Programs and packages stay, those in /opt/cni/bin too. `eject_paths` is what the model says that it has.",
    );
    play.tasks.extend(reset(leaving.cluster).map(item));
    for name in leaving.rests.keys() {
        into.variable(name, "eject_paths", json!(paths(leaving.cluster, name)));
    }
    let remove = json!({ "path": "{{ item }}", "state": "absent" });
    let remove =
        task::<File>("Remove certificates, data and configuration", remove).notify(service::RELOAD_UNITS);
    play.tasks.push(item(for_each(remove, "eject_paths")));
    play.handlers.push(item(service::reload_units()));
    play
}

/// What the distribution's own program cleans.
fn reset(cluster: &Cluster) -> Option<Card> {
    let (argv, removes): (&[&str], &str) = match cluster.kubernetes.distribution {
        Distribution::None | Distribution::K3s => return None,
        Distribution::Kubeadm => (
            &["kubeadm", "reset", "--force", "--skip-phases=remove-etcd-member"],
            "/etc/kubernetes/kubelet.conf",
        ),
        Distribution::K0s => (&["/usr/local/bin/k0s", "reset"], "/var/lib/k0s"),
    };
    let reset = task::<Command>(
        "Let Kubernetes clean up after itself",
        json!({ "argv": argv, "removes": removes }),
    );
    Some(match cluster.kubernetes.distribution {
        Distribution::Kubeadm => reset.about("Its member of etcd has been removed already."),
        Distribution::None | Distribution::K3s | Distribution::K0s => reset,
    })
}

fn is_balancer(cluster: &Cluster, name: &Arc<str>) -> bool {
    let members = cluster.balancer.iter().flat_map(|balancer| &balancer.members);
    members.into_iter().any(|member| member.name == *name)
}

/// Units in /etc/systemd/system, which a run before may have removed.
fn own_units(cluster: &Cluster, name: &Arc<str>) -> Vec<&'static str> {
    let master = cluster.masters.contains(name);
    let kubernetes = match cluster.kubernetes.distribution {
        Distribution::None | Distribution::Kubeadm => None,
        Distribution::K3s => Some(if master { "k3s" } else { "k3s-agent" }),
        Distribution::K0s => Some(if master { "k0scontroller" } else { "k0sworker" }),
    };
    let kubernetes = kubernetes.filter(|_| cluster.in_cluster(name));
    let proxy = cluster.etcd.proxies.contains(name).then_some("etcd-proxy");
    kubernetes.into_iter().chain(proxy).collect()
}

/// Services of packages: the kubelet first, which would start the others' containers again.
fn services(cluster: &Cluster, name: &Arc<str>) -> Vec<&'static str> {
    let mut services = Vec::new();
    if cluster.kubernetes.distribution == Distribution::Kubeadm && cluster.in_cluster(name) {
        services.push("kubelet");
    }
    if cluster.etcd.deployed && cluster.etcd.members.contains(name) {
        services.push("etcd");
    }
    let of = |program: Program| match program {
        Program::Haproxy => "haproxy",
        Program::Nginx => "nginx",
    };
    let balancer = cluster.balancer.as_ref().filter(|_| is_balancer(cluster, name));
    services.extend(balancer.map(|balancer| of(balancer.program)));
    let local = cluster.local.as_ref().filter(|local| local.hosts.contains(name));
    services.extend(local.map(|local| of(local.program)));
    services
}

/// Files and folders. The network's configuration is what kubeadm and k0s leave behind; K3s' own script removes
/// /var/lib/cni too.
fn paths(cluster: &Cluster, name: &Arc<str>) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    let mut add = |more: &[&str]| paths.extend(more.iter().map(|path| (*path).to_owned()));
    if cluster.in_cluster(name) {
        match cluster.kubernetes.distribution {
            Distribution::None => {}
            Distribution::Kubeadm => add(&["/etc/kubernetes", "/etc/cni/net.d", "/var/lib/cni"]),
            // Volumes that pods had on this host lie beside these and stay.
            Distribution::K3s => add(&[
                "/etc/rancher",
                "/var/lib/rancher/k3s/server",
                "/var/lib/rancher/k3s/agent",
                "/var/lib/cni",
                COMEBACK,
            ]),
            Distribution::K0s => add(&["/etc/k0s", "/etc/cni/net.d", "/var/lib/cni"]),
        }
    }
    let member = cluster.etcd.members.contains(name);
    match (cluster.etcd.deployed, cluster.kubernetes.distribution) {
        (true, _) => {
            if member {
                add(&[&cluster.etcd.settings.data_dir.0, etcd::JOINING, etcd::DROP_IN]);
            }
            add(&[certificates::FOLDER]);
        }
        (false, Distribution::Kubeadm) if member => add(&["/var/lib/etcd"]),
        (false, _) => {}
    }
    for unit in own_units(cluster, name) {
        add(&[&format!("/etc/systemd/system/{unit}.service")]);
    }
    paths
}
