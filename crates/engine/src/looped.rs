//! `loop` and `with_*`: the items, what stands for them, and the result of all.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Var;
use evenkeel_playbook::template;
use evenkeel_tasks::Returned;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use indexmap::IndexMap;
use minijinja::Value as Item;

use crate::Failure;
use crate::Status;
use crate::failure;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;
use crate::settings;
use crate::task_run::TaskRun;
use crate::world::data;

/// How often a task is done.
pub(crate) enum Items {
    /// Once, without a loop.
    Once,
    /// For each of these.
    Each(Looping),
    /// The list is known only after apply.
    Unknown(Arc<str>),
}

/// A loop, laid out for a host.
pub(crate) struct Looping {
    pub(crate) items: Vec<Item>,
    /// Whether a secret is among them.
    secret: bool,
    /// The name of the loop's variable.
    variable: Arc<str>,
    /// The name of the variable with the number.
    index: Option<Arc<str>>,
    /// Seconds between two items.
    pub(crate) pause: f64,
    /// `ansible_loop`, and whether it has all items.
    extended: Option<bool>,
}

/// The loop of a task.
pub(crate) fn items(run: &TaskRun<'_>, tiers: &Tiers) -> Result<Items, Failure> {
    let Some(each) = &run.task.card.loop_ else {
        return Ok(Items::Once);
    };
    let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
    let templar = &run.world.templar;
    let of_problem = |problem| failure::of_problem(&problem);
    let (items, secret) = match &each.with {
        Some(lookup) => {
            let made = templar
                .looped(lookup, &each.items, run.task.card.body.module.name, &scope)
                .map_err(of_problem)?;
            (made.value, made.secret)
        }
        None => {
            let rendered = templar.node(&each.items, &scope).map_err(of_problem)?;
            let listed = match rendered.value {
                Known::Is(list) => Known::Is(listed(&list, &each.items)?),
                Known::Unknown(why) => Known::Unknown(why),
            };
            (listed, rendered.secret)
        }
    };
    match items {
        Known::Unknown(why) => Ok(Items::Unknown(why)),
        Known::Is(items) => Looping::new(run, &scope, items, secret).map(Items::Each),
    }
}

/// The items of a list.
fn listed(list: &Node, written: &Node) -> Result<Vec<Item>, Failure> {
    let Value::Seq(items) = &list.value else {
        let mapping = matches!(list.value, Value::Map(_));
        let help = mapping.then(|| "go through a mapping with `with_dict`, or with `dict2items`".to_owned());
        return Err(Failure {
            message: format!("`loop` takes a list, not {}", list.kind()),
            at: Some(written.place.to_string()),
            help: help.into_iter().collect(),
            ..Failure::default()
        });
    };
    Ok(items.iter().map(template::data_of_node).collect())
}

impl Looping {
    fn new(
        run: &TaskRun<'_>,
        scope: &Arc<dyn Scope>,
        items: Vec<Item>,
        secret: bool,
    ) -> Result<Looping, Failure> {
        let control = &run.task.card.loop_control;
        let templar = &run.world.templar;
        let name = |node: &Option<Arc<Node>>| settings::text(templar, node.as_ref(), scope);
        let flag = |node: &Option<Arc<Node>>| settings::flag(templar, node.as_ref(), scope);
        let all_items = flag(&control.extended_allitems)?.unwrap_or(true);
        Ok(Looping {
            items,
            secret,
            variable: name(&control.loop_var)?.map_or_else(|| "item".into(), Arc::from),
            index: name(&control.index_var)?.map(Arc::from),
            pause: settings::seconds(templar, control.pause.as_ref(), scope)?.unwrap_or(0.0),
            extended: flag(&control.extended)?.unwrap_or(false).then_some(all_items),
        })
    }

    /// What is worth knowing before it begins.
    pub(crate) fn warning(&self, tiers: &Tiers) -> Option<String> {
        let variable = &self.variable;
        tiers.get(variable).map(|_| {
            format!("The loop variable '{variable}' is already in use: name another one in `loop_control.loop_var`")
        })
    }

