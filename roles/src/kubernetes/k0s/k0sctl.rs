//! `k0sctl.yaml`: the same cluster for those who run k0sctl. Source: k0sctl's README, "Configuration File".

use evenkeel_topology::Cluster;
use evenkeel_topology::Node;
use evenkeel_yaml::Data;
use evenkeel_yaml::write_block;
use serde_json::Value;
use serde_json::json;

use crate::card;

/// The file.
pub(super) fn written(
    cluster: &Cluster,
    config: impl Fn(&Node) -> Value,
    flags: impl Fn(&Node) -> Vec<String>,
) -> String {
    let host = |node: &Node| {
        let mut host = json!({
            "role": role(cluster, node),
            "privateAddress": node.address,
            "ssh": { "address": node.access, "user": "root", "port": 22 },
        });
        let flags: Vec<String> = flags(node)
            .into_iter()
            .filter(|flag| flag != "--enable-worker" && flag != "--no-taints")
            .collect();
        if !flags.is_empty() {
            host["installFlags"] = json!(flags);
        }
        if cluster.workers.contains(&node.name) && cluster.masters.contains(&node.name) {
            host["noTaints"] = json!(true);
        }
        host
    };
    let hosts = cluster.inside().iter().filter_map(|name| cluster.nodes.get(name));
    let hosts: Vec<Value> = hosts.map(host).collect();
    let shared = cluster
        .masters
        .first()
        .and_then(|name| cluster.nodes.get(name))
        .map(|node| {
            let mut config = config(node);
            // k0sctl fills in what differs between hosts.
            if let Some(api) = config["spec"]["api"].as_object_mut() {
                api.remove("address");
            }
            if let Some(spec) = config["spec"].as_object_mut() {
                spec.remove("storage");
            }
            config
        });
    let mut k0s = json!({ "config": shared });
    if let Some(version) = &cluster.kubernetes.version {
        k0s["version"] = json!(version.0);
    }
    let whole = json!({
        "apiVersion": "k0sctl.k0sproject.io/v1beta1",
        "kind": "Cluster",
        "metadata": { "name": "k0s" },
        "spec": { "hosts": hosts, "k0s": k0s },
    });
    let text = write_block(Data::from(&*card::value(whole)));
    format!(
        "# The same cluster for k0sctl, from the same model: `k0sctl apply --config k0sctl.yaml`.\n{text}"
    )
}

fn role(cluster: &Cluster, node: &Node) -> &'static str {
    match (
        cluster.masters.contains(&node.name),
        cluster.workers.contains(&node.name),
    ) {
        (true, true) => "controller+worker",
        (true, false) => "controller",
        (false, _) => "worker",
    }
}
