//! What is known to be wrong before anything is connected.

mod names;
mod needed_files;
mod sealed;
mod undefined;
mod unreachable;

use std::sync::Arc;

use evenkeel_engine::Beforehand;
use evenkeel_engine::Options;
use evenkeel_playbook::play::Program;
use evenkeel_yaml::Problem;

use crate::Loaded;

impl Loaded {
    /// Everything that is known to be wrong with a run on these hosts before one of them is asked, beside what reading
    /// has found: names that nothing defines, files that are not there, addresses that cannot be rendered, variables
    /// that no password opens.
    pub fn check(&self, hosts: &[Arc<str>]) -> Vec<Problem> {
        let programs = self.programs();
        let look = self.beforehand();
        let mut problems = self.undefined(&programs, &look);
        problems.extend(self.needed_files(&programs, &look));
        problems.extend(self.unreachable(hosts));
        problems.extend(self.sealed(hosts));
        problems
    }

    /// What can be told of a playbook that was read only in part, beside these errors.
    pub(crate) fn check_beside(&self, errors: &[Problem]) -> Vec<Problem> {
        // A file that is missing or broken could define anything.
        let elsewhere = |problem: &Problem| {
            let codes = ["playbook::action", "playbook::handler", "playbook::keyword"];
            let families = ["task::", "template::"];
            let code = problem.code.as_str();
            !codes.contains(&code) && !families.iter().any(|family| code.starts_with(family))
        };
        if errors.iter().any(elsewhere) {
            return Vec::new();
        }
        let programs = self.programs();
        let look = self.beforehand();
        let mut found = self.undefined(&programs, &look);
        let declared = names::declared(&programs);
        let unread = |problem: &Problem| {
            let place = problem.at.as_ref().map(|(place, _)| place.text());
            place.is_some_and(|name| declared.contains(name))
        };
        found.retain(|problem| !unread(problem));
        found.extend(self.needed_files(&programs, &look));
        found
    }

    fn beforehand(&self) -> Beforehand {
        let mut options = Options::default();
        if let Some(playbook) = &self.playbook {
            options.folder.clone_from(&playbook.folder);
        }
        Beforehand::new(Arc::clone(&self.files), self.templar.clone(), options)
    }

    fn programs(&self) -> Vec<Program> {
        let plays = self.playbook.iter().flat_map(|playbook| &playbook.plays);
        plays.map(Program::new).collect()
    }
}
