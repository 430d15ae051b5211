//! The others pass through the plays of `site.yml` again, in the cluster without the one that leaves.
//!
//! Of each play only that remains which writes what the leaving host had a part in. The values are those that the model
//! computes for the cluster without it, so that nothing is left to change when the inventory names it no more.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::SetFact;
use evenkeel_topology::Cluster;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value as Yaml;
use indexmap::IndexMap;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::Leaving;
use super::others;
use crate::Generated;
use crate::card::item;
use crate::card::task;
use crate::hosts;
use crate::template_tags;

/// The computed variables that hosts have for their part in the cluster, and where those without one host are.
const PASSED: [(&str, &str); 8] = [
    ("haproxy", "haproxy_without"),
    ("nginx", "nginx_without"),
    ("keepalived", "keepalived_without"),
    ("etcd_endpoints", "etcd_endpoints_without"),
    ("kubeadm", "kubeadm_without"),
    ("k3s", "k3s_without"),
    ("k0s", "k0s_without"),
    ("kube_apiserver_endpoint", "kube_apiserver_endpoint_without"),
];

type Variables = IndexMap<Arc<str>, IndexMap<Arc<str>, Value>>;

/// The plays, in the order of `site.yml`.
pub(super) fn plays(leaving: &Leaving<'_>, into: &mut Generated) -> Vec<Play> {
    let whole = variables(leaving.cluster);
    let rests: Vec<(&Arc<str>, Variables)> = leaving
        .rests
        .iter()
        .map(|(name, rest)| (name, variables(rest)))
        .collect();
    let mut plays = Vec::new();
    for play in &into.playbook.plays.clone() {
        let Some(pattern) = play.hosts.as_str() else {
            continue;
        };
        let (pattern, place) = Place::of(pattern);
        let hosts = hosts::of_pattern(leaving.cluster, pattern);
        let used = used(play, into);
        let passed: Vec<(&str, &'static str)> = PASSED
            .into_iter()
            .filter(|(name, _)| used.contains(*name))
            .filter(|(name, _)| differs(&whole, &rests, &hosts, name))
            .collect();
        if passed.is_empty() {
            continue;
        }
        for (name, without) in &passed {
            put(&rests, &hosts, (name, without), into);
        }
        plays.push(reduced(
            play,
            &passed,
            into,
            &others(pattern),
            &place.condition(pattern),
        ));
    }
    plays
}

/// Every computed variable of every host.
fn variables(cluster: &Cluster) -> Variables {
    let mut all = crate::site(cluster).variables;
    for (host, own) in evenkeel_topology::variables(cluster) {
        let own = own.into_iter().map(|(name, value)| (Arc::from(name), value));
        all.entry(host).or_default().extend(own);
    }
    all
}

fn value<'v>(variables: &'v Variables, host: &Arc<str>, name: &str) -> Option<&'v Value> {
    variables.get(host)?.get(name)
}

/// Whether any host that stays has another value.
fn differs(whole: &Variables, rests: &[(&Arc<str>, Variables)], hosts: &[Arc<str>], name: &str) -> bool {
    rests.iter().any(|(leaves, rest)| {
        let mut stay = hosts.iter().filter(|host| *host != *leaves);
        stay.any(|host| value(rest, host, name) != value(whole, host, name))
    })
}

/// Gives each host its values by the name of the host that leaves.
fn put(
    rests: &[(&Arc<str>, Variables)],
    hosts: &[Arc<str>],
    (name, without): (&str, &'static str),
    into: &mut Generated,
) {
    for host in hosts {
        let of = |(leaves, rest): &(&Arc<str>, Variables)| {
            let own = value(rest, host, name).or_else(|| common(rest, hosts, leaves, name));
            Some((leaves.to_string(), own?.clone()))
        };
        let map: Map<String, Value> = rests.iter().filter_map(of).collect();
        into.variable(host, without, Value::Object(map));
    }
}

/// The value that all who stay have: the host that leaves is given it too, so that its group can share one variable.
fn common<'v>(rest: &'v Variables, hosts: &[Arc<str>], leaves: &Arc<str>, name: &str) -> Option<&'v Value> {
    let mut values = hosts
        .iter()
        .filter(|host| *host != leaves)
        .map(|host| value(rest, host, name));
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

