//! Which type a task has, where that shows only when its turn comes.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Task;

use crate::Failure;
use crate::failure;
use crate::task_run::TaskRun;

impl TaskRun<'_> {
    /// The task with the type that a template in its place names; a failure where Evenkeel does not have the type.
    pub(crate) fn named(&self, scope: &Arc<dyn Scope>) -> Result<Option<Known<Arc<Task>>>, Failure> {
        let body = &self.task.card.body;
        if let Some(problem) = body.unsupported() {
            return Err(failure::of_problem(&problem));
        }
        let Some(template) = body.template() else {
            return Ok(None);
        };
        let rendered = self.world.templar.node(template, scope);
        let name = rendered.map_err(|problem| failure::of_problem(&problem))?.value;
        Ok(Some(match name {
            Known::Is(name) => {
                let named = self.task.named(name.as_str().unwrap_or_default());
                Known::Is(named.map_err(|problem| failure::of_problem(&problem))?)
            }
            Known::Unknown(why) => Known::Unknown(why),
        }))
    }

    /// The same about another task.
    pub(crate) fn with<'s>(&'s self, task: &'s Arc<Task>) -> TaskRun<'s> {
        TaskRun {
            task,
            undecided: self.undecided.clone(),
            ..*self
        }
    }
}
