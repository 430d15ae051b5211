//! How a member without data joins: all of them begin together, or one replaces a member that was lost.

use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::SetFact;
use evenkeel_topology::Cluster;
use serde_json::Value;
use serde_json::json;

use super::certificates::FOLDER;
use super::joining;
use crate::card;
use crate::card::item;
use crate::card::task;

/// The tasks of a member without data.
pub(super) fn tasks(cluster: &Cluster, hosts: &str) -> Vec<Item> {
    let alone = cluster.etcd.members.len() == 1;
    let begin = json!({ "etcd_initial_cluster": "{{ etcd_member.initial_cluster }}" });
    let begin = task::<SetFact>("Begin with all members", begin).when("not etcd_data.stat.exists");
    let mut tasks = Vec::new();
    if !alone {
        tasks.push(item(others(hosts)));
        tasks.push(replace());
        tasks.push(item(begin.when("etcd_others | length == 0")));
    } else {
        tasks.push(item(begin));
    }
    tasks.push(item(
        joining("Write how this member joins").when("not etcd_data.stat.exists"),
    ));
    tasks
}

/// The members that have data: where there are any, the cluster exists.
fn others(hosts: &str) -> evenkeel_playbook::play::Card {
    let having = format!(
        "{{{{ groups['{hosts}'] | difference([inventory_hostname]) | map('extract', hostvars) \
         | selectattr('etcd_data', 'defined') | selectattr('etcd_data.stat.exists') \
         | map(attribute='inventory_hostname') | list }}}}"
    );
    task::<SetFact>(
        "Look which other members have data",
        json!({ "etcd_others": having }),
    )
    .when("not etcd_data.stat.exists")
}

/// The lost member goes, found by the address that peers reach it at, and this one is announced in its place.
fn replace() -> Item {
    let mut list = etcdctl("Ask the others for the members", &["member", "list"]);
    list.register = Some("etcd_members".into());
    let mut remove = etcdctl(
        "Remove the lost member whose place this one takes",
        &["member", "remove", "{{ etcd_lost[0] }}"],
    );
    remove = remove.when("etcd_lost | length > 0").changed_when("true");
    let lost = "{{ etcd_members.stdout_lines | map('split', ', ') \
                | selectattr(3, 'equalto', etcd_member.peer_url) | map('first') | list }}";
    let find = task::<SetFact>(
        "Find the lost member by its peer address",
        json!({ "etcd_lost": lost }),
    );
    let mut add = etcdctl(
        "Announce this member to the others",
        &[
            "member",
            "add",
            "{{ etcd_member.name }}",
            "--peer-urls={{ etcd_member.peer_url }}",
        ],
    );
    add.register = Some("etcd_added".into());
    add = add.changed_when("true");
    let cluster = "{{ (etcd_added.stdout | regex_search('ETCD_INITIAL_CLUSTER=\"([^\"]+)\"', '\\1'))[0] }}";
    let take = task::<SetFact>(
        "Join those that are there",
        json!({ "etcd_initial_cluster": cluster }),
    );
    card::block(
        "This member replaces a lost one",
        vec![
            item(list.changed_when("false")),
            item(find),
            item(remove),
            item(add),
            item(take),
        ],
        &["not etcd_data.stat.exists", "etcd_others | length > 0"],
    )
}

/// etcdctl on a member that has data.
fn etcdctl(name: &str, arguments: &[&str]) -> evenkeel_playbook::play::Card {
    let certificate = |suffix: &str| format!("{FOLDER}/node-{{{{ etcd_others[0] }}}}{suffix}.pem");
    let mut argv: Vec<Value> = [
        "env".to_owned(),
        "ETCDCTL_API=3".to_owned(),
        "etcdctl".to_owned(),
        "--endpoints=https://127.0.0.1:2379".to_owned(),
        format!("--cacert={FOLDER}/ca.pem"),
        format!("--cert={}", certificate("")),
        format!("--key={}", certificate("-key")),
    ]
    .into_iter()
    .map(Value::from)
    .collect();
    argv.extend(arguments.iter().map(|argument| Value::from(*argument)));
    // Ansible reads the host before the conditions, so there has to be one also where nothing is done.
    card::on(
        task::<Command>(name, json!({ "argv": argv })),
        "{{ etcd_others | default([]) | first | default(inventory_hostname) }}",
    )
}
