//! `etcd`: a cluster with TLS from the group `etcd`.

mod begin;
pub(crate) mod certificates;
pub(crate) mod health;
mod join;

use std::sync::Arc;

use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Copy;
use evenkeel_tasks::types::File;
use evenkeel_tasks::types::Meta;
use evenkeel_tasks::types::SetFact;
use evenkeel_tasks::types::SystemdService;
use evenkeel_tasks::types::Template;
use evenkeel_topology::Cluster;
use evenkeel_topology::Node;
use evenkeel_topology::bracketed;
use evenkeel_topology::url;
use serde_json::Value;
use serde_json::json;

use crate::Generated;
use crate::base::packages;
use crate::base::program;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::hosts;

const RESTART: &str = "Restart etcd";
/// Whether the cluster served before anything was changed.
const SERVES: &str = "etcd_healthy | length > 0";
/// What a member reads only while it joins; etcd ignores it once there is data.
pub(crate) const JOINING: &str = "/etc/default/etcd-joining";
/// Why a change of the membership is tried again.
pub(crate) const IMPATIENT: &str =
    "etcd refuses while members that are up have not been connected for five seconds, as after a restart.";
/// Has etcd's unit read it.
pub(crate) const DROP_IN: &str = "/etc/systemd/system/etcd.service.d/evenkeel.conf";

/// Adds the plays of the members, where roles deploy etcd.
pub(crate) fn compose(cluster: &Cluster, into: &mut Generated) {
    let etcd = &cluster.etcd;
    if !etcd.deployed {
        return;
    }
    let members: Vec<&Node> = etcd
        .members
        .iter()
        .filter_map(|name| cluster.nodes.get(name))
        .collect();
    for node in &members {
        into.variable(&node.name, "etcd_member", variable(cluster, node, &members));
    }
    into.template("etcd.env.j2", include_str!("etcd/templates/etcd.env.j2"));
    into.template(
        "etcd-joining.env.j2",
        include_str!("etcd/templates/etcd-joining.env.j2"),
    );
    let hosts = hosts::pattern(cluster, &etcd.members);
    into.play(prepare(cluster, &hosts));
    into.play(run(cluster, &hosts));
    into.play(ready(&hosts));
    clients(cluster, into);
}

/// With `etcd_multiaccess` no proxy brings the certificates to nodes that are no members.
fn clients(cluster: &Cluster, into: &mut Generated) {
    let etcd = &cluster.etcd;
    let hosts = cluster.inside().iter();
    let hosts: Vec<Arc<str>> = hosts
        .filter(|host| !etcd.members.contains(host) && !etcd.proxies.contains(host))
        .cloned()
        .collect();
    if hosts.is_empty() {
        return;
    }
    let name = "The clients of etcd have certificates";
    let mut play = card::play(name, &hosts::pattern(cluster, &hosts), "etcd");
    play.tasks.push(item(certificates::assert("node")));
    play.tasks.extend(certificates::tasks(&["node"], "root", None));
    into.play(play);
}

/// Everything that can be done on all members at once.
fn prepare(cluster: &Cluster, hosts: &str) -> Play {
    let mut play = card::play("The members get etcd", hosts, "etcd");
    let data = format!("{}/member/wal", cluster.etcd.settings.data_dir.0);
    let folder = json!({
        "path": cluster.etcd.settings.data_dir.0,
        "state": "directory",
        "owner": "etcd",
        "group": "etcd",
        "mode": "0700",
    });
    let packages = ["etcd-server", "etcd-client"];
    play.tasks = vec![
        item(certificates::assert("member")),
        item(
            packages::install_without_starting("Install etcd without starting it", &packages)
                .about("Debian's package would start a cluster of one member."),
        ),
        item(task::<File>("Make the folder of etcd's data", folder)),
        item(
            program::look("Look whether this member has data", &data, "etcd_data").about(
                "A member without data joins the others; one with data comes back by itself. etcd writes the folder \
                 `wal` whole or not at all; without it there is nothing to come back with.",
            ),
        ),
        item(
            health::probe("Ask whether this member is healthy")
                .register("etcd_health")
                .when("etcd_data.stat.exists"),
        ),
        item(serving(hosts)),
    ];
    play
}

