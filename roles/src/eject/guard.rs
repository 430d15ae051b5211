//! etcd's part: whether it can do without a member, and that it does.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Assert;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::Debug;
use evenkeel_tasks::types::SetFact;
use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;
use evenkeel_topology::bracketed;
use evenkeel_topology::url;
use serde_json::Value;
use serde_json::json;

use super::DEAD;
use super::Leaving;
use super::divider;
use super::fatal;
use super::others;
use super::play;
use crate::Generated;
use crate::base::ask;
use crate::base::packages;
use crate::card;
use crate::card::for_each;
use crate::card::item;
use crate::card::task;
use crate::etcd;
use crate::etcd::certificates::FOLDER;
use crate::hosts;

/// The member on a host itself.
const LOCAL: &str = "https://127.0.0.1:2379";

/// The hosts whose own member is healthy.
const OWN_HEALTHY: &str = "ansible_play_hosts | map('extract', hostvars) | selectattr('etcd_health.rc', 'defined') \
                           | selectattr('etcd_health.rc', 'equalto', 0)";

/// What holds on the one host that speaks for etcd.
const ASKED: &str = "inventory_hostname == etcd_asked";

/// Refuses what would leave etcd without its quorum: computed from the membership, as members that are down count too.
pub(super) fn may_leave(leaving: &Leaving<'_>, into: &mut Generated) -> Play {
    let cluster = leaving.cluster;
    let members = hosts::pattern(cluster, &cluster.etcd.members);
    let but_node = format!(
        "{members}{{{{ '{}!' ~ node if node is defined else '' }}}}",
        divider(&members)
    );
    let mut play = play("The cluster can do without the controller that leaves", &but_node).about(
        "etcd needs more than half of its members. All members count, also those that are down: among three of which \
         one is down, removing another leaves two that need each other, and one.",
    );
    play.tasks.push(item(named(leaving)));
    if !cluster.etcd.deployed {
        let install = packages::install("Install etcd's client", &["etcd-client"]);
        play.tasks.push(item(
            install.about("The members are Kubernetes' own; it brings no client."),
        ));
    }
    for name in &cluster.etcd.members {
        into.variable(name, "etcd_peer_urls", peer_urls(leaving));
    }
    let tasks = tasks(cluster);
    play.tasks.extend(some(leaving, tasks));
    play
}

/// Takes the member out, by the id that its peer URL told.
pub(super) fn remove(leaving: &Leaving<'_>) -> Play {
    let cluster = leaving.cluster;
    let members = others(&hosts::pattern(cluster, &cluster.etcd.members));
    let mut play = play(
        "The members of etcd go on without the controller that leaves",
        &members,
    );
    let words = match cluster.kubernetes.distribution {
        Distribution::K0s if !cluster.etcd.deployed => {
            let address = "--peer-address={{ hostvars[node].k0s.config.spec.storage.etcd.peerAddress }}";
            ["/usr/local/bin/k0s", "etcd", "leave", address]
                .map(str::to_owned)
                .to_vec()
        }
        Distribution::None | Distribution::Kubeadm | Distribution::K3s | Distribution::K0s => {
            words(cluster, LOCAL, &["member", "remove", "{{ etcd_leaving[0] }}"])
        }
    };
    let remove = ask::patient("Remove the member", words)
        .about(etcd::IMPATIENT)
        .when(ASKED)
        .when("etcd_leaving | length > 0")
        .changed_when("true");
    let tasks = vec![item(hand_over(cluster)), item(fatal(remove))];
    play.tasks.extend(some(leaving, tasks));
    play
}

/// Whether every member has the same URL for clients, so that each is asked on its own host. Source: k0s' configuration of
/// its etcd, `--advertise-client-urls`.
pub(super) fn speaks_on_localhost_alone(cluster: &Cluster) -> bool {
    !cluster.etcd.deployed && cluster.kubernetes.distribution == Distribution::K0s
}

