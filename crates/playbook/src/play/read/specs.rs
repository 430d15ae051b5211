//! `argument_specs` of roles: the task that checks a role's arguments before its tasks run.

use std::sync::Arc;

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;

use super::Reading;
use crate::play::Body;
use crate::play::Card;
use crate::play::Item;
use crate::play::Role;

impl Reading<'_> {
    /// The check that stands before the tasks of a role's entry point, when the role describes its arguments.
    pub(super) fn argument_check(&mut self, role: &Role, specs: Option<Node>, entry: &str) -> Option<Item> {
        let specs = specs?;
        let spec = specs.as_map()?.get(entry)?.as_map()?.clone();
        let module = evenkeel_tasks::module("validate_argument_spec")?;
        let at = &specs.place;
        let mut title = format!("Validating arguments against arg spec '{entry}'");
        if let Some(words) = spec.get("short_description").and_then(Node::as_str) {
            title = format!("{title} - {words}");
        }
        let options = spec.get("options").cloned();
        let options = options.unwrap_or_else(|| Node::new(Value::Map(Map::default()), at.clone()));
        let path = role.folder.display().to_string();
        let context = [
            ("type", "role"),
            ("name", &*role.name),
            ("argument_spec_name", entry),
            ("path", &path),
        ];
        let context = context.map(|(name, value)| (text(name, at), text(value, at)));
        let context = Map {
            entries: context.to_vec(),
        };
        let raw = Map {
            entries: vec![
                (text("argument_spec", at), options),
                (
                    text("validate_args_context", at),
                    Node::new(Value::Map(context), at.clone()),
                ),
            ],
        };
        match Body::new(module, &module.full_name(), raw, at) {
            Ok(body) => {
                let card = Card::with_body(Some(title.into()), body, at.clone());
                Some(Item::Card(Arc::new(card.tag("always"))))
            }
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }
}

fn text(text: &str, at: &Place) -> Node {
    Node::new(Value::Str(text.to_owned()), at.clone())
}
