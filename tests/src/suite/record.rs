//! What a program said of a run.

use serde::Deserialize;
use serde::Serialize;

/// A run that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its exit code; -1 when a signal ended it.
    pub code: i32,
    /// The counts of its recap for the one host.
    pub counts: Counts,
    /// What came of each task, in order.
    pub steps: Vec<Step>,
    /// Why it did not end with 0, in a line.
    pub why: String,
}

/// The counts of a recap, by Ansible's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Tasks that ended well, changed and ignored ones included.
    pub ok: usize,
    /// Tasks that changed something.
    pub changed: usize,
    /// Tasks that did not apply.
    pub skipped: usize,
    /// Failures that a `rescue` took.
    pub rescued: usize,
    /// Failures that were ignored.
    pub ignored: usize,
    /// Failures.
    #[serde(alias = "failures")]
    pub failed: usize,
}

/// What came of a task on the host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Its type.
    pub module: String,
    /// `ok`, `changed`, `skipped`, `failed` or `ignored`.
    pub status: String,
}

impl Counts {
    /// How many tasks were executed.
    pub fn tasks(&self) -> usize {
        self.ok + self.skipped + self.rescued + self.failed
    }
}

impl Record {
    /// How many tasks of the type `assert` ended well.
    pub fn asserts(&self) -> usize {
        let passed = |step: &&Step| step.short() == "assert" && step.status == "ok";
        self.steps.iter().filter(passed).count()
    }
}

impl Step {
    /// The task type's short name.
    pub fn short(&self) -> &str {
        self.module.rsplit('.').next().unwrap_or_default()
    }
}
