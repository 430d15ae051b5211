//! What the check of a role's arguments is told of the parameters that stand with the role.

use std::sync::Arc;

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

use crate::play::Body;
use crate::play::Card;
use crate::play::Item;
use crate::play::RoleUse;

/// The tasks of a role as it is used here: where it describes its arguments, parameters that it does not describe are told
/// to the task that checks them, which refuses them.
pub(super) fn told(role: &RoleUse) -> Option<Vec<Item>> {
    let tasks = &role.role.tasks;
    let (Item::Card(card), rest) = tasks.split_first()? else {
        return None;
    };
    let body = &card.body;
    let is_check = body.module.name == "validate_argument_spec";
    if !is_check
        || body.raw.get("validate_args_context").is_none()
        || body.raw.get("provided_arguments").is_some()
    {
        return None;
    }
    let options = body.raw.get("argument_spec")?.as_map()?;
    let beyond = role
        .parameters
        .iter()
        .filter(|(name, _)| options.get(name).is_none());
    let entries: Vec<(Node, Node)> = beyond
        .map(|(name, node)| {
            let key = Node::new(Value::Str(name.to_string()), node.place.clone());
            (key, Node::clone(node))
        })
        .collect();
    if entries.is_empty() {
        return None;
    }
    let mut raw = Map::clone(&body.raw);
    let at = &body.at;
    let key = Node::new(Value::Str("provided_arguments".to_owned()), at.clone());
    raw.entries
        .push((key, Node::new(Value::Map(Map { entries }), at.clone())));
    let body = Body {
        more: body.more.clone(),
        ..Body::read(body.module, &body.written, raw, at)
    };
    let first = Item::Card(Arc::new(Card {
        body,
        ..Card::clone(card)
    }));
    Some(std::iter::once(first).chain(rest.iter().cloned()).collect())
}
