//! kubeadm's configuration. Source: Kubernetes' reference, "kubeadm Configuration", v1beta4, which kubeadm knows since
//! 1.31, and v1beta3, whose extra arguments are a mapping.

use evenkeel_topology::Cluster;
use evenkeel_topology::Node;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::patches;
use crate::kubernetes;

/// What the templates need on a node.
pub(super) fn variable(cluster: &Cluster, node: &Node) -> Value {
    let mut variable = json!({
        "api": api(cluster),
        "endpoint": kubernetes::control_plane(cluster),
        "advertise": node.address,
        "port": cluster.api_port(&node.name),
        "master": cluster.masters.contains(&node.name),
        "patched": patches::any(cluster),
        "registration": registration(cluster, node),
    });
    if cluster.masters.first() == Some(&node.name) {
        variable["cluster"] = of_cluster(cluster);
    }
    variable
}

/// Whether kubeadm knows the newer form: one whose version is not set is a new one.
fn v1beta4(cluster: &Cluster) -> bool {
    let version = cluster.kubernetes.version.as_ref();
    let mut numbers = version
        .iter()
        .flat_map(|version| version.0.split('.').map(str::parse::<u32>));
    match (numbers.next(), numbers.next()) {
        (Some(Ok(1)), Some(Ok(minor))) => minor >= 31,
        _ => true,
    }
}

/// The version of the configuration's form.
pub(super) fn api(cluster: &Cluster) -> &'static str {
    if v1beta4(cluster) { "v1beta4" } else { "v1beta3" }
}

/// Arguments of a component, as the configuration's form has them.
fn arguments(cluster: &Cluster, arguments: &[(&str, String)]) -> Value {
    let arguments = arguments.iter();
    match v1beta4(cluster) {
        true => arguments
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect(),
        false => {
            let pairs = arguments.map(|(name, value)| ((*name).to_owned(), json!(value)));
            Value::Object(pairs.collect())
        }
    }
}

/// `NodeRegistrationOptions`.
fn registration(cluster: &Cluster, node: &Node) -> Value {
    let mut registration = Map::new();
    registration.insert("name".to_owned(), json!(node.name));
    let mut extra = vec![("node-ip", node.address.to_string())];
    if let Some(settings) = cluster.settings.get(&node.name) {
        let labels = kubernetes::labels(settings);
        if !labels.is_empty() {
            extra.push(("node-labels", labels.join(",")));
        }
        if !settings.taints.0.is_empty() {
            let taints = settings.taints.0.iter().map(|taint| of_taint(taint));
            registration.insert("taints".to_owned(), taints.collect());
        }
    }
    let carries = cluster.workers.contains(&node.name) && cluster.masters.contains(&node.name);
    if carries && !registration.contains_key("taints") {
        // A master that is a node too carries workloads; without this kubeadm would taint it.
        registration.insert("taints".to_owned(), json!([]));
    }
    registration.insert("kubeletExtraArgs".to_owned(), arguments(cluster, &extra));
    Value::Object(registration)
}

/// A taint as Kubernetes' objects have it.
fn of_taint(text: &str) -> Value {
    let (key, effect) = text.rsplit_once(':').unwrap_or((text, ""));
    match key.split_once('=') {
        Some((key, value)) => json!({ "key": key, "value": value, "effect": effect }),
        None => json!({ "key": key, "effect": effect }),
    }
}

/// `ClusterConfiguration`, which only the first master is given.
fn of_cluster(cluster: &Cluster) -> Value {
    let kubernetes = &cluster.kubernetes;
    let mut config = Map::new();
    if let Some(version) = &kubernetes.version {
        config.insert("kubernetesVersion".to_owned(), json!(format!("v{}", version.0)));
    }
    config.insert(
        "controlPlaneEndpoint".to_owned(),
        json!(kubernetes::control_plane(cluster)),
    );
    let mut server = json!({ "certSANs": kubernetes::sans(cluster) });
    if let Some(first) = cluster.masters.first()
        && let Some(bind) = cluster.api_bind(first).filter(|bind| bind.is_unspecified())
    {
        server["extraArgs"] = arguments(cluster, &[("bind-address", bind.to_string())]);
    }
    config.insert("apiServer".to_owned(), server);
    config.insert(
        "networking".to_owned(),
        json!({
            "dnsDomain": kubernetes.domain,
            "podSubnet": kubernetes.pods,
            "serviceSubnet": kubernetes.services,
        }),
    );
    if cluster.etcd.deployed {
        config.insert("etcd".to_owned(), external(cluster));
    }
    Value::Object(config)
}

/// The part about etcd, where roles deploy it.
pub(super) fn external(cluster: &Cluster) -> Value {
    let endpoints: Vec<String> = match cluster.etcd.multiaccess {
        true => cluster.etcd_addresses().split(',').map(str::to_owned).collect(),
        false => vec!["https://127.0.0.1:2379".to_owned()],
    };
    json!({ "external": {
        "endpoints": endpoints,
        "caFile": patches::ETCD_CA,
        "certFile": format!("{}.crt", patches::ETCD_CLIENT),
        "keyFile": format!("{}.key", patches::ETCD_CLIENT),
    } })
}
