//! The changes of a task, made.

use std::sync::Arc;

use evenkeel_host::Answer;
use evenkeel_host::Change;
use evenkeel_host::Commit;
use evenkeel_host::Host as _;
use evenkeel_host::Known;
use evenkeel_host::Look as _;
use evenkeel_host::Output;
use evenkeel_tasks::Outputs;
use evenkeel_tasks::Plan;
use evenkeel_tasks::Planned;
use evenkeel_tasks::Saved;

use crate::Failure;
use crate::Memory;
use crate::arguments::Stop;
use crate::attempted::Attempted;
use crate::failure;
use crate::prediction;

use super::Attempt;

/// Permissions of files and folders that tasks make on the controller.
const NEW_FILE: u32 = 0o644;
const NEW_FOLDER: u32 = 0o755;

impl Attempt<'_> {
    pub(super) fn perform(&self, memory: &Arc<Memory>, planned: &Planned) -> Result<Attempted, Stop> {
        let plan = &planned.plan;
        let mut then = self.asks(&planned.then);
        let asked = then.len();
        if plan.changes.is_empty() {
            let answers = memory.look(&then)?;
            let outputs = Some([].as_slice());
            let returned = planned.result(&Outputs::Seen {
                outputs,
                answers: &answers,
            });
            return Ok(match self.save(&plan.effects.saves) {
                Ok(()) => self.ended(plan, returned, self.doubt(plan)),
                Err(failure) => self.failed(failure, returned),
            });
        }
        let (record, recorded) = self.run.record(self)?;
        let mut changes: Vec<Change> = record.into_iter().collect();
        let bookkeeping = changes.len();
        changes.extend(plan.changes.iter().cloned());
        let (asks, predicted) = prediction::predictions(&self.who, &plan.changes);
        then.extend(asks);
        let commit = Commit {
            who: self.who.clone(),
            changes,
            then,
            environment: self.environment.clone(),
            time: self.limit.map(|limit| limit.time),
            apart: None,
        };
        let committed = memory.commit(&commit);
        self.on.links.changed_over(memory);
        let committed = committed?;
        let made: Vec<Output> = committed.done.iter().skip(bookkeeping).cloned().collect();
        if let Some(failed) = committed.failed {
            if made.is_empty() && failed.left_everything() {
                self.run.take_back(self, &recorded)?;
            }
            if let Some(limit) = self.limit.filter(|limit| limit.is_over(&failed)) {
                return Err(limit.over());
            }
            return Ok(self.broken(planned, made, failed, self.module()));
        }
        let (answers, facts) = committed
            .answers
            .split_at_checked(asked)
            .unwrap_or((&[] as &[Known<Answer>], &[]));
        let ran = committed.unknown.is_empty();
        let outputs = ran.then_some(made.as_slice());
        let outputs = Outputs::Seen { outputs, answers };
        let mut attempted = self.made(planned, &outputs);
        attempted.recorded = recorded;
        attempted.missed = prediction::missed(&predicted, facts);
        let not_run = committed.not_run.iter();
        let told = not_run.map(|what| format!("not run on a simulated host: {what}"));
        attempted.outcome.warnings.extend(told);
        Ok(attempted)
    }

    /// How a task ends whose changes were all made.
    pub(crate) fn made(&self, planned: &Planned, outputs: &Outputs<'_>) -> Attempted {
        let plan = &planned.plan;
        let returned = planned.result(outputs);
        match planned.changed(outputs) {
            None => self.ended(plan, returned, self.doubt(plan)),
            Some(false) => {
                let nothing = Plan {
                    changes: Vec::new(),
                    changed: Some(false),
                    ..Plan::unchanged("it was so already")
                };
                self.ended(&nothing, returned, None)
            }
            changed => self.ended(
                &Plan {
                    changed,
                    ..plan.clone()
                },
                returned,
                None,
            ),
        }
    }

    /// Writes files on the controller; one that was there keeps its permissions.
    fn save(&self, saves: &[Saved]) -> Result<(), Failure> {
        let files = self.run.world.files.as_ref();
        for Saved { path, bytes } in saves {
            let Known::Is(bytes) = bytes else { continue };
            let mode = files.permissions(path).unwrap_or(NEW_FILE);
            let folder = path
                .parent()
                .map_or(Ok(()), |folder| files.make_folder(folder, NEW_FOLDER));
            folder
                .and_then(|()| files.write(path, bytes, mode))
                .map_err(|error| Failure {
                    message: format!("cannot write {} on the controller: {error}", path.display()),
                    ..Failure::default()
                })?;
        }
        Ok(())
    }

    /// A change failed; those before it were made.
    pub(crate) fn broken(
        &self,
        planned: &Planned,
        mut made: Vec<Output>,
        failed: evenkeel_host::Failure,
        module: &str,
    ) -> Attempted {
        let changes = &planned.plan.changes;
        let step = made.len();
        let failure = failure::of_change(&failed, changes.get(step), step, changes.len());
        if let evenkeel_host::Failure::Failed(output) | evenkeel_host::Failure::Invalid(output) = failed {
            made.push(output);
        }
        let returned = planned.result(&Outputs::Made(&made));
        let mut attempted = self.failed(failure, returned);
        let command = matches!(module, "command" | "raw" | "script" | "shell");
        let ran = command && !made.last().is_some_and(could_not_start);
        attempted.put("changed", step > 0 || ran);
        if !self.no_log {
            attempted.outcome.changes = changes
                .iter()
                .take(step)
                .map(|change| self.shown_change(change))
                .collect();
        }
        attempted
    }
}

/// Whether the shell says that there is no such program, or that it cannot be run (POSIX, "Exit Status for Commands").
fn could_not_start(output: &Output) -> bool {
    let shell = output.stderr.starts_with(b"sh: ");
    let exec = output.stderr.windows(6).any(|bytes| bytes == b"exec: ");
    matches!(output.code, 126 | 127) && shell && exec
}
