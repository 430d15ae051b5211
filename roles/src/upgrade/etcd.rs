//! etcd, where roles deploy it: proxies, then members one at a time.

use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Command;
use evenkeel_tasks::types::Meta;
use evenkeel_topology::Cluster;
use serde_json::json;

use super::SNAPSHOT;
use super::gate;
use super::play;
use crate::base::ask;
use crate::base::packages;
use crate::base::service;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::etcd::certificates::FOLDER;
use crate::hosts;

const PACKAGES: [&str; 2] = ["etcd-server", "etcd-client"];
/// The addresses of all members.
const ALL: &str = "etcd_access_addresses";
const RESTART: &str = "Restart the etcd proxy";

/// The plays: members first, as they speak with older clients too.
pub(super) fn plays(cluster: &Cluster) -> Vec<Play> {
    if !cluster.etcd.deployed {
        return Vec::new();
    }
    let mut plays = vec![members(cluster)];
    plays.extend(proxies(cluster));
    plays
}

fn members(cluster: &Cluster) -> Play {
    let hosts = hosts::pattern(cluster, &cluster.etcd.members);
    let mut play = play(
        "The members of etcd are upgraded, one after the other",
        &hosts,
        "etcd",
        "1",
    );
    let words = [
        "env",
        "LC_ALL=C",
        "apt-get",
        "--simulate",
        "--only-upgrade",
        "install",
    ];
    let words = [&words[..], &PACKAGES].concat();
    let newer = json!({ "argv": words });
    let newer = task::<Command>("Look whether there is a newer etcd", newer).register("etcd_newer");
    let upgrade = packages::upgrade("Upgrade etcd", &PACKAGES).about("Its package restarts it.");
    let there = card::block(
        "The member is upgraded",
        vec![
            item(
                gate::etcd("Make sure that every member is healthy", ALL)
                    .about("With a member away, this one is needed."),
            ),
            item(save()),
            item(upgrade),
        ],
        &["'Inst etcd' in etcd_newer.stdout"],
    );
    play.tasks = vec![
        item(packages::refresh()),
        item(ask::read(newer)),
        there,
        item(gate::etcd("Wait until every member is healthy again", ALL)),
    ];
    play
}

/// What an upgrade could break is kept before.
fn save() -> evenkeel_playbook::play::Card {
    let certificate = |suffix: &str| format!("{FOLDER}/node-{{{{ inventory_hostname }}}}{suffix}.pem");
    let argv = [
        "env".to_owned(),
        "ETCDCTL_API=3".to_owned(),
        "etcdctl".to_owned(),
        "--endpoints=https://127.0.0.1:2379".to_owned(),
        format!("--cacert={FOLDER}/ca.pem"),
        format!("--cert={}", certificate("")),
        format!("--key={}", certificate("-key")),
        "snapshot".to_owned(),
        "save".to_owned(),
        SNAPSHOT.to_owned(),
    ];
    task::<Command>("Save etcd's data before", json!({ "argv": argv })).changed_when("true")
}

/// Together where none is a master: a proxy's restart cuts what its API server has open.
fn proxies(cluster: &Cluster) -> Option<Play> {
    let proxies = &cluster.etcd.proxies;
    if proxies.is_empty() {
        return None;
    }
    let master = proxies.iter().any(|host| cluster.masters.contains(host));
    let serial = if master { "1" } else { &cluster.upgrade.workers.0 };
    let hosts = hosts::pattern(cluster, proxies);
    let mut play = play("The etcd proxies are upgraded", &hosts, "etcd-proxy", serial);
    let name = "Upgrade etcd's programs without starting them";
    play.tasks = vec![
        item(packages::refresh()),
        item(packages::upgrade_without_starting(name, &PACKAGES).notify(RESTART)),
        item(task::<Meta>(
            "Restart the proxy now, before it is looked at",
            json!({ "free_form": "flush_handlers" }),
        )),
        item(gate::etcd(
            "Wait until etcd is healthy, as this host sees it",
            gate::ETCD,
        )),
    ];
    play.handlers.push(item(service::restart(RESTART, "etcd-proxy")));
    Some(play)
}
