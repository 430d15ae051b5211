//! Whether kubeadm has finished what it began on a host.
//!
//! Source: Kubernetes' reference, "kubeadm init" and "kubeadm join": the kubelet's login is written in an early phase, so
//! that it tells who has begun, and not who is in the cluster.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Assert;
use evenkeel_tasks::types::Copy;
use serde_json::json;

use crate::base::program;
use crate::card::item;
use crate::card::task;

/// Is there from before kubeadm begins until it has succeeded.
const MARK: &str = "/etc/kubernetes/kubeadm-unfinished";

/// Refuses a host on which kubeadm has failed, or a run ended meanwhile.
pub(super) fn guard(command: &str) -> [Item; 2] {
    let message = format!(
        "an earlier `kubeadm {command}` has not succeeded on {{{{ inventory_hostname }}}} ({MARK} is there): see why \
         (`journalctl -u kubelet`), run `kubeadm reset` on it, and then this again. Where the host is in the cluster all the \
         same, with all that it should run, remove that file instead"
    );
    let that = json!({
        "that": ["not (kubelet_conf.stat.exists and kubeadm_unfinished.stat.exists)"],
        "fail_msg": message,
        "quiet": true,
    });
    let look = program::look(
        "Look whether kubeadm was ended before it had finished",
        MARK,
        "kubeadm_unfinished",
    );
    let assert = task::<Assert>("Make sure that kubeadm has finished what it began here", that);
    [look, assert].map(item)
}

/// The command, and the mark around it.
pub(super) fn marked(command: Card) -> [Item; 3] {
    let text = json!({
        "dest": MARK,
        "content": "kubeadm has been started here, and has not succeeded yet.\n",
        "owner": "root",
        "group": "root",
        "mode": "0644",
    });
    let mark = task::<Copy>("Remember that kubeadm is at work", text)
        .about("It writes the kubelet's login early: one that fails later must not be taken for one that has joined.");
    [
        mark,
        command.changed_when("true"),
        program::gone("Forget that kubeadm was at work", MARK),
    ]
    .map(item)
}
