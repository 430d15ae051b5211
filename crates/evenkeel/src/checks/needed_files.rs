//! Files of the controller that tasks need and that are not there.

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
        let may_come = self.has_local_hosts() || programs.iter().any(writes_files_of_the_controller);
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

    fn has_local_hosts(&self) -> bool {
        let mut hosts = self.inventory.hosts();
        hosts.any(|host| {
            let connection = self.inventory.definitions(host.name(), "ansible_connection");
            connection
                .iter()
                .any(|definition| definition.place.text().contains("local"))
        })
    }
}

/// Whether a task of a play works on the controller, where it may write what others read.
fn writes_files_of_the_controller(program: &Program) -> bool {
    let local = |task: &Task| {
        let keywords = &task.keywords;
        keywords.delegate_to.is_some()
            || keywords.connection.is_some()
            || matches!(
                task.card.body.module.name,
                "fetch" | "include_vars" | "include_tasks" | "include_role"
            )
    };
    let hosts = program.play.hosts.place.text();
    hosts.contains("localhost")
        || hosts.contains("127.0.0.1")
        || program.tasks_and_handlers().any(|task| local(task))
}

/// The numbers of the tasks whose failure a `rescue` takes.
fn rescued(steps: &[Step], taken: bool) -> Vec<usize> {
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
