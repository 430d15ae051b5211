//! What came of a task on a host: its items summed up, the result registered, the handlers notified.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Var;
use evenkeel_tasks::Addition;
use evenkeel_tasks::Control;
use evenkeel_tasks::Returned;
use evenkeel_tasks::Stats;

use crate::Failure;
use crate::Outcome;
use crate::Status;
use crate::attempted::Attempted;
use crate::attempted::EXCEPTION;
use crate::attempted::Missed;
use crate::attempted::registered;
use crate::host_state::HostState;
use crate::include::Inclusion;
use crate::looped;
use crate::machines::Assumption;
use crate::notify;
use crate::scope::Tiers;
use crate::settings;
use crate::task_run::TaskRun;

/// What came of a task on a host.
#[derive(Default)]
pub(crate) struct TaskEnd {
    /// For each item of the loop, or once.
    pub(crate) outcomes: Vec<(Option<String>, Outcome)>,
    /// The hosts on which they were done instead.
    pub(crate) delegates: Vec<Option<Arc<str>>>,
    /// The result.
    pub(crate) returned: Returned,
    /// The result as it is registered.
    pub(crate) registered: Option<Var>,
    /// Variables that were set.
    pub(crate) variables: Vec<(Arc<str>, Var)>,
    /// Variables that were read from files (`include_vars`).
    pub(crate) read: Vec<(Arc<str>, Var)>,
    /// Facts that were returned, and whether they are secret.
    pub(crate) facts: (Vec<(String, Known<serde_json::Value>)>, bool),
    /// The grade of the task as a whole.
    pub(crate) status: Option<Status>,
    /// Whether anything changed, even where the task failed.
    pub(crate) changed: bool,
    /// What the task as a whole depends on.
    pub(crate) known_after_apply: Option<String>,
    /// What is notified, by the names in `notify`.
    pub(crate) notified: Vec<String>,
    pub(crate) controls: Vec<Control>,
    pub(crate) included: Vec<Inclusion>,
    pub(crate) lost: Option<evenkeel_host::Error>,
    /// Whether the result must not be shown.
    pub(crate) hidden: bool,
    pub(crate) missed: Vec<Missed>,
    /// What later forecasts on the machine assume.
    pub(crate) assumes: Option<Assumption>,
    /// What later forecasts for the host assume where it goes on.
    pub(crate) goes_on: Option<Arc<str>>,
    pub(crate) delegated_to: Option<Arc<HostState>>,
    /// What is added to the inventory of the run.
    pub(crate) additions: Vec<Addition>,
    /// What the end of the run tells.
    pub(crate) stats: Vec<Stats>,
}

impl TaskEnd {
    /// Sums the items up, registers the result, and says what is notified.
    pub(crate) fn of(
        run: &TaskRun<'_>,
        host: &Arc<HostState>,
        tiers: &Tiers,
        items: Vec<(Option<String>, Attempted)>,
        on: Option<Arc<HostState>>,
    ) -> TaskEnd {
        let mut end = TaskEnd {
            delegated_to: on,
            ..TaskEnd::default()
        };
        let looped = items.first().is_some_and(|(item, _)| item.is_some());
        let mut results = Vec::new();
        let mut unknown = None;
        let hidden = items.iter().any(|(_, attempted)| attempted.hidden.is_some());
        for (item, attempted) in items {
            unknown = unknown.or_else(|| attempted.unknown.clone());
            let options = &run.world.options;
            results.push(end.add(item, attempted, options.results || options.verbosity > 0));
        }
        end.hidden = hidden;
        end.ignore_loss(run, tiers);
        end.known_after_apply = end.dependence();
        end.returned = if looped {
            looped::result(&results, end.status, end.changed)
        } else {
            results.pop().unwrap_or_default()
        };
        if let Some(name) = &run.task.card.register {
            let variable = registered(&end.returned, unknown.as_ref(), hidden);
            host.set(name, variable.clone());
            end.registered = Some(variable);
        }
        if end.status == Some(Status::Changed) {
            match notify::reached(run, tiers) {
                Ok(reached) => end.notified = reached.names,
                Err(failure) => end.fail(failure),
            }
        }
        end
    }

