//! `async`: a task that is waited for as long as it says, or not at all.

use std::sync::Arc;

use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Task;

use crate::Failure;
use crate::Status;
use crate::attempted::Attempted;
use crate::settings;
use crate::world::World;

/// Task types that Ansible refuses to run so, because a part of them runs on the controller.
const REFUSED: [&str; 18] = [
    "add_host",
    "assemble",
    "assert",
    "copy",
    "debug",
    "fail",
    "fetch",
    "gather_facts",
    "group_by",
    "include_vars",
    "pause",
    "raw",
    "reboot",
    "script",
    "set_fact",
    "set_stats",
    "template",
    "unarchive",
];

/// What `async` and `poll` say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Awaiting {
    /// How many seconds the task may take.
    pub(crate) seconds: i64,
    /// Whether it goes on by itself (`poll: 0`).
    pub(crate) apart: bool,
}

/// What `async` and `poll` of a task say; nothing without `async`.
pub(crate) fn awaiting(
    world: &World,
    task: &Task,
    scope: &Arc<dyn Scope>,
) -> Result<Option<Awaiting>, Failure> {
    let awaiting = &task.card.awaiting;
    let seconds = settings::number(&world.templar, awaiting.seconds.as_ref(), scope)?;
    let Some(seconds) = seconds.filter(|seconds| *seconds > 0) else {
        return Ok(None);
    };
    let name = task.card.body.module.name;
    if REFUSED.contains(&name) {
        return Err(Failure {
            message: format!("This action ({}) does not support async.", task.card.body.written),
            ..Failure::default()
        });
    }
    let poll = settings::number(&world.templar, awaiting.poll.as_ref(), scope)?;
    Ok(Some(Awaiting {
        seconds,
        apart: poll == Some(0),
    }))
}

/// What the result of such a task has besides: the job has ended.
pub(crate) fn ended(attempted: &mut Attempted, process: u32, number: usize) {
    if attempted.outcome.status != Status::Skipped {
        attempted.put("ansible_job_id", format!("j{process}.{number}"));
        attempted.put("started", true);
        attempted.put("finished", true);
    }
}
