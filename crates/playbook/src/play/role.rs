//! Roles in YAML.

use std::path::PathBuf;
use std::sync::Arc;

use super::Item;
use super::RoleUse;
use super::Vars;

/// A role: tasks, handlers and variables under a name, with its own templates and files.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// Its name.
    pub name: Arc<str>,
    /// Its folder; `templates/` and `files/` below it are searched first.
    pub folder: PathBuf,
    /// The files that were taken of it.
    pub from: From,
    /// `tasks/main.yml`, or the file that was taken.
    pub tasks: Vec<Item>,
    /// `handlers/main.yml`.
    pub handlers: Vec<Item>,
    /// `defaults/main.yml`.
    pub defaults: Arc<Vars>,
    /// `vars/main.yml`.
    pub vars: Arc<Vars>,
    /// The roles it depends on, which run before it.
    pub dependencies: Vec<Arc<RoleUse>>,
    /// `allow_duplicates` of `meta/main.yml`: uses with the same parameters run again.
    pub allow_duplicates: bool,
}

/// Which files of a role are taken instead of `main.yml`: `tasks_from` and its like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct From {
    /// Below `tasks/`.
    pub tasks: Option<Arc<str>>,
    /// Below `handlers/`.
    pub handlers: Option<Arc<str>>,
    /// Below `vars/`.
    pub vars: Option<Arc<str>>,
    /// Below `defaults/`.
    pub defaults: Option<Arc<str>>,
}
