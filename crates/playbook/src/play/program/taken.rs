//! Whose failures a playbook provides for.

use std::collections::HashSet;

use evenkeel_yaml::Value;

use super::Program;
use super::Step;
use super::Task;

/// The tasks of a program whose failures the playbook provides for.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    rescued: HashSet<usize>,
    rescuing: HashSet<usize>,
}

impl Taken {
    /// Whether a failure of the task is provided for, by `ignore_errors`, `rescue` or `failed_when`.
    pub fn failure(&self, task: &Task) -> bool {
        self.error(task) || !task.card.failed_when.is_empty()
    }

    /// Whether an error in its templates is: `failed_when` judges what a task comes to, and such a task comes to nothing.
    pub fn error(&self, task: &Task) -> bool {
        let ignored = task.keywords.ignore_errors.as_ref();
        let ignored = ignored.is_some_and(|node| node.value != Value::Bool(false));
        ignored || self.rescued.contains(&task.number)
    }

    /// Whether the task runs only after another one has failed.
    pub fn rescues(&self, task: &Task) -> bool {
        self.rescuing.contains(&task.number)
    }

    fn steps(&mut self, steps: &[Step], rescued: bool, rescuing: bool) {
        for step in steps {
            match step {
                Step::Task(task) => {
                    self.rescued.extend(rescued.then_some(task.number));
                    self.rescuing.extend(rescuing.then_some(task.number));
                }
                Step::Block {
                    block,
                    rescue,
                    always,
                } => {
                    self.steps(block, rescued || !rescue.is_empty(), rescuing);
                    self.steps(rescue, rescued, true);
                    self.steps(always, rescued, rescuing);
                }
                Step::Role { steps, .. } => self.steps(steps, rescued, rescuing),
                Step::FlushHandlers => {}
            }
        }
    }
}

impl Program {
    /// The tasks whose failures are provided for.
    pub fn taken(&self) -> Taken {
        let mut taken = Taken::default();
        taken.steps(&self.steps, false, false);
        taken
    }
}
