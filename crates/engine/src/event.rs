//! What happens during a run: one ordered, serialisable stream. `EVENTS.md` of this crate describes its JSON form.

use std::sync::Arc;

use serde::Serialize;

use crate::Mode;
use crate::Recap;

/// The version of the event schema; it grows when a field is removed or changes its meaning.
pub const SCHEMA: u32 = 1;

/// One thing that happened. Events of a run are numbered without gaps, in the order in which they count.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// Number within the run, from 0.
    pub sequence: u64,
    /// Seconds since the run began.
    pub elapsed: f64,
    /// What.
    #[serde(rename = "event")]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "events are made one at a time, handed on and dropped"
)]
pub enum EventKind {
    /// The run begins.
    RunStarted {
        /// [`SCHEMA`].
        schema: u32,
        /// Forecast or real run.
        mode: Mode,
        /// How many hosts take part.
        hosts: usize,
    },
    /// Another playbook of the same run begins.
    PlaybookStarted {
        /// Its path, as it was named.
        path: String,
        /// How many plays it has.
        plays: usize,
        /// What came of the run so far.
        recap: Recap,
    },
    /// A play begins.
    PlayStarted {
        /// Its name.
        name: String,
        /// Its hosts, in order.
        hosts: Vec<Arc<str>>,
    },
    /// A batch of a play with `serial` begins; the first one, too, when there are several.
    BatchStarted {
        /// The play's name.
        name: String,
        /// Number of the batch, from 0.
        number: usize,
        /// Its hosts, in order.
        hosts: Vec<Arc<str>>,
    },
    /// A play has no host and is left out.
    PlaySkipped {
        /// Its name.
        name: String,
        /// Why.
        why: String,
    },
    /// A task begins on all its hosts.
    TaskStarted {
        /// Which.
        task: TaskRef,
    },
    /// A task ended on a host (or one item of its loop did).
    HostTask {
        /// Which task.
        task: TaskRef,
        /// Which host.
        host: Arc<str>,
        /// The item of a loop, as it is shown.
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<String>,
        /// The host it was done on instead.
        #[serde(skip_serializing_if = "Option::is_none")]
        delegated_to: Option<Arc<str>>,
        /// What came of it.
        outcome: Outcome,
    },
    /// A task is tried again on a host (`until`, `retries`): told at once, before the task ends anywhere.
    HostRetry {
        /// Which task.
        task: TaskRef,
        /// Which host.
        host: Arc<str>,
        /// The item of a loop, as it is shown.
        #[serde(skip_serializing_if = "Option::is_none")]
        item: Option<String>,
        /// The host it was done on instead.
        #[serde(skip_serializing_if = "Option::is_none")]
        delegated_to: Option<Arc<str>>,
        /// Number of the try that was not enough, from 1.
        attempt: u64,
        /// How many are left.
        left: u64,
        /// Seconds until the next one.
        delay: f64,
        /// What is waited for, or why the try failed.
        why: String,
    },
    /// A declared prediction was not met: a defect of the task type.
    ForecastMissed {
        /// Which task.
        task: TaskRef,
        /// Which host.
        host: Arc<str>,
        /// The fact, as `package haproxy`.
        fact: String,
        /// What was predicted.
        predicted: serde_json::Value,
        /// What is.
        found: serde_json::Value,
    },
    /// A host was lost: it is unreachable for the rest of the run.
    HostLost {
        /// Which.
        host: Arc<str>,
        /// Why.
        message: String,
        /// What to do.
        #[serde(skip_serializing_if = "Option::is_none")]
        help: Option<String>,
    },
    /// Handlers that an earlier run notified and did not run are notified again.
    HandlersRecovered {
        /// Which host.
        host: Arc<str>,
        /// Their names.
        handlers: Vec<String>,
    },
    /// Something worth knowing.
    Note {
        /// The text.
        text: String,
    },
    /// The run ends.
    RunFinished {
        /// Counts for each host, sorted by name.
        recap: Recap,
    },
}

/// Which task.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct TaskRef {
    /// Number of the play, from 0.
    pub play: usize,
    /// Number of the task within the play.
    pub number: usize,
    /// `role : name`.
    pub name: Arc<str>,
    /// The task type in full.
    pub module: Arc<str>,
    /// `file:line:column`.
    pub at: Arc<str>,
    /// Whether it is a handler.
    pub handler: bool,
}

/// What came of a task on a host.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// The grade.
    pub status: Status,
    /// `sure`, or what it depends on: then the changes are those that may happen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_after_apply: Option<String>,
    /// Why nothing was done, or why it was skipped.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What was included: the path of a file, or the name of a role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub included: Option<String>,
    /// What changed or would change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ShownChange>,
    /// What the keyword `diff` says: differences are shown although nobody asked for them, or not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<bool>,
    /// What a person is told (`debug`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Hints about the task.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Why there is no result: `of no_log`, or that a secret is in the arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<&'static str>,
    /// The result as `register` knows it; absent where it is hidden.
    #[serde(skip_serializing_if = "serde_json::Value::is_null")]
    pub result: serde_json::Value,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl Outcome {
    /// An outcome of this grade, with nothing to show.
    pub(crate) fn new(status: Status) -> Outcome {
        Outcome {
            status,
            known_after_apply: None,
            why: String::new(),
            included: None,
            changes: Vec::new(),
            diff: None,
            message: None,
            warnings: Vec::new(),
            hidden: None,
            result: serde_json::Value::Null,
            failure: None,
        }
    }
}

/// The grade of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The host was so already.
    Ok,
    /// The host was changed, or would be.
    Changed,
    /// The task did not apply.
    Skipped,
    /// The task failed.
    Failed,
    /// The task failed and its play goes on (`ignore_errors`).
    Ignored,
}

/// Why a task failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Failure {
    /// What is wrong.
    pub message: String,
    /// The step: `change 2 of 3: write /etc/haproxy/haproxy.cfg`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// Standard error of the program that failed, whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub stderr: String,
    /// `file:line:column` of the cause, where it is not the task itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub help: Vec<String>,
    /// What the result's `msg` says, where playbooks look for Ansible's words; the message otherwise.
    #[serde(skip)]
    pub in_result: Option<String>,
}

/// A change as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ShownChange {
    /// `create`, `update`, `delete` or `run`.
    pub action: &'static str,
    /// What: a path, or what a program does.
    pub subject: String,
    /// A unified diff; empty when there is nothing to show, or it must not be shown.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub diff: Arc<str>,
}