/// A leader that is removed leaves the others without one until they notice, and may itself hang when it stops. Only the
/// leader itself takes the order.
fn hand_over(cluster: &Cluster) -> Card {
    let name = "Have another member lead, if it leads";
    let (leader, of_heir) = match speaks_on_localhost_alone(cluster) {
        true => (
            LOCAL,
            format!("selectattr(3, 'equalto', etcd_peer_urls[{OWN_HEALTHY} | map(attribute='inventory_hostname') | first])"),
        ),
        false => (
            "{{ etcd_voters | selectattr(3, 'equalto', etcd_peer_urls[node]) | map(attribute=4) | first }}",
            "selectattr(4, 'equalto', (hostvars[etcd_asked].etcd_health.results | selectattr('rc', 'equalto', 0) \
             | map(attribute='item') | first))"
                .to_owned(),
        ),
    };
    let heir = format!("{{{{ etcd_staying | {of_heir} | map('first') | first }}}}");
    let card = etcdctl(cluster, leader, name, &["move-leader", &heir]);
    let card = match speaks_on_localhost_alone(cluster) {
        true => card::on(card, "{{ node }}"),
        false => card,
    };
    let mut card = card
        .register("etcd_moved")
        .when(ASKED)
        .when("etcd_leaving | length > 0")
        .when("etcd_healthy | int > 0")
        .when(&format!("not ({DEAD})"))
        .changed_when("etcd_moved.rc == 0")
        .about("Who does not lead refuses, and that is well.");
    card.failed_when.push(card::value(false.into()));
    card
}

/// Tasks that concern members of etcd: under a condition where some who may leave are none.
fn some(leaving: &Leaving<'_>, tasks: Vec<Item>) -> Vec<Item> {
    let member = |name| leaving.cluster.etcd.members.contains(name);
    if leaving.rests.keys().all(member) {
        return tasks;
    }
    vec![card::block(
        "Where it is a member of etcd",
        tasks,
        &["node in etcd_peer_urls"],
    )]
}

/// Who leaves must be said, and be somebody that can leave.
fn named(leaving: &Leaving<'_>) -> Card {
    let names: Vec<&str> = leaving.rests.keys().map(|name| &**name).collect();
    let list = names.join("', '");
    let message = format!(
        "say which controller leaves, as in `-e node={}`: one of {}",
        names[0],
        names.join(", ")
    );
    let that =
        json!({ "that": [format!("node | default('') in ['{list}']")], "fail_msg": message, "quiet": true });
    let name = "Make sure that it is a controller that the cluster can do without";
    fatal(task::<Assert>(name, that))
        .about("The last of its kind is not among them: the last master, member of etcd, or load balancer.")
}

/// The peer URL of each member that may leave.
fn peer_urls(leaving: &Leaving<'_>) -> Value {
    let cluster = leaving.cluster;
    let members = leaving
        .rests
        .keys()
        .filter(|name| cluster.etcd.members.contains(*name));
    let of = |node: &evenkeel_topology::Node| {
        // Kubernetes' own etcd is told the address that the host has, the role's the one at which others reach it.
        let address = if cluster.etcd.deployed {
            node.access
        } else {
            node.address
        };
        (
            node.name.to_string(),
            json!(url("https", &bracketed(address), 2380)),
        )
    };
    members
        .filter_map(|name| cluster.nodes.get(name))
        .map(of)
        .collect()
}

fn tasks(cluster: &Cluster) -> Vec<Item> {
    let list = ask::probe(etcdctl(
        cluster,
        LOCAL,
        "Ask each member for all members",
        &["member", "list", "--write-out=simple"],
    ))
    .register("etcd_members");
    let answered = "{{ ansible_play_hosts | map('extract', hostvars) | selectattr('etcd_members.rc', 'defined') \
                    | selectattr('etcd_members.rc', 'equalto', 0) | map(attribute='inventory_hostname') | first \
                    | default('') }}";
    let choose = task::<SetFact>("Choose a member that answers", json!({ "etcd_asked": answered }));
    let none = json!({
        "that": ["etcd_asked | length > 0"],
        "fail_msg": "no other member of etcd answers, so that none can be removed: bring one back first ({{ \
                     etcd_members.stderr | default('') }})",
        "quiet": true,
    });
    let none = fatal(task::<Assert>("Make sure that there is one", none));
    let voters = "{{ hostvars[etcd_asked].etcd_members.stdout_lines | map('split', ', ') \
                  | selectattr(5, 'equalto', 'false') | list }}";
    let voters = task::<SetFact>("Read the members that vote", json!({ "etcd_voters": voters }))
        .about("Their id, state, name, peer URL, client URL, and whether they only learn.");
    let divide = json!({
        "etcd_leaving": "{{ etcd_voters | selectattr(3, 'equalto', etcd_peer_urls[node]) | map('first') | list }}",
        "etcd_staying": "{{ etcd_voters | rejectattr(3, 'equalto', etcd_peer_urls[node]) | list }}",
    });
    let divide = task::<SetFact>("Find the member that leaves by its peer URL", divide)
        .about("The whole address is compared: 192.0.2.2 is not 192.0.2.21.");
    let (health, healthy) = health(cluster);
    let count = json!({
        "etcd_healthy": format!("{{{{ {healthy} | list | length }}}}"),
        "etcd_quorum": "{{ (etcd_staying | length) // 2 + 1 }}",
    });
    let count = task::<SetFact>("Count them", count);
    let mut tasks: Vec<Item> = [list, choose, none, voters, divide, health, count]
        .map(item)
        .into();
    tasks.extend([quorum(), tolerance()].map(item));
    tasks
}

