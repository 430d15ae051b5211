//! `until`: a task is done again until its condition holds, as often as it may.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use evenkeel_host::Known;
use evenkeel_yaml::Problem;

use crate::EventKind;
use crate::Failure;
use crate::Mode;
use crate::Status;
use crate::TaskRef;
use crate::attempt::Attempt;
use crate::attempted::Attempted;
use crate::failure;
use crate::judge;
use crate::looped;
use crate::machines::Assumption;
use crate::scope::Tiers;
use crate::settings;
use crate::task_run::One;
use crate::task_run::TaskRun;

/// How often one looks whether the run was stopped while a task waits.
const GLANCE: Duration = Duration::from_millis(100);

/// A try that was not enough.
pub(crate) struct Retried {
    pub(crate) host: Arc<str>,
    pub(crate) item: Option<String>,
    pub(crate) delegated_to: Option<Arc<str>>,
    pub(crate) attempt: u64,
    pub(crate) left: u64,
    pub(crate) delay: f64,
    pub(crate) why: String,
}

impl Retried {
    /// What is told of it.
    pub(crate) fn event(self, task: &TaskRef) -> EventKind {
        EventKind::HostRetry {
            task: task.clone(),
            host: self.host,
            item: self.item,
            delegated_to: self.delegated_to,
            attempt: self.attempt,
            left: self.left,
            delay: self.delay,
            why: self.why,
        }
    }
}

/// How often a task is done, and how long it waits in between.
struct Rule {
    /// The first time, and every retry.
    tries: u64,
    delay: f64,
}

/// How many times more, and after how many seconds, a task with `until` that says nothing else.
const DEFAULT: (i64, f64) = (3, 5.0);

impl Rule {
    fn of(run: &TaskRun<'_>, attempt: &Attempt<'_>) -> Result<Rule, Failure> {
        let scope = attempt.scope();
        let retry = &run.task.card.retry;
        let templar = &run.world.templar;
        let retries = settings::number(templar, retry.retries.as_ref(), &scope)?;
        let retries = retries.unwrap_or(if retry.until.is_empty() { 0 } else { DEFAULT.0 });
        let delay = settings::seconds(templar, retry.delay.as_ref(), &scope)?.unwrap_or(DEFAULT.1);
        Ok(Rule {
            tries: 1 + u64::try_from(retries).unwrap_or(0),
            delay: if delay < 0.0 { 1.0 } else { delay },
        })
    }
}

/// Whether a try was enough.
enum Met {
    Yes,
    /// Why not.
    No(String),
    /// It is known only after apply.
    Unknown(Arc<str>),
}

