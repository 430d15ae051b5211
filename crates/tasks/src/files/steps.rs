//! Changes that are put together piece by piece.

use evenkeel_host::Certainty;
use evenkeel_host::Change;

use crate::Plan;

/// Changes, and what they depend on that is not known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Steps {
    /// The changes, in order.
    pub(crate) changes: Vec<Change>,
    /// What is known only after apply and decides on them.
    pub(crate) unsure: Option<String>,
    /// Hints.
    pub(crate) warnings: Vec<String>,
}

impl Steps {
    /// These changes at most, because `why` is not known.
    pub(crate) fn unsure(changes: Vec<Change>, why: &str) -> Steps {
        Steps {
            changes,
            unsure: Some(why.to_owned()),
            warnings: Vec::new(),
        }
    }

    /// Adds more.
    pub(crate) fn extend(&mut self, more: Steps) {
        self.changes.extend(more.changes);
        self.warnings.extend(more.warnings);
        if self.unsure.is_none() {
            self.unsure = more.unsure;
        }
    }

    /// The plan; `why` says why nothing is to be done, where that is so.
    pub(crate) fn into_plan(self, why: impl FnOnce() -> String) -> Plan {
        let certainty = self.unsure.map_or(Certainty::Sure, Certainty::Unknown);
        let nothing = self.changes.is_empty() && certainty == Certainty::Sure;
        let unchanged = if nothing { why() } else { String::new() };
        Plan {
            changes: self.changes,
            certainty,
            warnings: self.warnings,
            ..Plan::unchanged(unchanged)
        }
    }
}
