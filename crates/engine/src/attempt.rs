//! One task on one host, for one item of its loop: from variables to what came of it.

use std::sync::Arc;

use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Certainty;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Commit;
use evenkeel_host::Effect;
use evenkeel_host::Host;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Look;
use evenkeel_host::Obscures;
use evenkeel_host::Output;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::Who;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Var;
use evenkeel_playbook::template;
use evenkeel_tasks::Control;
use evenkeel_tasks::Effects;
use evenkeel_tasks::Outputs;
use evenkeel_tasks::Plan;
use evenkeel_tasks::Planned;
use evenkeel_tasks::Returned;
use evenkeel_tasks::Saved;

use crate::Failure;
use crate::Memory;
use crate::Mode;
use crate::Status;
use crate::announce;
use crate::arguments;
use crate::arguments::Stop;
use crate::arguments::Unrendered;
use crate::attempted::Attempted;
use crate::attempted::HIDDEN;
use crate::attempted::is_true;
use crate::awaited;
use crate::data;
use crate::failure;
use crate::host_state::HostState;
use crate::prediction;
use crate::scope::Tiers;
use crate::task_run::TaskRun;
use crate::time_limit::Limit;

/// Permissions of files and folders that tasks make on the controller.
const NEW_FILE: u32 = 0o644;
const NEW_FOLDER: u32 = 0o755;

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
    /// Why it is not certain that the task runs at all.
    pub(crate) undecided: Option<String>,
    /// Variables of the programs that are run.
    pub(crate) environment: Vec<(String, String)>,
    /// How long they may take.
    pub(crate) limit: Option<Limit>,
    /// Whether the task is waited for (`async`).
    pub(crate) awaited: bool,
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
        attempted.unknown = attempted.unknown.or(self.undecided.as_deref().map(Arc::from));
        if self.awaited && attempted.lost.is_none() {
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
        let task = arguments::prepare(self.run, &scope, &mut self.secret)?;
        let memory = self.way.clone()?;
        let wants = task.wants();
        let asks = self.asks(&wants);
        if memory.misses(&asks) {
            let mut all = asks;
            all.extend(announce::rest(self.run, self.host, &memory));
            memory.fetch(all)?;
        }
        if !self.forecasts {
            let planned = self.planned(task.plan(&View::new(memory.as_ref(), self.who.clone()))?);
            return match &planned.plan.effects.wait {
                Some(wait) => self.wait(&memory, &planned, wait),
                None => self.perform(&memory, &planned),
            };
        }
        let layer = if self.run.world.options.mode == Mode::Plan {
            self.on.links.layer(&memory)
        } else {
            Arc::new(Layer::over(Arc::clone(&memory) as Arc<dyn Look>))
        };
        let layer = layer.as_ref();
        let mut planned = self.planned(task.plan(&View::new(layer, self.who.clone()))?);
        match planned
            .checked
            .take()
            .filter(|_| self.run.world.options.mode != Mode::Plan)
        {
            Some(returned) => Ok(self.checked(&planned.plan, returned)),
            None => self.forecast(layer, &planned, !wants.is_empty()),
        }
    }

    fn asks(&self, wants: &[Want]) -> Vec<Ask> {
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

    fn forecast(&self, layer: &Layer, planned: &Planned, looks: bool) -> Result<Attempted, Stop> {
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
                    return Ok(self.broken(planned, committed.done, failed));
                }
            }
            Some(why) if self.undecided.is_some() => layer.commit_possible(&commit, why)?,
            Some(why) => layer.commit_uncertain(&commit, why)?,
        }
        let answers = layer.look(&self.asks(&planned.then))?;
        let outputs = plan.changes.is_empty().then_some([].as_slice());
        let returned = planned.result(&Outputs::Seen {
            outputs,
            answers: &answers,
        });
        let mut attempted = self.ended(plan, returned, doubt);
        let assumed = self.on.standing().assumes.clone();
        if let Some(clause) = assumed.filter(|_| looks || self.run.task.card.body.module.changes) {
            let outcome = &mut attempted.outcome;
            outcome
                .known_after_apply
                .get_or_insert_with(|| format!("assumes that {clause}"));
        }
        attempted.assumes = attempted.assumes.or_else(|| opaque(plan));
        Ok(attempted)
    }

    /// What makes a plan unsure; on a simulated host even a real run can meet what is not known.
    fn doubt(&self, plan: &Plan) -> Option<String> {
        match (&self.undecided, &plan.certainty) {
            (Some(why), _) | (None, Certainty::Unknown(why)) => Some(why.clone()),
            (None, Certainty::Sure) => None,
        }
    }

    fn perform(&self, memory: &Arc<Memory>, planned: &Planned) -> Result<Attempted, Stop> {
        let plan = &planned.plan;
        let mut then = self.asks(&planned.then);
        let asked = then.len();
        if plan.changes.is_empty() {
            let answers = memory.look(&then)?;
            let outputs = Some([].as_slice());
            let returned = planned.result(&Outputs::Seen {
                outputs,
                answers: &answers,
            });
            return Ok(match self.save(&plan.effects.saves) {
                Ok(()) => self.ended(plan, returned, self.doubt(plan)),
                Err(failure) => self.failed(failure, returned),
            });
        }
        let (record, recorded) = self.run.record(self)?;
        let mut changes: Vec<Change> = record.into_iter().collect();
        let bookkeeping = changes.len();
        changes.extend(plan.changes.iter().cloned());
        let (asks, predicted) = prediction::predictions(&self.who, &plan.changes);
        then.extend(asks);
        let commit = Commit {
            who: self.who.clone(),
            changes,
            then,
            environment: self.environment.clone(),
            time: self.limit.map(|limit| limit.time),
        };
        let committed = memory.commit(&commit);
        self.on.links.changed_over(memory);
        let committed = committed?;
        let made: Vec<Output> = committed.done.iter().skip(bookkeeping).cloned().collect();
        if let Some(failed) = committed.failed {
            if made.is_empty() && failed.left_everything() {
                self.run.take_back(self, &recorded)?;
            }
            if let Some(limit) = self.limit.filter(|limit| limit.is_over(&failed)) {
                return Err(limit.over());
            }
            return Ok(self.broken(planned, made, failed));
        }
        let (answers, facts) = committed
            .answers
            .split_at_checked(asked)
            .unwrap_or((&[] as &[Known<Answer>], &[]));
        let ran = committed.unknown.is_empty();
        let outputs = ran.then_some(made.as_slice());
        let outputs = Outputs::Seen { outputs, answers };
        let returned = planned.result(&outputs);
        let mut attempted = match planned.changed(&outputs) {
            None => self.ended(plan, returned, self.doubt(plan)),
            Some(false) => {
                let nothing = Plan {
                    changes: Vec::new(),
                    changed: Some(false),
                    ..Plan::unchanged("it was so already")
                };
                self.ended(&nothing, returned, None)
            }
            changed => self.ended(
                &Plan {
                    changed,
                    ..plan.clone()
                },
                returned,
                None,
            ),
        };
        attempted.recorded = recorded;
        attempted.missed = prediction::missed(&predicted, facts);
        let not_run = committed.not_run.iter();
        let told = not_run.map(|what| format!("not run on a simulated host: {what}"));
        attempted.outcome.warnings.extend(told);
        Ok(attempted)
    }

    /// Writes files on the controller; one that was there keeps its permissions.
    fn save(&self, saves: &[Saved]) -> Result<(), Failure> {
        let files = self.run.world.files.as_ref();
        for Saved { path, bytes } in saves {
            let mode = files.permissions(path).unwrap_or(NEW_FILE);
            let folder = path
                .parent()
                .map_or(Ok(()), |folder| files.make_folder(folder, NEW_FOLDER));
            folder
                .and_then(|()| files.write(path, bytes, mode))
                .map_err(|error| Failure {
                    message: format!("cannot write {} on the controller: {error}", path.display()),
                    ..Failure::default()
                })?;
        }
        Ok(())
    }

    /// A task of a real run that is in check mode alone, and of which Ansible says this.
    fn checked(&self, plan: &Plan, returned: Returned) -> Attempted {
        let changed = is_true(returned.get("changed"));
        let plan = Plan {
            changes: Vec::new(),
            changed: Some(changed),
            effects: Effects::default(),
            ..plan.clone()
        };
        self.ended(&plan, returned, None)
    }

    /// A change failed; those before it were made.
    fn broken(&self, planned: &Planned, mut made: Vec<Output>, failed: evenkeel_host::Failure) -> Attempted {
        let changes = &planned.plan.changes;
        let step = made.len();
        let failure = failure::of_change(&failed, changes.get(step), step, changes.len());
        if let evenkeel_host::Failure::Failed(output) | evenkeel_host::Failure::Invalid(output) = failed {
            made.push(output);
        }
        let returned = planned.result(&Outputs::Made(&made));
        let mut attempted = self.failed(failure, returned);
        let name = self.run.task.card.body.module.name;
        let command = matches!(name, "command" | "raw" | "script" | "shell");
        let ran = command && !made.last().is_some_and(could_not_start);
        attempted.put("changed", step > 0 || ran);
        if !self.no_log {
            attempted.outcome.changes = changes
                .iter()
                .take(step)
                .map(|change| self.shown_change(change))
                .collect();
        }
        attempted
    }

    /// The end of a task whose plan was carried out, or forecast.
    pub(crate) fn ended(&self, plan: &Plan, mut returned: Returned, doubt: Option<String>) -> Attempted {
        let adds = self.adds(plan);
        let changed = plan.changed.unwrap_or(!plan.changes.is_empty()) || adds;
        let known = match (&doubt, changed) {
            (Some(why), true) => Known::unknown(why.as_str()),
            _ => Known::Is(changed.into()),
        };
        returned.insert("changed".to_owned(), known);
        returned
            .entry("failed".to_owned())
            .or_insert(Known::Is(false.into()));
        let skipped = is_true(returned.get("skipped"));
        let mut attempted = self.begun(match (changed, skipped) {
            (true, _) => Status::Changed,
            (false, true) => Status::Skipped,
            (false, false) => Status::Ok,
        });
        attempted.returned = returned;
        let outcome = &mut attempted.outcome;
        outcome.known_after_apply = doubt;
        outcome.changes = self.shown(plan);
        outcome.diff = self.diff;
        outcome.warnings.clone_from(&plan.warnings);
        if attempted.hidden.is_none() {
            if !adds {
                outcome.why.clone_from(&plan.unchanged);
            }
            outcome.message.clone_from(&plan.message);
        }
        match (&self.undecided, &plan.effects.control) {
            (Some(_), Some(Control::Include(_))) | (None, _) => {
                attempted.control.clone_from(&plan.effects.control);
            }
            (Some(_), Some(_)) => attempted.assumes = Some("the run goes on as written".into()),
            (Some(_), None) => {}
        }
        for (name, node) in &plan.effects.included {
            self.host.include(
                name,
                match &self.undecided {
                    Some(why) => unknown_var(&Arc::from(why.as_str())),
                    None => Var::template(Arc::new(node.clone())),
                },
            );
        }
        for (name, value) in &plan.effects.variables {
            let value = match &self.undecided {
                Some(why) => unknown_var(&Arc::from(why.as_str())),
                None => data::var(value),
            };
            self.set(&mut attempted, name, value);
        }
        self.on_run(plan, &mut attempted);
        let facts = self.facts(plan);
        self.owner().return_facts(&facts, attempted.hidden.is_some());
        attempted
    }

    /// The facts that the task returns; unknown where it may not run.
    fn facts(&self, plan: &Plan) -> Vec<(String, Known<serde_json::Value>)> {
        let facts = plan.effects.facts.iter().cloned();
        match &self.undecided {
            Some(why) => facts
                .map(|(name, _)| (name, Known::unknown(why.as_str())))
                .collect(),
            None => facts.collect(),
        }
    }

    fn set(&self, attempted: &mut Attempted, name: &str, value: Var) {
        let value = Var {
            secret: value.secret || attempted.hidden.is_some(),
            ..value
        };
        self.owner().set(name, value.clone());
        attempted.variables.push((name.into(), value));
    }

    /// The host whose variables the task sets.
    fn owner(&self) -> &Arc<HostState> {
        if self.delegates_facts { &self.on } else { self.host }
    }

    /// An end of this grade, hidden where it must be.
    fn begun(&self, status: Status) -> Attempted {
        Attempted {
            hidden: self.hidden(),
            ..Attempted::new(status)
        }
    }

    /// Why the result must not be shown.
    fn hidden(&self) -> Option<&'static str> {
        match (self.no_log, self.secret) {
            (true, _) => Some("of no_log"),
            (false, true) => Some("a secret is in the arguments"),
            (false, false) => None,
        }
    }

    fn failed(&self, failure: Failure, returned: Returned) -> Attempted {
        let mut attempted = self.begun(Status::Failed);
        attempted.returned.extend(returned);
        attempted.fail(failure);
        attempted
    }

    /// A task that may not run at all cannot fail for sure.
    fn may_fail(&self, failure: &Failure, why: &str) -> Attempted {
        let mut attempted = self.begun(Status::Ok);
        attempted.outcome.known_after_apply = Some(why.to_owned());
        let message = if attempted.hidden.is_some() {
            HIDDEN
        } else {
            &failure.message
        };
        attempted.outcome.warnings = vec![format!("it fails if it runs: {message}")];
        attempted
    }

    fn lost(&self, error: evenkeel_host::Error) -> Attempted {
        let failure = Failure {
            message: error.to_string(),
            ..Failure::default()
        };
        let mut attempted = self.failed(failure, Returned::new());
        attempted.put("unreachable", true);
        attempted.lost = Some(error);
        attempted
    }

    /// The arguments are known only after apply: nothing can be claimed of what they name.
    fn unknown(&self, unrendered: &Unrendered) -> Attempted {
        let module = self.run.task.card.body.module;
        let mut attempted = Attempted::unknown(&unrendered.why, module.changes);
        attempted.hidden = self.hidden();
        let paths = unrendered.paths();
        match &self.way {
            Ok(memory) if module.changes && !paths.is_empty() => {
                let mut run = Run::new("what is known after apply", Command::shell(":"));
                run.obscures = paths.into_iter().map(Obscures::Path).collect();
                let commit = Commit {
                    who: self.who.clone(),
                    changes: vec![Change::Run(Box::new(run))],
                    ..Commit::default()
                };
                drop(self.on.links.layer(memory).commit(&commit));
            }
            Ok(_) | Err(_) if module.changes => attempted.assumes = Some(self.run.nothing_else()),
            Ok(_) | Err(_) => {}
        }
        match module.name {
            "set_fact" => self.set_unknown(&mut attempted, unrendered),
            "debug" => attempted.outcome.message = Some(format!("(known after apply: {})", unrendered.why)),
            _ => {}
        }
        attempted
    }

    /// `set_fact` with some values that are known only after apply.
    fn set_unknown(&self, attempted: &mut Attempted, unrendered: &Unrendered) {
        let why = self.undecided.as_deref().map(Arc::from);
        for (key, _, value) in unrendered.known.iter().filter(|(key, ..)| *key != "cacheable") {
            let value = why
                .as_ref()
                .map_or_else(|| Var::data(template::data_of_node(value)), unknown_var);
            self.set(attempted, key, value);
        }
        for name in &unrendered.unknown {
            self.set(attempted, name, unknown_var(&unrendered.why));
        }
    }
}

pub(crate) fn unknown_var(why: &Arc<str>) -> Var {
    Var {
        stored: Stored::Unknown(Arc::clone(why)),
        secret: false,
    }
}

/// Whether the shell says that there is no such program, or that it cannot be run (POSIX, "Exit Status for Commands").
fn could_not_start(output: &Output) -> bool {
    let shell = output.stderr.starts_with(b"sh: ");
    let exec = output.stderr.windows(6).any(|bytes| bytes == b"exec: ");
    matches!(output.code, 126 | 127) && shell && exec
}

/// A command with undeclared effects: what is claimed after it rests on an assumption.
fn opaque(plan: &Plan) -> Option<Arc<str>> {
    plan.changes.iter().find_map(|change| match change {
        Change::Run(run) if run.effect == Effect::Opaque => {
            Some(format!("`{}` changes nothing else", run.summary).into())
        }
        _ => None,
    })
}
