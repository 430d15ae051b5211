//! A first master that has lost its disk begins no second cluster beside the one that runs.

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
    let others = format!(
        "groups['{group}'][1:] | map('extract', hostvars) | selectattr('kubernetes_begun', 'defined') \
         | selectattr('kubernetes_begun.stat.exists') | list | length == 0"
    );
    let message = format!(
        "{{{{ inventory_hostname }}}} has no Kubernetes, but other masters are in a cluster: take it out of that \
         (`evenkeel eject {{{{ inventory_hostname }}}} --dead`), put it last in the group {group}, and run again"
    );
    let assert = json!({ "that": [others], "fail_msg": message, "quiet": true });
    play.tasks = vec![
        item(program::look(
            "Look whether this master is in a cluster",
            path,
            "kubernetes_begun",
        )),
        item(
            task::<Assert>(
                "Make sure that no other master is in a cluster when the first one is in none",
                assert,
            )
            .when(&format!("inventory_hostname == groups['{group}'][0]"))
            .when("not kubernetes_begun.stat.exists"),
        ),
    ];
    play
}
