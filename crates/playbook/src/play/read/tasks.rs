//! Reads lists of tasks.

use std::sync::Arc;

use evenkeel_tasks::MODULES;
use evenkeel_tasks::Module;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use super::Reading;
use super::action::Action;
use super::imports::import_named;
use super::keywords::is_identifier;
use super::keywords::list_of;
use crate::play::Block;
use crate::play::Card;
use crate::play::Item;
use crate::play::KEYWORDS;
use crate::play::Keywords;
use crate::play::foreign::FOREIGN;
use crate::play::foreign::is_foreign;
use crate::play::keyword::keyword_named;

impl Reading<'_> {
    /// A list of tasks and blocks.
    pub(super) fn items(&mut self, list: &Node) -> Vec<Item> {
        if list.is_null() {
            return Vec::new();
        }
        let Some(entries) = list.as_seq() else {
            self.report(
                Problem::error(
                    "playbook::tasks",
                    format!("tasks are a list, not {}", list.kind()),
                )
                .at(&list.place, "expected lines that begin with `- `"),
            );
            return Vec::new();
        };
        entries.iter().filter_map(|entry| self.item(entry)).collect()
    }

    /// A list of handlers.
    pub(super) fn handlers(&mut self, list: &Node) -> Vec<Item> {
        let outer = std::mem::replace(&mut self.handlers, true);
        let items = self.items(list);
        self.handlers = outer;
        items
    }

    fn item(&mut self, entry: &Node) -> Option<Item> {
        let Some(map) = entry.as_map() else {
            self.report(
                Problem::error(
                    "playbook::task",
                    format!("a task is a mapping, not {}", entry.kind()),
                )
                .at(&entry.place, "expected `name:` and a task type here"),
            );
            return None;
        };
        let import = map
            .iter()
            .find_map(|(name, _, value)| Some((import_named(name)?, value)));
        if let Some((import, value)) = import {
            return self.import(entry, map, import, value);
        }
        if map.get("block").is_some() {
            self.block(entry, map)
        } else {
            self.card(entry, map)
        }
    }

    fn block(&mut self, entry: &Node, map: &Map) -> Option<Item> {
        let mut block = Block {
            name: None,
            about: None,
            block: Vec::new(),
            rescue: Vec::new(),
            always: Vec::new(),
            keywords: Keywords::default(),
            at: entry.place.clone(),
        };
        let vars = map.get("vars").and_then(|value| self.vars(value));
        let depth = self.around.len();
        self.around.extend(vars);
        for (name, key, value) in map.iter() {
            if !self.check_keyword(key, name, |on| on.block, "a block") {
                self.unknown_key(key, name, KEYWORDS.iter().filter(|k| k.on.block).map(|k| k.name));
                continue;
            }
            match name {
                "name" => block.name = self.plain(name, value),
                "block" => block.block = self.items(value),
                "rescue" => block.rescue = self.items(value),
                "always" => block.always = self.items(value),
                _ => {
                    self.shared(&mut block.keywords, name, value);
                }
            }
        }
        self.around.truncate(depth);
        Some(Item::Block(Arc::new(block)))
    }

    fn card(&mut self, entry: &Node, map: &Map) -> Option<Item> {
        if let Some(part) = ["rescue", "always"].iter().find(|part| map.get(part).is_some()) {
            self.report(
                Problem::error("playbook::block", format!("`{part}` stands beside no `block`"))
                    .at(&entry.place, "expected `block:` with tasks here")
                    .help("add `block:` with the tasks that this is for"),
            );
            return None;
        }
        let mut actions: Vec<Action> = Vec::new();
        let mut rest = Vec::new();
        let mut unknown = Vec::new();
        for (key, value) in &map.entries {
            let Some(name) = key.as_str() else {
                self.unknown_key(key, key.place.text(), []);
                continue;
            };
            if matches!(name, "action" | "local_action") {
                actions.extend(self.named_action(key, value));
            } else if is_keyword(name) || self.is_with(key, name) {
                rest.push((name, key, value));
            } else if let Some(module) = evenkeel_tasks::module(name) {
                actions.push(Action::new(module, key, name, value.clone()));
            } else if is_foreign(name) {
                actions.push(Action::new(&FOREIGN, key, name, value.clone()));
            } else {
                unknown.push((name, key, value));
            }
        }
        for (name, key, value) in unknown {
            match actions.first_mut().filter(|action| action.takes(name)) {
                Some(action) => {
                    let problem = action.not_indented(name, key);
                    action.take(key, value);
                    self.report(problem);
                }
                None => self.unknown_action(key, name),
            }
        }
        if let [first, second, ..] = actions.as_slice() {
            let problem = Problem::error(
                "playbook::two-actions",
                "a task has one task type, and here are two",
            )
            .at(&second.at, "second")
            .related(&first.at, "first");
            self.report(match first.takes(second.at.text()) {
                true => problem.help(first.indent(second.at.text())),
                false => problem.help("make two tasks of it"),
            });
        }
        let action = (!actions.is_empty()).then(|| actions.swap_remove(0));
        self.card_of(entry, map, action, &rest)
    }

    fn card_of(
        &mut self,
        entry: &Node,
        map: &Map,
        action: Option<Action>,
        rest: &[(&str, &Node, &Node)],
    ) -> Option<Item> {
        let local = action
            .as_ref()
            .filter(|action| action.local)
            .map(|action| action.at.clone());
        let body = match action {
            Some(action) => self.body(action, map.get("args")),
            None => {
                let known = |key: &Node| {
                    key.as_str()
                        .is_some_and(|name| is_keyword(name) || name.starts_with("with_"))
                };
                if map.entries.iter().all(|(key, _)| known(key))
                    && !map.entries.iter().any(|(k, _)| is_unsupported(k))
                {
                    self.report(
                        Problem::error("playbook::no-action", "this task names no task type")
                            .at(&entry.place, "nothing to do here")
                            .help("add one, e.g. `ansible.builtin.debug:`; `evenkeel modules` lists them"),
                    );
                }
                None
            }
        };
        let mut card = body.map(|body| Card::with_body(None, body, entry.place.clone()));
        let mut scratch = Keywords::default();
        for (name, key, value) in rest {
            if !name.starts_with("with_") && !self.check_keyword(key, name, |on| on.task, "a task") {
                continue;
            }
            match &mut card {
                Some(card) => self.task_keyword(card, name, value),
                None => {
                    self.shared(&mut scratch, name, value);
                }
            }
        }
        if let Some(card) = &mut card {
            self.check_place(card);
            self.check_keywords_of(card, rest);
            self.drop_conditions(card);
        }
        if let Some(card) = &card {
            let known = self.problems.len();
            self.look_ahead(card);
            if !card.keywords.when.is_empty() {
                self.depend(
                    known,
                    "the include has a condition: the run fails here if it holds",
                );
            } else if self.included || self.wrote_here {
                self.depend(known, "the run may bring it: it fails here if it does not");
                self.ahead.open |= self.problems.len() > known;
            }
            self.wrote_here |= self.writes_here(card, local.is_some());
        }
        if let (Some(card), Some(at)) = (&mut card, local) {
            let localhost = Node::new(evenkeel_yaml::Value::Str("localhost".to_owned()), at);
            card.keywords.delegate_to = Some(Arc::new(localhost));
        }
        card.map(|card| Item::Card(Arc::new(card)))
    }

    fn task_keyword(&mut self, card: &mut Card, name: &str, value: &Node) {
        match name {
            "name" => card.name = self.plain(name, value),
            "register" => card.register = self.identifier(name, value),
            "loop" => self.loop_over(card, None, value),
            "loop_control" => card.loop_control = self.loop_control(value),
            "async" => card.awaiting.seconds = self.literal::<i64>(name, value),
            "poll" => card.awaiting.poll = self.literal::<i64>(name, value),
            "until" => card.retry.until = self.conditions(value),
            "retries" => card.retry.retries = self.literal::<i64>(name, value),
            "delay" => card.retry.delay = self.literal::<f64>(name, value),
            "changed_when" => card.changed_when = self.conditions(value),
            "failed_when" => card.failed_when = self.conditions(value),
            "listen" => card.listen = self.words(name, value),
            "args" => {}
            _ => match name.strip_prefix("with_") {
                Some(lookup) => self.loop_over(card, Some(lookup), value),
                None => drop(self.shared(&mut card.keywords, name, value)),
            },
        }
    }

    fn identifier(&mut self, name: &str, value: &Node) -> Option<Arc<str>> {
        let text = self.plain(name, value)?;
        if is_identifier(&text) {
            return Some(text);
        }
        self.no_variable(value);
        None
    }

    /// Reports what should be the name of a variable.
    pub(super) fn no_variable(&mut self, value: &Node) {
        let text = value.place.text();
        self.report(
            Problem::error("playbook::name", format!("`{text}` is no variable name")).at(
                &value.place,
                "expected letters, digits and `_`, not beginning with a digit",
            ),
        );
    }

    pub(super) fn unknown_key<'n>(
        &mut self,
        key: &Node,
        name: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) {
        let problem = Problem::error("playbook::keyword", format!("`{name}` is no keyword here"))
            .at(&key.place, "unknown keyword");
        let mend = moved(name).map(str::to_owned);
        let mend = mend.or_else(|| nearest(name, known).map(|best| format!("did you mean `{best}`?")));
        self.report(match mend {
            Some(mend) => problem.help(mend),
            None => problem,
        });
    }

    pub(super) fn unknown_action(&mut self, key: &Node, name: &str) {
        let problem = Problem::error(
            "playbook::action",
            format!("`{name}` is neither a keyword nor a task type"),
        )
        .at(&key.place, "not known");
        if let Some(mend) = moved(name) {
            self.report(problem.help(mend));
            return;
        }
        let full: Vec<String> = MODULES.iter().map(Module::full_name).collect();
        let keywords = KEYWORDS
            .iter()
            .filter(|keyword| keyword.on.task)
            .map(|keyword| keyword.name);
        let known = MODULES
            .iter()
            .map(|m| m.name)
            .chain(full.iter().map(String::as_str))
            .chain(keywords);
        self.report(match nearest(name, known) {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem.help("`evenkeel modules` lists the task types that are supported"),
        });
    }
}

