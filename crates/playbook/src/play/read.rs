//! Reads playbooks and roles, and finds everything that can be known to be wrong without a host.

mod keywords;
mod loops;
mod names;
mod play;
mod roles;
mod tasks;

use std::collections::HashMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;

use super::Playbook;
use super::Role;
use crate::Files;

/// What a playbook is read with: the controller's files, and where roles are looked for.
pub struct Project<'f> {
    files: &'f dyn Files,
    role_paths: Vec<PathBuf>,
}

impl<'f> Project<'f> {
    /// A project over files; roles are looked for in `roles/` beside the playbook, then in `role_paths`.
    pub fn new(files: &'f dyn Files, role_paths: Vec<PathBuf>) -> Project<'f> {
        Project { files, role_paths }
    }

    /// Reads a playbook with its roles.
    ///
    /// # Errors
    /// Every finding at once: what is no YAML, unknown keywords and task types, wrong arguments, missing roles,
    /// handlers that nobody defines.
    pub fn read(&self, path: &Path) -> Result<Playbook, Vec<Problem>> {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let mut reading = Reading {
            project: self,
            folder: folder.clone(),
            problems: Vec::new(),
            roles: HashMap::new(),
        };
        let plays = reading.playbook(path);
        let (errors, warnings): (Vec<_>, Vec<_>) = reading.problems.into_iter().partition(Problem::is_error);
        if errors.is_empty() {
            Ok(Playbook {
                about: None,
                plays,
                folder,
                warnings,
            })
        } else {
            Err(errors)
        }
    }
}

/// One reading: the findings so far, and the roles read already.
struct Reading<'p> {
    project: &'p Project<'p>,
    folder: PathBuf,
    problems: Vec<Problem>,
    roles: HashMap<String, Option<Arc<Role>>>,
}

impl Reading<'_> {
    fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// The first document of a file; a missing file is a finding.
    fn document(&mut self, path: &Path) -> Option<Node> {
        let name = path.display().to_string();
        let text = match self.project.files.read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) => {
                self.report(Problem::error(
                    "file::read",
                    format!("cannot read {name}: {error}"),
                ));
                return None;
            }
        };
        match evenkeel_yaml::load(&Source::new(name, text)) {
            Ok(loaded) => {
                self.problems.extend(loaded.warnings);
                loaded.documents.into_iter().next()
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
