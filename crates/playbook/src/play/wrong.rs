//! Wrong arguments, found before anything connects.

use evenkeel_yaml::Problem;

use super::Program;
use super::Step;
use super::Task;

/// What is wrong with the arguments of tasks, as far as it shows without a host. Where a failure is provided for
/// (`ignore_errors`, `failed_when`, `rescue`) the task fails when its turn comes, as with Ansible.
pub(crate) fn arguments(program: &Program) -> Vec<Problem> {
    let mut problems = Vec::new();
    of_steps(&program.steps, false, &mut problems);
    program
        .handlers
        .iter()
        .for_each(|handler| of_task(&handler.task, false, &mut problems));
    problems
}

fn of_steps(steps: &[Step], rescued: bool, into: &mut Vec<Problem>) {
    for step in steps {
        match step {
            Step::Task(task) => of_task(task, rescued, into),
            Step::Block {
                block,
                rescue,
                always,
            } => {
                of_steps(block, rescued || !rescue.is_empty(), into);
                of_steps(rescue, rescued, into);
                of_steps(always, rescued, into);
            }
            Step::Role { steps, .. } => of_steps(steps, rescued, into),
            Step::FlushHandlers => {}
        }
    }
}

fn of_task(task: &Task, rescued: bool, into: &mut Vec<Problem>) {
    let expected = rescued || task.keywords.ignore_errors.is_some() || !task.card.failed_when.is_empty();
    if !expected {
        into.extend(task.card.body.problems());
    }
}
