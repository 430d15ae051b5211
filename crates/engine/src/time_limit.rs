//! `timeout`: how long a task may take on a host.

use std::time::Duration;

use evenkeel_host::Output;
use evenkeel_tasks::Returned;
use serde_json::json;

use crate::Failure;
use crate::arguments::Stop;

/// The longest that Ansible takes, in seconds.
const LONGEST: i64 = 100_000_000;

/// What `timeout(1)` of coreutils ends with: when it asked the program to end, and when it had to make it.
const ENDED: [i32; 2] = [124, 137];

/// The limit that `timeout` means; 0 is none.
pub(crate) fn of(seconds: Option<i64>) -> Result<Option<Duration>, Failure> {
    match seconds {
        None | Some(0) => Ok(None),
        Some(seconds @ 1..=LONGEST) => Ok(u64::try_from(seconds).ok().map(Duration::from_secs)),
        Some(wrong) => Err(Failure {
            message: format!("Task failed: Timeout {wrong} is invalid, it must be between 0 and {LONGEST}."),
            ..Failure::default()
        }),
    }
}

/// Whether a program was ended because its time was over.
pub(crate) fn is_over(limit: Duration, failed: &evenkeel_host::Failure) -> bool {
    let ended = |output: &Output| ENDED.contains(&output.code) && output.seconds + 0.1 >= limit.as_secs_f64();
    match failed {
        evenkeel_host::Failure::Failed(output) | evenkeel_host::Failure::Invalid(output) => ended(output),
        evenkeel_host::Failure::Stale(_) | evenkeel_host::Failure::OutcomeUnknown(_) => false,
    }
}

/// How a task ends whose time was over.
pub(crate) fn over(limit: Duration) -> Stop {
    let seconds = limit.as_secs();
    let failure = Failure {
        message: format!("Task failed: Timed out after {seconds} second(s)."),
        help: vec!["give it more time with `timeout`, or find out what it waits for".to_owned()],
        ..Failure::default()
    };
    let mut returned = Returned::new();
    let timed_out = json!({"frame": "a program on the host", "period": seconds});
    returned.insert("timedout".to_owned(), evenkeel_host::Known::Is(timed_out));
    Stop::Failed(Box::new(failure), returned)
}
