//! Processes by an identity that survives the reuse of numbers.

use std::fs;
use std::time::Duration;
use std::time::Instant;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use serde::Deserialize;
use serde::Serialize;

/// A process: its number and when it started, in clock ticks since boot (proc(5), `stat`, field 22).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    /// Its number.
    pub(crate) pid: u32,
    started: u64,
}

impl Process {
    /// The living process of that number.
    pub(crate) fn of(pid: u32) -> Option<Process> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The second field is the program's name in parentheses and may hold anything.
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        if fields.next() == Some("Z") {
            return None;
        }
        Some(Process {
            pid,
            started: fields.nth(18)?.parse().ok()?,
        })
    }

    /// This process.
    pub(crate) fn own() -> Option<Process> {
        Process::of(std::process::id())
    }

    /// Whether it still runs.
    pub(crate) fn lives(self) -> bool {
        Process::of(self.pid) == Some(self)
    }

    /// Ends it at once, if it still is the one.
    pub(crate) fn kill(self) {
        self.signal(Signal::KILL);
    }

    /// Sends a signal, if it still is the one.
    pub(crate) fn signal(self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.pid.cast_signed()).filter(|_| self.lives()) {
            // It may have ended by itself in between, which is as good.
            let _ended = kill_process(pid, signal);
        }
    }

    /// Waits until it has ended; says whether it did.
    pub(crate) fn wait(self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        while self.lives() {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        true
    }

    /// Its children.
    pub(crate) fn children(self) -> Vec<Process> {
        let path = format!("/proc/{0}/task/{0}/children", self.pid);
        let text = fs::read_to_string(path).unwrap_or_default();
        text.split_whitespace()
            .filter_map(|pid| Process::of(pid.parse().ok()?))
            .collect()
    }
}
