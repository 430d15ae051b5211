//! `eject-controller.yml`: a master or a member of etcd leaves the cluster, and the others are told before it stops.
//!
//! Sources: etcd's "How to reconfigure a running cluster" and FAQ, Kubernetes' "Safely drain a node" and `kubeadm reset`,
//! K3s' "High availability embedded etcd" and uninstalling, k0s' "Remove or replace a controller".

mod address;
mod empty;
mod forget;
mod guard;
mod pass;
mod workloads;

use std::sync::Arc;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Debug;
use evenkeel_topology::Cluster;
use evenkeel_topology::Group;
use indexmap::IndexMap;
use serde_json::json;

use crate::Generated;
use crate::card;
use crate::card::item;
use crate::card::task;
use crate::hosts;

const ABOUT: &str = "Takes a controller (a master, or a member of etcd) out of the cluster. `-e node=NAME` says which, as \
                     the inventory calls it; `-e dead=true` that it is gone and cannot be asked for anything. Refused when \
                     etcd would be left without its quorum, unless `-e allow_quorum_loss=true` is typed out. `evenkeel \
                     eject NODE -i INVENTORY` is the same with a forecast.";

/// What is true when the host is gone and nobody asks it for anything.
const DEAD: &str = "dead | default(false) | bool";

/// The file name of the playbook.
pub const BOOK: &str = "eject-controller.yml";

/// A cluster, and what remains of it without each of the controllers that may leave.
struct Leaving<'a> {
    cluster: &'a Cluster,
    rests: IndexMap<Arc<str>, Cluster>,
}

/// Adds the playbook, where there is a controller that the cluster can do without.
pub(crate) fn compose(cluster: &Cluster, into: &mut Generated) {
    let masters = cluster.masters.iter();
    let others = cluster.etcd.members.iter();
    let controllers = masters.chain(others.filter(|name| !cluster.masters.contains(name)));
    let rests: IndexMap<Arc<str>, Cluster> = controllers
        .filter_map(|name| Some((Arc::clone(name), cluster.without(name)?)))
        .collect();
    if rests.is_empty() {
        return;
    }
    let leaving = Leaving { cluster, rests };
    let mut plays = vec![guard::may_leave(&leaving, into), empty::reachable(cluster)];
    plays.extend(workloads::drain(cluster));
    plays.extend(address::moves(&leaving));
    plays.extend(empty::without_address(&leaving));
    plays.extend(pass::plays(&leaving, into));
    plays.extend(empty::without_comeback(cluster));
    plays.push(guard::remove(&leaving));
    plays.extend(empty::stop(&leaving, into));
    plays.extend(workloads::delete(cluster));
    plays.push(empty::empty(&leaving, into));
    plays.extend(forget::plays(&leaving, into));
    plays.push(last_words(cluster));
    into.book(BOOK, ABOUT, plays);
}

/// What is left to do by hand.
fn last_words(cluster: &Cluster) -> Play {
    let mut play = play(
        "What is left to do",
        &others(hosts::name(cluster, Group::Masters)),
    );
    let text = "{{ node }} has left the cluster. Take it out of the inventory's groups ({{ hostvars[node].group_names | \
                join(', ') }}): the next `evenkeel apply` then changes nothing. Containers and network interfaces that still \
                are on {{ node }} go when it is started anew.";
    let mut say = task::<Debug>("Say what to change in the inventory", json!({ "msg": text }));
    say.keywords.run_once = Some(card::value(true.into()));
    play.tasks.push(item(say));
    play
}

/// A play of this book: no tags, as its order matters.
fn play(name: &str, hosts: &str) -> Play {
    let mut play = card::play(name, hosts, "");
    play.keywords.tags.clear();
    play
}

/// Has a failure end the run: what follows would be wrong after it.
fn fatal(mut card: Card) -> Card {
    card.keywords.any_errors_fatal = Some(card::value(true.into()));
    card
}

/// Hosts except the one that leaves; nobody where it is not named.
fn others(pattern: &str) -> String {
    format!("{pattern}{}!{{{{ node | default('all') }}}}", divider(pattern))
}

/// The host that leaves, unless it is dead: it is neither asked nor changed then.
fn itself() -> String {
    format!("{{{{ node | default('all') }}}}{{{{ ',!' ~ node if {DEAD} else '' }}}}")
}

/// What divides the terms of a pattern: a comma, unless colons do already.
fn divider(pattern: &str) -> char {
    if pattern.contains(":!") { ':' } else { ',' }
}
