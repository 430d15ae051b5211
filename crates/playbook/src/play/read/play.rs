//! Reads plays.

use std::path::Path;
use std::sync::Arc;

use evenkeel_tasks::Argument;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Reading;
use super::keywords::list_of;
use super::names::nearest;
use super::tasks::notified_names;
use crate::play::KEYWORDS;
use crate::play::Play;
use crate::play::Program;
use crate::play::body::has_template;

impl Reading<'_> {
    /// The plays of a playbook.
    pub(super) fn playbook(&mut self, path: &Path) -> Vec<Arc<Play>> {
        let Some(document) = self.document(path) else {
            return Vec::new();
        };
        let Some(entries) = document.as_seq() else {
            self.report(
                Problem::error(
                    "playbook::plays",
                    format!("a playbook is a list of plays, not {}", document.kind()),
                )
                .at(&document.place, "expected a line that begins with `- hosts:`"),
            );
            return Vec::new();
        };
        entries
            .iter()
            .filter_map(|entry| self.play(entry))
            .map(Arc::new)
            .collect()
    }

    fn play(&mut self, entry: &Node) -> Option<Play> {
        let Some(map) = entry.as_map() else {
            self.report(
                Problem::error(
                    "playbook::play",
                    format!("a play is a mapping, not {}", entry.kind()),
                )
                .at(&entry.place, "expected `hosts:` and `tasks:` here"),
            );
            return None;
        };
        let mut play = Play::new("", "all");
        play.name = None;
        play.at = entry.place.clone();
        if map.get("hosts").is_none() {
            self.no_hosts(entry, map);
        }
        for (name, key, value) in map.iter() {
            if self.check_keyword(key, name, |on| on.play, "a play") {
                self.play_keyword(&mut play, name, value);
            } else if !is_import(name) {
                self.unknown_key(key, name, KEYWORDS.iter().filter(|k| k.on.play).map(|k| k.name));
            }
        }
        let play = Arc::new(play);
        self.check_handlers(&play);
        Arc::try_unwrap(play).ok()
    }

    fn no_hosts(&mut self, entry: &Node, map: &Map) {
        let import = map.iter().find(|(name, _, _)| is_import(name));
        self.report(match import {
            Some((name, key, _)) => {
                Problem::error("playbook::unsupported", format!("`{name}` is not supported yet")).at(
                    &key.place,
                    "this playbook would be left out, so the run is refused",
                )
            }
            None => Problem::error("playbook::hosts", "this play names no hosts")
                .at(&entry.place, "expected `hosts:` in this play"),
        });
    }

    fn play_keyword(&mut self, play: &mut Play, name: &str, value: &Node) {
        match name {
            "name" => play.name = self.plain(name, value),
            "hosts" => play.hosts = Arc::new(value.clone()),
            "gather_facts" => play.gather_facts = self.flag(name, value),
            "force_handlers" => play.force_handlers = self.flag(name, value).unwrap_or(false),
            "serial" => play.serial = self.serial(value),
            "vars_files" => play.vars_files = list_of(value),
            "pre_tasks" => play.pre_tasks = self.items(value),
            "tasks" => play.tasks = self.items(value),
            "post_tasks" => play.post_tasks = self.items(value),
            "handlers" => play.handlers = self.items(value),
            "roles" => {
                play.roles = list_of(value)
                    .iter()
                    .filter_map(|entry| self.role_use(entry))
                    .collect();
            }
            _ => {
                self.shared(&mut play.keywords, name, value);
            }
        }
    }

    fn flag(&mut self, name: &str, value: &Node) -> Option<bool> {
        match bool::read(value) {
            Ok(flag) => Some(flag),
            Err(problem) => {
                self.report(problem.or_at(&value.place, format!("for `{name}`")));
                None
            }
        }
    }

    fn serial(&mut self, value: &Node) -> Option<Arc<Node>> {
        for item in list_of(value) {
            let fits = match &item.value {
                Value::Int(number) => *number > 0,
                Value::Str(text) => {
                    let number = text.trim().trim_end_matches('%');
                    has_template(&item) || number.parse::<f64>().is_ok_and(|number| number > 0.0)
                }
                _ => false,
            };
            if !fits {
                self.report(
                    Problem::error(
                        "playbook::serial",
                        "`serial` is a number, a percentage or a list of these",
                    )
                    .at(&item.place, "expected a number here")
                    .help("write `serial: 2`, `serial: \"30%\"` or `serial: [1, \"50%\"]`"),
                );
                return None;
            }
        }
        Some(Arc::new(value.clone()))
    }

    /// A notification that reaches nobody is found now, not after the notifying task has changed a host.
    fn check_handlers(&mut self, play: &Arc<Play>) {
        let program = Program::new(play);
        let handlers = program.handlers.iter().map(|handler| &handler.task);
        let templated = program
            .handlers
            .iter()
            .any(|h| h.task.card.name.as_deref().is_some_and(|n| n.contains("{{")));
        let known: Vec<&str> = program
            .handlers
            .iter()
            .flat_map(|h| {
                h.task
                    .card
                    .name
                    .iter()
                    .chain(&h.task.card.listen)
                    .map(|name| &**name)
            })
            .collect();
        for task in program.all_tasks().into_iter().chain(handlers) {
            for name in notified_names(&task.keywords) {
                let Some(text) = name.as_str() else { continue };
                if templated || has_template(&name) || !program.notified(text).is_empty() {
                    continue;
                }
                let problem = Problem::error("playbook::handler", format!("no handler is called `{text}`"))
                    .at(&name.place, "notified here");
                self.report(match nearest(text, known.iter().copied()) {
                    Some(best) => problem.help(format!("did you mean `{best}`?")),
                    None => problem.help("define it under `handlers:`"),
                });
            }
        }
    }
}

fn is_import(name: &str) -> bool {
    name.rsplit('.').next() == Some("import_playbook")
}
