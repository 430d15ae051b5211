//! `timeout` and `async`: how long a task may take on a host.

use std::time::Duration;

use evenkeel_host::Known;
use evenkeel_host::Output;
use evenkeel_tasks::Returned;
use serde_json::json;

use crate::Failure;
use crate::arguments::Stop;

/// The longest that Ansible takes, in seconds.
const LONGEST: i64 = 100_000_000;

/// What `timeout(1)` of coreutils ends with: when it asked the program to end, and when it had to make it.
const ENDED: [i32; 2] = [124, 137];

/// How long a task may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) time: Duration,
    /// Whether `async` says so.
    awaited: bool,
}

/// The limit that `timeout` and `async` mean; 0 is none.
pub(crate) fn of(seconds: Option<i64>, awaited: Option<i64>) -> Result<Option<Limit>, Failure> {
    if let Some(wrong) = seconds.filter(|seconds| !(0..=LONGEST).contains(seconds)) {
        return Err(Failure {
            message: format!("Task failed: Timeout {wrong} is invalid, it must be between 0 and {LONGEST}."),
            ..Failure::default()
        });
    }
    let limit = |seconds: Option<i64>, awaited: bool| {
        let seconds = seconds.and_then(|seconds| u64::try_from(seconds).ok());
        seconds.filter(|seconds| *seconds > 0).map(|seconds| Limit {
            time: Duration::from_secs(seconds),
            awaited,
        })
    };
    let both = limit(seconds, false).into_iter().chain(limit(awaited, true));
    Ok(both.min_by_key(|limit| limit.time))
}

impl Limit {
    /// Whether a program was ended because its time was over.
    pub(crate) fn is_over(self, failed: &evenkeel_host::Failure) -> bool {
        let ended =
            |output: &Output| ENDED.contains(&output.code) && output.seconds + 0.1 >= self.time.as_secs_f64();
        match failed {
            evenkeel_host::Failure::Failed(output) | evenkeel_host::Failure::Invalid(output) => ended(output),
            evenkeel_host::Failure::Stale(_) | evenkeel_host::Failure::OutcomeUnknown(_) => false,
        }
    }

    /// How a task ends whose time was over.
    pub(crate) fn over(self) -> Stop {
        let seconds = self.time.as_secs();
        let mut returned = Returned::new();
        let message = if self.awaited {
            "Timeout exceeded".to_owned()
        } else {
            let timed_out = json!({"frame": "a program on the host", "period": seconds});
            returned.insert("timedout".to_owned(), Known::Is(timed_out));
            format!("Task failed: Timed out after {seconds} second(s).")
        };
        let keyword = if self.awaited { "async" } else { "timeout" };
        let help = format!("give it more time with `{keyword}`, or find out what it waits for");
        let failure = Failure {
            message,
            help: vec![help],
            ..Failure::default()
        };
        Stop::Failed(Box::new(failure), returned)
    }
}