    /// The end of a task whose job broke.
    pub(crate) fn crashed(message: &str) -> TaskEnd {
        TaskEnd::refused(Failure {
            message: format!("internal error: {message}"),
            help: vec!["please report this with the playbook".to_owned()],
            ..Failure::default()
        })
    }

    /// The end of a task that is not begun.
    pub(crate) fn refused(failure: Failure) -> TaskEnd {
        let mut end = TaskEnd::default();
        drop(end.add(None, Attempted::failed(failure), false));
        end
    }

    /// Adds an item, and hands back its result.
    fn add(&mut self, item: Option<String>, attempted: Attempted, told: bool) -> Returned {
        self.changed |= attempted.changed();
        let mut outcome = attempted.outcome;
        outcome.hidden = attempted.hidden;
        if attempted.hidden.is_none() && (told || outcome.failure.is_some()) {
            outcome.result = plain(&attempted.returned);
        }
        self.controls.extend(attempted.control);
        self.included.extend(attempted.included);
        let hidden = attempted.hidden;
        self.missed
            .extend(attempted.missed.into_iter().map(|missed| match hidden {
                None => missed,
                Some(_) => missed.hidden(),
            }));
        self.variables.extend(attempted.variables);
        self.read.extend(attempted.read);
        self.facts.0.extend(attempted.facts);
        self.facts.1 |= attempted.hidden.is_some();
        self.additions.extend(attempted.additions);
        self.stats.extend(attempted.stats);
        Assumption::join(&mut self.assumes, attempted.assumes);
        self.goes_on = self.goes_on.take().or(attempted.goes_on);
        self.lost = self.lost.take().or(attempted.lost);
        self.status = Some(worse(self.status, outcome.status));
        self.outcomes.push((item, outcome));
        self.delegates.push(attempted.delegated_to);
        attempted.returned
    }

    /// Turns it into a failure.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.status = Some(Status::Failed);
        if let Some((_, outcome)) = self.outcomes.last_mut() {
            outcome.status = Status::Failed;
            outcome.failure = Some(failure);
        }
    }

    /// With `ignore_unreachable` the play goes on with a host that was lost.
    fn ignore_loss(&mut self, run: &TaskRun<'_>, tiers: &Tiers) {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let keyword = run.task.keywords.ignore_unreachable.as_ref();
        let ignores = settings::flag(&run.world.templar, keyword, &scope);
        if self.lost.is_some() && matches!(ignores, Ok(Some(true))) {
            self.lost = None;
            self.status = Some(Status::Ignored);
            let failed = |outcome: &&mut (Option<String>, Outcome)| outcome.1.status == Status::Failed;
            let outcomes = self.outcomes.iter_mut().filter(failed);
            outcomes.for_each(|(_, outcome)| outcome.status = Status::Ignored);
        }
    }

    /// What the whole depends on; nothing when one item surely changes something.
    fn dependence(&self) -> Option<String> {
        let changes = |outcome: &Outcome| outcome.status == Status::Changed;
        let mut outcomes = self.outcomes.iter().map(|(_, outcome)| outcome);
        if outcomes
            .clone()
            .any(|outcome| changes(outcome) && outcome.known_after_apply.is_none())
        {
            return None;
        }
        outcomes.find_map(|outcome| outcome.known_after_apply.clone())
    }
}

/// The grade of a loop: failed before ignored before changed before ok before skipped.
fn worse(one: Option<Status>, other: Status) -> Status {
    let rank = |status: Status| match status {
        Status::Skipped => 0,
        Status::Ok => 1,
        Status::Changed => 2,
        Status::Ignored => 3,
        Status::Failed => 4,
    };
    one.filter(|one| rank(*one) >= rank(other)).unwrap_or(other)
}

/// A result for people: what is unknown is said so.
fn plain(returned: &Returned) -> serde_json::Value {
    let unknown = |why: &str| format!("(known after apply: {why})").into();
    let shown = |value: &Known<serde_json::Value>| match value {
        Known::Is(value) => evenkeel_tasks::json::with_unknown_parts(value, &unknown),
        Known::Unknown(why) => unknown(why),
    };
    let told = returned.iter().filter(|(key, _)| *key != EXCEPTION);
    let entries = told.map(|(key, value)| (key.clone(), shown(value)));
    serde_json::Value::Object(entries.collect())
}