impl TaskRun<'_> {
    /// Does the task, again and again where `until` or `retries` say so.
    pub(crate) fn retried(&self, attempt: &mut Attempt<'_>, item: &One<'_>) -> Attempted {
        let tiers = &item.tiers;
        let rule = match Rule::of(self, attempt) {
            Ok(rule) => rule,
            Err(failure) => return attempt.refused(failure),
        };
        let mut number = 1;
        loop {
            let mut attempted = attempt.make();
            if attempted.lost.is_some() {
                return attempted;
            }
            if rule.tries > 1 {
                attempted.put("attempts", number);
            }
            judge::result(self, &mut attempted, tiers);
            let met = match rule.tries {
                1 => Ok(Met::Yes),
                _ => self.met(&attempted, tiers),
            };
            let why = match met {
                Ok(Met::Yes) => return attempted,
                Ok(Met::Unknown(why)) => return self.known_later(attempted, &why),
                Ok(Met::No(why)) if attempt.forecasts && self.world.options.mode == Mode::Plan => {
                    return self.looked_once(attempted, &why);
                }
                Ok(Met::No(why)) => why,
                Err(problem) => return attempt.refused(failure::of_condition(&problem)),
            };
            if number == rule.tries || self.stopped() {
                return exhausted(attempted, number.saturating_sub(1).max(1), why);
            }
            self.tell(Retried {
                host: Arc::clone(&attempt.host.name),
                item: item.looping.map(|(each, index)| {
                    if attempt.no_log {
                        return looped::CENSORED.to_owned();
                    }
                    let scope = judge::with_result(self, &attempted, tiers);
                    each.label(self, &scope, index).unwrap_or_default()
                }),
                delegated_to: attempt.delegate().map(|host| Arc::clone(&host.name)),
                attempt: number,
                left: rule.tries - number,
                delay: rule.delay,
                why: attempted.hidden.map_or(why, str::to_owned),
            });
            self.wait(attempt, rule.delay);
            number += 1;
        }
    }

    fn met(&self, attempted: &Attempted, tiers: &Tiers) -> Result<Met, Problem> {
        let conditions = &self.task.card.retry.until;
        if conditions.is_empty() {
            let failed = attempted.outcome.failure.as_ref();
            return Ok(match (attempted.outcome.status, failed) {
                (Status::Failed, Some(failure)) => Met::No(failure.message.clone()),
                (Status::Failed, None) => Met::No("it failed".to_owned()),
                _ => Met::Yes,
            });
        }
        let scope = judge::with_result(self, attempted, tiers);
        Ok(match judge::all(&self.world.templar, conditions, &scope)? {
            Known::Is(None) => Met::Yes,
            Known::Is(Some(condition)) => Met::No(format!("`{condition}` does not hold yet")),
            Known::Unknown(why) => Met::Unknown(why),
        })
    }

    /// Waits, and forgets what the machine answered, so that the next try looks again. In memory no time passes.
    fn wait(&self, attempt: &Attempt<'_>, seconds: f64) {
        let Ok(machine) = &attempt.way else {
            return;
        };
        machine.forget();
        if self.takes_time(&attempt.on) {
            self.pause(seconds);
        }
    }

    /// Waits so many seconds, unless the run is stopped.
    pub(crate) fn pause(&self, seconds: f64) {
        let until = Instant::now() + Duration::try_from_secs_f64(seconds).unwrap_or_default();
        while let Some(left) = until
            .checked_duration_since(Instant::now())
            .filter(|_| !self.stopped())
        {
            std::thread::sleep(left.min(GLANCE));
        }
    }

    fn stopped(&self) -> bool {
        self.world.stop.load(Ordering::Relaxed)
    }

    /// How a task ends in a forecast, which looks once. What fails without `until` fails as things stand.
    fn looked_once(&self, attempted: Attempted, why: &str) -> Attempted {
        match self.task.card.retry.until.is_empty() {
            true => attempted,
            false => self.known_later(attempted, &format!("waiting: {why}")),
        }
    }

    /// How a task ends whose condition was not met, or not known, when it was looked at before: nothing of its result
    /// is sure, and it has not failed; what comes after it assumes that it will not.
    fn known_later(&self, mut attempted: Attempted, why: &str) -> Attempted {
        let changes = attempted.changed() || self.task.card.body.module.changes;
        let outcome = &mut attempted.outcome;
        if let Some(failure) = outcome.failure.take() {
            let warning = format!("it fails if that stays so: {}", failure.message);
            outcome.warnings.push(warning);
            outcome.status = if changes { Status::Changed } else { Status::Ok };
        }
        outcome.known_after_apply.get_or_insert_with(|| why.to_owned());
        attempted.unknown.get_or_insert_with(|| why.into());
        let ends_well = Assumption::of_all(format!("`{}` ends well", self.task.title()));
        Assumption::join(&mut attempted.assumes, Some(ends_well));
        attempted
    }
}

/// How a task ends that was tried often enough: failed, with the number of its retries.
fn exhausted(mut attempted: Attempted, attempts: u64, why: String) -> Attempted {
    attempted.put("attempts", attempts);
    if let Some(Known::Is(serde_json::Value::Bool(false))) = attempted.returned.get("failed_when_result") {
        // Ansible's result says so, and its verdict is that of `failed_when`.
        attempted.put("failed", true);
        return attempted;
    }
    if attempted.outcome.status != Status::Failed {
        // What Ansible registers of a result that has no message.
        let unknown = || Known::Is("Task failed: Action failed: Unknown error.".into());
        attempted.returned.entry("msg".to_owned()).or_insert_with(unknown);
        attempted.fail(Failure {
            message: format!("{why}, given up after {attempts} retries"),
            ..Failure::default()
        });
    }
    attempted
}
