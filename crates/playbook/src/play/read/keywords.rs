//! Reads the keywords that plays, roles, blocks and tasks share.

use std::sync::Arc;

use evenkeel_tasks::Argument;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Reading;
use crate::play::Keywords;
use crate::play::Vars;
use crate::play::body::has_template;
use crate::play::keyword::On;
use crate::play::keyword::keyword_named;
use crate::template::is_wrapped;

impl Reading<'_> {
    /// Reads a shared keyword into `keywords`; `false` when it is none of them.
    pub(super) fn shared(&mut self, keywords: &mut Keywords, name: &str, value: &Node) -> bool {
        match name {
            "tags" => keywords.tags = self.words(name, value),
            "when" => keywords.when = self.conditions(value),
            "notify" => keywords.notify = list_of(value),
            "vars" => keywords.vars = self.vars(value).into_iter().collect(),
            "become" => keywords.become_ = self.boolean(name, value),
            "become_user" => keywords.become_user = self.string(name, value),
            "become_method" => keywords.become_method = self.become_method(value),
            "become_flags" => keywords.become_flags = self.string(name, value),
            "become_exe" => keywords.become_exe = self.string(name, value),
            "ignore_errors" => keywords.ignore_errors = self.boolean(name, value),
            "run_once" => keywords.run_once = self.boolean(name, value),
            "delegate_to" => keywords.delegate_to = self.string(name, value),
            "any_errors_fatal" => keywords.any_errors_fatal = self.boolean(name, value),
            "check_mode" => keywords.check_mode = self.boolean(name, value),
            "no_log" => keywords.no_log = self.boolean(name, value),
            "environment" => keywords.environment = self.environment(value),
            "module_defaults" => keywords.module_defaults = self.module_defaults(value),
            "timeout" => keywords.timeout = self.literal::<i64>(name, value),
            "diff" => keywords.diff = self.boolean(name, value),
            "throttle" => keywords.throttle = self.literal::<i64>(name, value),
            "ignore_unreachable" => keywords.ignore_unreachable = self.boolean(name, value),
            "delegate_facts" => keywords.delegate_facts = self.boolean(name, value),
            "connection" => keywords.connection = self.connection(value),
            "port" => keywords.port = self.port(value),
            "remote_user" => keywords.remote_user = self.string(name, value),
            "collections" => keywords.collections = self.words(name, value),
            _ => return false,
        }
        true
    }

    /// Reports a key that may not stand here; `true` when the key is known and works.
    pub(super) fn check_keyword(
        &mut self,
        key: &Node,
        name: &str,
        here: fn(&On) -> bool,
        what: &str,
    ) -> bool {
        let Some(keyword) = keyword_named(name) else {
            return false;
        };
        if !here(&keyword.on) {
            self.report(
                Problem::error("playbook::keyword", format!("`{name}` cannot stand on {what}"))
                    .at(&key.place, format!("not a keyword of {what}"))
                    .help(format!("`{name}` belongs on {}", places(keyword.on))),
            );
        } else if !keyword.supported {
            self.report(
                Problem::error("playbook::unsupported", format!("`{name}` is not supported"))
                    .at(&key.place, "this keyword would be ignored, so the run is refused")
                    .help(mend(name)),
            );
        }
        true
    }

    /// `vars:`: a mapping of names.
    pub(super) fn vars(&mut self, value: &Node) -> Option<Arc<Vars>> {
        if value.is_null() {
            return None;
        }
        let Some(map) = value.as_map() else {
            self.report(
                Problem::error(
                    "playbook::vars",
                    format!("variables are a mapping, not {}", value.kind()),
                )
                .at(&value.place, "expected `name: value` lines here"),
            );
            return None;
        };
        let mut vars = Vars::new();
        for (key, value) in &map.entries {
            match key.as_str() {
                Some(name) if is_identifier(name) => {
                    vars.insert(name.into(), Arc::new(value.clone()));
                }
                _ => self.report(
                    Problem::error(
                        "playbook::vars",
                        format!("`{}` is no variable name", key.place.text()),
                    )
                    .at(
                        &key.place,
                        "expected letters, digits and `_`, not beginning with a digit",
                    ),
                ),
            }
        }
        Some(Arc::new(vars))
    }

    /// A condition or a list of conditions.
    pub(super) fn conditions(&mut self, value: &Node) -> Vec<Arc<Node>> {
        let items = list_of(value);
        for item in &items {
            match &item.value {
                Value::Str(text) if is_wrapped(text) => self.report(
                    Problem::warning("playbook::braces", "a condition is an expression already")
                        .at(&item.place, "braces are not needed here")
                        .help("remove `{{` and `}}`"),
                ),
                Value::Str(_) | Value::Bool(_) | Value::Null => {}
                _ => self.report(
                    Problem::error(
                        "playbook::condition",
                        format!("a condition is an expression, not {}", item.kind()),
                    )
                    .at(&item.place, "expected an expression"),
                ),
            }
        }
        items
    }

    fn boolean(&mut self, name: &str, value: &Node) -> Option<Arc<Node>> {
        self.literal::<bool>(name, value)
    }

    /// A value of this kind, or a template.
    pub(super) fn literal<T: Argument>(&mut self, name: &str, value: &Node) -> Option<Arc<Node>> {
        if !has_template(value)
            && let Err(problem) = T::read(value)
        {
            self.report(problem.or_at(&value.place, format!("for `{name}`")));
            return None;
        }
        Some(Arc::new(value.clone()))
    }

    fn string(&mut self, name: &str, value: &Node) -> Option<Arc<Node>> {
        match String::read(value) {
            Ok(_) => Some(Arc::new(value.clone())),
            Err(problem) => {
                self.report(problem.or_at(&value.place, format!("for `{name}`")));
                None
            }
        }
    }

    /// A word or a list of words; one string is split at commas.
    pub(super) fn words(&mut self, name: &str, value: &Node) -> Vec<Arc<str>> {
        match Vec::<String>::read(value) {
            Ok(words) => words.into_iter().map(Arc::from).collect(),
            Err(problem) => {
                self.report(problem.or_at(&value.place, format!("for `{name}`")));
                Vec::new()
            }
        }
    }

    /// A plain string without a template.
    pub(super) fn plain(&mut self, name: &str, value: &Node) -> Option<Arc<str>> {
        if value.is_null() {
            return None;
        }
        self.string(name, value)
            .and_then(|node| String::read(&node).ok())
            .map(Arc::from)
    }
}

