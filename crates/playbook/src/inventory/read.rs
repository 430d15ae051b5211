//! From the arguments of `-i` to an inventory.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_host::Transport;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Problems;
use evenkeel_yaml::Source;
use evenkeel_yaml::Style;
use evenkeel_yaml::Value;

use super::Inventory;
use super::build::Builder;
use super::folder;
use super::vars_files::VarsFiles;
use crate::Files;

/// How an inventory is read.
///
/// ```
/// use evenkeel_playbook::Memory;
/// use evenkeel_playbook::inventory::Reading;
///
/// let files = Memory::default().with("hosts.ini", "[web]\nweb[1:3] port=80\n");
/// let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
/// assert_eq!(inventory.members("web").unwrap().len(), 3);
/// ```
pub struct Reading<'a> {
    pub(super) files: &'a dyn Files,
    pub(super) working_folder: PathBuf,
    playbook: Option<PathBuf>,
    others: Vec<PathBuf>,
    pub(super) programs: Option<Arc<dyn Transport>>,
    allow_empty: bool,
}

impl<'a> Reading<'a> {
    /// Reads through these files; relative paths are theirs.
    pub fn new(files: &'a dyn Files) -> Reading<'a> {
        Reading {
            files,
            working_folder: PathBuf::new(),
            playbook: None,
            others: Vec::new(),
            programs: None,
            allow_empty: false,
        }
    }

    /// The folder that relative sources begin at: `inventory_dir` and `playbook_dir` become absolute.
    #[must_use]
    pub fn working_folder(mut self, folder: impl Into<PathBuf>) -> Reading<'a> {
        self.working_folder = folder.into();
        self
    }

    /// The folder of the playbook: the `group_vars` and `host_vars` in it are read too.
    #[must_use]
    pub fn beside_playbook(mut self, folder: impl Into<PathBuf>) -> Reading<'a> {
        self.playbook = Some(folder.into());
        self
    }

    /// Folders of other playbooks, whose `group_vars` and `host_vars` are read too; those of the playbook itself win.
    #[must_use]
    pub fn beside_others(mut self, folders: &[PathBuf]) -> Reading<'a> {
        self.others = folders.to_vec();
        self
    }

    /// Runs files that are programs, through this: what they print is the inventory. Without it they are refused.
    #[must_use]
    pub fn programs(mut self, programs: Arc<dyn Transport>) -> Reading<'a> {
        self.programs = Some(programs);
        self
    }

    /// Allows an inventory without hosts, and patterns that name nothing.
    #[must_use]
    pub fn allow_empty(mut self, allow: bool) -> Reading<'a> {
        self.allow_empty = allow;
        self
    }

    /// Reads all sources: files, folders and host lists such as `a,b,`; later ones add to earlier ones.
    ///
    /// # Errors
    /// Everything that was found, when one of it is an error.
    pub fn sources<S: AsRef<str>>(&self, sources: &[S]) -> Result<Inventory, Problems> {
        let mut builder = Builder::new();
        let mut folders = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            builder.source = number as u32;
            folders.extend(folder::source(self, source.as_ref(), &mut builder));
        }
        let mut vars = VarsFiles::new(self.files);
        builder.inventory.beside = folders
            .iter()
            .chain(&self.others)
            .map(|folder| vars.beside(folder, &mut builder))
            .collect();
        builder.inventory.playbook = self
            .playbook
            .as_ref()
            .map(|folder| vars.beside(folder, &mut builder));
        builder.inventory.playbook_dir = self.playbook.as_ref().map(|folder| self.absolute(folder));
        builder.inventory.allow_empty = self.allow_empty;
        let nothing_wrong = !builder.inventory.problems.iter().any(Problem::is_error);
        if builder.inventory.hosts.is_empty() && !self.allow_empty && nothing_wrong {
            builder.report(empty(sources));
        }
        let mut inventory = builder.finish();
        if inventory.problems.iter().any(Problem::is_error) {
            Err(std::mem::take(&mut inventory.problems))
        } else {
            Ok(inventory)
        }
    }

    /// A path from the root, without `.` and `..`.
    pub(super) fn absolute(&self, path: &Path) -> PathBuf {
        let mut clean = PathBuf::new();
        for part in self.working_folder.join(path).components() {
            match part {
                std::path::Component::CurDir => {}
                std::path::Component::ParentDir if clean.file_name().is_some() => {
                    clean.pop();
                }
                part => clean.push(part),
            }
        }
        clean
    }
}

fn empty<S: AsRef<str>>(sources: &[S]) -> Problem {
    let names: Vec<&str> = sources.iter().map(AsRef::as_ref).collect();
    let message = match names.as_slice() {
        [] => "there is no inventory".to_owned(),
        [one] => format!("the inventory {one} has no hosts"),
        many => format!("the inventories {} have no hosts", many.join(", ")),
    };
    Problem::error("inventory::empty", message)
        .help(if names.is_empty() {
            "name one with -i FILE, or hosts with -i 'a,b,'"
        } else {
            "write one host per line, or below `hosts:` in YAML"
        })
        .help("--allow-empty goes on without hosts")
}

/// JSON's numbers in a text that is JSON: `1e3` is a number there, and a string in YAML 1.1.
pub(super) fn json_numbers(document: Node, source: &Arc<Source>) -> Node {
    let begins = source.text.trim_start().starts_with(['{', '[']);
    let is_json = || serde_json::from_str::<serde::de::IgnoredAny>(&source.text).is_ok();
    if begins && is_json() {
        retyped(document)
    } else {
        document
    }
}

fn retyped(mut node: Node) -> Node {
    node.value = match node.value {
        Value::Str(text) if node.style == Style::Plain => {
            text.parse().map_or_else(|_| Value::Str(text), Value::Float)
        }
        Value::Seq(items) => Value::Seq(items.into_iter().map(retyped).collect()),
        Value::Map(mut map) => {
            map.entries = map
                .entries
                .into_iter()
                .map(|(key, value)| (key, retyped(value)))
                .collect();
            Value::Map(map)
        }
        other => other,
    };
    node
}
