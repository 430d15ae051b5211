//! `gather_facts`: the task that a play with it begins with.

use std::sync::Arc;

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

use super::Body;
use super::Card;
use super::Item;
use super::Play;

/// The name that Ansible gives it.
const NAME: &str = "Gathering Facts";

/// How a play gathers facts.
#[derive(Clone, Debug, Default)]
pub struct Gathering {
    /// `gather_subset`.
    pub subset: Option<Arc<Node>>,
    /// `gather_timeout`.
    pub timeout: Option<Arc<Node>>,
    /// `fact_path`.
    pub path: Option<Arc<Node>>,
}

/// The task that gathers the facts of a play, tagged `always`.
pub(crate) fn task(play: &Play) -> Option<Item> {
    let module = evenkeel_tasks::module("setup")?;
    let Gathering {
        subset,
        timeout,
        path,
    } = &play.gathering;
    let named = [
        ("gather_subset", subset),
        ("gather_timeout", timeout),
        ("fact_path", path),
    ];
    let entries = named.into_iter().filter_map(|(name, value)| {
        let key = Node::new(Value::Str(name.to_owned()), play.at.clone());
        Some((key, value.as_deref()?.clone()))
    });
    let raw = Map {
        entries: entries.collect(),
    };
    let body = Body::read(module, &module.full_name(), raw, &play.at);
    let card = Card {
        gathers: true,
        ..Card::with_body(Some(NAME.into()), body, play.at.clone())
    };
    Some(card.tag("always").into())
}
