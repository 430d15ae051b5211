//! What is included while a run goes on: read as imports are, when its name is known.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_tasks::IncludedRole;
use evenkeel_tasks::Text;
use evenkeel_yaml::Map;
use evenkeel_yaml::Problem;

use super::Project;
use super::Reading;
use super::scope::within;
use crate::play::From;
use crate::play::Item;
use crate::play::Keywords;
use crate::play::Play;
use crate::play::Role;

/// Where something is included.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The play.
    pub play: &'a Play,
    /// The folder of its playbook.
    pub folder: &'a Path,
    /// The role.
    pub role: Option<&'a Role>,
}

impl Project<'_> {
    /// The tasks of a file that is included: its path, and they.
    ///
    /// # Errors
    /// When it is not there, and every finding in it.
    pub fn include_tasks(
        &self,
        file: &Text,
        around: &Around<'_>,
    ) -> Result<(PathBuf, Vec<Item>), Vec<Problem>> {
        let mut reading = Reading::within(self, around);
        let read = reading.tasks_file(&file.text, &file.place).and_then(|path| {
            let items = reading.tasks_in(&path, &file.place)?;
            Some((path, items))
        });
        let (read, _) = reading.ended(read)?;
        Ok(read.unwrap_or_default())
    }

    /// A role that is included.
    ///
    /// # Errors
    /// When it is not there, and every finding in it.
    pub fn include_role(&self, role: &IncludedRole, around: &Around<'_>) -> Result<Arc<Role>, Vec<Problem>> {
        let mut reading = Reading::within(self, around);
        let word = |text: &Option<String>| text.as_deref().map(Arc::from);
        let from = From {
            tasks: word(&role.tasks_from),
            handlers: word(&role.handlers_from),
            vars: word(&role.vars_from),
            defaults: word(&role.defaults_from),
        };
        let read = reading.role(&role.name.text, &from, role.rolespec_validate, &role.name.place);
        let (read, _) = reading.ended(read)?;
        Ok(read.unwrap_or_default())
    }

    /// The keywords under `apply`.
    ///
    /// # Errors
    /// What is no keyword of a block.
    pub fn apply(&self, map: &Map) -> Result<Keywords, Vec<Problem>> {
        let mut reading = Reading::new(self, Path::new(""));
        let keywords = reading.apply(map);
        reading.ended(keywords).map(|(keywords, _)| keywords)
    }
}

impl<'p> Reading<'p> {
    fn within(project: &'p Project<'p>, around: &Around<'_>) -> Reading<'p> {
        let mut reading = Reading::new(project, around.folder);
        reading.play_vars.clone_from(&around.play.keywords.vars);
        reading.within.extend(around.role.map(within));
        reading.included = true;
        reading
    }

    /// The keywords under `apply`: those of blocks.
    pub(super) fn apply(&mut self, map: &Map) -> Keywords {
        let mut keywords = Keywords::default();
        for (name, key, value) in map.iter() {
            if !self.check_keyword(key, name, |on| on.block, "`apply`") {
                self.unknown_key(key, name, ["tags", "become", "vars", "when"]);
            } else {
                self.shared(&mut keywords, name, value);
            }
        }
        keywords
    }
}
