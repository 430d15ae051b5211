//! `environment`: variables of the programs that a task runs.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_tasks::Argument;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;
use indexmap::IndexMap;

use crate::Failure;
use crate::failure;

/// The variables of mappings and of lists of mappings, the innermost winning. What is known only after apply is left
/// out: a forecast runs no programs.
pub(crate) fn rendered(
    templar: &Templar,
    written: &[Arc<Node>],
    scope: &Arc<dyn Scope>,
) -> Result<Vec<(String, String)>, Failure> {
    let mut all = IndexMap::new();
    for node in written {
        let rendered = templar
            .node(node, scope)
            .map_err(|problem| failure::of_problem(&problem))?;
        if let Known::Is(rendered) = rendered.value {
            add(&rendered, &mut all)?;
        }
    }
    Ok(all.into_iter().collect())
}

fn add(node: &Node, into: &mut IndexMap<String, String>) -> Result<(), Failure> {
    match &node.value {
        Value::Null => Ok(()),
        Value::Seq(items) => items.iter().try_for_each(|item| add(item, into)),
        Value::Map(map) => map.iter().try_for_each(|(name, _, value)| {
            let text = match value.is_null() {
                true => String::new(),
                false => String::read(value).map_err(|problem| failure::of_problem(&problem))?,
            };
            into.insert(name.to_owned(), text);
            Ok(())
        }),
        Value::Str(text) if text.is_empty() => Ok(()),
        _ => Err(Failure {
            message: format!("environment must be a dictionary, received {}", node.kind()),
            at: Some(node.place.to_string()),
            ..Failure::default()
        }),
    }
}
