//! Roles in YAML.

use std::path::PathBuf;
use std::sync::Arc;

use super::Item;
use super::Vars;

/// A role: tasks, handlers and variables under a name, with its own templates and files.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// Its name.
    pub name: Arc<str>,
    /// Its folder; `templates/` and `files/` below it are searched first.
    pub folder: PathBuf,
    /// `tasks/main.yml`.
    pub tasks: Vec<Item>,
    /// `handlers/main.yml`.
    pub handlers: Vec<Item>,
    /// `defaults/main.yml`.
    pub defaults: Arc<Vars>,
    /// `vars/main.yml`.
    pub vars: Arc<Vars>,
    /// `allow_duplicates` of `meta/main.yml`: uses with the same parameters run again.
    pub allow_duplicates: bool,
}
