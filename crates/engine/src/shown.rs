//! What a person sees of a task's changes, secrets left out.

use evenkeel_host::Change;
use evenkeel_tasks::Plan;

use crate::ShownChange;
use crate::attempt::Attempt;
use crate::diff;

impl Attempt<'_> {
    /// What is shown of a plan.
    pub(crate) fn shown(&self, plan: &Plan) -> Vec<ShownChange> {
        if self.no_log {
            return plan
                .changes
                .first()
                .map(|_| hidden("update"))
                .into_iter()
                .collect();
        }
        let mut states: Vec<_> = plan.shows.iter().map(diff::shown_state).collect();
        if self.hides_diff() {
            states.iter_mut().for_each(|state| state.diff = "".into());
        }
        let told = |change: &&Change| !matches!(change, Change::Run(_)) || states.is_empty();
        let changes = plan
            .changes
            .iter()
            .filter(told)
            .map(|change| self.shown_change(change));
        if self.secret {
            return changes.chain(states.first().map(|_| hidden("update"))).collect();
        }
        changes.chain(states.iter().cloned()).collect()
    }

    /// What is shown of a change.
    pub(crate) fn shown_change(&self, change: &Change) -> ShownChange {
        match change {
            Change::Run(_) if self.secret => hidden("run"),
            change if self.hides_diff() => ShownChange {
                diff: "".into(),
                ..diff::shown(change)
            },
            change => diff::shown(change),
        }
    }

    /// Whether the task says `diff: false`.
    fn hides_diff(&self) -> bool {
        self.diff == Some(false)
    }
}

fn hidden(action: &'static str) -> ShownChange {
    ShownChange {
        action,
        subject: "(hidden)".to_owned(),
        diff: "".into(),
    }
}
