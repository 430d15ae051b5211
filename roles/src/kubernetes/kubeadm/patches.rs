//! What kubeadm is given as files: patches of pods and of the kubelet's configuration, and the certificates of etcd.
//!
//! Source: Kubernetes' "Customizing components with the kubeadm API", "Customization with patches".

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Copy;
use evenkeel_topology::Cluster;
use evenkeel_topology::CpuManager;
use serde_json::json;

use super::config;
use crate::base::program;
use crate::card;
use crate::card::item;
use crate::card::task;

pub(crate) const FOLDER: &str = "/etc/kubernetes/patches";
pub(super) const ETCD_CA: &str = "/etc/kubernetes/pki/etcd/ca.crt";
/// Without the ending; where kubeadm's documentation has it.
pub(super) const ETCD_CLIENT: &str = "/etc/kubernetes/pki/apiserver-etcd-client";

/// Whether there are patches for any node.
pub(crate) fn any(cluster: &Cluster) -> bool {
    cluster.kubernetes.guaranteed || kubelets(cluster).next().is_some()
}

/// The nodes whose kubelet is told something.
fn kubelets(cluster: &Cluster) -> impl Iterator<Item = (&std::sync::Arc<str>, String)> {
    cluster.settings.iter().filter_map(|(host, settings)| {
        let mut lines = Vec::new();
        if let Some(cpus) = &settings.reserved_cpus {
            lines.push(format!("reservedSystemCPUs: \"{}\"", cpus.0));
        }
        if settings.cpu_manager == CpuManager::Static {
            lines.push("cpuManagerPolicy: static".to_owned());
        }
        (!lines.is_empty()).then(|| (host, lines.join("\n")))
    })
}

/// Writes the patches of every node.
pub(super) fn tasks(cluster: &Cluster) -> Vec<Item> {
    if !any(cluster) {
        return Vec::new();
    }
    let mut tasks = vec![item(program::folder(
        "Make the folder of kubeadm's patches",
        FOLDER,
        "0755",
    ))];
    if cluster.kubernetes.guaranteed {
        let write = task::<Copy>(
            "Give the pods of the control plane the class Guaranteed",
            patch("{{ item }}0+strategic", &guaranteed(cluster)),
        );
        let components = [
            "kube-apiserver",
            "kube-controller-manager",
            "kube-scheduler",
            "etcd",
        ];
        let local = components
            .iter()
            .filter(|name| **name != "etcd" || !cluster.etcd.deployed);
        let components: Vec<String> = local.map(|name| (*name).to_owned()).collect();
        let write = card::for_each_of(write, &components)
            .when(&format!("inventory_hostname in groups['{}']", masters(cluster)))
            .about("Requests equal to limits, and whole CPUs: `kube_control_plane_cpu`, `kube_control_plane_memory`.");
        tasks.push(item(write));
    }
    // Nodes with the same settings share a task.
    let mut ways: Vec<(String, Vec<&str>)> = Vec::new();
    for (host, text) in kubelets(cluster) {
        match ways.iter_mut().find(|(known, _)| *known == text) {
            Some((_, hosts)) => hosts.push(host),
            None => ways.push((text, vec![host])),
        }
    }
    for (text, hosts) in ways {
        let write = task::<Copy>(
            "Reserve CPUs for the kubelet and the system",
            patch(
                "kubeletconfiguration0+strategic",
                &format!("apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n{text}\n"),
            ),
        );
        let write = match hosts.len() == cluster.settings.len() {
            true => write,
            false => write.when(&format!("inventory_hostname in {}", json!(hosts)).replace('"', "'")),
        };
        tasks.push(item(write.about(
            "`kube_reserved_cpus` and `kubelet_cpu_manager_policy` of the node.",
        )));
    }
    tasks
}

fn masters(cluster: &Cluster) -> &'static str {
    crate::hosts::name(cluster, evenkeel_topology::Group::Masters)
}

fn patch(name: &str, content: &str) -> serde_json::Value {
    json!({
        "dest": format!("{FOLDER}/{name}.yaml"),
        "content": content,
        "owner": "root",
        "group": "root",
        "mode": "0644",
    })
}

fn guaranteed(cluster: &Cluster) -> String {
    let (cpu, memory) = (
        cluster.kubernetes.control_plane_cpu,
        &cluster.kubernetes.control_plane_memory.0,
    );
    let resources = format!("        cpu: \"{cpu}\"\n        memory: {memory}\n");
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{{{ item }}}}\n  namespace: kube-system\nspec:\n  containers:\n  \
         - name: {{{{ item }}}}\n    resources:\n      requests:\n{resources}      limits:\n{resources}"
    )
}

/// What tells kubeadm which certificates masters share.
pub(super) const SHARED: &str = "/etc/kubernetes/kubeadm-shared.yaml";

/// Writes that, where roles deploy etcd: of itself kubeadm takes etcd for its own, and hands out no client's pair, without
/// which no other master joins (kubeadm#1886).
pub(super) fn shared(cluster: &Cluster) -> Option<Card> {
    if !cluster.etcd.deployed {
        return None;
    }
    let mut config = json!({
        "apiVersion": format!("kubeadm.k8s.io/{}", config::api(cluster)),
        "kind": "ClusterConfiguration",
        "etcd": config::external(cluster),
    });
    if let Some(version) = &cluster.kubernetes.version {
        // kubeadm would ask the internet for the newest one.
        config["kubernetesVersion"] = json!(format!("v{}", version.0));
    }
    let file = json!({
        "dest": SHARED,
        "content": format!("{config:#}\n"),
        "owner": "root",
        "group": "root",
        "mode": "0644",
    });
    let write = task::<Copy>("Tell it that etcd's certificates are shared too", file);
    Some(
        write.about(
            "Of itself kubeadm takes etcd for its own, and hands out no certificates for another one.",
        ),
    )
}

/// The API server's certificate as a client of etcd, where roles deploy etcd.
pub(super) fn etcd_client(cluster: &Cluster) -> Vec<Item> {
    if !cluster.etcd.deployed {
        return Vec::new();
    }
    let copy = |name: &str, src: &str, dest: &str, mode: &str| {
        let file = json!({
            "src": format!("{{{{ etcd_cert_dir }}}}/{src}"),
            "dest": dest,
            "owner": "root",
            "group": "root",
            "mode": mode,
        });
        task::<Copy>(name, file)
    };
    let node = "node-{{ inventory_hostname }}";
    let key = copy(
        "Copy the key of the API server's certificate for etcd",
        &format!("{node}-key.pem"),
        &format!("{ETCD_CLIENT}.key"),
        "0600",
    );
    vec![
        item(program::folder(
            "Make the folder of etcd's authority",
            "/etc/kubernetes/pki/etcd",
            "0755",
        )),
        item(copy(
            "Copy the certificate of etcd's authority",
            "ca.pem",
            ETCD_CA,
            "0644",
        )),
        item(copy(
            "Copy the API server's certificate for etcd",
            &format!("{node}.pem"),
            &format!("{ETCD_CLIENT}.crt"),
            "0644",
        )),
        item(card::hidden(key)),
    ]
}