/// What is written today in place of a word that Ansible had once.
fn moved(name: &str) -> Option<&'static str> {
    match name {
        "sudo" => Some("write `become: true`"),
        "su" => Some("write `become: true` and `become_method: su`"),
        "sudo_user" => Some("write `become: true` and `become_user: NAME`"),
        "su_user" => Some("write `become: true`, `become_method: su` and `become_user: NAME`"),
        "sudo_exe" | "su_exe" => Some("write `become_exe: PROGRAM`"),
        "sudo_flags" | "su_flags" => Some("write `become_flags: FLAGS`"),
        "sudo_pass" | "su_pass" => {
            Some("write `become: true`, and ask for the password with `--ask-become-pass`")
        }
        "include" | "ansible.builtin.include" | "ansible.legacy.include" => Some(
            "write `import_tasks: FILE` for a file that is always read, or `include_tasks: FILE` for one that the run chooses",
        ),
        "accelerate" | "accelerate_port" | "accelerate_ipv6" => Some("remove it"),
        _ => None,
    }
}

/// Whether a key of a task is a keyword; `user` is one on plays, and a task type on tasks.
fn is_keyword(name: &str) -> bool {
    keyword_named(name).is_some_and(|keyword| keyword.on.task || evenkeel_tasks::module(name).is_none())
}

fn is_unsupported(key: &Node) -> bool {
    key.as_str()
        .and_then(keyword_named)
        .is_some_and(|keyword| !keyword.supported)
}

/// The names in `notify`, as far as they hold no template.
pub(super) fn notified_names(keywords: &Keywords) -> Vec<Arc<Node>> {
    keywords.notify.iter().flat_map(|node| list_of(node)).collect()
}
