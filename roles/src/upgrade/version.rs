//! Whether the cluster can get the version: looked at before anything is changed.
//!
//! Source: Kubernetes' "Version Skew Policy": masters go up by one minor version at a time, and nothing goes down.

use std::sync::Arc;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Assert;
use evenkeel_topology::Cluster;
use evenkeel_topology::Group;
use serde_json::json;

use super::node;
use super::play;
use crate::card::item;
use crate::card::task;
use crate::hosts;

/// The play, for a distribution whose nodes are called as the inventory calls them.
pub(super) fn fits(cluster: &Cluster, kubectl: &[&str], version: &str) -> Play {
    let node = node::Node {
        cluster,
        kubectl,
        name: "{{ inventory_hostname }}",
        folder: "",
        kubelet: version,
        stale: "",
    };
    let masters = cluster.masters.iter();
    let workers = cluster.inside().iter();
    let all: Vec<Arc<str>> = masters
        .chain(workers.filter(|name| !cluster.masters.contains(name)))
        .cloned()
        .collect();
    let mut play = play(
        "The cluster can be brought to this version",
        &hosts::pattern(cluster, &all),
        "kubernetes",
        "100%",
    )
    .about("Nothing has been changed yet where this ends the run.");
    play.serial = None;
    play.tasks = [
        Some(node::state(&node)),
        Some(up(version)),
        by_one(cluster, version),
    ]
    .into_iter()
    .flatten()
    .map(item)
    .collect();
    play
}

/// The version that a node says, without its letter.
fn of_node() -> String {
    format!("({}.stdout.split(' ')[0] | regex_replace('^v', ''))", node::STATE)
}

fn up(version: &str) -> Card {
    let own = of_node();
    let message = format!(
        "{{{{ inventory_hostname }}}} has Kubernetes {{{{ {own} }}}}, which is newer than {version}: Kubernetes does not go \
         back. Let kube_version name what the cluster has or a newer one, and generate the playbook again"
    );
    let that = json!({ "that": [format!("{own} is version('{version}', '<=')")], "fail_msg": message, "quiet": true });
    task::<Assert>("Make sure that no node has a newer one", that)
}

/// Nothing where the version is none that can be compared.
fn by_one(cluster: &Cluster, version: &str) -> Option<Card> {
    let minor: u32 = version.split('.').nth(1)?.parse().ok()?;
    let own = format!("{}.split('.')[1] | int", of_node());
    let message = format!(
        "{{{{ inventory_hostname }}}} has Kubernetes {{{{ {} }}}}, and masters go up by one minor version at a time: \
         let kube_version name the next one, generate the playbook again, and run it",
        of_node()
    );
    let that = json!({ "that": [format!("{own} >= {}", minor.saturating_sub(1))], "fail_msg": message, "quiet": true });
    let masters = hosts::name(cluster, Group::Masters);
    let card = task::<Assert>("Make sure that no minor version is skipped", that);
    Some(card.when(&format!("inventory_hostname in groups['{masters}']")))
}
