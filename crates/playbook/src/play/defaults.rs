//! `module_defaults`: arguments that tasks of a type have where they say nothing else.

use std::sync::Arc;

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;

use super::Body;
use super::Card;
use super::Keywords;

/// What begins the name of a group of task types.
pub(crate) const GROUP: &str = "group/";

/// The task with the arguments that `module_defaults` around it give its type. Of several defaults of a type the
/// innermost counts alone; what the task says itself wins.
pub(crate) fn applied(card: &Arc<Card>, keywords: &Keywords) -> Arc<Card> {
    let Some(defaults) = of(card, &keywords.module_defaults) else {
        return Arc::clone(card);
    };
    let mut raw = (*card.body.raw).clone();
    let missing = |(key, _): &&(Node, Node)| key.as_str().is_some_and(|name| raw.get(name).is_none());
    let more: Vec<_> = defaults.entries.iter().filter(missing).cloned().collect();
    if more.is_empty() {
        return Arc::clone(card);
    }
    raw.entries.extend(more);
    let mut body = Body::read(card.body.module, &card.body.written, raw, &card.body.at);
    if card.body.more.is_some() {
        (body.more, body.typed) = (card.body.more.clone(), None);
    }
    Arc::new(Card {
        body,
        ..(**card).clone()
    })
}

fn of<'k>(card: &Card, defaults: &'k [Arc<Node>]) -> Option<&'k Map> {
    let own = |name: &str| {
        evenkeel_tasks::module(name).is_some_and(|module| module.full_name() == card.body.module.full_name())
    };
    let entries = |node: &'k Arc<Node>| node.as_map().into_iter().flat_map(Map::iter);
    let found = defaults
        .iter()
        .flat_map(entries)
        .filter(|(name, ..)| own(name))
        .last();
    found.and_then(|(_, _, arguments)| arguments.as_map())
}
