//! How a member without data joins: all of them begin together, or it takes its place among those that serve.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::SetFact;
use evenkeel_topology::Cluster;
use serde_json::json;

use super::IMPATIENT;
use super::SERVES;
use super::begin;
use super::certificates::FOLDER;
use super::joining;
use crate::base::ask;
use crate::card;
use crate::card::item;
use crate::card::task;

const WITHOUT_DATA: &str = "not etcd_data.stat.exists";

/// The tasks of a member without data.
pub(super) fn tasks(cluster: &Cluster, hosts: &str) -> Vec<Item> {
    let alone = cluster.etcd.members.len() == 1;
    let mut tasks = Vec::new();
    if !alone {
        let name = "This member takes its place among those that serve";
        tasks.push(card::block(name, place(), &[WITHOUT_DATA, SERVES]));
    }
    let none_serves = format!("not ({SERVES})");
    tasks.push(card::block(
        "The cluster has yet to form",
        begin::tasks(alone, hosts),
        &[WITHOUT_DATA, &none_serves],
    ));
    tasks.push(item(joining("Write how this member joins").when(WITHOUT_DATA)));
    tasks
}

/// A lost member goes, found by the address that peers reach it at, and this one is announced in its place; one that was
/// announced and never started joins as it is.
fn place() -> Vec<Item> {
    let list = json!({ "argv": words(&["member", "list"]) });
    let list = on_healthy(task::<Command>("Ask a healthy member for all members", list));
    let list = ask::read(list).register("etcd_members");
    let of_status = |status: &str| {
        format!(
            "{{{{ etcd_members.stdout_lines | map('split', ', ') | selectattr(3, 'equalto', etcd_member.peer_url) \
             | selectattr(1, 'equalto', '{status}') | map('first') | list }}}}"
        )
    };
    let find = task::<SetFact>(
        "Find this member by its peer address",
        json!({ "etcd_lost": of_status("started"), "etcd_announced": of_status("unstarted") }),
    );
    let words = words(&["member", "remove", "{{ etcd_lost[0] }}"]);
    let remove = on_healthy(ask::patient(
        "Remove the lost member whose place this one takes",
        words,
    ))
    .when("etcd_lost | length > 0")
    .changed_when("true")
    .about(IMPATIENT);
    [item(list), item(find), item(remove)]
        .into_iter()
        .chain(announce())
        .collect()
}

fn announce() -> [Item; 3] {
    let words = words(&[
        "member",
        "add",
        "{{ etcd_member.name }}",
        "--peer-urls={{ etcd_member.peer_url }}",
    ]);
    let unknown = "etcd_announced | length == 0";
    let add = on_healthy(ask::patient("Announce this member to the others", words))
        .register("etcd_added")
        .when(unknown)
        .changed_when("true");
    let joins = |members: &str| json!({ "etcd_joins": { "state": "existing", "members": members } });
    let told =
        joins("{{ (etcd_added.stdout | regex_search('ETCD_INITIAL_CLUSTER=\"([^\"]+)\"', '\\1'))[0] }}");
    let take = task::<SetFact>("Join those that are there", told).when(unknown);
    // Others that were never started have no name yet; their id does as well.
    let listed = "{{ etcd_members.stdout_lines | map('regex_replace', '^(\\w+), unstarted, , ', '\\1, unstarted, \\1, ') \
                  | map('regex_replace', '^\\w+, \\w+, ([^,]*), ([^,]*), .*$', '\\1=\\2') \
                  | map('regex_replace', '^\\w+=' ~ (etcd_member.peer_url | regex_escape) ~ '$', etcd_member.name ~ '=' ~ etcd_member.peer_url) \
                  | join(',') }}";
    let known = task::<SetFact>("Join as it was announced", joins(listed))
        .when("etcd_announced | length > 0")
        .about("An earlier run was cut short before it started this member.");
    [item(add), item(take), item(known)]
}

fn on_healthy(card: Card) -> Card {
    // Ansible reads the host before the conditions, so there has to be one also where nothing is done.
    card::on(card, "{{ etcd_healthy | first | default(inventory_hostname) }}")
}

/// etcdctl on a healthy member.
fn words(arguments: &[&str]) -> Vec<String> {
    let certificate = |suffix: &str| format!("{FOLDER}/node-{{{{ etcd_healthy[0] }}}}{suffix}.pem");
    let mut argv = vec![
        "env".to_owned(),
        "ETCDCTL_API=3".to_owned(),
        "etcdctl".to_owned(),
        "--endpoints=https://127.0.0.1:2379".to_owned(),
        format!("--cacert={FOLDER}/ca.pem"),
        format!("--cert={}", certificate("")),
        format!("--key={}", certificate("-key")),
    ];
    argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    argv
}
