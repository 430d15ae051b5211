//! The event stream of `--format json`, read back.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The events of a run, as far as tests look at them.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// What came of each task on each host, in order.
    pub tasks: Vec<HostTask>,
    /// Predictions that were not met, and hosts that were lost, as they were told.
    pub defects: Vec<Value>,
    /// The counts per host and word (`changed`, `failed`, ...).
    pub recap: BTreeMap<String, BTreeMap<String, usize>>,
}

/// What came of a task on a host, for one item of its loop.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct HostTask {
    /// Which task.
    pub task: Task,
    /// Which host.
    pub host: String,
    /// Which item.
    pub item: Option<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// Which task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Task {
    /// The play's number.
    pub play: usize,
    /// The task's number in the play.
    pub number: usize,
    /// Its name.
    pub name: String,
}

/// What came of a task.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Outcome {
    /// `ok`, `changed`, `skipped`, `failed` or `ignored`.
    pub status: String,
    /// What a forecast depends on; absent when it is sure.
    pub known_after_apply: Option<String>,
    /// What changed or would change.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// What it said.
    pub message: Option<String>,
    /// Why it failed.
    pub failure: Option<Value>,
}

/// A change as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Change {
    /// `create`, `update`, `delete` or `run`.
    pub action: String,
    /// What.
    pub subject: String,
    /// The unified diff.
    #[serde(default)]
    pub diff: String,
}

impl Events {
    /// Reads JSON lines.
    ///
    /// # Errors
    /// When a line is no event.
    pub fn read(text: &str) -> serde_json::Result<Events> {
        let mut events = Events::default();
        for line in text.lines() {
            let mut line: Value = serde_json::from_str(line)?;
            let mut event = line["event"].take();
            match event["type"].as_str() {
                Some("host_task") => events.tasks.push(serde_json::from_value(event)?),
                Some("forecast_missed" | "host_lost") => events.defects.push(event),
                Some("run_finished") => {
                    events.recap = serde_json::from_value(event["recap"]["hosts"].take())?;
                }
                _ => {}
            }
        }
        Ok(events)
    }

    /// The tasks that changed a host, or would or may change it.
    pub fn changed(&self) -> Vec<&HostTask> {
        self.tasks
            .iter()
            .filter(|task| task.outcome.status == "changed")
            .collect()
    }

    /// The tasks that failed, with the reasons, for messages.
    pub fn failures(&self) -> Vec<&HostTask> {
        self.tasks
            .iter()
            .filter(|task| task.outcome.status == "failed")
            .collect()
    }
}
