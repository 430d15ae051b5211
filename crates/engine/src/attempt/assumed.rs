//! Forecasts that rest on what an earlier task of the run is assumed to do.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Known;
use evenkeel_host::Look;

use super::Attempt;
use crate::Failure;
use crate::Memory;
use crate::Mode;
use crate::Status;
use crate::arguments::Stop;
use crate::attempted::Attempted;
use crate::attempted::HIDDEN;

/// A look that notes whether it was used.
pub(super) struct Noted<'l> {
    over: &'l dyn Look,
    used: AtomicBool,
}

impl<'l> Noted<'l> {
    pub(super) fn over(over: &'l dyn Look) -> Noted<'l> {
        Noted {
            over,
            used: AtomicBool::new(false),
        }
    }

    /// Whether anything was asked.
    pub(super) fn looked(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }
}

impl Look for Noted<'_> {
    fn look(&self, asks: &[Ask]) -> evenkeel_host::Result<Vec<Known<Answer>>> {
        self.used.fetch_or(!asks.is_empty(), Ordering::Relaxed);
        self.over.look(asks)
    }

    fn is_free(&self) -> bool {
        self.over.is_free()
    }
}

impl Attempt<'_> {
    /// A forecast in view of what is assumed of the machine: what was seen there may be otherwise by then, so nothing
    /// that comes of it is sure, least of all a failure.
    pub(super) fn assuming(
        &self,
        memory: &Arc<Memory>,
        made: Result<Attempted, Stop>,
        looked: bool,
    ) -> Result<Attempted, Stop> {
        let plans = self.run.world.options.mode == Mode::Plan;
        let machine = self.on.links.machine(memory).filter(|_| plans);
        let Some(assumed) = machine.and_then(|machine| machine.assumes()) else {
            return made;
        };
        let mut attempted = match made {
            Ok(attempted) => attempted,
            Err(Stop::Failed(failure, _)) if looked && self.undecided.is_none() => {
                return Ok(self.as_things_stand(&failure, &assumed));
            }
            Err(stop) => return Err(stop),
        };
        if let (Status::Failed, Some(failure)) = (attempted.outcome.status, &attempted.outcome.failure) {
            return Ok(self.as_things_stand(failure, &assumed));
        }
        if looked || self.run.task.card.body.module.changes {
            let known = &mut attempted.outcome.known_after_apply;
            known.get_or_insert_with(|| format!("assumes that {assumed}"));
        }
        if looked {
            attempted
                .unknown
                .get_or_insert_with(|| format!("whether {assumed}").into());
        }
        Ok(attempted)
    }

    /// A forecast that stands on a file of the controller, which a task there may have written anew by then.
    pub(super) fn leaning(&self, attempted: &mut Attempted) {
        let drafted = self.run.world.drafted.as_ref();
        if let Some(clause) = drafted.and_then(|drafted| drafted.assumes()) {
            let known = &mut attempted.outcome.known_after_apply;
            known.get_or_insert_with(|| format!("assumes that {clause}"));
        }
    }

    /// A task that would fail on the machine as it is seen now.
    fn as_things_stand(&self, failure: &Failure, assumed: &str) -> Attempted {
        let why = format!("whether {assumed}");
        if self.run.task.card.body.module.name == "fetch" {
            self.keep_more(&why);
        }
        let mut attempted = self.unsure(&why);
        let message = match attempted.hidden {
            Some(_) => HIDDEN,
            None => &failure.message,
        };
        if self.run.task.keywords.ignore_errors.is_none() {
            attempted.goes_on = Some(format!("`{}` does not fail", self.run.task.title()).into());
        }
        attempted.outcome.warnings = vec![format!("it fails if that is so: {message}")];
        attempted
    }
}
