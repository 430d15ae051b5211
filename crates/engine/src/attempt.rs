//! One task on one host, for one item of its loop: from variables to what came of it.

mod assumed;
mod ends;
mod perform;

use std::sync::Arc;

use evenkeel_host::Ask;
use evenkeel_host::Certainty;
use evenkeel_host::Change;
use evenkeel_host::Commit;
use evenkeel_host::Effect;
use evenkeel_host::Host as _;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Look;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::Who;
use evenkeel_playbook::Scope;
use evenkeel_tasks::Effects;
use evenkeel_tasks::Outputs;
use evenkeel_tasks::Plan;
use evenkeel_tasks::Planned;
use evenkeel_tasks::Returned;
use evenkeel_tasks::Saved;
use evenkeel_tasks::Wait;

use crate::Failure;
use crate::Memory;
use crate::Mode;
use crate::announce;
use crate::arguments;
use crate::arguments::Given;
use crate::arguments::Stop;
use crate::attempted::Attempted;
use crate::attempted::is_true;
use crate::awaited;
use crate::awaited::Awaiting;
use crate::host_state::HostState;
use crate::machines::Assumption;
use crate::machines::Extent;
use crate::scope::Tiers;
use crate::task_run::TaskRun;
use crate::time_limit::Limit;

use assumed::Noted;
pub(crate) use ends::unknown_var;

/// One task on one host, for one item.
pub(crate) struct Attempt<'r> {
    pub(crate) run: &'r TaskRun<'r>,
    /// Whose variables.
    pub(crate) host: &'r Arc<HostState>,
    /// Whose machine.
    pub(crate) on: Arc<HostState>,
    /// The connection to it.
    pub(crate) way: evenkeel_host::Result<Arc<Memory>>,
    pub(crate) tiers: Tiers,
    pub(crate) who: Who,
    pub(crate) no_log: bool,
    /// Whether a secret went into the arguments.
    pub(crate) secret: bool,
    /// Whether it is only forecast.
    pub(crate) forecasts: bool,
    /// Whether it is only forecast in every run, because `check_mode` says so: nothing of it is left for later tasks.
    pub(crate) dry: bool,
    /// Why it is not certain that the task runs at all.
    pub(crate) undecided: Option<String>,
    /// Variables of the programs that are run.
    pub(crate) environment: Vec<(String, String)>,
    /// How long they may take.
    pub(crate) limit: Option<Limit>,
    /// Whether and how the task is waited for (`async`).
    pub(crate) awaited: Option<Awaiting>,
    /// Whether differences are shown.
    pub(crate) diff: Option<bool>,
    /// Whether facts belong to the host on which the task is done.
    pub(crate) delegates_facts: bool,
    /// Handlers that it recorded on the host in case that it changes something.
    pub(crate) recorded: Vec<String>,
}

