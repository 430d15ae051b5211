//! How a run is done.

use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_host::AbsPath;
use serde::Serialize;

use crate::pending;

/// Forecast or real run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Looks, and shows what would happen.
    #[default]
    Plan,
    /// Makes it so.
    Apply,
}

/// How a run is done. Nothing here is read from the environment.
#[derive(Clone, Debug)]
pub struct Options {
    /// Forecast or real run.
    pub mode: Mode,
    /// How many hosts are worked on at the same time.
    pub forks: usize,
    /// Only tasks with one of these tags; empty: all that are not `never`.
    pub tags: Vec<Arc<str>>,
    /// No tasks with one of these tags.
    pub skip_tags: Vec<Arc<str>>,
    /// Only the task of this name, or the first that matches it as a pattern, and what comes after it.
    pub start_at: Option<Arc<str>>,
    /// `-v` is 1.
    pub verbosity: u8,
    /// Whether results are told of tasks that ended well, too, as from a verbosity of 1.
    pub results: bool,
    /// Whether `become` holds where nothing says otherwise (`-b`).
    pub become_: bool,
    /// As whom, where nothing says otherwise.
    pub become_user: Arc<str>,
    /// The connection of hosts whose variables and keywords name none, instead of SSH.
    pub connection: Option<Arc<str>>,
    /// How, where nothing says otherwise: `sudo`, `su` or `doas`; `sudo` when not given.
    pub become_method: Option<Arc<str>>,
    /// Whether differences are asked for (`--diff`), for `ansible_diff_mode`.
    pub diff: bool,
    /// `--limit` as it was written, for `ansible_limit`.
    pub limit: Option<String>,
    /// What `-i` names, from the root on, for `ansible_inventory_sources`.
    pub inventory_sources: Vec<String>,
    /// The file that settings were read from, for `ansible_config_file`.
    pub config_file: Option<String>,
    /// The folder that relative paths begin at: what magic variables name begins at the root.
    pub working_folder: PathBuf,
    /// Whether hosts are ended only after their notified handlers ran, even when they failed.
    pub force_handlers: bool,
    /// Whether plays that do not say `gather_facts` begin with it, as Ansible does; facts are there in any case.
    pub gathers: bool,
    /// Whether a play without a host is accepted silently and a run without a host too.
    pub allow_empty: bool,
    /// The folder of the playbook, for `playbook_dir` and relative files.
    pub folder: PathBuf,
    /// Folders in which roles are looked for, beside those of the playbook.
    pub role_paths: Vec<PathBuf>,
    /// The folder on the hosts in which notified handlers are recorded until they ran; absent when there are none.
    pub pending: AbsPath,
    /// What is worth knowing from the start: a note each.
    pub notes: Vec<String>,
    /// Texts that must never be shown, such as passwords that were asked for.
    pub secrets: Vec<evenkeel_host::Secret<String>>,
    /// Seconds since the epoch at which the run began, for names of backups.
    pub now: i64,
    /// The process id of the controller, for names of backups.
    pub process: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            mode: Mode::Plan,
            forks: 32,
            tags: Vec::new(),
            skip_tags: Vec::new(),
            start_at: None,
            verbosity: 0,
            results: false,
            become_: false,
            become_user: "root".into(),
            connection: None,
            become_method: None,
            diff: false,
            limit: None,
            inventory_sources: Vec::new(),
            config_file: None,
            working_folder: PathBuf::new(),
            force_handlers: false,
            gathers: false,
            allow_empty: false,
            folder: PathBuf::new(),
            role_paths: Vec::new(),
            pending: AbsPath::new(pending::FOLDER).unwrap_or_else(|| unreachable!("the folder is absolute")),
            notes: Vec::new(),
            secrets: Vec::new(),
            now: 0,
            process: 0,
        }
    }
}
