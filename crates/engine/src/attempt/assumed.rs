//! Forecasts that rest on what an earlier task of the run is assumed to do.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Look;
use evenkeel_host::Want;
use evenkeel_tasks::Module;
use evenkeel_tasks::Plan;
use evenkeel_tasks::facts::arrivals;
use evenkeel_tasks::facts::setup::is_steady;

use super::Attempt;
use crate::Failure;
use crate::Memory;
use crate::Mode;
use crate::Status;
use crate::arguments::Stop;
use crate::attempted::Attempted;
use crate::attempted::HIDDEN;
use crate::machines::Assumption;
use crate::machines::Extent;

/// A look that notes what of it a wrong assumption would make otherwise.
pub(super) struct Noted<'l> {
    over: &'l Layer,
    module: &'static Module,
    assumed: Option<Assumption>,
    /// Whether an answer may be otherwise.
    leans: AtomicBool,
    /// Whether that is no matter for what is made of it.
    settled: AtomicBool,
    /// Whether something was missing that a package may bring: what fails without it may succeed.
    misses: AtomicBool,
}

impl<'l> Noted<'l> {
    pub(super) fn over(over: &'l Layer, module: &'static Module, assumed: Option<Assumption>) -> Noted<'l> {
        Noted {
            over,
            module,
            assumed,
            leans: AtomicBool::new(false),
            settled: AtomicBool::new(false),
            misses: AtomicBool::new(false),
        }
    }

    /// What was seen makes no difference to what is done, as long as that does not fail.
    fn settle(&self) {
        let few = self.extent() == Some(Extent::Arrivals);
        self.settled.fetch_or(few, Ordering::Relaxed);
    }

    fn extent(&self) -> Option<Extent> {
        self.assumed.as_ref().map(|assumed| assumed.extent)
    }

    /// Whether an answer may be otherwise.
    fn leans(&self) -> bool {
        self.leans.load(Ordering::Relaxed)
    }

    /// Whether a failure may be otherwise.
    fn may_succeed(&self) -> bool {
        self.leans() || self.misses.load(Ordering::Relaxed)
    }

    /// Why what was made of the answers is not sure: the rest of a sentence.
    fn doubt(&self) -> Option<&Arc<str>> {
        let unsettled = self.leans() && !self.settled.load(Ordering::Relaxed);
        self.assumed
            .as_ref()
            .map(|assumed| &assumed.clause)
            .filter(|_| unsettled)
    }

    /// Whether this answer is a list to which packages may have added by then.
    fn may_grow(&self, want: &Want) -> evenkeel_host::Result<bool> {
        Ok(!self.module.changes && arrivals::may_grow(want) && !self.over.remembers(want)?)
    }

    /// Whether packages may have brought by then what is missing.
    fn may_come(&self, want: &Want, answer: &Known<Answer>) -> evenkeel_host::Result<bool> {
        let Known::Is(answer) = answer else {
            return Ok(false);
        };
        Ok(arrivals::may_come(self.module.name, want, answer) && !self.over.remembers(want)?)
    }
}

impl Look for Noted<'_> {
    fn look(&self, asks: &[Ask]) -> evenkeel_host::Result<Vec<Known<Answer>>> {
        let answers = self.over.look(asks)?;
        match self.extent() {
            None => {}
            Some(Extent::All) => {
                self.leans.fetch_or(!asks.is_empty(), Ordering::Relaxed);
            }
            Some(Extent::Arrivals) => {
                for (ask, answer) in asks.iter().zip(&answers) {
                    self.leans.fetch_or(self.may_grow(&ask.want)?, Ordering::Relaxed);
                    self.misses
                        .fetch_or(self.may_come(&ask.want, answer)?, Ordering::Relaxed);
                }
            }
        }
        Ok(answers)
    }

    fn is_free(&self) -> bool {
        self.over.is_free()
    }
}

impl Attempt<'_> {
    /// What is assumed of the machine, where the whole run is only forecast.
    pub(super) fn assumed(&self, memory: &Arc<Memory>) -> Option<Assumption> {
        let plans = self.run.world.options.mode == Mode::Plan;
        let machine = self.on.links.machine(memory).filter(|_| plans);
        machine.and_then(|machine| machine.assumes())
    }

    /// A plan in view of what is assumed of the machine: what it tells of the machine may be otherwise by then.
    pub(super) fn in_doubt(plan: &mut Plan, noted: &Noted<'_>) {
        if plan.whole {
            noted.settle();
        }
        let Some(clause) = noted.doubt() else { return };
        let facts = plan.effects.facts.iter_mut();
        for (_, value) in facts.filter(|(name, _)| !is_steady(name)) {
            *value = Known::unknown(format!("whether {clause}"));
        }
    }

    /// A forecast in view of what is assumed of the machine: what was seen there may be otherwise by then, so nothing
    /// that comes of it is sure, least of all a failure.
    pub(super) fn assuming(
        &self,
        made: Result<Attempted, Stop>,
        noted: &Noted<'_>,
    ) -> Result<Attempted, Stop> {
        let Some(Assumption { clause, extent }) = &noted.assumed else {
            return made;
        };
        let mut attempted = match made {
            Ok(attempted) => attempted,
            Err(Stop::Failed(failure, _)) if noted.may_succeed() && self.undecided.is_none() => {
                return Ok(self.as_things_stand(&failure, clause));
            }
            Err(stop) => return Err(stop),
        };
        if let (Status::Failed, Some(failure), true) = (
            attempted.outcome.status,
            &attempted.outcome.failure,
            noted.may_succeed() || *extent == Extent::All,
        ) {
            return Ok(self.as_things_stand(failure, clause));
        }
        let doubted = noted.doubt().is_some();
        if doubted || (*extent == Extent::All && self.run.task.card.body.module.changes) {
            let known = &mut attempted.outcome.known_after_apply;
            known.get_or_insert_with(|| format!("assumes that {clause}"));
        }
        if doubted {
            attempted
                .unknown
                .get_or_insert_with(|| format!("whether {clause}").into());
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
