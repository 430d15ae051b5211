//! k3s: servers on the masters, agents on the workers. Source: K3s' reference, `k3s server` and `k3s agent`.

use std::sync::Arc;

use evenkeel_playbook::play::Play;
use evenkeel_topology::Cluster;
use evenkeel_topology::CpuManager;
use evenkeel_topology::Node;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::Generated;
use crate::base::program;
use crate::base::service;
use crate::card;
use crate::card::item;
use crate::hosts;
use crate::kubernetes;
use crate::kubernetes::Login;
use crate::kubernetes::begun;

const CONFIG: &str = "/etc/rancher/k3s/config.yaml";
/// How a server's own host asks it.
pub(crate) const SERVER: Login = Login {
    ca: "/var/lib/rancher/k3s/server/tls/server-ca.crt",
    own: Some((
        "/var/lib/rancher/k3s/server/tls/client-admin.crt",
        "/var/lib/rancher/k3s/server/tls/client-admin.key",
    )),
};

/// Adds the play of the servers.
pub(crate) fn masters(cluster: &Cluster, into: &mut Generated) {
    into.template("k3s.yaml.j2", include_str!("templates/k3s.yaml.j2"));
    into.template("k3s.service.j2", include_str!("templates/k3s.service.j2"));
    for node in cluster.masters.iter().filter_map(|name| cluster.nodes.get(name)) {
        into.variable(&node.name, "k3s", server(cluster, node));
    }
    begun::guard(cluster, "/etc/systemd/system/k3s.service", into);
    let hosts = hosts::pattern(cluster, &cluster.masters);
    let mut play = play(
        cluster,
        "The masters run k3s, one after the other",
        &hosts,
        ("k3s", "master"),
    );
    play.serial = Some(card::value(1.into()));
    play.tasks.extend(kubernetes::gate("{{ k3s.api }}", &SERVER));
    into.play(play);
}

/// Adds the play of the agents.
pub(crate) fn workers(cluster: &Cluster, into: &mut Generated) {
    let workers = cluster.inside().iter();
    let workers: Vec<Arc<str>> = workers
        .filter(|name| !cluster.masters.contains(name))
        .cloned()
        .collect();
    if workers.is_empty() {
        return;
    }
    for node in workers.iter().filter_map(|name| cluster.nodes.get(name)) {
        into.variable(&node.name, "k3s", agent(cluster, node));
    }
    let hosts = hosts::pattern(cluster, &workers);
    into.play(play(
        cluster,
        "The workers join as k3s agents",
        &hosts,
        ("k3s-agent", "worker"),
    ));
}

fn play(cluster: &Cluster, name: &str, hosts: &str, (unit, tag): (&str, &str)) -> Play {
    let restart = format!("Restart {unit}");
    let path = format!("/etc/systemd/system/{unit}.service");
    let mut play = card::play(name, hosts, tag);
    let binary = cluster.kubernetes.binary.as_ref().map(|path| path.0.as_str());
    play.tasks = kubernetes::forwarding(cluster);
    play.tasks.extend(program::install("k3s", binary));
    play.tasks.extend([
        item(
            program::look("Look whether k3s has been started before", &path, "k3s_unit").about(
                "A service that has just begun has read its settings; only one that ran before is restarted.",
            ),
        ),
        item(program::folder(
            "Make the folder of k3s' settings",
            "/etc/rancher/k3s",
            "0755",
        )),
        item(card::hidden(
            program::configure("Configure k3s", "k3s.yaml.j2", CONFIG, "0600")
                .notify(&restart)
                .about("The file holds `k3s_token`, which the inventory keeps in a vault."),
        )),
        item(program::configure("Write the unit of k3s", "k3s.service.j2", &path, "0644").notify(&restart)),
        item(service::start_own("Start k3s, now and with the machine", unit)),
    ]);
    let restarted = service::restart(&restart, unit).when("k3s_unit.stat.exists");
    play.handlers.push(item(restarted));
    play
}

/// What both have.
fn common(cluster: &Cluster, node: &Node) -> Map<String, Value> {
    let mut config = Map::new();
    let mut set = |name: &str, value: Value| drop(config.insert(name.to_owned(), value));
    set("node-name", json!(node.name));
    set("node-ip", json!(node.address));
    if node.access != node.address {
        set("node-external-ip", json!(node.access));
    }
    if let Some(settings) = cluster.settings.get(&node.name) {
        let labels = kubernetes::labels(settings);
        if !labels.is_empty() {
            set("node-label", json!(labels));
        }
        if !settings.taints.0.is_empty() {
            set("node-taint", json!(settings.taints.0));
        }
        let mut arguments = Vec::new();
        if let Some(cpus) = &settings.reserved_cpus {
            arguments.push(format!("reserved-cpus={}", cpus.0));
        }
        if settings.cpu_manager == CpuManager::Static {
            arguments.push("cpu-manager-policy=static".to_owned());
        }
        if !arguments.is_empty() {
            set("kubelet-arg", json!(arguments));
        }
    }
    config
}

fn server(cluster: &Cluster, node: &Node) -> Value {
    let mut config = common(cluster, node);
    let mut set = |name: &str, value: Value| drop(config.insert(name.to_owned(), value));
    if cluster.masters.first() == Some(&node.name) {
        set("cluster-init", json!(true));
    } else {
        set(
            "server",
            json!(format!("https://{}", kubernetes::control_plane(cluster))),
        );
    }
    set("https-listen-port", json!(cluster.api_port(&node.name)));
    if let Some(bind) = cluster.api_bind(&node.name) {
        set("bind-address", json!(bind));
    }
    set("advertise-address", json!(node.address));
    set("tls-san", json!(kubernetes::sans(cluster)));
    if cluster.kubernetes.anonymous {
        set("kube-apiserver-arg", json!(["anonymous-auth=true"]));
    }
    set("cluster-cidr", json!(cluster.kubernetes.pods));
    set("service-cidr", json!(cluster.kubernetes.services));
    set("cluster-domain", json!(cluster.kubernetes.domain));
    json!({ "command": "server", "api": kubernetes::own_api(cluster, node), "config": config })
}

fn agent(cluster: &Cluster, node: &Node) -> Value {
    json!({ "command": "agent", "config": common(cluster, node) })
}