/// What asks the members that stay whether they are healthy, and the answers of those that are.
fn health(cluster: &Cluster) -> (Card, &'static str) {
    let words = ["endpoint", "health"];
    if speaks_on_localhost_alone(cluster) {
        let ask = etcdctl(
            cluster,
            LOCAL,
            "Ask each member that stays whether it is healthy",
            &words,
        )
        .about("k0s has etcd speak to its own host alone.");
        return (ask::probe(ask).register("etcd_health"), OWN_HEALTHY);
    }
    let name = "Ask the members that stay whether they are healthy";
    let ask = ask::probe(etcdctl(cluster, "{{ item }}", name, &words));
    let ask = ask.register("etcd_health").when(ASKED);
    let ask = for_each(ask, "etcd_staying | map(attribute=4) | select | list");
    (
        ask,
        "hostvars[etcd_asked].etcd_health.results | selectattr('rc', 'equalto', 0)",
    )
}

fn quorum() -> Card {
    let refused = "refused: without {{ node }} etcd has {{ etcd_staying | length }} member(s) and needs {{ etcd_quorum }} of \
                   them, and {{ etcd_healthy }} answer(s). Bring back or remove those that are down first. \
                   `--allow-quorum-loss` (`-e allow_quorum_loss=true`) goes on all the same: etcd then stands still, unless it refuses \
                   too (`--strict-reconfig-check`, its default).";
    let that = json!({
        "that": ["etcd_healthy | int >= etcd_quorum | int or allow_quorum_loss | default(false) | bool"],
        "fail_msg": refused,
        "quiet": true,
    });
    fatal(task::<Assert>("Make sure that etcd keeps its quorum", that))
}

fn tolerance() -> Card {
    let text = "warning: without {{ node }} etcd has {{ etcd_staying | length }} member(s) and needs {{ etcd_quorum }} of \
                them, and {{ etcd_healthy }} answer(s): it tolerates the loss of none";
    task::<Debug>(
        "Warn when etcd will tolerate the loss of none",
        json!({ "msg": text }),
    )
    .when(ASKED)
    .when("etcd_healthy | int <= etcd_quorum | int")
}

/// etcd's client, speaking to a member.
fn etcdctl(cluster: &Cluster, endpoint: &str, name: &str, arguments: &[&str]) -> Card {
    task::<Command>(name, json!({ "argv": words(cluster, endpoint, arguments) }))
}

fn words(cluster: &Cluster, endpoint: &str, arguments: &[&str]) -> Vec<String> {
    let [ca, certificate, key] = login(cluster);
    let mut argv = vec![
        "env".to_owned(),
        "ETCDCTL_API=3".to_owned(),
        "etcdctl".to_owned(),
        format!("--endpoints={endpoint}"),
        format!("--cacert={ca}"),
        format!("--cert={certificate}"),
        format!("--key={key}"),
    ];
    argv.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    argv
}

/// Where a member's host has the authority's certificate, and a client's certificate and key.
fn login(cluster: &Cluster) -> [String; 3] {
    let in_folder = |folder: &str, names: [&str; 3]| names.map(|name| format!("{folder}/{name}"));
    if cluster.etcd.deployed {
        let names = [
            "ca.pem",
            "node-{{ inventory_hostname }}.pem",
            "node-{{ inventory_hostname }}-key.pem",
        ];
        return in_folder(FOLDER, names);
    }
    match cluster.kubernetes.distribution {
        Distribution::None | Distribution::Kubeadm => in_folder(
            "/etc/kubernetes/pki/etcd",
            ["ca.crt", "healthcheck-client.crt", "healthcheck-client.key"],
        ),
        Distribution::K3s => in_folder(
            "/var/lib/rancher/k3s/server/tls/etcd",
            ["server-ca.crt", "client.crt", "client.key"],
        ),
        Distribution::K0s => in_folder(
            "/var/lib/k0s/pki",
            [
                "etcd/ca.crt",
                "apiserver-etcd-client.crt",
                "apiserver-etcd-client.key",
            ],
        ),
    }
}
