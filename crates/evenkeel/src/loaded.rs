//! A project, read and checked, and the runs that are laid out of it.

use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_engine::Connect;
use evenkeel_engine::Input;
use evenkeel_engine::Options;
use evenkeel_engine::Reread;
use evenkeel_engine::Run;
use evenkeel_playbook::Files;
use evenkeel_playbook::Templar;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::inventory::Pattern;
use evenkeel_playbook::play::Playbook;
use evenkeel_playbook::vars::ExtraVars;
use evenkeel_topology::Cluster;
use evenkeel_yaml::Problem;

use crate::project::Computed;

/// A project, read and checked.
pub struct Loaded {
    /// What the inventory is called: the name of its folder; none for a list of hosts.
    pub name: Option<String>,
    /// The hosts and their variables; where playbooks of several folders follow each other, with those beside all of them.
    pub inventory: Arc<Inventory>,
    /// The same as it is when the first playbook begins.
    pub(crate) begins: Arc<Inventory>,
    /// `-e`.
    pub extra: ExtraVars,
    /// The cluster the inventory describes, if it does.
    pub cluster: Option<Cluster>,
    /// The playbook that was named, or the generated one.
    pub playbook: Option<Arc<Playbook>>,
    /// The controller's files, generated ones included.
    pub files: Arc<dyn Files>,
    /// The template engine.
    pub templar: Templar,
    /// `--limit`.
    pub limit: Option<Pattern>,
    /// What was found that is no error: warnings, and notes, which only who looks for them wants to be told.
    pub warnings: Vec<Problem>,
    pub(crate) computed: Computed,
    pub(crate) reread: Reread,
    /// The folder that relative paths start from.
    pub(crate) folder: PathBuf,
    /// `--limit` as it was written.
    pub(crate) limited: Option<String>,
    /// What `-i` names, from the root on.
    pub(crate) sources: Vec<String>,
    /// Folders in which roles are looked for.
    pub(crate) role_paths: Vec<PathBuf>,
    /// Whether the playbook is the one that the cluster needs.
    pub(crate) generated: bool,
}

impl Loaded {
    /// Lays out a run. Nothing is connected yet.
    ///
    /// # Errors
    /// When there is no playbook, or the threads cannot be started.
    pub fn run(&self, connect: Arc<dyn Connect>, options: Options) -> Result<Run, Problem> {
        let playbook = self
            .playbook
            .clone()
            .ok_or_else(|| Problem::error("project::no-playbook", "there is no playbook"))?;
        self.run_of(playbook, connect, options)
    }

    /// Lays out a run of another playbook over the same hosts.
    pub(crate) fn run_of(
        &self,
        playbook: Arc<Playbook>,
        connect: Arc<dyn Connect>,
        mut options: Options,
    ) -> Result<Run, Problem> {
        options.folder.clone_from(&playbook.folder);
        options.working_folder.clone_from(&self.folder);
        options.limit.clone_from(&self.limited);
        options.inventory_sources.clone_from(&self.sources);
        options.role_paths.clone_from(&self.role_paths);
        let input = Input {
            inventory: Arc::clone(&self.begins),
            playbook,
            files: Arc::clone(&self.files),
            templar: self.templar.clone(),
            extra: self.extra.layer().clone(),
            computed: self.computed.clone(),
            limit: self.limit.clone(),
            connect,
        };
        Ok(Run::new(input, options)?.rereading(Arc::clone(&self.reread)))
    }
}
