//! No member is healthy: the cluster has yet to form, unless it has lost its quorum.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Assert;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::SetFact;
use serde_json::json;

use super::certificates::FOLDER;
use crate::base::ask;
use crate::card;
use crate::card::item;
use crate::card::task;

/// The tasks of a member without data, where no member is healthy. Those that have data tell who has ever served, also
/// without a quorum: it is what etcd itself asks before it begins.
pub(super) fn tasks(alone: bool, hosts: &str) -> Vec<Item> {
    let mut tasks = Vec::new();
    if !alone {
        let that = json!({
            "that": ["etcd_known.results | selectattr('rc', 'equalto', 0) | length == etcd_others | length", never_served()],
            "fail_msg": "{{ etcd_others | join(', ') }} have data of etcd or could not be asked, and none is healthy. \
                         {{ inventory_hostname }} has no data and begins no cluster anew: start etcd on the others, or \
                         bring their quorum back from a snapshot, and run again",
            "quiet": true,
        });
        tasks.extend([item(others(hosts)), item(known()), item(task::<Assert>(
            "Make sure that the others have never served with this member",
            that,
        ).about("A cluster whose beginning was cut short goes on to begin; one that has lost its quorum must not."))]);
    }
    let begin = json!({ "etcd_joins": { "state": "new", "members": "{{ etcd_member.initial_cluster }}" } });
    tasks.push(item(task::<SetFact>("Begin with all members", begin)));
    tasks
}

/// The members that may have data: those that have, and those that could not be asked.
fn others(hosts: &str) -> Card {
    let without = format!(
        "groups['{hosts}'] | map('extract', hostvars) | selectattr('etcd_data', 'defined') \
         | rejectattr('etcd_data.stat.exists') | map(attribute='inventory_hostname')"
    );
    let having = format!(
        "{{{{ groups['{hosts}'] | difference([inventory_hostname]) | difference({without} | list) }}}}"
    );
    task::<SetFact>(
        "Look which other members have data, or could not be asked",
        json!({ "etcd_others": having }),
    )
}

/// Asks each where members ask each other: with the certificate of a member.
fn known() -> Card {
    let own = |suffix: &str| format!("{FOLDER}/member-{{{{ inventory_hostname }}}}{suffix}.pem");
    let argv = [
        "curl",
        "--silent",
        "--show-error",
        "--fail",
        "--max-time",
        "5",
        "--retry",
        "10",
        "--retry-delay",
        "1",
        "--retry-connrefused",
        // Where members ask each other, HTTP/2 is for gRPC alone.
        "--http1.1",
        "--cacert",
        &format!("{FOLDER}/ca.pem"),
        "--cert",
        &own(""),
        "--key",
        &own("-key"),
        "{{ hostvars[item].etcd_member.peer_url }}/members",
    ];
    let ask = task::<Command>("Ask them which members they know", json!({ "argv": argv }));
    card::for_each(ask::probe(ask).register("etcd_known"), "etcd_others")
}

/// A member that has served has told the others where its clients reach it.
fn never_served() -> &'static str {
    "etcd_known.results | map(attribute='stdout') | map('from_json') | flatten \
     | selectattr('peerURLs', 'contains', etcd_member.peer_url) | selectattr('clientURLs', 'defined') \
     | selectattr('clientURLs') | length == 0"
}
