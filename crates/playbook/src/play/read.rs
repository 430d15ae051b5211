//! Reads playbooks and roles, and finds everything that can be known to be wrong without a host.

mod action;
mod imports;
mod included;
mod keywords;
mod loops;
mod mappings;
mod places;
mod play;
mod prompts;
mod roles;
mod run;
mod scope;
mod specs;
mod tasks;

use std::collections::HashMap;
use std::collections::HashSet;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;

use super::Ahead;
use super::From;
use super::Playbook;
use super::Role;
use super::Vars;
use crate::Files;
use crate::Later;
use crate::vault::refusal;
pub use included::Around;
pub use run::no_become_method;
pub use scope::Names;
use scope::Within;

/// The code of a finding that is none: a forecast cannot read a file yet. Its message says what it depends on.
pub const LATER: &str = "file::later";

/// What a playbook is read with: the controller's files, and where roles are looked for.
pub struct Project<'f> {
    files: &'f dyn Files,
    role_paths: Vec<PathBuf>,
    names: Option<Names>,
}

impl<'f> Project<'f> {
    /// A project over files; roles are looked for in `roles/` beside the playbook, then in `role_paths`.
    pub fn new(files: &'f dyn Files, role_paths: Vec<PathBuf>) -> Project<'f> {
        Project {
            files,
            role_paths,
            names: None,
        }
    }

    /// Renders the names of what is imported, which may be templates over variables of plays, roles and `-e`.
    #[must_use]
    pub fn names(mut self, names: Names) -> Project<'f> {
        self.names = Some(names);
        self
    }

    /// Reads a playbook with its roles.
    ///
    /// # Errors
    /// Every finding at once: what is no YAML, unknown keywords and task types, wrong arguments, missing roles,
    /// handlers that nobody defines.
    pub fn read(&self, path: &Path) -> Result<Playbook, Vec<Problem>> {
        match self.read_partly(path) {
            (playbook, errors) if errors.is_empty() => Ok(playbook),
            (_, errors) => Err(errors),
        }
    }

    /// As [`Project::read`]: what could be read, and the errors.
    pub fn read_partly(&self, path: &Path) -> (Playbook, Vec<Problem>) {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let mut reading = Reading::new(self, &folder);
        let plays = reading.playbook(path);
        let (errors, warnings) = reading.problems.into_iter().partition(Problem::is_error);
        let playbook = Playbook {
            about: None,
            plays,
            folder,
            warnings,
            ahead: reading.ahead,
            further: Vec::new(),
        };
        (playbook, errors)
    }
}

/// One reading: the findings so far, and the roles read already.
struct Reading<'p> {
    project: &'p Project<'p>,
    folder: PathBuf,
    problems: Vec<Problem>,
    roles: HashMap<(String, From, bool), Option<Arc<Role>>>,
    /// The roles that are being read, the innermost last.
    reading_roles: Vec<String>,
    within: Vec<Within>,
    /// `vars` of the play.
    play_vars: Vec<Arc<Vars>>,
    /// `vars` of the imports and blocks around.
    around: Vec<Arc<Vars>>,
    /// The files that are being read, the innermost last.
    open: Vec<PathBuf>,
    ahead: Ahead,
    /// The files whose tasks are among them already, and how deep in roles.
    seen_ahead: HashSet<(PathBuf, usize)>,
    /// Whether handlers are read.
    handlers: bool,
    /// Whether it is read while a run goes on: by a task, or by a handler.
    included: bool,
    /// Whether the play that is read works on the controller.
    is_here: bool,
    /// Whether a task before may have written files on the controller.
    wrote_here: bool,
}

impl<'p> Reading<'p> {
    fn new(project: &'p Project<'p>, folder: &Path) -> Reading<'p> {
        Reading {
            project,
            folder: folder.to_path_buf(),
            problems: Vec::new(),
            roles: HashMap::new(),
            reading_roles: Vec::new(),
            within: Vec::new(),
            play_vars: Vec::new(),
            around: Vec::new(),
            open: Vec::new(),
            ahead: Ahead::default(),
            seen_ahead: HashSet::new(),
            handlers: false,
            included: false,
            is_here: false,
            wrote_here: false,
        }
    }

    /// What was read, with the warnings; or all errors.
    fn ended<T>(self, read: T) -> Result<(T, Vec<Problem>), Vec<Problem>> {
        let (errors, warnings): (Vec<_>, Vec<_>) = self.problems.into_iter().partition(Problem::is_error);
        if errors.is_empty() {
            Ok((read, warnings))
        } else {
            Err(errors)
        }
    }

    /// A finding; what is read twice is reported once.
    fn report(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// The first document of a file; a missing file is a finding.
    fn document(&mut self, path: &Path) -> Option<Node> {
        let source = self.source(path)?;
        self.document_of(&source)?
    }

    /// The text of a file; a missing file is a finding.
    fn source(&mut self, path: &Path) -> Option<Arc<Source>> {
        let name = path.display().to_string();
        match self.project.files.open(path) {
            Ok(contents) => {
                let text = String::from_utf8_lossy(&contents.bytes);
                Some(Source::marked(name, text, contents.secret))
            }
            Err(error) => {
                self.report(match Later::why(&error) {
                    Some(why) => later(why),
                    None => refusal("file::read", &name, &error),
                });
                None
            }
        }
    }

    /// The first document of a text, if it has any; nothing where it cannot be read, which is a finding.
    fn document_of(&mut self, source: &Arc<Source>) -> Option<Option<Node>> {
        match evenkeel_yaml::load(source) {
            Ok(loaded) => {
                self.problems.extend(loaded.warnings);
                Some(loaded.documents.into_iter().next())
            }
            Err(problem) => {
                self.report(problem);
                None
            }
        }
    }

    /// The first of `main.yml`, `main.yaml`, `main.json`, `main` in a folder, or all files of `main/`, if any is there.
    fn main_files(&self, folder: &Path) -> Vec<PathBuf> {
        let files = self.project.files;
        for name in ["main.yml", "main.yaml", "main.json", "main"] {
            let path = folder.join(name);
            match files.is_folder(&path) {
                Some(false) => return vec![path],
                Some(true) => {
                    let names = files.list(&path).unwrap_or_default();
                    return names.iter().map(|name| path.join(name)).collect();
                }
                None => {}
            }
        }
        Vec::new()
    }
}

/// What is read is known only after apply, because of this.
fn later(why: Arc<str>) -> Problem {
    Problem::error(LATER, &*why)
}
