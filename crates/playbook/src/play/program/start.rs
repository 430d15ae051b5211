//! A play from one of its tasks on.

use super::Program;
use super::Step;
use super::Task;
use crate::inventory::glob;

impl Program {
    /// Leaves out what stands before the first task whose name, with or without its role's before it, is this one or
    /// matches it as a pattern (`*`, `?`, `[...]`); where there is none, everything but handlers. The task that gathers
    /// facts stays where another one is found. Says whether one is found.
    pub fn start_at(&mut self, pattern: &str) -> bool {
        let mut found = false;
        let steps = std::mem::take(&mut self.steps);
        let gathering = steps.first().filter(|step| gathers(step)).cloned();
        self.steps = from(steps, pattern, &mut found);
        let again = self.steps.first().is_some_and(gathers);
        if let Some(gathering) = gathering.filter(|_| found && !again) {
            self.steps.insert(0, gathering);
        }
        found
    }
}

fn gathers(step: &Step) -> bool {
    matches!(step, Step::Task(task) if task.card.gathers)
}

fn is_named(task: &Task, pattern: &str) -> bool {
    let names = [task.title(), task.card.title().to_owned()];
    names
        .iter()
        .any(|name| name == pattern || glob::matches(pattern, name))
}

/// What is left of steps; `found` says whether the task was found before them, or is among them.
fn from(steps: Vec<Step>, pattern: &str, found: &mut bool) -> Vec<Step> {
    let mut left = Vec::new();
    for step in steps {
        match step {
            Step::Task(task) => {
                *found = *found || is_named(&task, pattern);
                left.extend(found.then_some(Step::Task(task)));
            }
            Step::Block {
                block,
                rescue,
                always,
            } => {
                let block = from(block, pattern, found);
                let always = from(always, pattern, found);
                left.extend(found.then_some(Step::Block {
                    block,
                    rescue,
                    always,
                }));
            }
            Step::Role { number, again, steps } => {
                let steps = from(steps, pattern, found);
                left.extend(found.then_some(Step::Role { number, again, steps }));
            }
            Step::FlushHandlers => left.extend(found.then_some(Step::FlushHandlers)),
        }
    }
    left
}