/// The items of a list, or the value as the only item; nothing for null.
pub(super) fn list_of(value: &Node) -> Vec<Arc<Node>> {
    match &value.value {
        Value::Null => Vec::new(),
        Value::Seq(items) => items.iter().cloned().map(Arc::new).collect(),
        _ => vec![Arc::new(value.clone())],
    }
}

/// Words of the templates' language that cannot be variables.
const WORDS: [&str; 7] = ["False", "None", "True", "false", "none", "not", "true"];

/// Whether a text can be a variable's name.
pub(crate) fn is_identifier(name: &str) -> bool {
    if WORDS.contains(&name) {
        return false;
    }
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}

/// What to do instead of a keyword that does not work.
fn mend(name: &str) -> String {
    match name {
        "debugger" => "remove it: Evenkeel has no debugger; `-v` shows the result of every task".to_owned(),
        _ => format!("remove `{name}`, or run this playbook with ansible-playbook"),
    }
}

fn places(on: On) -> String {
    let named = [
        (on.play, "plays"),
        (on.role, "roles"),
        (on.block, "blocks"),
        (on.task, "tasks"),
    ];
    named
        .iter()
        .filter(|(holds, _)| *holds)
        .map(|(_, name)| *name)
        .collect::<Vec<_>>()
        .join(", ")
}
