//! Finds and reads roles.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_tasks::Argument;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use super::Reading;
use super::keywords::is_identifier;
use super::keywords::list_of;
use super::later;
use super::scope::within;
use crate::play::From;
use crate::play::Keywords;
use crate::play::Role;
use crate::play::RoleUse;
use crate::play::Vars;
use crate::play::body::has_template;
use crate::play::keyword::keyword_named;

impl Reading<'_> {
    /// An entry of `roles:` or of a role's dependencies: a name, or a mapping with keywords and parameters.
    pub(super) fn role_use(&mut self, entry: &Node) -> Option<RoleUse> {
        let mut keywords = Keywords::default();
        let mut parameters = Vars::new();
        let mut named = entry.as_str().map(|name| (name.to_owned(), entry));
        if let Some(map) = entry.as_map() {
            for (name, key, value) in map.iter() {
                if name == "role" || (name == "name" && map.get("role").is_none()) {
                    named = value.as_str().map(|name| (name.to_owned(), value));
                } else if keyword_named(name).is_some_and(|keyword| keyword.on.role) {
                    // Keywords of other places are names of parameters here, e.g. `user`.
                    self.check_keyword(key, name, |on| on.role, "a role");
                    self.shared(&mut keywords, name, value);
                } else if is_identifier(name) {
                    parameters.insert(name.into(), Arc::new(value.clone()));
                } else {
                    self.unknown_key(key, name, ["role", "vars", "tags", "when", "become"]);
                }
            }
        }
        let Some((name, at)) = named else {
            self.report(
                Problem::error("playbook::role", "this entry names no role")
                    .at(&entry.place, "expected a name, or `role:` with a name"),
            );
            return None;
        };
        let at = at.clone();
        let name = if has_template(&at) {
            self.static_text(&at)?
        } else {
            name
        };
        let role = self.role(&name, &From::default(), true, &at.place)?;
        Some(RoleUse {
            again: role.allow_duplicates,
            role,
            parameters: Arc::new(parameters),
            keywords,
            at: entry.place.clone(),
        })
    }

    /// A role with the files that are taken of it; `checked` says whether its arguments are.
    pub(super) fn role(&mut self, name: &str, from: &From, checked: bool, at: &Place) -> Option<Arc<Role>> {
        let key = (name.to_owned(), from.clone(), checked);
        if let Some(role) = self.roles.get(&key) {
            return role.clone();
        }
        if self.reading_roles.iter().any(|reading| reading == name) && *from == From::default() {
            self.circular_role(name, at);
            return None;
        }
        let role = match self.role_folder(name) {
            Ok(folder) => {
                self.reading_roles.push(name.to_owned());
                let role = self.role_in(name, folder, from, checked, at);
                self.reading_roles.pop();
                Some(Arc::new(role))
            }
            Err(looked) => {
                self.no_role(name, &looked, at);
                None
            }
        };
        self.roles.insert(key, role.clone());
        role
    }

    fn circular_role(&mut self, name: &str, at: &Place) {
        let chain = [&self.reading_roles[..], &[name.to_owned()]]
            .concat()
            .join(" -> ");
        let problem = Problem::error("playbook::circular", format!("the role `{name}` needs itself"))
            .at(at, "needed here again")
            .help(format!("it is reached through {chain}"));
        self.report(problem);
    }

    fn no_role(&mut self, name: &str, looked: &[String], at: &Place) {
        if let Some(why) = self.project.files.awaited() {
            self.report(later(why));
            return;
        }
        let problem = Problem::error("playbook::role-missing", format!("there is no role `{name}`"))
            .at(at, "not found")
            .help(format!("looked in {}", looked.join(", ")));
        let others = self.known_roles();
        self.report(match nearest(name, others.iter().map(String::as_str)) {
            Some(best) => problem.help(format!("did you mean `{best}`?")),
            None => problem,
        });
    }

    fn role_places(&self) -> Vec<PathBuf> {
        let mut places = vec![self.folder.join("roles")];
        places.extend(self.project.role_paths.iter().cloned());
        places.push(self.folder.clone());
        // Roles beside the one that is being read are found too.
        if let Some((_, folder, _)) = self.within.last() {
            places.extend(folder.parent().map(Path::to_path_buf));
        }
        places
    }

    fn role_folder(&self, name: &str) -> Result<PathBuf, Vec<String>> {
        let places = self.role_places();
        let short = ["ansible.builtin.", "ansible.legacy."];
        let name = short
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name);
        let found = places
            .iter()
            .map(|place| place.join(name))
            .find(|path| self.project.files.is_folder(path) == Some(true));
        found.ok_or_else(|| {
            places
                .iter()
                .map(|place| place.join(name).display().to_string())
                .collect()
        })
    }

    fn known_roles(&self) -> Vec<String> {
        let places = self.role_places();
        places
            .iter()
            .filter(|place| **place != self.folder)
            .flat_map(|p| self.project.files.list(p).unwrap_or_default())
            .collect()
    }

    fn role_in(&mut self, name: &str, folder: PathBuf, from: &From, checked: bool, at: &Place) -> Role {
        let short = folder
            .file_name()
            .map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned());
        let mut role = Role {
            name: short.into(),
            from: from.clone(),
            defaults: self.role_vars(&folder.join("defaults"), from.defaults.as_deref(), at),
            vars: self.role_vars(&folder.join("vars"), from.vars.as_deref(), at),
            folder,
            ..Role::default()
        };
        self.within.push(within(&role));
        let around = std::mem::take(&mut self.around);
        let meta = self.meta(&role.folder.clone());
        (role.dependencies, role.allow_duplicates) = (meta.dependencies, meta.allow_duplicates);
        let outer = std::mem::replace(&mut self.handlers, false);
        role.tasks = self.role_items(&role.folder.join("tasks"), from.tasks.as_deref(), at);
        self.handlers = true;
        role.handlers = self.role_items(&role.folder.join("handlers"), from.handlers.as_deref(), at);
        self.handlers = outer;
        if checked {
            let entry = from.tasks.as_deref().unwrap_or("main");
            let checks = self.argument_check(&role, meta.specs, entry);
            role.tasks.splice(0..0, checks);
        }
        self.around = around;
        self.within.pop();
        role
    }

    fn role_items(&mut self, folder: &Path, from: Option<&str>, at: &Place) -> Vec<crate::play::Item> {
        let path = match from {
            None => self.main_files(folder).into_iter().next(),
            Some(name) => self.file_of_role(folder, name, at),
        };
        let Some(path) = path else { return Vec::new() };
        self.open.push(path.clone());
        let document = self.document(&path);
        let items = document.map(|list| self.items(&list)).unwrap_or_default();
        self.open.pop();
        items
    }

    /// The file of a role that `tasks_from` and its like name, with or without its extension.
    fn file_of_role(&mut self, folder: &Path, name: &str, at: &Place) -> Option<PathBuf> {
        let choices =
            ["", ".yml", ".yaml", ".json"].map(|extension| folder.join(format!("{name}{extension}")));
        let found = choices
            .iter()
            .find(|path| self.project.files.is_folder(path) == Some(false));
        if found.is_none() {
            let text = format!("the role has no file {}", folder.join(name).display());
            let names = self.project.files.list(folder).unwrap_or_default();
            let stems: Vec<&str> = names
                .iter()
                .map(|name| name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem))
                .collect();
            let problem = Problem::error("playbook::file-missing", text).at(at, "of this role");
            self.report(match nearest(name, stems.iter().copied()) {
                Some(best) => problem.help(format!("did you mean `{best}`?")),
                None if stems.is_empty() => problem,
                None => problem.help(format!("there are {}", stems.join(", "))),
            });
        }
        found.cloned()
    }

    fn role_vars(&mut self, folder: &Path, from: Option<&str>, at: &Place) -> Arc<Vars> {
        let mut all = Vars::new();
        let paths = match from {
            None => self.main_files(folder),
            Some(name) => self.file_of_role(folder, name, at).into_iter().collect(),
        };
        for path in paths {
            let Some(document) = self.document(&path) else {
                continue;
            };
            if let Some(vars) = self.vars(&document) {
                all.extend(
                    vars.iter()
                        .map(|(name, value)| (Arc::clone(name), Arc::clone(value))),
                );
            }
        }
        Arc::new(all)
    }

    /// What `meta/main.yml` and `meta/argument_specs.yml` say.
    fn meta(&mut self, folder: &Path) -> Meta {
        let mut meta = Meta::default();
        for path in self.main_files(&folder.join("meta")) {
            let Some(document) = self.document(&path) else {
                continue;
            };
            let Some(map) = document.as_map() else { continue };
            self.meta_keys(map);
            let allows = map.get("allow_duplicates").and_then(|node| bool::read(node).ok());
            meta.allow_duplicates |= allows.unwrap_or(false);
            meta.specs = map.get("argument_specs").cloned();
            for entry in map.get("dependencies").map(list_of).unwrap_or_default() {
                meta.dependencies.extend(self.role_use(&entry).map(Arc::new));
            }
        }
        for name in ["argument_specs.yml", "argument_specs.yaml", "argument_specs.json"] {
            let path = folder.join("meta").join(name);
            if self.project.files.is_folder(&path) == Some(false) {
                let document = self.document(&path);
                let specs = document
                    .as_ref()
                    .and_then(Node::as_map)
                    .and_then(|map| map.get("argument_specs").cloned());
                meta.specs = specs.or(meta.specs);
            }
        }
        meta
    }
}

/// What `meta/main.yml` knows; `galaxy_info` is for Galaxy alone, and `collections` change nothing here.
const META: [&str; 5] = [
    "allow_duplicates",
    "argument_specs",
    "collections",
    "dependencies",
    "galaxy_info",
];

impl Reading<'_> {
    /// Reports what `meta/main.yml` does not know; Ansible takes keywords there, and does nothing with them.
    fn meta_keys(&mut self, map: &Map) {
        for (name, key, _) in map.iter().filter(|(name, ..)| !META.contains(name)) {
            if keyword_named(name).is_some_and(|keyword| keyword.on.play && keyword.on.task) {
                let message = format!("`{name}` has no effect in a role's `meta/main.yml`, as with Ansible");
                let problem = Problem::warning("playbook::meta", message).at(&key.place, "is not looked at");
                self.report(problem.help("write it where the role is used"));
            } else {
                self.unknown_key(key, name, META);
            }
        }
    }
}

/// What a role says of itself.
#[derive(Default)]
struct Meta {
    dependencies: Vec<Arc<RoleUse>>,
    allow_duplicates: bool,
    specs: Option<Node>,
}
