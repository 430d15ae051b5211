//! A first master that has lost its disk begins no second cluster beside the one that runs.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Assert;
use evenkeel_topology::Cluster;
use evenkeel_topology::Group;
use serde_json::json;

use crate::Generated;
use crate::base::program;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::hosts;

/// Adds the play that looks, where more masters than one could be in a cluster; `path` is what every master has that is.
pub(super) fn guard(cluster: &Cluster, path: &str, into: &mut Generated) {
    if cluster.masters.len() > 1 {
        into.play(play(cluster, path));
    }
}

fn play(cluster: &Cluster, path: &str) -> Play {
    let group = hosts::name(cluster, Group::Masters);
    let name = "Make sure that the first master begins no second cluster";
    let mut play = card::play(name, &hosts::pattern(cluster, &cluster.masters), "master");
    let others = format!("groups['{group}'][1:] | map('extract', hostvars)");
    let asked = format!("{others} | selectattr('kubernetes_begun', 'defined')");
    let unasked = format!("{others} | rejectattr('kubernetes_begun', 'defined')");
    let begun = format!("{asked} | selectattr('kubernetes_begun.stat.exists') | list | length == 0");
    let alone = task::<Assert>(
        "Make sure that no other master is in a cluster when the first one is in none",
        json!({ "that": [begun], "quiet": true, "fail_msg": format!(
            "{{{{ inventory_hostname }}}} has no Kubernetes, but other masters are in a cluster: take it out of that \
             (`evenkeel eject {{{{ inventory_hostname }}}} --dead`), put it last in the group {group}, and run again"
        ) }),
    );
    let all = task::<Assert>(
        "Make sure that every other master was asked when the first one is in none",
        json!({ "that": [format!("{unasked} | list | length == 0")], "quiet": true, "fail_msg": format!(
            "{{{{ inventory_hostname }}}} has no Kubernetes, and whether these are in a cluster is not known: \
             {{{{ {unasked} | map(attribute='inventory_hostname') | join(', ') }}}}. It begins none beside one that may run: \
             run again with all masters; take those that are gone for good out of the group {group}"
        ) }),
    );
    let first = |card: Card| {
        let card = card.when(&format!("inventory_hostname == groups['{group}'][0]"));
        item(card.when("not kubernetes_begun.stat.exists"))
    };
    play.tasks = vec![
        item(program::look(
            "Look whether this master is in a cluster",
            path,
            "kubernetes_begun",
        )),
        first(alone),
        first(all),
    ];
    play
}
