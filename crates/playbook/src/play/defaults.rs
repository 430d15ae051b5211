//! `module_defaults`: arguments that tasks of a type have where they say nothing else.

use std::sync::Arc;

use evenkeel_tasks::Module;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use indexmap::IndexMap;

use super::Body;
use super::Card;
use super::Keywords;

/// What begins the name of a group of task types.
pub(crate) const GROUP: &str = "group/";

/// The groups that ansible-core itself knows, and what of them is a task type here: all others are modules of collections.
/// Source: ansible-core's `config/ansible_builtin_runtime.yml`.
pub(crate) const GROUPS: [(&str, &[&str]); 12] = [
    ("acme", &[]),
    ("aws", &[]),
    ("azure", &[]),
    ("cpm", &[]),
    ("docker", &[]),
    ("gcp", &[]),
    ("k8s", &[]),
    ("os", &[]),
    ("ovirt", &[]),
    ("testgroup", &["ping"]),
    ("testlegacy", &[]),
    ("vmware", &[]),
];

/// The task types of a group; `None` when there is no such group.
pub(crate) fn group(name: &str) -> Option<&'static [&'static str]> {
    let short = name.strip_prefix("ansible.builtin.").unwrap_or(name);
    let found = GROUPS.iter().find(|(known, _)| *known == short);
    found.map(|(_, members)| *members)
}

/// The task with the arguments that `module_defaults` around it give its type. Of several defaults of a type the
/// innermost counts alone, the type's own win over those of its groups, and what the task says itself wins over all.
pub(crate) fn applied(card: &Arc<Card>, keywords: &Keywords) -> Arc<Card> {
    let mut raw = (*card.body.raw).clone();
    let mut more = card.body.more.clone();
    let (arguments, templates) = (raw.len(), more.len());
    for defaults in of(card.body.module, &keywords.module_defaults) {
        match defaults.as_map() {
            Some(map) => {
                let missing =
                    |(key, _): &&(Node, Node)| key.as_str().is_some_and(|name| raw.get(name).is_none());
                let new: Vec<_> = map.entries.iter().filter(missing).cloned().collect();
                raw.entries.extend(new);
            }
            None if defaults.is_null() => {}
            None => more.push(defaults),
        }
    }
    if (raw.len(), more.len()) == (arguments, templates) {
        return Arc::clone(card);
    }
    let mut body = Body::read(card.body.module, &card.body.written, raw, &card.body.at);
    if !more.is_empty() {
        (body.more, body.typed) = (more, None);
    }
    Arc::new(Card {
        body,
        ..(**card).clone()
    })
}

/// What defaults there are for a type, the strongest first. `gather_facts` hands its arguments to `setup`,
/// `service` to `systemd_service`.
fn of(module: &Module, defaults: &[Arc<Node>]) -> Vec<Arc<Node>> {
    let mut given: IndexMap<&str, Arc<Node>> = IndexMap::new();
    let maps = defaults.iter().filter_map(|node| node.as_map());
    for (name, _, arguments) in maps.flat_map(Map::iter) {
        given.insert(name, Arc::new(arguments.clone()));
    }
    let is = |name: &str, short: &str| {
        let full = |name: &str| evenkeel_tasks::module(name).map(Module::full_name);
        full(name).is_some_and(|name| Some(name) == full(short))
    };
    let behind = match module.name {
        "gather_facts" => Some("setup"),
        "service" => Some("systemd_service"),
        _ => None,
    };
    let mut found = Vec::new();
    for own in [Some(module.name), behind].into_iter().flatten() {
        let mut of_type = given.iter().filter(|(name, _)| is(name, own));
        found.extend(of_type.next_back().map(|(_, arguments)| Arc::clone(arguments)));
        let has = |name: &str| {
            let members = name.strip_prefix(GROUP).and_then(group);
            members.is_some_and(|members| members.contains(&own))
        };
        let of_groups = given.iter().rev().filter(|(name, _)| has(name));
        found.extend(of_groups.map(|(_, arguments)| Arc::clone(arguments)));
    }
    found
}
