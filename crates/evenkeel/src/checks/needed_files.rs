//! Files of the controller that tasks need and that are not there.

use evenkeel_engine::has_local_hosts;
use evenkeel_engine::writes_controller_files;
use evenkeel_playbook::Scope as _;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Step;
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
        let given = self
            .extra
            .layer()
            .names()
            .iter()
            .any(|name| **name == *"ansible_connection");
        let may_come = given
            || has_local_hosts(&self.inventory, look.connection)
            || programs.iter().any(writes_controller_files);
        let mut found: Vec<Problem> = Vec::new();
        for program in programs {
            let rescued = rescued(&program.steps, false);
            for task in look.tasks(program) {
                let doubtful = may_come || may_not_run(task) || rescued.contains(&task.number);
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
}

/// The numbers of the tasks whose failure a `rescue` takes.
pub(super) fn rescued(steps: &[Step], taken: bool) -> Vec<usize> {
    let of = |step: &Step| match step {
        Step::Task(task) => taken.then_some(task.number).into_iter().collect(),
        Step::Block {
            block,
            rescue,
            always,
        } => {
            let mut numbers = rescued(block, taken || !rescue.is_empty());
            numbers.extend(rescued(rescue, taken));
            numbers.extend(rescued(always, taken));
            numbers
        }
        Step::Role { steps, .. } => rescued(steps, taken),
        Step::FlushHandlers => Vec::new(),
    };
    steps.iter().flat_map(of).collect()
}

fn may_not_run(task: &Task) -> bool {
    let keywords = &task.keywords;
    !keywords.when.is_empty() || keywords.ignore_errors.is_some() || !task.card.failed_when.is_empty()
}
