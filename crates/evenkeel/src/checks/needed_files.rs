//! Files of the controller that tasks need and that are not there.

use evenkeel_engine::has_local_hosts;
use evenkeel_engine::missing_variables;
use evenkeel_engine::writes_controller_files;
use evenkeel_playbook::Scope as _;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Taken;
use evenkeel_playbook::play::Task;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Severity;

use super::Look;
use crate::Loaded;

impl Loaded {
    /// Files and templates that tasks name and that are not there, and template files that cannot be read. It is a
    /// warning where the task may never run, where its failure is provided for, and where the run itself may bring the file.
    pub(super) fn needed_files(&self, programs: &[Program], look: &Look<'_>) -> Vec<Problem> {
        if self.generated {
            return Vec::new();
        }
        let may_come = self.has_local_hosts(look) || programs.iter().any(writes_controller_files);
        let mut found: Vec<Problem> = Vec::new();
        for program in programs {
            let taken = program.taken();
            for task in look.tasks(program) {
                let doubtful = may_come || may_not_run(task, &taken);
                let looked = look.files.look(&program.play, task);
                let by_lookups = self.files_looked_up(&program.play, task, &looked.templates);
                for mut problem in looked.problems.into_iter().chain(by_lookups) {
                    if doubtful {
                        problem.severity = Severity::Warning;
                    }
                    if !found.contains(&problem) {
                        found.push(problem);
                    }
                }
            }
        }
        found
    }

    /// Whether a host may be the controller, whose files tasks then write.
    fn has_local_hosts(&self, look: &Look<'_>) -> bool {
        let given = self.extra.layer().names();
        given.iter().any(|name| **name == *"ansible_connection")
            || has_local_hosts(&self.inventory, look.connection)
    }

    /// Files of `vars_files` that are not there, unless the plays before may bring them.
    pub(super) fn variables_files(&self, programs: &[Program], look: &Look<'_>) -> Vec<Problem> {
        let mut may_come = false;
        let mut found = Vec::new();
        for program in programs {
            if !may_come {
                found.extend(missing_variables(self.files.as_ref(), &program.play));
            }
            may_come |= self.has_local_hosts(look) || writes_controller_files(program);
        }
        found
    }
}

fn may_not_run(task: &Task, taken: &Taken) -> bool {
    !task.keywords.when.is_empty() || taken.failure(task) || taken.rescues(task)
}
