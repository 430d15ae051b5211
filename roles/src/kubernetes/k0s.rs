//! k0s: controllers on the masters, workers on the others. Source: k0s' documentation, "Configuration options" and
//! "Manual install (advanced)".

mod k0sctl;

use std::sync::Arc;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::Copy;
use evenkeel_topology::Cluster;
use evenkeel_topology::CpuManager;
use evenkeel_topology::Group;
use evenkeel_topology::Node;
use serde_json::Value;
use serde_json::json;

use crate::Generated;
use crate::base::program;
use crate::base::service;
use crate::card;
use crate::card::hidden;
use crate::card::item;
use crate::card::on;
use crate::card::task;
use crate::hosts;
use crate::kubernetes;
use crate::kubernetes::Login;
use crate::kubernetes::asked;
use crate::kubernetes::begun;

const CONFIG: &str = "/etc/k0s/k0s.yaml";
/// How a controller's own host asks it.
pub(crate) const CONTROLLER: Login = Login {
    ca: "/var/lib/k0s/pki/ca.crt",
    own: Some(("/var/lib/k0s/pki/admin.crt", "/var/lib/k0s/pki/admin.key")),
};
const TOKEN: &str = "/etc/k0s/join-token";

/// Adds the plays of the controllers.
pub(crate) fn masters(cluster: &Cluster, into: &mut Generated) {
    into.template("k0s.yaml.j2", include_str!("templates/k0s.yaml.j2"));
    for node in cluster.masters.iter().filter_map(|name| cluster.nodes.get(name)) {
        let variable = json!({ "api": kubernetes::own_api(cluster, node), "config": config(cluster, node) });
        into.variable(&node.name, "k0s", variable);
    }
    into.file(
        "k0sctl.yaml",
        k0sctl::written(cluster, |node| config(cluster, node), |node| flags(cluster, node)),
    );
    begun::guard(cluster, CONTROLLER.ca, into);
    let first = hosts::first(cluster, Group::Masters);
    into.play(controllers(
        cluster,
        "The first controller begins the cluster",
        &first,
        false,
    ));
    if cluster.masters.len() > 1 {
        let others = hosts::others(cluster, Group::Masters);
        let name = "The other controllers join, one after the other";
        let mut play = controllers(cluster, name, &others, true);
        play.serial = Some(card::value(1.into()));
        into.play(play);
    }
}

/// Adds the play of the workers.
pub(crate) fn workers(cluster: &Cluster, into: &mut Generated) {
    let workers = cluster.inside().iter();
    let workers: Vec<Arc<str>> = workers
        .filter(|name| !cluster.masters.contains(name))
        .cloned()
        .collect();
    if workers.is_empty() {
        return;
    }
    let hosts = hosts::pattern(cluster, &workers);
    let mut play = card::play("The workers join", &hosts, "worker");
    play.tasks = program(cluster);
    play.tasks.push(item(folder()));
    play.tasks.extend(look("worker"));
    let restart = "Restart k0s";
    play.tasks.extend(join(cluster, "worker", restart));
    let ways = ways(cluster, &workers);
    play.tasks
        .extend(install(ways, "worker", &["--token-file", TOKEN]));
    play.tasks.push(item(service::start_own(
        "Start k0s, now and with the machine",
        "k0sworker",
    )));
    play.handlers.push(restarted(restart, "k0sworker"));
    into.play(play);
}

fn controllers(cluster: &Cluster, name: &str, hosts: &str, joins: bool) -> Play {
    let mut play = card::play(name, hosts, "master");
    let restart = "Restart the controller";
    play.tasks = program(cluster);
    play.tasks.push(item(folder()));
    play.tasks.extend(look("controller"));
    play.tasks.push(item(
        program::configure("Configure k0s", "k0s.yaml.j2", CONFIG, "0600").notify(restart),
    ));
    let mut arguments = vec!["--config", CONFIG];
    let masters = match joins {
        true => &cluster.masters[1..],
        false => &cluster.masters[..1],
    };
    if joins {
        play.tasks.extend(join(cluster, "controller", restart));
        arguments.extend(["--token-file", TOKEN]);
    }
    play.tasks
        .extend(install(ways(cluster, masters), "controller", &arguments));
    play.tasks.push(item(service::start_own(
        "Start k0s, now and with the machine",
        "k0scontroller",
    )));
    play.tasks.extend(kubernetes::gate("{{ k0s.api }}", &CONTROLLER));
    play.handlers.push(restarted(restart, "k0scontroller"));
    play
}

fn restarted(name: &str, unit: &str) -> Item {
    item(service::restart(name, unit).when("k0s_unit.stat.exists"))
}

fn program(cluster: &Cluster) -> Vec<Item> {
    program::install(
        "k0s",
        cluster.kubernetes.binary.as_ref().map(|path| path.0.as_str()),
    )
}

fn folder() -> Card {
    program::folder("Make the folder of k0s' settings", "/etc/k0s", "0755")
}

fn unit(role: &str) -> String {
    format!("/etc/systemd/system/k0s{role}.service")
}

fn look(role: &str) -> [Item; 1] {
    let name = "Look whether k0s is installed as a service";
    [item(program::look(name, &unit(role), "k0s_unit"))]
}