/// The words of what a play writes.
fn used(play: &Play, generated: &Generated) -> BTreeSet<String> {
    let written = play.tasks.iter().filter_map(writes);
    let mut texts = Vec::new();
    for card in written {
        for (_, _, value) in card.body.raw.iter() {
            strings(value, &mut texts);
        }
        texts.extend(template(card, generated).map(str::to_owned));
    }
    let code = texts.iter().flat_map(|text| template_tags(text));
    code.flat_map(words).map(str::to_owned).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

fn strings(node: &Node, into: &mut Vec<String>) {
    match &node.value {
        Yaml::Str(text) => into.push(text.clone()),
        Yaml::Seq(items) => items.iter().for_each(|item| strings(item, into)),
        Yaml::Map(map) => map.iter().for_each(|(_, _, value)| strings(value, into)),
        Yaml::Null | Yaml::Bool(_) | Yaml::Int(_) | Yaml::Float(_) | Yaml::Date(_) => {}
    }
}

/// A task that writes a file from variables.
fn writes(entry: &Item) -> Option<&Arc<Card>> {
    match entry {
        Item::Card(card) if matches!(card.body.module.name, "template" | "lineinfile") => Some(card),
        Item::Card(_) | Item::Block(_) | Item::Role(_) => None,
    }
}

/// The text of the template that a task renders.
fn template<'g>(card: &Card, generated: &'g Generated) -> Option<&'g str> {
    let name = card.body.raw.get("src")?.as_str()?;
    let file = generated.files.iter().find(|(path, _)| path.ends_with(name))?;
    Some(&file.1)
}

/// The play with what writes those variables, what that asks, and the handlers.
fn reduced(
    play: &Play,
    passed: &[(&str, &'static str)],
    generated: &Generated,
    hosts: &str,
    condition: &Option<String>,
) -> Play {
    let concerns = |card: &Card| {
        let alone = Play {
            tasks: vec![item(card.clone())],
            ..play.clone()
        };
        let used = used(&alone, generated);
        passed.iter().any(|(name, _)| used.contains(*name))
    };
    let on_its_hosts = |card: Card| match condition {
        Some(condition) => card.when(condition),
        None => card,
    };
    let values: Map<String, Value> = passed
        .iter()
        .map(|(name, without)| ((*name).to_owned(), json!(format!("{{{{ {without}[node] }}}}"))))
        .collect();
    let leave_out = task::<SetFact>("Leave out who leaves", Value::Object(values))
        .about("What the model computes for this host in the cluster without it.");
    let mut tasks = vec![item(on_its_hosts(leave_out))];
    let restarts = !carries_etcd(play, passed);
    for entry in &play.tasks {
        let Item::Card(card) = entry else { continue };
        if (restarts && asks_for(play, card)) || (writes(entry).is_some() && concerns(card)) {
            let mut card = Card::clone(card);
            if !restarts {
                card.keywords.notify.clear();
            }
            tasks.push(item(on_its_hosts(card)));
        }
    }
    let mut reduced = super::play("", hosts);
    let name = play.name.as_deref().unwrap_or_default();
    reduced.name = Some(format!("{name}, without who leaves").into());
    reduced.about.clone_from(&play.about);
    reduced.serial.clone_from(&play.serial);
    reduced.handlers = play
        .handlers
        .iter()
        .filter(|entry| is_told(entry, &tasks))
        .cloned()
        .collect();
    reduced.tasks = tasks;
    reduced
}

/// Whether a restart would also be one of a member of etcd, which has just lost another: what k3s and k0s then leave out is
/// one name of many in their certificates, and can wait.
fn carries_etcd(play: &Play, passed: &[(&str, &'static str)]) -> bool {
    let of_masters = play.keywords.tags.iter().any(|tag| **tag == *"master");
    of_masters && passed.iter().all(|(name, _)| ["k3s", "k0s"].contains(name))
}

/// Whether one of some tasks notifies a handler.
fn is_told(handler: &Item, tasks: &[Item]) -> bool {
    let Item::Card(handler) = handler else {
        return true;
    };
    tasks.iter().any(|entry| match entry {
        Item::Card(card) => card
            .keywords
            .notify
            .iter()
            .any(|notified| notified.as_str() == handler.name.as_deref()),
        Item::Block(_) | Item::Role(_) => false,
    })
}

/// Whether a handler's condition needs what a task found.
fn asks_for(play: &Play, card: &Card) -> bool {
    let Some(name) = card
        .register
        .as_deref()
        .filter(|_| card.body.module.name == "stat")
    else {
        return false;
    };
    let conditions = play.handlers.iter().filter_map(|entry| match entry {
        Item::Card(handler) => Some(&handler.keywords.when),
        Item::Block(_) | Item::Role(_) => None,
    });
    conditions
        .flatten()
        .filter_map(|node| node.as_str())
        .any(|text| words(text).any(|word| word == name))
}

/// Which hosts of a group a play is for.
enum Place {
    All,
    First,
    Others,
}

impl Place {
    /// A pattern without its subscript, and what that says.
    fn of(pattern: &str) -> (&str, Place) {
        if let Some(group) = pattern.strip_suffix("[0]") {
            return (group, Place::First);
        }
        match pattern.strip_suffix("[1:]") {
            Some(group) => (group, Place::Others),
            None => (pattern, Place::All),
        }
    }

    /// The same among those that stay.
    fn condition(&self, group: &str) -> Option<String> {
        let first = format!("(groups['{group}'] | reject('equalto', node) | first)");
        match self {
            Place::All => None,
            Place::First => Some(format!("inventory_hostname == {first}")),
            Place::Others => Some(format!("inventory_hostname != {first}")),
        }
    }
}
