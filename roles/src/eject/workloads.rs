//! Kubernetes' part: the node's workloads move, and its node is deleted.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Assert;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::Debug;
use evenkeel_tasks::types::SetFact;
use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;
use evenkeel_topology::Group;
use evenkeel_topology::Mode;
use serde_json::json;

use super::DEAD;
use super::fatal;
use super::others;
use super::play;
use crate::base::ask;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::hosts;

/// What holds on the one master that speaks for Kubernetes, where the node is there.
const ASKED: [&str; 2] = [
    "inventory_hostname == kubernetes_asked",
    "kubernetes_name | length > 0",
];

/// The node as Kubernetes calls it.
const NAME: &str = "{{ kubernetes_name }}";

/// Cordons and drains the node, from another master.
pub(super) fn drain(cluster: &Cluster) -> Option<Play> {
    let mut play = on_masters(cluster, "The workloads of the node that leaves move to others")?;
    let columns = "--output=custom-columns=NAME:.metadata.name,ADDRESSES:.status.addresses[*].address";
    let get = ["get", "nodes", "--no-headers", columns];
    let get = kubectl(cluster, "Ask each other master for the nodes", &get)?;
    let get = ask::probe(get).register("kubernetes_nodes");
    let answered = "{{ ansible_play_hosts | map('extract', hostvars) | selectattr('kubernetes_nodes.rc', 'defined') \
                    | selectattr('kubernetes_nodes.rc', 'equalto', 0) | map(attribute='inventory_hostname') | first \
                    | default('') }}";
    let choose = task::<SetFact>(
        "Choose a master that answers",
        json!({ "kubernetes_asked": answered }),
    );
    let none = json!({
        "that": ["kubernetes_asked | length > 0"],
        "fail_msg": "no other master's API server answers, so that the node cannot be drained: bring one back first ({{ \
                     kubernetes_nodes.stderr | default('') }})",
        "quiet": true,
    });
    let none = fatal(task::<Assert>("Make sure that there is one", none));
    let always = ["drain", NAME, "--ignore-daemonsets", "--delete-emptydir-data"];
    let alive = [&always[..], &["--timeout=300s"]].concat();
    let gone = [&always[..], &["--force", "--grace-period=0", "--timeout=60s"]].concat();
    let drain = kubectl(cluster, "Cordon and drain it", &alive)?.when(&format!("not ({DEAD})"));
    let mut forced = kubectl(cluster, "Cordon it, and give up its pods", &gone)?
        .when(DEAD)
        .about("Nobody is there who could end the pods; those that stay in the list go with the node.");
    forced.failed_when.push(card::value(false.into()));
    play.tasks = [get, choose, none, name(cluster)].map(item).into();
    play.tasks.extend(unknown(cluster).map(item));
    play.tasks.extend([asked(drain), asked(forced)].map(item));
    Some(play)
}

/// Where every controller is a node, one that is none is worth a word: an earlier run may have deleted it.
fn unknown(cluster: &Cluster) -> Option<Card> {
    let all = matches!(
        cluster.kubernetes.distribution,
        Distribution::Kubeadm | Distribution::K3s
    );
    let text = "Kubernetes has no node that is called {{ node }} or has its address: nothing is drained, and none is deleted";
    let say = task::<Debug>("Say that there is no such node", json!({ "msg": text }));
    all.then(|| say.when(ASKED[0]).when("kubernetes_name | length == 0"))
}

/// kubeadm and k3s are told what a node is called; k0s takes the name that its host has, so that the host is asked where
/// it lives, and the node is known by its address where it does not.
pub(super) fn own_name(cluster: &Cluster) -> Option<Card> {
    let ask = json!({ "argv": ["uname", "--nodename"] });
    let ask = task::<Command>("Ask for the host's name", ask).register("kubernetes_host");
    let ask = ask::read(ask).about("k0s calls its nodes by that.");
    (cluster.kubernetes.distribution == Distribution::K0s).then_some(ask)
}

fn name(cluster: &Cluster) -> Card {
    let by = |before: &str, what: &str, after: &str| {
        format!(
            "hostvars[kubernetes_asked].kubernetes_nodes.stdout_lines \
             | select('search', '{before}' ~ ({what} | regex_escape) ~ '{after}') | list"
        )
    };
    let called = by("^", "node", " ");
    let lives_at = |address: &str| by("[ ,]", address, "(,|$)");
    let found = match cluster.kubernetes.distribution {
        Distribution::K0s => {
            let named = by("^", "(hostvars[node].kubernetes_host.stdout | lower)", " ");
            let lives_at = lives_at("hostvars[node].k0s.config.spec.api.address");
            format!("({lives_at}) + ({called}) if {DEAD} else ({named})")
        }
        // A node that somebody else has set up may be called otherwise.
        Distribution::None | Distribution::Kubeadm | Distribution::K3s => {
            let lives_at = lives_at("hostvars[node].kube_apiserver_address");
            format!("({called}) + ({lives_at})")
        }
    };
    let name = format!("{{{{ ({found}) | map('split') | map('first') | first | default('') }}}}");
    task::<SetFact>("Find the node among them", json!({ "kubernetes_name": name }))
        .about("A controller that is no node has none.")
}

/// Deletes the node.
pub(super) fn delete(cluster: &Cluster) -> Option<Play> {
    let mut play = on_masters(cluster, "Kubernetes forgets the node that has left")?
        .about("Its kubelet has stopped: one that starts again would make the node anew.");
    let delete = ["delete", "node", NAME, "--ignore-not-found", "--timeout=60s"];
    let delete = kubectl(cluster, "Delete the node", &delete)?;
    play.tasks.push(item(asked(delete)));
    Some(play)
}

fn on_masters(cluster: &Cluster, name: &str) -> Option<Play> {
    let known = cluster.kubernetes.distribution != Distribution::None;
    known.then(|| play(name, &others(hosts::name(cluster, Group::Masters))))
}

fn asked(card: Card) -> Card {
    let card = ASKED.iter().fold(card, |card, condition| card.when(condition));
    fatal(card.changed_when("true"))
}

/// kubectl as each distribution has it, with the login that it leaves on its masters.
pub(super) fn kubectl(cluster: &Cluster, name: &str, arguments: &[&str]) -> Option<Card> {
    let program: &[&str] = match cluster.kubernetes.distribution {
        Distribution::None => return None,
        Distribution::Kubeadm => &["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"],
        Distribution::K3s => &["/usr/local/bin/k3s", "kubectl"],
        Distribution::K0s => &["/usr/local/bin/k0s", "kubectl"],
    };
    let own = own_server(cluster).map(|url| format!("--server={url}"));
    let argv: Vec<&str> = program
        .iter()
        .copied()
        .chain(own.as_deref())
        .chain(arguments.iter().copied())
        .collect();
    Some(task::<Command>(name, json!({ "argv": argv })))
}

/// Without a load balancer for all, kubeadm gives every master a login at the first one, who may be the one that leaves.
fn own_server(cluster: &Cluster) -> Option<String> {
    let asked =
        cluster.kubernetes.distribution == Distribution::Kubeadm && cluster.api.mode != Mode::External;
    let rows = cluster.endpoints().into_iter();
    let mut own = rows
        .filter(|row| cluster.masters.contains(&row.host))
        .map(|row| row.kube_apiserver.url);
    let first = own.next().filter(|url| asked && url.starts_with("https:"))?;
    own.all(|url| url == first).then_some(first)
}
