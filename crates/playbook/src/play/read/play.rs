//! Reads plays.

use std::path::Path;
use std::sync::Arc;

use evenkeel_tasks::Argument;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;
use evenkeel_yaml::nearest;

use super::Reading;
use super::keywords::list_of;
use super::tasks::notified_names;
use crate::play::KEYWORDS;
use crate::play::Keywords;
use crate::play::Play;
use crate::play::Program;
use crate::play::body::has_template;
use crate::play::documented;
use crate::play::wrong;

impl Reading<'_> {
    /// The plays of a playbook.
    pub(super) fn playbook(&mut self, path: &Path) -> Vec<Arc<Play>> {
        let Some(source) = self.source(path) else {
            return Vec::new();
        };
        let Some(document) = self.document_of(&source) else {
            return Vec::new();
        };
        let is_empty = |node: &Node| node.is_null() || node.as_seq().is_some_and(<[Node]>::is_empty);
        let Some(document) = document.filter(|node| !is_empty(node)) else {
            self.report(Problem::error("playbook::plays", "the playbook is empty").at(
                &Place::new(&source, 0, 0),
                "expected a line that begins with `- hosts:`",
            ));
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
        self.open.push(path.to_path_buf());
        let plays = entries.iter().flat_map(|entry| self.entry(entry)).collect();
        self.open.pop();
        plays
    }

    /// A play, or the plays of a playbook that is imported.
    fn entry(&mut self, entry: &Node) -> Vec<Arc<Play>> {
        let import = entry
            .as_map()
            .and_then(|map| map.iter().find(|(name, _, _)| is_import(name)));
        match (import, entry.as_map()) {
            (Some((_, _, value)), Some(map)) => self.import_playbook(map, value),
            _ => self.play(entry).map(Arc::new).into_iter().collect(),
        }
    }

    fn import_playbook(&mut self, map: &Map, value: &Node) -> Vec<Arc<Play>> {
        let mut keywords = Keywords::default();
        for (name, key, value) in map.iter() {
            match name {
                "name" => drop(self.plain(name, value)),
                "vars" | "when" | "tags" => drop(self.shared(&mut keywords, name, value)),
                _ if is_import(name) => {}
                _ => self.unknown_key(key, name, ["name", "vars", "when", "tags"]),
            }
        }
        let file = value.as_map().and_then(|map| map.get("file")).unwrap_or(value);
        let depth = self.play_vars.len();
        self.play_vars.extend(keywords.vars.iter().cloned());
        let plays = self.static_text(file).map(|name| self.plays_of(&name, file));
        self.play_vars.truncate(depth);
        let inside = |play: Arc<Play>| {
            let mut play = Arc::unwrap_or_clone(play);
            let own = play.keywords.vars.clone();
            play.keywords = play.keywords.inside(&Keywords {
                vars: Vec::new(),
                ..keywords.clone()
            });
            // Those of the import are stronger than the play's own.
            play.keywords.vars = own.into_iter().chain(keywords.vars.iter().cloned()).collect();
            Arc::new(play)
        };
        plays.unwrap_or_default().into_iter().map(inside).collect()
    }

    fn plays_of(&mut self, name: &str, at: &Node) -> Vec<Arc<Play>> {
        let path = self.folder.join(name);
        if self.open.contains(&path) {
            let chain: Vec<String> = self.open.iter().map(|path| path.display().to_string()).collect();
            let problem = Problem::error("playbook::circular", format!("{} imports itself", path.display()))
                .at(&at.place, "imported here again")
                .help(format!("it is reached through {}", chain.join(" -> ")));
            self.report(problem);
            return Vec::new();
        }
        if self.project.files.is_folder(&path) != Some(false) {
            let problem = Problem::error("playbook::file-missing", format!("there is no playbook `{name}`"))
                .at(&at.place, "not found")
                .help(format!("looked for {}", path.display()));
            let names = self
                .project
                .files
                .list(path.parent().unwrap_or(&path))
                .unwrap_or_default();
            self.report(match nearest(name, names.iter().map(String::as_str)) {
                Some(best) => problem.help(format!("did you mean `{best}`?")),
                None => problem,
            });
            return Vec::new();
        }
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let outer = std::mem::replace(&mut self.folder, folder);
        let plays = self.playbook(&path);
        self.folder = outer;
        plays
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
        play.folder.clone_from(&self.folder);
        if map.get("hosts").is_none() {
            self.no_hosts(entry);
        }
        let hosts = map.get("hosts").map_or("", |hosts| hosts.place.text());
        let is_here = ["localhost", "127.0.0.1"].iter().any(|name| hosts.contains(name));
        self.is_here = is_here || map.get("connection").is_some();
        // Roles that were read with other variables may have imported something else.
        self.roles.clear();
        let depth = self.play_vars.len();
        let vars = map.get("vars").and_then(|value| self.vars(value));
        let outer = std::mem::take(&mut self.play_vars);
        self.play_vars = vars.into_iter().chain(outer.iter().cloned()).collect();
        self.play_files(map);
        for (name, key, value) in map.iter() {
            if self.check_keyword(key, name, |on| on.play, "a play") {
                self.play_keyword(&mut play, name, value);
            } else {
                self.unknown_key(key, name, KEYWORDS.iter().filter(|k| k.on.play).map(|k| k.name));
            }
        }
        self.play_vars = outer;
        debug_assert_eq!(
            self.play_vars.len(),
            depth,
            "a play leaves the variables as they were"
        );
        let play = Arc::new(play);
        self.check_handlers(&play);
        Arc::try_unwrap(play).ok()
    }

    fn no_hosts(&mut self, entry: &Node) {
        self.report(
            Problem::error("playbook::hosts", "this play names no hosts")
                .at(&entry.place, "expected `hosts:` in this play"),
        );
    }

    /// The variables of `vars_files` that have plain names, for the names of what is imported.
    fn play_files(&mut self, map: &Map) {
        for file in map.get("vars_files").map(list_of).unwrap_or_default() {
            let path = file
                .as_str()
                .filter(|_| !has_template(&file))
                .map(|name| self.folder.join(name));
            let Some(path) = path.filter(|path| self.project.files.is_folder(path) == Some(false)) else {
                continue;
            };
            let Ok(contents) = self.project.files.open(&path) else {
                continue;
            };
            let text = String::from_utf8_lossy(&contents.bytes);
            let source = Source::marked(path.display().to_string(), text, contents.secret);
            let document = evenkeel_yaml::load(&source)
                .ok()
                .and_then(|loaded| loaded.documents.into_iter().next());
            let vars = document.as_ref().and_then(Node::as_map).map(|map| {
                let named = |(name, _, value): (&str, &Node, &Node)| (name.into(), Arc::new(value.clone()));
                Arc::new(map.iter().map(named).collect())
            });
            self.play_vars.extend(vars);
        }
    }

    fn play_keyword(&mut self, play: &mut Play, name: &str, value: &Node) {
        match name {
            "name" => play.name = self.plain(name, value),
            "hosts" => play.hosts = Arc::new(value.clone()),
            "gather_facts" => play.gather_facts = self.flag(name, value),
            "gather_subset" => play.gathering.subset = Some(Arc::new(value.clone())),
            "gather_timeout" => play.gathering.timeout = self.literal::<i64>(name, value),
            "fact_path" => play.gathering.path = self.literal::<String>(name, value),
            "force_handlers" => play.force_handlers = self.flag(name, value).unwrap_or(false),
            "serial" => play.serial = self.serial(value),
            "order" => play.order = self.order(value),
            "max_fail_percentage" => play.max_fail_percentage = self.percentage(value),
            "strategy" => play.strategy = self.strategy(value),
            "user" => play.keywords.remote_user = Some(Arc::new(value.clone())),
            "vars_prompt" => play.prompts = self.prompts(value),
            "vars_files" => play.vars_files = list_of(value),
            "pre_tasks" => play.pre_tasks = self.items(value),
            "tasks" => play.tasks = self.items(value),
            "post_tasks" => play.post_tasks = self.items(value),
            "handlers" => play.handlers = self.handlers(value),
            "roles" => {
                play.roles = list_of(value)
                    .iter()
                    .filter_map(|entry| self.role_use(entry))
                    .map(Arc::new)
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
                Value::Int(_) => true,
                Value::Str(text) => {
                    let number = text.trim().trim_end_matches('%');
                    has_template(&item) || number.parse::<f64>().is_ok()
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

    /// A notification that reaches nobody is found now, not after the notifying task has changed a host. What is
    /// included during the run may bring handlers that cannot be known now.
    fn check_handlers(&mut self, play: &Arc<Play>) {
        let mut program = Program::new(play);
        program.look_ahead(&self.ahead);
        let templar = self.project.names.as_ref().map(|names| &names.templar);
        for problem in wrong::tasks(&program, templar)
            .into_iter()
            .chain(documented::otherwise(&program))
        {
            let known = |other: &Problem| other.message == problem.message && same_place(other, &problem);
            if !self.problems.iter().any(known) {
                self.report(problem);
            }
        }
        let templated = self.ahead.open
            || program
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
        for task in program.tasks_and_handlers() {
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

/// Whether two findings stand at the same place: a role that is used twice has each only once.
fn same_place(one: &Problem, other: &Problem) -> bool {
    let place = |problem: &Problem| problem.at.as_ref().map(|(place, _)| place.to_string());
    place(one) == place(other)
}

fn is_import(name: &str) -> bool {
    name.rsplit('.').next() == Some("import_playbook")
}
