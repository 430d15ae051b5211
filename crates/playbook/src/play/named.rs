//! Task types that a template names: `action: "{{ ansible_facts.pkg_mgr }}"`.

use std::sync::Arc;

use evenkeel_tasks::Module;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Body;
use super::Card;
use super::Task;
use super::defaults;
use super::foreign;
use super::foreign::is_foreign;

/// The argument that holds the template.
const MODULE: &str = "module";

/// Stands for the task type until it is known.
pub(super) static NAMED: Module = Module {
    name: "action",
    collection: "ansible.builtin",
    aliases: &[],
    about: "Does what the task type does that a template names.",
    example: "- action: \"{{ ansible_facts.pkg_mgr }}\"\n  args:\n    name: haproxy\n",
    free_form: None,
    changes: true,
    fields: Vec::new,
    parse: |_, _| Err(Vec::new()),
    is_raw: |_| false,
};

/// What decides about more than its own task, and so has to be known before the tasks run.
const NOT_BY_TEMPLATE: [&str; 10] = [
    "add_host",
    "gather_facts",
    "group_by",
    "include_role",
    "include_tasks",
    "include_vars",
    "meta",
    "pause",
    "reboot",
    "wait_for_connection",
];

impl Body {
    /// The template that names the task type.
    pub fn template(&self) -> Option<&Node> {
        self.is_named().then(|| self.raw.get(MODULE)).flatten()
    }

    pub(super) fn is_named(&self) -> bool {
        std::ptr::eq(self.module, &NAMED)
    }

    /// The arguments without the name of the task type.
    fn others(&self) -> Map {
        let own = |(key, _): &&(Node, Node)| key.as_str() != Some(MODULE);
        Map {
            entries: self.raw.entries.iter().filter(own).cloned().collect(),
        }
    }
}

/// The arguments of a task whose type a template names, and the template.
pub(super) fn with_template(template: &str, at: &Node, arguments: Map) -> Map {
    let text = |text: &str| at.with(Value::Str(text.to_owned()));
    let mut entries = vec![(text(MODULE), text(template))];
    entries.extend(arguments.entries);
    Map { entries }
}

impl Task {
    /// The task with the type that its template turned out to name.
    ///
    /// # Errors
    /// There is no such task type, or it cannot be named by a template.
    pub fn named(&self, name: &str) -> Result<Arc<Task>, Box<Problem>> {
        let body = &self.card.body;
        let wrong = |message: String| {
            Problem::error("playbook::action", message).at(&body.at, "named by a template here")
        };
        let name = name.trim();
        if is_foreign(name) {
            return Err(Box::new(foreign::unsupported(name, &body.at)));
        }
        let Some(module) = evenkeel_tasks::module(name) else {
            let message = format!("couldn't resolve module/action '{name}'");
            return Err(Box::new(
                wrong(message).help("`evenkeel modules` lists the task types"),
            ));
        };
        if NOT_BY_TEMPLATE.contains(&module.name) {
            let message = format!(
                "`{}` cannot be named by a template: it decides about more than its own task",
                module.name
            );
            return Err(Box::new(
                wrong(message).help(format!("write `{}:`, with `when`", module.full_name())),
            ));
        }
        let read = Body::read(module, &body.written, body.others(), &body.at);
        let typed = if body.more.is_empty() {
            read.typed.clone()
        } else {
            None
        };
        let body = Body {
            more: body.more.clone(),
            typed,
            ..read
        };
        let card = Arc::new(Card {
            body,
            ..Card::clone(&self.card)
        });
        Ok(Arc::new(Task {
            card: defaults::applied(&card, &self.keywords),
            ..self.clone()
        }))
    }
}
