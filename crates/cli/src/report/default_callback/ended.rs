//! What came of a task on a host, and the line that tells it.

use std::sync::Arc;

use evenkeel::Outcome;
use evenkeel::Status;
use evenkeel::TaskRef;
use serde_json::Value;

use super::DefaultCallback;
use super::IGNORING;
use super::origin;
use super::result;

/// What came of a task on a host.
pub(super) struct Ended<'e> {
    pub(super) task: &'e TaskRef,
    pub(super) host: &'e Arc<str>,
    pub(super) item: Option<&'e str>,
    pub(super) delegated_to: Option<&'e Arc<str>>,
    pub(super) outcome: &'e Outcome,
}

impl Ended<'_> {
    /// What is told of a job that was waited for (`async`, `poll`).
    pub(super) fn awaited(&self) -> String {
        let result = |key: &str| self.outcome.result.get(key);
        let ended = result("finished") == Some(&Value::Bool(true));
        let waits = &*self.task.module != "ansible.builtin.async_status";
        match result("ansible_job_id").and_then(Value::as_str) {
            Some(job) if ended && waits => {
                let word = match self.outcome.status {
                    Status::Failed | Status::Ignored => "FAILED",
                    Status::Ok | Status::Changed | Status::Skipped => "OK",
                };
                format!("ASYNC {word} on {}: jid={job}\n", self.host)
            }
            Some(_) | None => String::new(),
        }
    }

    fn label(&self) -> String {
        match self.delegated_to {
            Some(other) if other != self.host => format!("{} -> {other}", self.host),
            _ => self.host.to_string(),
        }
    }

    fn result(&self, verbosity: u8) -> String {
        result::shown(&self.task.module, self.outcome, verbosity)
    }

    /// Whether the result is told though nothing failed.
    fn is_verbose(&self, verbosity: u8) -> bool {
        verbosity > 0 || result::is_always_shown(&self.task.module, self.outcome)
    }
}

impl DefaultCallback {
    /// A task without a loop.
    pub(super) fn whole(&mut self, end: &Ended<'_>) -> String {
        let label = end.label();
        let verbosity = self.look.verbosity;
        let result = || end.result(verbosity);
        let told = |text: String| match end.is_verbose(verbosity) {
            true => format!("{text} => {}\n", result()),
            false => text + "\n",
        };
        match end.outcome.status {
            Status::Ok => told(format!("ok: [{label}]")),
            Status::Changed => told(format!("changed: [{label}]")),
            Status::Skipped if verbosity > 0 => format!("skipping: [{}] => {}\n", end.host, result()),
            Status::Skipped => format!("skipping: [{}]\n", end.host),
            Status::Failed | Status::Ignored => {
                let ignoring = match end.outcome.status {
                    Status::Ignored => IGNORING,
                    Status::Ok | Status::Changed | Status::Skipped | Status::Failed => "",
                };
                let error = self.error(end);
                format!("{error}fatal: [{label}]: FAILED! => {}\n{ignoring}", result())
            }
        }
    }

    /// An item of a loop.
    pub(super) fn item(&mut self, end: &Ended<'_>, item: &str) -> String {
        let label = end.label();
        let verbosity = self.look.verbosity;
        let result = || end.result(verbosity);
        let told = |word: &str| match end.is_verbose(verbosity) {
            true => format!("{word}: [{label}] => (item={item}) => {}\n", result()),
            false => format!("{word}: [{label}] => (item={item})\n"),
        };
        match end.outcome.status {
            Status::Ok => told("ok"),
            Status::Changed => told("changed"),
            Status::Skipped if verbosity > 0 => {
                format!("skipping: [{}] => (item={item})  => {}\n", end.host, result())
            }
            Status::Skipped => format!("skipping: [{}] => (item={item}) \n", end.host),
            Status::Failed | Status::Ignored => {
                let error = self.error(end);
                format!("{error}failed: [{label}] (item={item}) => {}\n", result())
            }
        }
    }

    /// What is told before a failure, once.
    fn error(&mut self, end: &Ended<'_>) -> String {
        let failure = end.outcome.failure.as_ref();
        let text = failure.map(|failure| origin::error(self.files.as_ref(), end.task, end.outcome, failure));
        text.filter(|text| self.told.insert(text.clone()))
            .unwrap_or_default()
    }
}