impl Attempt<'_> {
    /// Does it, or forecasts it.
    pub(crate) fn make(&mut self) -> Attempted {
        let mut attempted = match (self.try_make(), &self.undecided) {
            (Ok(attempted), _) => attempted,
            (Err(Stop::Failed(failure, _)), Some(why)) => self.may_fail(&failure, why),
            (Err(Stop::Failed(failure, returned)), None) => self.failed(*failure, returned),
            (Err(Stop::Lost(error)), _) => self.lost(error),
            (Err(Stop::Unknown(unrendered)), _) => self.unknown(&unrendered),
        };
        self.recorded.append(&mut attempted.recorded);
        if self.dry {
            attempted.assumes = None;
        }
        attempted.unknown = attempted.unknown.or(self.undecided.as_deref().map(Arc::from));
        if self.awaited.is_some_and(|awaiting| !awaiting.apart) && attempted.lost.is_none() {
            awaited::ended(
                &mut attempted,
                self.run.world.options.process,
                self.run.task.number,
            );
        }
        attempted
    }

    /// The variables that the task sees.
    pub(crate) fn scope(&self) -> Arc<dyn Scope> {
        Arc::new(self.tiers.clone())
    }

    /// The host on which it is done instead.
    pub(crate) fn delegate(&self) -> Option<&Arc<HostState>> {
        (!Arc::ptr_eq(self.host, &self.on)).then_some(&self.on)
    }

    /// How it ends when a keyword of it cannot be understood.
    pub(crate) fn refused(&self, failure: Failure) -> Attempted {
        self.failed(failure, Returned::new())
    }

    fn try_make(&mut self) -> Result<Attempted, Stop> {
        let scope: Arc<dyn Scope> = Arc::new(self.tiers.clone());
        let mut given = Given::default();
        let task = arguments::prepare(self.run, &scope, &mut given);
        self.secret = given.secret;
        let task = task?;
        let memory = self.way.clone()?;
        let wants = task.wants();
        let asks = self.asks(&wants);
        if memory.is_busy() {
            memory.forget();
        }
        if memory.misses(&asks) {
            let mut all = asks;
            let rest = announce::rest(self.run, self.host, &memory).into_iter();
            all.extend(rest.filter(|ask| ask.who == self.who || memory.refusal(&ask.who).is_none()));
            memory.fetch(all)?;
        }
        if !self.forecasts {
            let planned = self.planned(task.plan(&View::new(memory.as_ref(), self.who.clone()))?);
            return match &planned.plan.effects.wait {
                Some(Wait::Job { job, cleanup }) => self.job(&memory, job, *cleanup),
                Some(wait) => self.wait(&memory, &planned, wait),
                None if self.goes_apart() => self.begin(&memory, planned),
                None => self.perform(&memory, &planned),
            };
        }
        let layer = self.layer(&memory);
        let module = self.run.task.card.body.module;
        let noted = Noted::over(layer.as_ref(), module, self.assumed(&memory));
        let made = self.forecast(&memory, layer.as_ref(), task.as_ref(), &noted);
        let mut made = self.assuming(made, &noted);
        if let (Ok(attempted), true) = (&mut made, given.file) {
            self.leaning(attempted);
        }
        made
    }

    /// What a forecast of it is made in, and left in for later tasks.
    pub(crate) fn layer(&self, memory: &Arc<Memory>) -> Arc<Layer> {
        let over = |look| Arc::new(Layer::over(look));
        let machine = self.on.links.machine(memory);
        match machine.filter(|_| self.run.world.options.mode == Mode::Plan) {
            Some(machine) if self.dry => over(machine.layer(memory) as Arc<dyn Look>),
            Some(machine) => machine.layer(memory),
            None => over(Arc::clone(memory) as Arc<dyn Look>),
        }
    }

    fn forecast(
        &self,
        memory: &Arc<Memory>,
        layer: &Layer,
        task: &dyn evenkeel_tasks::Task,
        noted: &Noted<'_>,
    ) -> Result<Attempted, Stop> {
        let mut planned = self.planned(task.plan(&View::new(noted, self.who.clone()))?);
        Self::in_doubt(&mut planned.plan, noted);
        if let Some(why) = &planned.about_unknown {
            let changes = self.run.task.card.body.module.changes;
            let mut attempted = self.unsure(why);
            attempted.assumes = changes.then(|| self.run.nothing_else());
            return Ok(attempted);
        }
        if let Some(Wait::Job { job, cleanup }) = &planned.plan.effects.wait {
            return self.job(memory, job, *cleanup);
        }
        if self.goes_apart() {
            return self.may_begin(layer, planned);
        }
        match planned
            .checked
            .take()
            .filter(|_| self.dry || self.run.world.options.mode != Mode::Plan)
        {
            Some(returned) => Ok(self.checked(&planned.plan, returned)),
            None => self.drafted(layer, &planned),
        }
    }

    /// Whether it goes on by itself.
    fn goes_apart(&self) -> bool {
        self.awaited.is_some_and(|awaiting| awaiting.apart)
    }

    pub(crate) fn asks(&self, wants: &[Want]) -> Vec<Ask> {
        let ask = |want: &Want| Ask {
            who: self.who.clone(),
            want: want.clone(),
        };
        wants.iter().map(ask).collect()
    }

    /// Files into which a secret goes are not shown.
    fn planned(&self, mut planned: Planned) -> Planned {
        for change in &mut planned.plan.changes {
            if let Change::Write(write) = change {
                write.secret |= self.secret;
            }
        }
        planned
    }

    /// How it ends when its changes are made in memory.
    fn drafted(&self, layer: &Layer, planned: &Planned) -> Result<Attempted, Stop> {
        let plan = &planned.plan;
        let doubt = self.doubt(plan);
        let commit = Commit {
            who: self.who.clone(),
            changes: plan.changes.clone(),
            ..Commit::default()
        };
        match &doubt {
            _ if plan.changes.is_empty() => {}
            None => {
                let committed = layer.commit(&commit)?;
                if let Some(failed) = committed.failed {
                    return Ok(self.broken(planned, committed.done, failed, self.module()));
                }
            }
            Some(why) if self.undecided.is_some() => layer.commit_possible(&commit, why)?,
            Some(why) => layer.commit_uncertain(&commit, why)?,
        }
        self.keep(&plan.effects.saves, doubt.as_deref());
        let answers = layer.look(&self.asks(&planned.then))?;
        let outputs = plan.changes.is_empty().then_some([].as_slice());
        let returned = planned.result(&Outputs::Seen {
            outputs,
            answers: &answers,
        });
        let mut attempted = self.ended(plan, returned, doubt);
        Assumption::join(&mut attempted.assumes, assumption(plan));
        Ok(attempted)
    }

    /// Takes in files that it keeps on the controller; what they hold may be something else where the task is doubtful.
    fn keep(&self, saves: &[Saved], doubt: Option<&str>) {
        let Some(drafted) = self.run.world.drafted.as_ref().filter(|_| !self.dry) else {
            return;
        };
        let machine = self.way.as_ref().ok().and_then(|way| self.on.links.machine(way));
        let assumed = machine.and_then(|machine| machine.may_differ());
        let moved = assumed.map(|clause| format!("whether {clause}"));
        for Saved { path, bytes } in saves {
            drafted.keep(
                path,
                match doubt.or(moved.as_deref()) {
                    Some(why) => Known::unknown(why),
                    None => bytes.clone(),
                },
            );
        }
    }

    /// What makes a plan unsure; on a simulated host even a real run can meet what is not known.
    pub(crate) fn doubt(&self, plan: &Plan) -> Option<String> {
        match (&self.undecided, &plan.certainty) {
            (Some(why), _) | (None, Certainty::Unknown(why)) => Some(why.clone()),
            (None, Certainty::Sure) => None,
        }
    }

    /// A task of a real run that is in check mode alone, and of which Ansible says this.
    pub(crate) fn checked(&self, plan: &Plan, returned: Returned) -> Attempted {
        let changed = is_true(returned.get("changed"));
        let plan = Plan {
            changes: Vec::new(),
            changed: Some(changed),
            effects: Effects::default(),
            ..plan.clone()
        };
        self.ended(&plan, returned, None)
    }

    /// The task type's name.
    fn module(&self) -> &'static str {
        self.run.task.card.body.module.name
    }
}

/// What is claimed after changes rests on, where not all their effects are declared.
pub(crate) fn assumption(plan: &Plan) -> Option<Assumption> {
    let mut assumed = None;
    for change in &plan.changes {
        let Change::Run(run) = change else { continue };
        let extent = match run.effect {
            Effect::Declared => continue,
            Effect::Brings => Extent::Arrivals,
            Effect::Opaque => Extent::All,
        };
        let clause = format!("`{}` changes nothing else", run.summary).into();
        Assumption::join(&mut assumed, Some(Assumption { clause, extent }));
    }
    assumed
}
