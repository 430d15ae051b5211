//! What became of each host, and of the run.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::Status;

/// Counts of one host, as Ansible's PLAY RECAP has them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Tasks that ended well, changed ones included.
    pub ok: usize,
    /// Tasks that changed something, or would.
    pub changed: usize,
    /// Of these, tasks whose change is known only after apply.
    pub unknown: usize,
    /// 1 when the host was lost.
    pub unreachable: usize,
    /// Tasks that failed, those apart that a `rescue` took.
    pub failed: usize,
    /// Tasks that did not apply.
    pub skipped: usize,
    /// Failures that a `rescue` took.
    pub rescued: usize,
    /// Failures that were ignored.
    pub ignored: usize,
}

/// Counts for each host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Recap {
    /// Host to counts, sorted by name.
    pub hosts: BTreeMap<Arc<str>, Counts>,
}

impl Counts {
    /// Counts a task as Ansible does; `rescued` says whether a `rescue` takes its failure.
    pub(crate) fn add(&mut self, status: Status, changed: bool, unknown: bool, rescued: bool) {
        match status {
            Status::Ok => self.ok += 1,
            Status::Changed => {
                self.ok += 1;
                self.changed += 1;
                self.unknown += usize::from(unknown);
            }
            Status::Skipped => self.skipped += 1,
            Status::Failed if rescued => self.rescued += 1,
            Status::Failed => self.failed += 1,
            Status::Ignored => {
                self.ok += 1;
                self.changed += usize::from(changed);
                self.ignored += 1;
            }
        }
    }
}

impl Recap {
    /// Whether any host would change or did change.
    pub fn changed(&self) -> bool {
        self.hosts.values().any(|counts| counts.changed > 0)
    }

    /// Whether a task failed for good on any host.
    pub fn failed(&self) -> bool {
        self.hosts.values().any(|counts| counts.failed > 0)
    }

    /// Whether any host was lost.
    pub fn unreachable(&self) -> bool {
        self.hosts.values().any(|counts| counts.unreachable > 0)
    }
}
