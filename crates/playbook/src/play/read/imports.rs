//! Imports, which are read with the playbook, and includes, whose names are looked at where they are no templates.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_tasks::Argument;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;
use evenkeel_yaml::Value;
use evenkeel_yaml::nearest;

use super::LATER;
use super::Reading;
use super::later;
use crate::play::Block;
use crate::play::Card;
use crate::play::From;
use crate::play::Item;
use crate::play::Keywords;
use crate::play::RoleUse;
use crate::play::Vars;
use crate::play::body::has_template;

/// Which import a key of a task names.
pub(super) fn import_named(name: &str) -> Option<&'static str> {
    let plain = name
        .strip_prefix("ansible.builtin.")
        .or_else(|| name.strip_prefix("ansible.legacy."))
        .unwrap_or(name);
    ["import_tasks", "import_role"]
        .into_iter()
        .find(|known| *known == plain)
}

/// The options of an import: name to value.
type Options = Vec<(String, Node)>;

impl Reading<'_> {
    /// `import_tasks` and `import_role`.
    pub(super) fn import(
        &mut self,
        entry: &Node,
        map: &Map,
        import: &'static str,
        value: &Node,
    ) -> Option<Item> {
        if import == "import_role" && self.handlers {
            let problem = Problem::error("playbook::place", "`import_role` cannot be a handler");
            let problem = problem.at(&entry.place, "cannot stand here");
            self.report(problem.help("use `import_tasks` with a file of handlers"));
        }
        let mut keywords = Keywords::default();
        let mut name = None;
        for (word, key, value) in map.iter() {
            if import_named(word).is_some() || word == "args" {
                continue;
            }
            if matches!(
                word,
                "loop" | "loop_control" | "until" | "register" | "async" | "poll" | "retries" | "delay"
            ) || word.starts_with("with_")
            {
                let dynamic = import.replace("import", "include");
                let problem =
                    Problem::error("playbook::import", format!("`{word}` cannot stand on `{import}`"))
                        .at(&key.place, "an import is read before the run")
                        .help(format!("use `{dynamic}`"));
                self.report(problem);
            } else if self.check_keyword(key, word, |on| on.task, "a task") {
                if word == "name" {
                    name = self.plain(word, value);
                } else {
                    self.shared(&mut keywords, word, value);
                }
            } else {
                self.unknown_key(key, word, ["name", "vars", "when", "tags", "become"]);
            }
        }
        let options = self.import_options(import, value, map.get("args"))?;
        let vars: Vec<Arc<Vars>> = keywords.vars.clone();
        let depth = self.around.len();
        self.around.extend(vars);
        let item = match import {
            "import_role" => self.import_role(entry, &options, keywords),
            _ => self.import_tasks(entry, &options, name, keywords),
        };
        self.around.truncate(depth);
        item
    }

    fn import_options(&mut self, import: &str, value: &Node, args: Option<&Node>) -> Option<Options> {
        let known: &[&str] = match import {
            "import_role" => &[
                "name",
                "role",
                "tasks_from",
                "vars_from",
                "defaults_from",
                "handlers_from",
                "allow_duplicates",
                "public",
                "rolespec_validate",
            ],
            _ => &["file"],
        };
        let mut options = Options::new();
        match &value.value {
            Value::Str(text) if import == "import_role" => {
                for word in text.split_whitespace() {
                    if let Some((name, value_text)) = word.split_once('=') {
                        options.push((
                            name.to_owned(),
                            Node::new(Value::Str(value_text.to_owned()), value.place.clone()),
                        ));
                    }
                }
            }
            Value::Str(_) => options.push(("file".to_owned(), value.clone())),
            _ => {}
        }
        for map in [value.as_map(), args.and_then(Node::as_map)]
            .into_iter()
            .flatten()
        {
            for (name, key, value) in map.iter() {
                if known.contains(&name) {
                    options.push((name.to_owned(), value.clone()));
                } else {
                    self.unknown_key(key, name, known.iter().copied());
                }
            }
        }
        let needed = if import == "import_role" { "name" } else { "file" };
        if options
            .iter()
            .any(|(name, _)| name == needed || (needed == "name" && name == "role"))
        {
            return Some(options);
        }
        let problem = Problem::error("playbook::import", format!("`{import}` names nothing"));
        self.report(problem.at(&value.place, format!("expected `{needed}:` here")));
        None
    }

    fn import_tasks(
        &mut self,
        entry: &Node,
        options: &Options,
        name: Option<Arc<str>>,
        keywords: Keywords,
    ) -> Option<Item> {
        let (_, file) = options.first()?;
        let text = self.static_text(file)?;
        let path = self.tasks_file(&text, &file.place)?;
        let block = self.tasks_in(&path, &file.place)?;
        Some(Item::Block(Arc::new(Block {
            name,
            about: None,
            block,
            rescue: Vec::new(),
            always: Vec::new(),
            keywords,
            at: entry.place.clone(),
        })))
    }

    fn import_role(&mut self, entry: &Node, options: &Options, keywords: Keywords) -> Option<Item> {
        let option = |name: &str| {
            options
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value)
        };
        let named = option("name").or_else(|| option("role"))?.clone();
        let name = self.static_text(&named)?;
        let mut text = |name: &str| -> Option<Arc<str>> {
            let node = option(name)?.clone();
            self.static_text(&node).map(Arc::from)
        };
        let from = From {
            tasks: text("tasks_from"),
            handlers: text("handlers_from"),
            vars: text("vars_from"),
            defaults: text("defaults_from"),
        };
        let checked = option("rolespec_validate").is_none_or(|node| bool::read(node).unwrap_or(true));
        let role = self.role(&name, &from, checked, &named.place)?;
        Some(Item::Role(Arc::new(RoleUse {
            role,
            again: option("allow_duplicates").is_none_or(|node| bool::read(node).unwrap_or(true)),
            parameters: Arc::default(),
            keywords,
            at: entry.place.clone(),
        })))
    }

    /// Where the file of an import or include lies.
    pub(super) fn tasks_file(&mut self, name: &str, at: &Place) -> Option<PathBuf> {
        let places = self.tasks_places(name, at);
        let found = places
            .iter()
            .find(|path| self.project.files.is_folder(path) == Some(false));
        if let Some(path) = found {
            return Some(path.clone());
        }
        if let Some(why) = self.project.files.awaited() {
            self.report(later(why));
            return None;
        }
        let looked: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
        let problem = Problem::error("playbook::file-missing", format!("there is no file `{name}`"))
            .at(at, "not found")
            .help(format!("looked for {}", looked.join(", ")));
        let siblings: Vec<String> = places
            .iter()
            .filter_map(|path| self.project.files.list(path.parent()?).ok())
            .flatten()
            .filter(|file| file.ends_with(".yml") || file.ends_with(".yaml"))
            .filter(|file| !self.open.iter().any(|open| open.ends_with(file)))
            .collect();
        self.report(match nearest(name, siblings.iter().map(String::as_str)) {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem,
        });
        None
    }

    fn tasks_places(&self, name: &str, at: &Place) -> Vec<PathBuf> {
        let path = Path::new(name);
        if path.is_absolute() {
            return vec![path.to_path_buf()];
        }
        let beside = Path::new(&at.source.name)
            .parent()
            .map(|folder| folder.join(path));
        let mut places = Vec::new();
        if let Some((_, folder, _)) = self.within.last() {
            let own = folder.join("handlers");
            let kind = if Path::new(&at.source.name).starts_with(&own) {
                own
            } else {
                folder.join("tasks")
            };
            places.push(kind.join(path));
            places.extend(beside);
            places.push(folder.join("tasks").join(path));
            places.push(folder.join(path));
        } else {
            places.extend(beside);
        }
        places.push(self.folder.join(path));
        places.push(self.folder.join("tasks").join(path));
        let mut unique = Vec::new();
        for place in places {
            if !unique.contains(&place) {
                unique.push(place);
            }
        }
        unique
    }

    /// The tasks of a file that is imported; a file that imports itself is an error.
    pub(super) fn tasks_in(&mut self, path: &Path, at: &Place) -> Option<Vec<Item>> {
        if self.open.iter().any(|open| open == path) {
            let chain: Vec<String> = self.open.iter().map(|path| path.display().to_string()).collect();
            let problem = Problem::error("playbook::circular", format!("{} imports itself", path.display()))
                .at(at, "imported here again")
                .help(format!(
                    "it is reached through {}; `include_tasks` with a condition can end",
                    chain.join(" -> ")
                ));
            self.report(problem);
            return None;
        }
        self.open.push(path.to_path_buf());
        let document = self.document(path);
        let items = document.map(|list| self.items(&list));
        self.open.pop();
        items
    }

    /// What was found since then to be missing in what is included: only the run knows whether it is missed. Task types that
    /// are not known may be those of another system.
    pub(super) fn depend(&mut self, known: usize, on: &str) {
        for problem in self.problems.iter_mut().skip(known) {
            let missing = [
                LATER,
                "playbook::action",
                "playbook::file-missing",
                "playbook::role-missing",
            ];
            if problem.is_error() && missing.contains(&problem.code.as_str()) {
                problem.severity = Severity::Warning;
                problem.help.push(on.to_owned());
            }
        }
    }

    /// Whether a task may write files on the controller; `local` says whether it is written as one of there.
    pub(super) fn writes_here(&self, card: &Card, local: bool) -> bool {
        let (module, keywords) = (card.body.module, &card.keywords);
        let elsewhere = keywords.delegate_to.is_some() || keywords.connection.is_some();
        let includes = module.name.starts_with("include_");
        let here = local || elsewhere || self.is_here;
        module.name == "fetch" || (module.changes && !includes && here)
    }

    /// Looks at what an include names, as far as that is no template, so that what is wrong there is found now.
    pub(super) fn look_ahead(&mut self, card: &Card) {
        let raw = &card.body.raw;
        let of = |name: &str| raw.get(name).filter(|node| !has_template(node));
        match card.body.module.name {
            "include_tasks" => {
                let Some(file) = of("free_form").or_else(|| of("file")) else {
                    self.ahead.open = true;
                    return;
                };
                let Some(name) = file.as_str() else { return };
                let Some(path) = self.tasks_file(name, &file.place) else {
                    return;
                };
                if self.open.contains(&path) || !self.seen_ahead.insert((path.clone(), self.within.len())) {
                    return;
                }
                if let Some(items) = self.tasks_in(&path, &file.place) {
                    self.ahead.items.push(Arc::new(items));
                }
            }
            "include_role" => {
                let Some((name, node)) = of("name")
                    .or_else(|| of("role"))
                    .and_then(|node| Some((node.as_str()?, node)))
                else {
                    self.ahead.open = true;
                    return;
                };
                let word = |key: &str| match raw.get(key) {
                    Some(node) if has_template(node) => Err(()),
                    node => Ok(node.and_then(Node::as_str).map(Arc::from)),
                };
                let (Ok(tasks), Ok(handlers), Ok(vars), Ok(defaults)) = (
                    word("tasks_from"),
                    word("handlers_from"),
                    word("vars_from"),
                    word("defaults_from"),
                ) else {
                    self.ahead.open = true;
                    return;
                };
                let from = From {
                    tasks,
                    handlers,
                    vars,
                    defaults,
                };
                let (name, place) = (name.to_owned(), node.place.clone());
                if self.reading_roles.contains(&name) {
                    return;
                }
                if let Some(role) = self.role(&name, &from, true, &place) {
                    self.ahead.roles.push(role);
                }
            }
            _ => {}
        }
    }
}
