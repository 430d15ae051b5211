//! Where the first master's address stands for the whole cluster, another one's takes its place.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Lineinfile;
use evenkeel_topology::Distribution;
use evenkeel_topology::Group;
use evenkeel_topology::Mode;
use serde_json::json;

use super::Leaving;
use super::fatal;
use super::others;
use super::play;
use super::workloads::kubectl;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::hosts;
use crate::kubernetes;
use crate::kubernetes::kubeadm::proxy;

/// A file within a config map.
struct Kept {
    name: &'static str,
    namespace: &'static str,
    map: &'static str,
    key: &'static str,
    register: &'static str,
}

const KEPT: [Kept; 3] = [
    Kept {
        name: "what nodes read when they join",
        namespace: "kube-public",
        map: "configmap/cluster-info",
        key: "kubeconfig",
        register: "cluster_info",
    },
    Kept {
        name: "kubeadm's settings",
        namespace: "kube-system",
        map: "configmap/kubeadm-config",
        key: "ClusterConfiguration",
        register: "kubeadm_config",
    },
    Kept {
        name: "kube-proxy's kubeconfig",
        namespace: "kube-system",
        map: "configmap/kube-proxy",
        key: "kubeconfig.conf",
        register: "kube_proxy",
    },
];

/// The play, for kubeadm without a load balancer for all: it writes the first master's address into what everybody reads.
pub(super) fn moves(leaving: &Leaving<'_>) -> Option<Play> {
    let cluster = leaving.cluster;
    let first = cluster.masters.first()?;
    let rest = leaving.rests.get(first)?;
    if cluster.kubernetes.distribution != Distribution::Kubeadm || cluster.api.mode == Mode::External {
        return None;
    }
    let (old, new) = (
        kubernetes::control_plane(cluster),
        kubernetes::control_plane(rest),
    );
    let masters = hosts::name(cluster, Group::Masters);
    let mut play = play("The first master's address makes room for another one's", &others(masters)).about(
        "Without a load balancer for all, kubeadm writes that address into every admin.conf and into what nodes read.",
    );
    let is_first = format!("node == '{first}'");
    let line = json!({
        "path": "/etc/kubernetes/admin.conf",
        "regexp": format!("^    server: https://{}$", regex(&old)),
        "line": "    server: {{ kube_apiserver_endpoint }}",
        "backrefs": true,
    });
    let line = task::<Lineinfile>("Have kubectl ask the master's own API server", line);
    play.tasks.push(item(fatal(line.when(&is_first))));
    for kept in &KEPT {
        let cards = kept.cards(leaving, &is_first, &old, &new)?;
        play.tasks.extend(cards.map(|card| item(fatal(card))));
    }
    if let (Some(endpoint), Some(heir)) = (rest.proxy_endpoint(), rest.masters.first()) {
        let remember = proxy::remember(&endpoint).when(&is_first);
        let on_heir = format!("inventory_hostname == '{heir}'");
        play.tasks.push(item(fatal(remember.when(&on_heir))));
    }
    play.handlers.push(proxy::restart());
    Some(play)
}

impl Kept {
    /// Asks for it, and puts the new address in place of the old one.
    fn cards(&self, leaving: &Leaving<'_>, is_first: &str, old: &str, new: &str) -> Option<[Card; 2]> {
        let register = self.register;
        let output = format!("--output=jsonpath={{.data.{}}}", self.key.replace('.', r"\."));
        let namespace = format!("--namespace={}", self.namespace);
        let on_asked = |card: Card| card.when(is_first).when("inventory_hostname == kubernetes_asked");
        let ask = ["get", self.map, &namespace, "--ignore-not-found", &output];
        let mut ask = kubectl(leaving.cluster, &format!("Ask for {}", self.name), &ask)?
            .register(register)
            .changed_when("false");
        ask.keywords.check_mode = Some(card::value(false.into()));
        let patch = format!(
            "--patch={{{{ {{'data': {{'{}': {register}.stdout | regex_replace('(?<![\\w.]){}', '{new}')}}}} | to_json }}}}",
            self.key,
            regex(old)
        );
        let patch = ["patch", self.map, &namespace, "--type=merge", &patch];
        let mut patch = on_asked(kubectl(
            leaving.cluster,
            &format!("Put the other address into {}", self.name),
            &patch,
        )?)
        .when(&format!("'{old}' in {register}.stdout"))
        .changed_when("true");
        if self.register == "kube_proxy" {
            patch = patch.notify(proxy::RESTART);
        }
        Some([on_asked(ask), patch])
    }
}

/// A text as a regular expression of itself.
fn regex(text: &str) -> String {
    text.replace('.', r"\.").replace('[', r"\[").replace(']', r"\]")
}
