//! Plays and task cards, as roles write them.

use std::sync::Arc;

use evenkeel_playbook::play::Block;
use evenkeel_playbook::play::Body;
use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_playbook::play::Keywords;
use evenkeel_playbook::play::Play;
use evenkeel_tasks::Module;
use evenkeel_tasks::TaskType;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;
use serde_json::Value as Json;

/// An empty play, which needs no facts: the model knows everything. Its tag picks it out (`--tags`).
pub(crate) fn play(name: &str, hosts: &str, tag: &str) -> Play {
    let mut play = Play::new(name, hosts);
    play.gather_facts = Some(false);
    play.keywords.tags.push(tag.into());
    play
}

/// A task of a type, with arguments as a playbook writes them. Those without a template are read at once.
pub(crate) fn task<T: TaskType>(name: &str, arguments: Json) -> Card {
    let at = Place::nowhere("generated");
    let raw = match node(arguments).value {
        Value::Map(map) => map,
        _ => Map::default(),
    };
    let described = const { &Module::of::<T>() };
    let module = evenkeel_tasks::module(&described.full_name()).unwrap_or(described);
    let written = module.full_name();
    // Arguments that are wrong (a test shows that there are none) stay raw, and the run says so with their task.
    let body = Body::read(module, &written, raw, &at);
    Card::with_body(Some(name.into()), body, at)
}

/// The same for each item of a list, which an expression names.
pub(crate) fn for_each(card: Card, list: &str) -> Card {
    card.each(Arc::new(node(format!("{{{{ {list} }}}}").into())))
}

/// The same for each of some texts.
pub(crate) fn for_each_of(card: Card, items: &[String]) -> Card {
    card.each(Arc::new(node(Json::from(items))))
}

/// Has another host do it.
pub(crate) fn on(mut card: Card, host: &str) -> Card {
    card.keywords.delegate_to = Some(value(host.into()));
    card
}

/// Tasks with common conditions.
pub(crate) fn block(name: &str, tasks: Vec<Item>, when: &[&str]) -> Item {
    let keywords = Keywords {
        when: when.iter().map(|when| value((*when).into())).collect(),
        ..Keywords::default()
    };
    Item::Block(Arc::new(Block {
        name: Some(name.into()),
        about: None,
        block: tasks,
        rescue: Vec::new(),
        always: Vec::new(),
        keywords,
        at: Place::nowhere("generated"),
    }))
}

/// A value as a playbook writes it.
pub(crate) fn value(value: Json) -> Arc<Node> {
    Arc::new(node(value))
}

/// Keeps what a task does out of every message: it holds a secret.
pub(crate) fn hidden(mut card: Card) -> Card {
    card.keywords.no_log = Some(Arc::new(node(true.into())));
    card
}

/// Says what stands for the item in messages.
pub(crate) fn label(mut card: Card, label: &str) -> Card {
    card.loop_control.label = Some(Arc::new(node(label.into())));
    card
}

/// An entry of a list of tasks.
pub(crate) fn item(card: Card) -> Item {
    Item::Card(Arc::new(card))
}

fn node(value: Json) -> Node {
    let value = match value {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Int(i128::from(integer)),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::Str(text),
        Json::Array(items) => Value::Seq(items.into_iter().map(node).collect()),
        Json::Object(map) => {
            let entries = map
                .into_iter()
                .map(|(key, value)| (node(key.into()), node(value)));
            Value::Map(Map {
                entries: entries.collect(),
            })
        }
    };
    Node::new(value, Place::nowhere("generated"))
}
