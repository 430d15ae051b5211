//! `loop`: its items, what stands for them, and the result of all.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Var;
use evenkeel_playbook::play::Card;
use evenkeel_playbook::template;
use evenkeel_tasks::Returned;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;
use minijinja::Value as Item;

use crate::Failure;
use crate::Status;
use crate::failure;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;
use crate::task_run::TaskRun;
use crate::world::data;

/// How often a task is done.
pub(crate) enum Items {
    /// Once, without a loop.
    Once,
    /// For each of these, and whether a secret is among them.
    Each(Vec<Item>, bool),
    /// The list is known only after apply.
    Unknown(String),
}

/// The items of a task's loop.
pub(crate) fn items(run: &TaskRun<'_>, tiers: &Tiers) -> Result<Items, Failure> {
    let Some(node) = &run.task.card.loop_ else {
        return Ok(Items::Once);
    };
    let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
    let rendered = run.world.templar.node(node, &scope);
    let rendered = rendered.map_err(|problem| failure::of_problem(&problem))?;
    match rendered.value {
        Known::Unknown(why) => Ok(Items::Unknown(why.to_string())),
        Known::Is(Node {
            value: Value::Seq(items),
            ..
        }) => Ok(Items::Each(
            items.iter().map(template::data_of_node).collect(),
            rendered.secret,
        )),
        Known::Is(other) => Err(Failure {
            message: format!("`loop` takes a list, not {}", other.kind()),
            at: Some(node.place.to_string()),
            ..Failure::default()
        }),
    }
}

/// The name of the loop's variable.
pub(crate) fn variable(card: &Card) -> Arc<str> {
    card.loop_control
        .loop_var
        .clone()
        .unwrap_or_else(|| "item".into())
}

/// The variables that an item of the loop sees.
pub(crate) fn with_item(card: &Card, tiers: &Tiers, index: usize, item: &Item, secret: bool) -> Tiers {
    let name = variable(card);
    let mut values = Values::new();
    values.insert("ansible_loop_var".into(), data(name.as_ref()));
    values.insert(
        name,
        Var {
            secret,
            ..data(item.clone())
        },
    );
    if let Some(index_var) = &card.loop_control.index_var {
        values.insert(Arc::clone(index_var), data(index));
        values.insert("ansible_index_var".into(), data(index_var.as_ref()));
    }
    tiers.with(Tier::Values(Arc::new(values)))
}

/// Stands for an item that must not be shown, as Ansible writes it.
pub(crate) const CENSORED: &str = "(censored due to no_log)";

/// What stands for an item in messages; `secret` says whether a secret is in it.
pub(crate) fn label(run: &TaskRun<'_>, tiers: &Tiers, item: &Item, secret: bool) -> String {
    let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
    let label = run.task.card.loop_control.label.as_ref();
    let rendered = label.and_then(|label| run.world.templar.node(label, &scope).ok());
    if rendered.as_ref().map_or(secret, |rendered| rendered.secret) {
        return CENSORED.to_owned();
    }
    match rendered.map(|rendered| rendered.value) {
        Some(Known::Is(node)) => node.as_str().map_or_else(|| item.to_string(), str::to_owned),
        Some(Known::Unknown(_)) | None => item.to_string(),
    }
}

/// The result of a loop: that of each item, and what holds for all.
pub(crate) fn result(results: &[Returned], status: Option<Status>, changed: bool) -> Returned {
    let list: Vec<serde_json::Value> = results.iter().map(dictionary).collect();
    let mut returned = Returned::new();
    let mut put =
        |key: &str, value: serde_json::Value| drop(returned.insert(key.to_owned(), Known::Is(value)));
    put("results", list.into());
    put("changed", changed.into());
    let message = match status {
        Some(Status::Failed | Status::Ignored) => "One or more items failed",
        Some(Status::Skipped) => "All items skipped",
        Some(Status::Ok | Status::Changed) | None => "All items completed",
    };
    put("msg", message.into());
    match status {
        Some(Status::Failed | Status::Ignored) => put("failed", true.into()),
        Some(Status::Skipped) => put("skipped", true.into()),
        Some(Status::Ok | Status::Changed) | None => {}
    }
    let unknown = results.iter().find_map(|one| one.get("changed")?.why());
    if let (Some(why), false) = (unknown, changed) {
        returned.insert("changed".to_owned(), Known::unknown(why));
    }
    returned
}

/// A result whose unknown parts stay unknown.
fn dictionary(returned: &Returned) -> serde_json::Value {
    let entry = |(key, value): (&String, &Known<serde_json::Value>)| {
        let value = match value {
            Known::Is(value) => value.clone(),
            Known::Unknown(why) => evenkeel_tasks::json::unknown_part(why),
        };
        (key.clone(), value)
    };
    serde_json::Value::Object(returned.iter().map(entry).collect())
}
