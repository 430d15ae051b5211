//! What came of one attempt at a task: for the event, for `register`, and for the run.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Var;
use evenkeel_playbook::template;
use evenkeel_tasks::Addition;
use evenkeel_tasks::Control;
use evenkeel_tasks::Returned;
use evenkeel_tasks::Stats;

use crate::Failure;
use crate::Outcome;
use crate::Status;
use crate::failure;
use crate::include::Inclusion;
use crate::machines::Assumption;

/// What the result of each failed task has in ansible-core 2.19, with this text unless tracebacks are asked for; not shown.
pub(crate) const EXCEPTION: &str = "exception";

/// Stands for what must not be shown.
pub(crate) const HIDDEN: &str = "(hidden)";

/// What came of one attempt.
pub(crate) struct Attempted {
    pub(crate) outcome: Outcome,
    pub(crate) returned: Returned,
    /// Nothing of the result is known before apply, not even its keys.
    pub(crate) unknown: Option<Arc<str>>,
    /// Variables that were set, for a task that runs once for all.
    pub(crate) variables: Vec<(Arc<str>, Var)>,
    /// Variables below these (`include_vars`), likewise.
    pub(crate) read: Vec<(Arc<str>, Var)>,
    /// Facts that were returned, likewise.
    pub(crate) facts: Vec<(String, Known<serde_json::Value>)>,
    pub(crate) control: Option<Control>,
    /// What it includes.
    pub(crate) included: Option<Inclusion>,
    /// The host was lost.
    pub(crate) lost: Option<evenkeel_host::Error>,
    /// Predictions that were not met.
    pub(crate) missed: Vec<Missed>,
    /// Handlers that were recorded on the host before it.
    pub(crate) recorded: Vec<String>,
    /// What was only forecast without knowing all it does.
    pub(crate) assumes: Option<Assumption>,
    /// What is assumed of it where it goes on after it.
    pub(crate) goes_on: Option<Arc<str>>,
    /// What is added to the inventory of the run.
    pub(crate) additions: Vec<Addition>,
    /// What the end of the run tells.
    pub(crate) stats: Option<Stats>,
    /// Why the result must not be shown.
    pub(crate) hidden: Option<&'static str>,
    /// The host on which it was done instead: in a loop, each item may have another one.
    pub(crate) delegated_to: Option<Arc<str>>,
}

/// A prediction that was not met.
pub(crate) struct Missed {
    pub(crate) fact: String,
    pub(crate) predicted: serde_json::Value,
    pub(crate) found: serde_json::Value,
}

impl Missed {
    /// The name of the fact alone.
    pub(crate) fn hidden(self) -> Missed {
        Missed {
            predicted: HIDDEN.into(),
            found: HIDDEN.into(),
            ..self
        }
    }
}

impl Attempted {
    /// An end of this grade with nothing to show.
    pub(crate) fn new(status: Status) -> Attempted {
        let mut returned = Returned::new();
        returned.insert("changed".to_owned(), Known::Is(false.into()));
        Attempted {
            outcome: Outcome::new(status),
            returned,
            unknown: None,
            variables: Vec::new(),
            read: Vec::new(),
            facts: Vec::new(),
            control: None,
            included: None,
            lost: None,
            missed: Vec::new(),
            recorded: Vec::new(),
            assumes: None,
            goes_on: None,
            additions: Vec::new(),
            stats: None,
            hidden: None,
            delegated_to: None,
        }
    }

    /// A task that does not apply, because of this condition.
    pub(crate) fn unmet(condition: String) -> Attempted {
        let mut attempted = Attempted::skipped("Conditional result was False", "skip_reason");
        attempted.outcome.why = format!("`{condition}` is false");
        match condition.as_str() {
            "false" => attempted.put("false_condition", false),
            _ => attempted.put("false_condition", condition),
        }
        attempted
    }

    /// Facts, which are fetched when something refers to them.
    pub(crate) fn lazy() -> Attempted {
        let mut attempted = Attempted::new(Status::Ok);
        attempted.outcome.why = "facts are fetched when something refers to them".to_owned();
        attempted.put("failed", false);
        attempted
    }

    /// A loop over nothing.
    pub(crate) fn no_items() -> Attempted {
        let mut attempted = Attempted::skipped("No items in the list", "skipped_reason");
        attempted.outcome.why = "no items in the list".to_owned();
        attempted.put("results", Vec::<String>::new());
        attempted
    }

    fn skipped(reason: &str, key: &str) -> Attempted {
        let mut attempted = Attempted::new(Status::Skipped);
        attempted.put("skipped", true);
        attempted.put(key, reason);
        attempted
    }

    /// Something of which nothing can be said before apply; `changes` says whether it could change a machine.
    pub(crate) fn unknown(why: &str, changes: bool) -> Attempted {
        let mut attempted = Attempted::new(if changes { Status::Changed } else { Status::Ok });
        if changes {
            attempted
                .returned
                .insert("changed".to_owned(), Known::unknown(why));
        }
        attempted.unknown = Some(why.into());
        attempted.outcome.known_after_apply = Some(why.to_owned());
        attempted
    }

    /// A failure before anything was looked at.
    pub(crate) fn failed(failure: Failure) -> Attempted {
        let mut attempted = Attempted::new(Status::Failed);
        attempted.fail(failure);
        attempted
    }

    /// Turns it into a failure.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.put("failed", true);
        self.put(EXCEPTION, "(traceback unavailable)");
        self.returned.entry("msg".to_owned()).or_insert_with(|| {
            let text = failure.in_result.as_ref().unwrap_or(&failure.message);
            Known::Is(text.clone().into())
        });
        self.outcome.status = Status::Failed;
        self.outcome.failure = Some(self.hidden.map_or(failure, failure::censored));
    }

    /// Adds to the result.
    pub(crate) fn put(&mut self, key: &str, value: impl Into<serde_json::Value>) {
        self.returned.insert(key.to_owned(), Known::Is(value.into()));
    }

    /// Whether the result says that something changed.
    pub(crate) fn changed(&self) -> bool {
        is_true(self.returned.get("changed"))
    }

    /// The result as a variable.
    pub(crate) fn registered(&self) -> Var {
        registered(&self.returned, self.unknown.as_ref(), self.hidden.is_some())
    }
}

/// A result as a variable; all of it is unknown when `unknown` says why.
pub(crate) fn registered(returned: &Returned, unknown: Option<&Arc<str>>, secret: bool) -> Var {
    match unknown {
        Some(why) => Var {
            stored: Stored::Unknown(Arc::clone(why)),
            secret,
        },
        None => Var {
            secret,
            ..Var::data(template::dictionary(returned))
        },
    }
}

/// Whether a part of a result is `true`.
pub(crate) fn is_true(value: Option<&Known<serde_json::Value>>) -> bool {
    matches!(value, Some(Known::Is(serde_json::Value::Bool(true))))
}