    /// The variables that an item sees; `before` is the result of the one before it, under its name.
    pub(crate) fn tiers(&self, tiers: &Tiers, index: usize, before: Option<&(Arc<str>, Var)>) -> Tiers {
        let mut values = Values::new();
        if let Some((name, result)) = before {
            values.insert(Arc::clone(name), result.clone());
        }
        let item = Var {
            secret: self.secret,
            ..data(self.items[index].clone())
        };
        values.insert("ansible_loop_var".into(), data(self.variable.as_ref()));
        values.insert(Arc::clone(&self.variable), item);
        if let Some(name) = &self.index {
            values.insert(Arc::clone(name), data(index));
            values.insert("ansible_index_var".into(), data(name.as_ref()));
        }
        if let Some(extended) = self.extended(index) {
            let secret = self.secret;
            values.insert(
                "ansible_loop".into(),
                Var {
                    secret,
                    ..data(extended)
                },
            );
        }
        tiers.with(Tier::Values(Arc::new(values)))
    }

    /// `ansible_loop`.
    fn extended(&self, index: usize) -> Option<Item> {
        let all_items = self.extended?;
        let length = self.items.len();
        let mut entries: Vec<(&str, Item)> = vec![
            ("index", (index + 1).into()),
            ("index0", index.into()),
            ("first", (index == 0).into()),
            ("last", (index + 1 == length).into()),
            ("length", length.into()),
            ("revindex", (length - index).into()),
            ("revindex0", (length - index - 1).into()),
        ];
        if all_items {
            entries.push(("allitems", self.items.clone().into()));
        }
        let beside = |index: Option<usize>| index.and_then(|index| self.items.get(index)).cloned();
        entries.extend(beside(Some(index + 1)).map(|item| ("nextitem", item)));
        entries.extend(beside(index.checked_sub(1)).map(|item| ("previtem", item)));
        let entries = entries.into_iter().map(|(name, value)| (Item::from(name), value));
        Some(Item::from_object(entries.collect::<IndexMap<Item, Item>>()))
    }

    /// Adds to an item's result which item it was.
    pub(crate) fn mark(&self, index: usize, returned: &mut Returned) {
        let mut put = |key: &str, value| drop(returned.insert(key.to_owned(), value));
        put(&self.variable, crate::data::json(&self.items[index]));
        put("ansible_loop_var", Known::Is(self.variable.as_ref().into()));
        if let Some(name) = &self.index {
            put(name, Known::Is(index.into()));
            put("ansible_index_var", Known::Is(name.as_ref().into()));
        }
        if let Some(extended) = self.extended(index) {
            put("ansible_loop", crate::data::json(&extended));
        }
    }

    /// An item as it is shown.
    pub(crate) fn shown(&self, index: usize) -> String {
        match self.secret {
            true => CENSORED.to_owned(),
            false => self.items[index].to_string(),
        }
    }

    /// What stands for an item in messages.
    ///
    /// # Errors
    /// When `label` cannot be rendered with what the task gave.
    pub(crate) fn label(
        &self,
        run: &TaskRun<'_>,
        scope: &Arc<dyn Scope>,
        index: usize,
    ) -> Result<String, Problem> {
        let Some(label) = &run.task.card.loop_control.label else {
            return Ok(self.shown(index));
        };
        let rendered = run.world.templar.node(label, scope)?;
        Ok(match rendered.value {
            _ if rendered.secret => CENSORED.to_owned(),
            Known::Is(node) => node
                .as_str()
                .map_or_else(|| template::data_of_node(&node).to_string(), str::to_owned),
            Known::Unknown(_) => self.shown(index),
        })
    }
}

/// Stands for an item that must not be shown, as Ansible writes it.
pub(crate) const CENSORED: &str = "(censored due to no_log)";

/// The result of a loop: that of each item, and what holds for all.
pub(crate) fn result(results: &[Returned], status: Option<Status>, changed: bool) -> Returned {
    let list: Vec<serde_json::Value> = results.iter().map(dictionary).collect();
    let mut returned = Returned::new();
    let mut put =
        |key: &str, value: serde_json::Value| drop(returned.insert(key.to_owned(), Known::Is(value)));
    put("results", list.into());
    put("skipped", (status == Some(Status::Skipped)).into());
    put("changed", changed.into());
    let message = match status {
        Some(Status::Failed | Status::Ignored) => "One or more items failed",
        Some(Status::Skipped) => "All items skipped",
        Some(Status::Ok | Status::Changed) | None => "All items completed",
    };
    put("msg", message.into());
    match status {
        Some(Status::Failed | Status::Ignored) => put("failed", true.into()),
        Some(Status::Skipped | Status::Ok | Status::Changed) | None => {}
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