/// A host that is no part of the cluster yet asks a controller of the cluster for a token, however often it has tried before: a
/// token is of no use after an hour.
fn join(cluster: &Cluster, role: &str, restart: &str) -> [Item; 2] {
    // A controller has the authority's certificate from the one that let it in, a worker from its token already.
    let joined = match role {
        "controller" => CONTROLLER.ca,
        _ => "/var/lib/k0s/kubelet.conf",
    };
    let look = program::look("Look whether this host has joined", joined, "k0s_joined");
    let argv = [
        // It waits for the API server, which has perhaps just begun; without an end if it does not come.
        "timeout",
        "300",
        "/usr/local/bin/k0s",
        "token",
        "create",
        "--wait",
        &format!("--role={role}"),
        "--expiry=1h",
    ];
    let ask = task::<Command>(
        "Ask a controller of the cluster for a token",
        json!({ "argv": argv }),
    );
    let ask = hidden(on(ask.register("k0s_token"), &asked::host(cluster))).changed_when("true");
    let keep = json!({
        "dest": TOKEN,
        "content": "{{ k0s_token.stdout }}\n",
        "owner": "root",
        "group": "root",
        "mode": "0600",
    });
    let block = card::block(
        "This host joins",
        vec![
            item(ask),
            item(hidden(
                task::<Copy>("Keep the token, which is of use for an hour", keep).notify(restart),
            )),
        ],
        &["not k0s_joined.stat.exists"],
    );
    [item(look), block]
}

/// Hosts with the same flags share a task.
fn ways(cluster: &Cluster, hosts: &[Arc<str>]) -> Vec<(Vec<String>, Vec<Arc<str>>, bool)> {
    let mut ways: Vec<(Vec<String>, Vec<Arc<str>>, bool)> = Vec::new();
    for node in hosts.iter().filter_map(|name| cluster.nodes.get(name)) {
        let flags = flags(cluster, node);
        match ways.iter_mut().find(|(known, ..)| *known == flags) {
            Some((_, names, _)) => names.push(Arc::clone(&node.name)),
            None => ways.push((flags, vec![Arc::clone(&node.name)], false)),
        }
    }
    let alone = ways.len() == 1;
    ways.iter_mut().for_each(|way| way.2 = alone);
    ways
}

fn install(ways: Vec<(Vec<String>, Vec<Arc<str>>, bool)>, role: &str, arguments: &[&str]) -> Vec<Item> {
    let card = |(flags, hosts, alone): (Vec<String>, Vec<Arc<str>>, bool)| {
        let mut argv = vec![
            "/usr/local/bin/k0s".to_owned(),
            "install".to_owned(),
            role.to_owned(),
        ];
        argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        argv.extend(flags);
        let install = task::<Command>(
            "Install k0s as a service",
            json!({ "argv": argv, "creates": unit(role) }),
        );
        item(match alone {
            true => install,
            false => install.when(&format!("inventory_hostname in {}", json!(hosts)).replace('"', "'")),
        })
    };
    ways.into_iter().map(card).collect()
}

/// The flags of `k0s install`.
fn flags(cluster: &Cluster, node: &Node) -> Vec<String> {
    let mut flags = Vec::new();
    let master = cluster.masters.contains(&node.name);
    let carries = !master || cluster.workers.contains(&node.name);
    if master && carries {
        flags.extend(["--enable-worker".to_owned(), "--no-taints".to_owned()]);
    }
    let Some(settings) = cluster.settings.get(&node.name).filter(|_| carries) else {
        return flags;
    };
    let labels = kubernetes::labels(settings);
    if !labels.is_empty() {
        flags.push(format!("--labels={}", labels.join(",")));
    }
    if !settings.taints.0.is_empty() {
        flags.push(format!("--taints={}", settings.taints.0.join(",")));
    }
    let mut kubelet = Vec::new();
    if let Some(cpus) = &settings.reserved_cpus {
        kubelet.push(format!("--reserved-cpus={}", cpus.0));
    }
    if settings.cpu_manager == CpuManager::Static {
        kubelet.push("--cpu-manager-policy=static".to_owned());
    }
    if !kubelet.is_empty() {
        flags.push(format!("--kubelet-extra-args={}", kubelet.join(" ")));
    }
    flags
}

/// `ClusterConfig`.
fn config(cluster: &Cluster, node: &Node) -> Value {
    let api = &cluster.api;
    let mut server = json!({
        "address": node.address,
        "port": cluster.api_port(&node.name),
        "k0sApiPort": 9443,
        "sans": kubernetes::sans(cluster),
    });
    if let Some(address) = api.balancer_address {
        server["externalAddress"] = json!(address);
    }
    if cluster.kubernetes.anonymous {
        server["extraArgs"] = json!({ "anonymous-auth": "true" });
    }
    json!({
        "apiVersion": "k0s.k0sproject.io/v1beta1",
        "kind": "ClusterConfig",
        "metadata": { "name": "k0s" },
        "spec": {
            "api": server,
            "konnectivity": { "agentPort": 8132 },
            "network": {
                "provider": provider(cluster),
                "podCIDR": cluster.kubernetes.pods,
                "serviceCIDR": cluster.kubernetes.services,
                "clusterDomain": cluster.kubernetes.domain,
            },
            "storage": { "type": "etcd", "etcd": { "peerAddress": node.address } },
        },
    })
}

fn provider(cluster: &Cluster) -> &'static str {
    use evenkeel_topology::NetworkPlugin;
    match cluster.kubernetes.network_plugin {
        NetworkPlugin::Calico => "calico",
        NetworkPlugin::KubeRouter => "kuberouter",
        NetworkPlugin::None | NetworkPlugin::Flannel | NetworkPlugin::Cilium => "custom",
    }
}
