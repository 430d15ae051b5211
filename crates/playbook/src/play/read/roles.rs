//! Finds and reads roles.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_tasks::Argument;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use super::Reading;
use super::keywords::is_identifier;
use super::names::nearest;
use crate::play::Keywords;
use crate::play::Role;
use crate::play::RoleUse;
use crate::play::Vars;

impl Reading<'_> {
    /// An entry of `roles:`: a name, or a mapping with keywords and parameters.
    pub(super) fn role_use(&mut self, entry: &Node) -> Option<RoleUse> {
        let mut keywords = Keywords::default();
        let mut parameters = Vars::new();
        let mut named = entry.as_str().map(|name| (name.to_owned(), entry));
        if let Some(map) = entry.as_map() {
            for (name, key, value) in map.iter() {
                if name == "role" || (name == "name" && map.get("role").is_none()) {
                    named = value.as_str().map(|name| (name.to_owned(), value));
                } else if self.check_keyword(key, name, |on| on.role, "a role") {
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
        let role = self.role(&name, at)?;
        Some(RoleUse {
            role,
            parameters: Arc::new(parameters),
            keywords,
            at: entry.place.clone(),
        })
    }

    fn role(&mut self, name: &str, at: &Node) -> Option<Arc<Role>> {
        if let Some(role) = self.roles.get(name) {
            return role.clone();
        }
        let role = match self.role_folder(name) {
            Ok(folder) => Some(Arc::new(self.role_in(name, folder))),
            Err(looked) => {
                let problem = Problem::error("playbook::role-missing", format!("there is no role `{name}`"))
                    .at(&at.place, "not found")
                    .help(format!("looked in {}", looked.join(", ")));
                let others = self.known_roles();
                self.report(match nearest(name, others.iter().map(String::as_str)) {
                    Some(best) => problem.help(format!("did you mean `{best}`?")),
                    None => problem,
                });
                None
            }
        };
        self.roles.insert(name.to_owned(), role.clone());
        role
    }

    fn role_places(&self) -> Vec<PathBuf> {
        let mut places = vec![self.folder.join("roles")];
        places.extend(self.project.role_paths.iter().cloned());
        places.push(self.folder.clone());
        places
    }

    fn role_folder(&self, name: &str) -> Result<PathBuf, Vec<String>> {
        let places = self.role_places();
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
            .take(places.len() - 1)
            .flat_map(|p| self.project.files.list(p).unwrap_or_default())
            .collect()
    }

    fn role_in(&mut self, name: &str, folder: PathBuf) -> Role {
        let allow_duplicates = self.meta(&folder);
        let short = folder
            .file_name()
            .map_or_else(|| name.to_owned(), |name| name.to_string_lossy().into_owned());
        let tasks = self.role_items(&folder.join("tasks"));
        let handlers = self.role_items(&folder.join("handlers"));
        let defaults = self.role_vars(&folder.join("defaults"));
        let vars = self.role_vars(&folder.join("vars"));
        Role {
            name: short.into(),
            folder,
            tasks,
            handlers,
            defaults,
            vars,
            allow_duplicates,
        }
    }

    fn role_items(&mut self, folder: &Path) -> Vec<crate::play::Item> {
        let Some(path) = self.main_files(folder).into_iter().next() else {
            return Vec::new();
        };
        self.document(&path)
            .map(|list| self.items(&list))
            .unwrap_or_default()
    }

    fn role_vars(&mut self, folder: &Path) -> Arc<Vars> {
        let mut all = Vars::new();
        for path in self.main_files(folder) {
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

    /// What `meta/main.yml` says: whether the role may run twice with the same parameters.
    fn meta(&mut self, folder: &Path) -> bool {
        let mut allow_duplicates = false;
        for path in self.main_files(&folder.join("meta")) {
            let Some(document) = self.document(&path) else {
                continue;
            };
            let Some(map) = document.as_map() else { continue };
            let allows = map.get("allow_duplicates").and_then(|node| bool::read(node).ok());
            allow_duplicates |= allows.unwrap_or(false);
            let Some((key, value)) = map.entry("dependencies") else {
                continue;
            };
            if value.as_seq().is_some_and(|items| !items.is_empty()) {
                self.report(
                    Problem::error(
                        "playbook::unsupported",
                        "dependencies of roles are not supported yet",
                    )
                    .at(&key.place, "these roles would not run, so the run is refused")
                    .help("list the roles in the play's `roles:` before this one"),
                );
            }
        }
        allow_duplicates
    }
}