/// The members that were healthy before anything was changed: none where the cluster has yet to form.
fn serving(hosts: &str) -> evenkeel_playbook::play::Card {
    let healthy = format!(
        "{{{{ groups['{hosts}'] | map('extract', hostvars) | selectattr('etcd_health', 'defined') \
         | selectattr('etcd_health.rc', 'defined') | selectattr('etcd_health.rc', 'equalto', 0) \
         | map(attribute='inventory_hostname') | list }}}}"
    );
    task::<SetFact>(
        "Look which members are healthy",
        json!({ "etcd_healthy": healthy }),
    )
}

/// What must never happen on two members at a time.
fn run(cluster: &Cluster, hosts: &str) -> Play {
    let mut play = card::play("The members of etcd run, one after the other", hosts, "etcd").about(
        "One member at a time: a change of the settings restarts each only when the one before it serves again.",
    );
    play.serial = Some(card::value(1.into()));
    let drop_in = json!({
        "dest": DROP_IN,
        "content": format!("# Written by Evenkeel; changes made here are overwritten.\n[Service]\nEnvironmentFile=-{JOINING}\n"),
        "owner": "root",
        "group": "root",
        "mode": "0644",
    });
    let start = json!({
        "name": "etcd",
        "enabled": true,
        "state": "started",
        "daemon_reload": true,
        "no_block": true,
    });
    play.tasks = certificates::tasks(&["member", "node"], "etcd", Some(RESTART));
    play.tasks.push(item(program::folder(
        "Make the folder of etcd's unit settings",
        "/etc/systemd/system/etcd.service.d",
        "0755",
    )));
    play.tasks.extend(
        [
            task::<Copy>("Let etcd's unit read how to join", drop_in),
            program::configure("Configure etcd", "etcd.env.j2", "/etc/default/etcd", "0644").notify(RESTART),
        ]
        .map(item),
    );
    play.tasks.extend(join::tasks(cluster, hosts));
    let healthy = health::wait("Wait until this member is healthy", health::LOCAL)
        .when(SERVES)
        .about(
            "Where the cluster has yet to form, the first member is healthy only when a second one is there.",
        );
    play.tasks.extend(
        [
            task::<SystemdService>("Start etcd, now and with the machine", start),
            task::<Meta>(
                "Restart it now, before it is looked at",
                json!({ "free_form": "flush_handlers" }),
            ),
            healthy,
        ]
        .map(item),
    );
    play.handlers.push(item(restart()));
    play
}

/// Waited for where others serve; else the others that it would wait for have perhaps not been started.
fn restart() -> evenkeel_playbook::play::Card {
    let restart = json!({
        "name": "etcd",
        "state": "restarted",
        "daemon_reload": true,
        "no_block": format!("{{{{ not ({SERVES}) }}}}"),
    });
    task::<SystemdService>(RESTART, restart)
        .when("etcd_data.stat.exists")
        .about("A member that has just begun has read the new settings already.")
}

/// The cluster is formed before anything needs it.
fn ready(hosts: &str) -> Play {
    let mut play = card::play("The members of etcd serve", hosts, "etcd");
    play.tasks.push(item(health::wait(
        "Wait until the member is healthy",
        health::LOCAL,
    )));
    play
}

/// Writes what a member reads while it joins.
fn joining(name: &str) -> evenkeel_playbook::play::Card {
    let file = json!({
        "src": "etcd-joining.env.j2",
        "dest": JOINING,
        "owner": "root",
        "group": "root",
        "mode": "0644",
    });
    task::<Template>(name, file)
}

fn peer_url(node: &Node) -> String {
    url("https", &bracketed(node.access), 2380)
}

/// What the templates need on a member.
fn variable(cluster: &Cluster, node: &Node, members: &[&Node]) -> Value {
    let settings = &cluster.etcd.settings;
    let of_all = members
        .iter()
        .map(|member| format!("{}={}", member.name, peer_url(member)));
    let client = |address| url("https", &bracketed(address), 2379);
    let listen_client = [client(node.address), client([127, 0, 0, 1].into())].join(",");
    json!({
        "name": node.name,
        "data_dir": settings.data_dir.0,
        "token": settings.token,
        "heartbeat": settings.heartbeat,
        "election": settings.election,
        "snapshot": settings.snapshot,
        "listen_client": listen_client,
        "listen_peer": url("https", &bracketed(node.address), 2380),
        "client_url": client(node.access),
        "peer_url": peer_url(node),
        "initial_cluster": of_all.collect::<Vec<_>>().join(","),
    })
}
