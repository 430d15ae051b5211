//! A node is emptied, upgraded, looked at, and takes pods again.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::Copy;
use evenkeel_topology::Cluster;
use evenkeel_topology::Group;
use serde_json::json;

use crate::base::ask;
use crate::base::program;
use crate::card;
use crate::card::item;
use crate::card::on;
use crate::card::task;
use crate::hosts;

/// A node as the cluster knows it, and how the cluster is asked.
pub(super) struct Node<'a> {
    pub(super) cluster: &'a Cluster,
    /// The program that asks, and what it always gets.
    pub(super) kubectl: &'a [&'a str],
    /// Its name in the cluster.
    pub(super) name: &'a str,
    /// A folder of its settings.
    pub(super) folder: &'a str,
    /// The version that its kubelet shall say.
    pub(super) kubelet: &'a str,
    /// When it is not at the version; only what is read by `looks` may be used.
    pub(super) stale: &'a str,
}

/// What is done to a node.
pub(super) struct Steps {
    /// What tells the version that runs.
    pub(super) looks: Vec<Item>,
    /// What disturbs nobody.
    pub(super) before: Vec<Item>,
    /// What is done when no pods are left.
    pub(super) then: Vec<Item>,
    /// What must answer afterwards.
    pub(super) gates: Vec<Item>,
}

/// What is registered of the node as the cluster shows it.
pub(super) const STATE: &str = "kube_node";

/// The tasks; a host that is at the version is only looked at.
pub(super) fn tasks(node: &Node<'_>, steps: Steps) -> Vec<Item> {
    let mark = format!("{}/drained-for-upgrade", node.folder);
    let look = program::look(
        "Look whether an earlier run has emptied this node",
        &mark,
        "kube_drained",
    );
    let due = format!("{} or kube_drained.stat.exists", node.stale);
    let mut upgrade = steps.before;
    upgrade.extend([remember(&mark), drain(node)].map(item));
    upgrade.extend(steps.then);
    let back = [
        asked(node, "Let pods onto the node again", &["uncordon", node.name]).changed_when("true"),
        program::gone("Forget that this run has emptied it", &mark),
    ];
    let mut tasks = steps.looks;
    tasks.extend([
        item(look.about("A run that ended in between is taken up again.")),
        card::block("This node is upgraded", upgrade, &[&due]),
    ]);
    tasks.extend(steps.gates);
    tasks.push(card::block("The node serves again", served(node), &[&due]));
    // Somebody else may have closed the node, and then it stays so.
    let ours = format!("'true' not in {STATE}.stdout or kube_drained.stat.exists");
    tasks.push(card::block(
        "The node takes pods again",
        back.map(item).to_vec(),
        &[&due, &ours],
    ));
    tasks
}

/// What the cluster says of the node before the next one begins. It is ready in its old state for some time after its
/// kubelet has ended, so that the new kubelet must have spoken first.
fn served(node: &Node<'_>) -> Vec<Item> {
    // `kubectl wait` knows such conditions since 1.23 alone.
    let new = "until test \"$(\"$@\")\" = \"$0\"; do sleep 2; done";
    let until = ["timeout", "180", "sh", "-c", new, node.kubelet];
    let version = "--output=jsonpath={.status.nodeInfo.kubeletVersion}";
    let new = after(
        node,
        "Wait until the node says the new version",
        &until,
        &["get", "node", node.name, version],
    );
    let object = format!("node/{}", node.name);
    let ready = ["wait", "--for=condition=Ready", "--timeout=3m", &object];
    let ready = asked(node, "Wait until the node is ready", &ready);
    [new, ready].map(|card| item(card.changed_when("false"))).to_vec()
}

/// Asks for the version that runs on the node, and whether it is closed: `v1.31.0 true`.
pub(super) fn state(node: &Node<'_>) -> Card {
    let output = "--output=jsonpath={.status.nodeInfo.kubeletVersion} {.spec.unschedulable}";
    let name = "Ask which version runs on this node, and whether it takes pods";
    ask::read(asked(node, name, &["get", "node", node.name, output]).register(STATE))
}

fn remember(mark: &str) -> Card {
    let text = json!({
        "dest": mark,
        "content": "Evenkeel has emptied this node for an upgrade; when that is done it lets pods onto it again.\n",
        "owner": "root",
        "group": "root",
        "mode": "0644",
    });
    task::<Copy>("Remember that this run empties it", text)
        .when(&format!("'true' not in {STATE}.stdout"))
        .about("A node that somebody else has closed stays closed.")
}

fn drain(node: &Node<'_>) -> Card {
    let timeout = format!(
        "--timeout={}s",
        node.cluster.upgrade.drain.milliseconds().div_ceil(1000)
    );
    let words = [
        "drain",
        node.name,
        "--ignore-daemonsets",
        "--delete-emptydir-data",
        &timeout,
    ];
    asked(node, "Let the pods go elsewhere", &words)
        .changed_when("true")
        .about("`drain_timeout` says how long that may take.")
}

/// Another master is asked, where there is one: this one's API server is about to be away.
fn asked(node: &Node<'_>, name: &str, words: &[&str]) -> Card {
    after(node, name, &[], words)
}

/// The same as the last words of another command.
fn after(node: &Node<'_>, name: &str, command: &[&str], words: &[&str]) -> Card {
    let masters = format!("groups['{}']", hosts::name(node.cluster, Group::Masters));
    let other =
        format!("{{{{ ({masters} | difference([inventory_hostname]) + [inventory_hostname]) | first }}}}");
    let argv = [command, node.kubectl, words].concat();
    on(task::<Command>(name, json!({ "argv": argv })), &other)
}
