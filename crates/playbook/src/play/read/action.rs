//! Reads what a task does: under the name of a task type, under `action` or under `local_action`.

use std::sync::Arc;

use evenkeel_tasks::Module;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Reading;
use crate::play::Body;
use crate::play::body::has_template;
use crate::play::foreign::FOREIGN;
use crate::play::foreign::is_foreign;
use crate::play::named::NAMED;
use crate::play::named::with_template;

/// A task type, and what stands under its name.
pub(super) struct Action {
    module: &'static Module,
    written: String,
    arguments: Node,
    /// Where it is named.
    pub(super) at: Place,
    /// Whether it is done on the controller (`local_action`).
    pub(super) local: bool,
}

impl Action {
    pub(super) fn new(module: &'static Module, key: &Node, written: &str, arguments: Node) -> Action {
        Action {
            module,
            written: written.to_owned(),
            arguments,
            at: key.place.clone(),
            local: false,
        }
    }

    /// Whether the task type has a parameter of this name, and its arguments could stand below it.
    pub(super) fn takes(&self, name: &str) -> bool {
        let fields = (self.module.fields)();
        let named = fields
            .iter()
            .any(|field| field.name == name || field.aliases.contains(&name));
        named && (self.arguments.is_null() || self.arguments.as_map().is_some())
    }

    /// What to do about a parameter that stands beside the task type instead of below it.
    pub(super) fn indent(&self, name: &str) -> String {
        format!("indent `{name}`: it belongs below `{}:`", self.written)
    }

    /// The problem of such a parameter.
    pub(super) fn not_indented(&self, name: &str, key: &Node) -> Problem {
        let module = self.module.name;
        let message = format!("`{name}` is a parameter of `{module}`, and stands beside it");
        Problem::error("playbook::action", message)
            .at(&key.place, "no keyword of a task")
            .related(&self.at, "its task type")
            .help(self.indent(name))
    }

    /// Takes such a parameter, so that it is not missed.
    pub(super) fn take(&mut self, key: &Node, value: &Node) {
        let mut map = self.arguments.as_map().cloned().unwrap_or_default();
        map.entries.push((key.clone(), value.clone()));
        self.arguments = Node::new(Value::Map(map), self.arguments.place.clone());
    }
}

impl Reading<'_> {
    /// `action: NAME ARGUMENTS`, or a mapping with `module`; `local_action` likewise.
    pub(super) fn named_action(&mut self, key: &Node, value: &Node) -> Option<Action> {
        let (name, short, beside) = match &value.value {
            Value::Str(text) => {
                let (name, short) = parted(text, value);
                (name, short, None)
            }
            Value::Map(map) => match map.get("module").and_then(Node::as_str) {
                Some(text) => {
                    let (name, short) = parted(text, value);
                    (name, short, Some(map))
                }
                None => {
                    self.no_action(value, "expected `module:` with the name of a task type here");
                    return None;
                }
            },
            _ => {
                self.no_action(value, "expected the name of a task type and its arguments here");
                return None;
            }
        };
        // Which one a template names shows only when the task runs.
        let by_template = has_template(&value.with(Value::Str(name.clone()))).then_some(&NAMED);
        let foreign = || is_foreign(&name).then_some(&FOREIGN);
        let known = by_template.or_else(|| evenkeel_tasks::module(&name));
        let Some(module) = known.or_else(foreign) else {
            self.unknown_action(value, &name);
            return None;
        };
        let arguments = match beside.map(|map| joined(module, map, &short)) {
            None => short,
            Some(Ok(joined)) => joined,
            Some(Err(problem)) => {
                self.report(problem);
                return None;
            }
        };
        Some(Action {
            local: key.as_str() == Some("local_action"),
            ..Action::new(module, key, &name, arguments)
        })
    }

    fn no_action(&mut self, value: &Node, expected: &str) {
        let problem = Problem::error("playbook::action", "this names no task type");
        self.report(problem.at(&value.place, expected.to_owned()));
    }

    /// The body of a task; `args` are arguments that the task type's own win over.
    pub(super) fn body(&mut self, action: Action, args: Option<&Node>) -> Option<Body> {
        let mut more = Vec::new();
        let mut raw = match action.module.arguments(&action.arguments) {
            Ok(raw) => raw,
            // `add_host: "{{ a_dictionary }}"`
            Err(_)
                if action.module.free_form.is_none() && has_template(&action.arguments) && args.is_none() =>
            {
                more.push(Arc::new(action.arguments.clone()));
                Map::default()
            }
            // It is told that the type is not here, and that is enough.
            Err(_) if std::ptr::eq(action.module, &FOREIGN) => Map::default(),
            Err(problem) => {
                self.report(problem);
                return None;
            }
        };
        match args.map(|args| (args, &args.value)) {
            Some((_, Value::Map(args))) => {
                let missing =
                    |(key, _): &&(Node, Node)| key.as_str().is_none_or(|name| raw.get(name).is_none());
                let args: Vec<_> = args.entries.iter().filter(missing).cloned().collect();
                raw.entries.extend(args);
            }
            None | Some((_, Value::Null)) => {}
            Some((args, _)) if has_template(args) => more.push(Arc::new(args.clone())),
            Some((args, _)) => {
                let message = format!("`args` is a mapping, not {}", args.kind());
                let problem = Problem::error("playbook::args", message);
                self.report(problem.at(&args.place, "expected arguments of the task type here"));
            }
        }
        if std::ptr::eq(action.module, &NAMED) {
            raw = with_template(&action.written, &action.arguments, raw);
        }
        let body = Body::read(action.module, &action.written, raw, &action.at);
        Some(match more.is_empty() {
            true => body,
            false => Body {
                more,
                typed: None,
                ..body
            },
        })
    }
}

/// The first word, and what stands behind it as arguments.
fn parted(text: &str, at: &Node) -> (String, Node) {
    let (name, rest) = evenkeel_tasks::first_word(text);
    let arguments = match rest.trim() {
        "" => Value::Null,
        rest => Value::Str(rest.to_owned()),
    };
    (name.to_owned(), Node::new(arguments, at.place.clone()))
}

/// The arguments beside `module`, those in `args` there, and those that stand behind its name, as Ansible takes them
/// together: the later win.
fn joined(module: &Module, map: &Map, short: &Node) -> Result<Node, Problem> {
    let mut all = Map::default();
    let mut add = |more: Map| {
        for (key, value) in more.entries {
            let same = |(known, _): &(Node, Node)| known.as_str() == key.as_str();
            match all.entries.iter().position(same) {
                Some(at) => all.entries[at].1 = value,
                None => all.entries.push((key, value)),
            }
        }
    };
    let own = |(key, _): &&(Node, Node)| !matches!(key.as_str(), Some("module" | "args"));
    add(Map {
        entries: map.entries.iter().filter(own).cloned().collect(),
    });
    add(module.arguments(short)?);
    if let Some(args) = map.get("args") {
        add(module.arguments(args)?);
    }
    if all.entries.is_empty() {
        return Ok(short.clone());
    }
    Ok(Node::new(Value::Map(all), short.place.clone()))
}
