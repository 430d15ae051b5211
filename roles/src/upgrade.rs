//! `upgrade.yml`: brings a running cluster to a newer version without an outage.

mod balancer;
mod etcd;
mod gate;
mod k0s;
mod k3s;
mod kubeadm;
mod node;
mod version;

use evenkeel_playbook::play::Play;
use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;
use serde_json::json;

use crate::Generated;
use crate::card;
use crate::kubernetes;

/// Where etcd's members keep what was before the last upgrade.
pub(crate) const SNAPSHOT: &str = "/var/lib/etcd/before-upgrade.db";

/// What stands at the head of the file.
const ABOUT: &str = "Brings the running cluster to newer versions without an outage: one host after the other (workers \
     in batches of `upgrade_serial`), and the next one only when the one before serves again. The first failure ends \
     the run; a later run goes on where it ended. Load balancers and etcd take what their package source offers.";

/// Adds the playbook, where there is something that it could upgrade.
pub(crate) fn compose(cluster: &Cluster, into: &mut Generated) {
    let mut plays: Vec<Play> = Vec::new();
    plays.extend(fits(cluster));
    plays.extend(balancer::external(cluster));
    plays.extend(etcd::plays(cluster));
    plays.extend(balancer::local(cluster));
    let distribution = cluster.kubernetes.distribution;
    let version = cluster.kubernetes.version.as_ref();
    if let Some(version) = version.map(|version| version.0.as_str()) {
        if distribution != Distribution::None {
            addresses(cluster, into);
        }
        plays.extend(match distribution {
            Distribution::None => Vec::new(),
            Distribution::Kubeadm => kubeadm::plays(cluster, version),
            Distribution::K3s => k3s::plays(cluster, version),
            Distribution::K0s => k0s::plays(cluster, version),
        });
    }
    if !plays.is_empty() {
        into.book("upgrade.yml", &about(cluster), plays);
    }
}

/// Looks first whether Kubernetes can get the version.
fn fits(cluster: &Cluster) -> Option<Play> {
    let version = cluster.kubernetes.version.as_ref()?;
    let kubectl: &[&str] = match cluster.kubernetes.distribution {
        Distribution::Kubeadm => &kubeadm::KUBECTL,
        Distribution::K3s => &k3s::KUBECTL,
        // k0s' controllers are perhaps no nodes, and its nodes have other names.
        Distribution::None | Distribution::K0s => return None,
    };
    Some(version::fits(cluster, kubectl, &version.0))
}

/// What is upgraded to what, and where that is said.
fn about(cluster: &Cluster) -> String {
    let kubernetes = match (cluster.kubernetes.distribution, &cluster.kubernetes.version) {
        (Distribution::None, _) => "The API servers are not brought by `site.yml`, and stay as they are.",
        (_, None) => "Kubernetes stays as it is: set `kube_version` to upgrade it.",
        (Distribution::Kubeadm, Some(_)) => {
            "Kubernetes gets `kube_version`: at most one minor version at a time."
        }
        (Distribution::K3s | Distribution::K0s, Some(_)) => {
            "Kubernetes gets `kube_version`: at most one minor version at a time. Its program comes from `kube_binary`."
        }
    };
    format!("{ABOUT} {kubernetes}")
}

/// Where each master's own API server listens.
fn addresses(cluster: &Cluster, into: &mut Generated) {
    for node in cluster.masters.iter().filter_map(|name| cluster.nodes.get(name)) {
        into.variable(
            &node.name,
            "upgrade",
            json!({ "api": kubernetes::own_api(cluster, node) }),
        );
    }
}

/// What is told where a program is not the one that is wanted.
fn other_program(name: &str, version: &str) -> String {
    format!(
        "/usr/local/bin/{name} is not v{version}: let kube_binary name that on the controller, or put it there"
    )
}

/// A play in which nothing goes on after a failure.
fn play(name: &str, hosts: &str, tag: &str, serial: &str) -> Play {
    let mut play = card::play(name, hosts, tag);
    let number = serial.parse::<u32>();
    play.serial = Some(card::value(
        number.map_or_else(|_| serial.into(), |number| number.into()),
    ));
    play.keywords.any_errors_fatal = Some(card::value(true.into()));
    play
}
