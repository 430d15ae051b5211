//! One task on one host, for one item of its loop: from variables to what came of it.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Ask;
use evenkeel_host::Certainty;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Commit;
use evenkeel_host::Effect;
use evenkeel_host::Host;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Obscures;
use evenkeel_host::Output;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::Who;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Var;
use evenkeel_tasks::Control;
use evenkeel_tasks::Outputs;
use evenkeel_tasks::Plan;
use evenkeel_tasks::Planned;
use evenkeel_tasks::Returned;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use crate::Failure;
use crate::Mode;
use crate::Outcome;
use crate::Status;
use crate::announce;
use crate::controller::TaskController;
use crate::data;
use crate::diff;
use crate::failure;
use crate::host_state::HostState;
use crate::pending;
use crate::scope::Tiers;
use crate::task_run::TaskRun;

/// What came of one attempt.
pub(crate) struct Attempted {
    pub(crate) outcome: Outcome,
    pub(crate) returned: Returned,
    pub(crate) control: Option<Control>,
    /// The host was lost.
    pub(crate) lost: Option<evenkeel_host::Error>,
    /// Predictions that were not met.
    pub(crate) missed: Vec<Missed>,
    /// A command with undeclared effects that was only forecast.
    pub(crate) assumes: Option<Arc<str>>,
    /// What it worked on must not be shown: `no_log`, or a secret went into its arguments.
    pub(crate) hidden: bool,
}

/// A prediction that was not met.
pub(crate) struct Missed {
    pub(crate) fact: String,
    pub(crate) predicted: serde_json::Value,
    pub(crate) found: serde_json::Value,
}

/// One task on one host, for one item.
pub(crate) struct Attempt<'r> {
    pub(crate) run: &'r TaskRun<'r>,
    /// Whose variables.
    pub(crate) host: &'r Arc<HostState>,
    /// Whose machine.
    pub(crate) on: Arc<HostState>,
    pub(crate) tiers: Tiers,
    pub(crate) who: Who,
    pub(crate) no_log: bool,
    /// Whether it is only forecast.
    pub(crate) forecasts: bool,
    /// Why it is not certain that the task runs at all.
    pub(crate) undecided: Option<String>,
}

/// Why an attempt ended early.
pub(crate) enum Stop {
    /// The task failed.
    Failed(Box<Failure>, Returned),
    /// The machine was lost.
    Lost(evenkeel_host::Error),
    /// The arguments are known only after apply.
    Unknown(String, Vec<AbsPath>),
}

impl From<evenkeel_tasks::Error> for Stop {
    fn from(error: evenkeel_tasks::Error) -> Stop {
        match error {
            evenkeel_tasks::Error::Host(error) => error.into(),
            evenkeel_tasks::Error::Problem(problem) => (*problem).into(),
            evenkeel_tasks::Error::Failed {
                message,
                returned,
                help,
            } => {
                let failure = Failure {
                    message,
                    help: help.into_iter().collect(),
                    ..Failure::default()
                };
                Stop::Failed(Box::new(failure), *returned)
            }
        }
    }
}

impl From<evenkeel_host::Error> for Stop {
    fn from(error: evenkeel_host::Error) -> Stop {
        match error {
            evenkeel_host::Error::Unanswered { .. } | evenkeel_host::Error::Become(_) => {
                let failure = Failure {
                    message: error.to_string(),
                    ..Failure::default()
                };
                Stop::Failed(Box::new(failure), Returned::new())
            }
            error => Stop::Lost(error),
        }
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Stop {
        Stop::Failed(Box::new(failure::of_problem(&problem)), Returned::new())
    }
}

impl Attempt<'_> {
    /// Does it, or forecasts it.
    pub(crate) fn make(mut self) -> Attempted {
        let mut attempted = match self.try_make() {
            Ok(attempted) => attempted,
            Err(Stop::Failed(failure, returned)) => self.failed(*failure, returned, Vec::new()),
            Err(Stop::Lost(error)) => self.lost(error),
            Err(Stop::Unknown(why, paths)) => self.unknown(why, paths),
        };
        attempted.hidden = self.no_log;
        attempted
    }

    fn scope(&self) -> Arc<dyn Scope> {
        Arc::new(self.tiers.clone())
    }

    fn try_make(&mut self) -> Result<Attempted, Stop> {
        let task = self.prepared()?;
        let memory = self.run.world.machine(&self.on)?;
        let wants = task.wants();
        let asks = || {
            wants.iter().map(|want| Ask {
                who: self.who.clone(),
                want: want.clone(),
            })
        };
        if memory.misses(&asks().collect::<Vec<_>>()) {
            let mut all: Vec<Ask> = asks().collect();
            all.extend(announce::rest(self.run, self.host));
            memory.fetch(all)?;
        }
        if self.forecasts {
            let scratch;
            let layer = if self.run.world.options.mode == Mode::Plan {
                self.on.layer(&memory)
            } else {
                scratch = Layer::over(Arc::clone(&memory) as Arc<dyn evenkeel_host::Look>);
                &scratch
            };
            let planned = task.plan(&View::new(layer, self.who.clone()))?;
            return Ok(self.forecast(layer, &planned));
        }
        let planned = task.plan(&View::new(memory.as_ref(), self.who.clone()))?;
        self.perform(memory.as_ref(), &planned)
    }

    /// The task with its arguments rendered and read.
    fn prepared(&mut self) -> Result<Box<dyn evenkeel_tasks::Task>, Stop> {
        let scope = self.scope();
        let (task, secret) = prepare(self.run, &scope)?;
        self.no_log |= secret;
        Ok(task)
    }

    fn forecast(&self, layer: &Layer, planned: &Planned) -> Attempted {
        let plan = &planned.plan;
        let unknown = self.doubt(plan);
        let commit = Commit {
            who: self.who.clone(),
            changes: plan.changes.clone(),
            ..Commit::default()
        };
        let mut outputs = Outputs::Made(&[]);
        if !plan.changes.is_empty() {
            outputs = Outputs::Forecast;
            match &unknown {
                None => drop(layer.commit(&commit)),
                Some(why) if self.undecided.is_some() => drop(layer.commit_possible(&commit, why)),
                Some(why) => drop(layer.commit_uncertain(&commit, why)),
            }
        }
        let returned = planned.result(&outputs);
        let mut attempted = self.ended(plan, returned, unknown);
        attempted.assumes = plan.changes.iter().find_map(|change| match change {
            Change::Run(run) if run.effect == Effect::Opaque => Some(Arc::from(run.summary.as_str())),
            _ => None,
        });
        attempted
    }

    /// What makes a forecast unsure.
    fn doubt(&self, plan: &Plan) -> Option<String> {
        if let Some(why) = &self.undecided {
            return Some(why.clone());
        }
        if let Certainty::Unknown(why) = &plan.certainty {
            return Some(why.clone());
        }
        let assumes = self.on.standing().assumes.clone();
        assumes.map(|command| format!("assumes that `{command}` changes nothing relevant"))
    }

    fn perform(&self, memory: &dyn Host, planned: &Planned) -> Result<Attempted, Stop> {
        let plan = &planned.plan;
        if plan.changes.is_empty() {
            return Ok(self.ended(
                plan,
                planned.result(&Outputs::Made(&[])),
                self.doubt_on_fake(plan),
            ));
        }
        let mut changes = self.record();
        let bookkeeping = changes.len();
        changes.extend(plan.changes.iter().cloned());
        let (then, predicted) = predictions(&self.who, &plan.changes);
        let commit = Commit {
            who: self.who.clone(),
            changes,
            then,
            ..Commit::default()
        };
        let committed = memory.commit(&commit)?;
        let mut made: Vec<Output> = committed.done.iter().skip(bookkeeping).cloned().collect();
        if let Some(failed) = committed.failed {
            let step = made.len();
            let failure = failure::of_change(&failed, plan.changes.get(step), step, plan.changes.len());
            if let evenkeel_host::Failure::Failed(output) | evenkeel_host::Failure::Invalid(output) = failed {
                made.push(output);
            }
            let returned = planned.result(&Outputs::Made(&made));
            return Ok(self.failed(failure, returned, shown(plan)));
        }
        let ran = committed.unknown.is_empty();
        let returned = planned.result(&if ran {
            Outputs::Made(&made)
        } else {
            Outputs::Forecast
        });
        let doubt = if ran {
            self.doubt_on_fake(plan)
        } else {
            Some("it is not run on a simulated host".to_owned())
        };
        let mut attempted = self.ended(plan, returned, doubt);
        attempted.missed = missed(&predicted, &committed.answers);
        attempted.outcome.warnings.extend(
            committed
                .not_run
                .iter()
                .map(|what| format!("not run on a simulated host: {what}")),
        );
        Ok(attempted)
    }

    /// On a simulated host even a real run can meet what is not known.
    fn doubt_on_fake(&self, plan: &Plan) -> Option<String> {
        match (&self.undecided, &plan.certainty) {
            (Some(why), _) | (None, Certainty::Unknown(why)) => Some(why.clone()),
            (None, Certainty::Sure) => None,
        }
    }

    /// Notifications are recorded on the host before its change is made, so that no failure can lose them.
    fn record(&self) -> Vec<Change> {
        let mut standing = self.on.standing();
        let fresh: Vec<String> = self
            .run
            .notifies(&self.tiers)
            .into_iter()
            .filter(|name| standing.recorded.insert(name.clone()))
            .collect();
        if fresh.is_empty() {
            return Vec::new();
        }
        standing.recorded_as = Some(self.who.clone());
        vec![pending::record(&fresh)]
    }

    fn ended(&self, plan: &Plan, mut returned: Returned, unknown: Option<String>) -> Attempted {
        let changed = plan.changed.unwrap_or(!plan.changes.is_empty());
        for (name, value) in &plan.effects.variables {
            let secret = self.no_log;
            self.host.set(
                name,
                Var {
                    secret,
                    ..data::var(value)
                },
            );
        }
        let known = match (&unknown, changed) {
            (Some(why), true) => Known::unknown(why.as_str()),
            _ => Known::Is(serde_json::Value::Bool(changed)),
        };
        returned.insert("changed".to_owned(), known);
        returned
            .entry("failed".to_owned())
            .or_insert(Known::Is(false.into()));
        let outcome = Outcome {
            status: if changed { Status::Changed } else { Status::Ok },
            known_after_apply: unknown,
            why: plan.unchanged.clone(),
            changes: if self.no_log { censored(plan) } else { shown(plan) },
            message: if self.no_log { None } else { plan.message.clone() },
            warnings: plan.warnings.clone(),
            result: serde_json::Value::Null,
            failure: None,
        };
        Attempted {
            outcome,
            returned,
            control: plan.effects.control,
            lost: None,
            missed: Vec::new(),
            assumes: None,
            hidden: self.no_log,
        }
    }

    fn failed(
        &self,
        failure: Failure,
        mut returned: Returned,
        changes: Vec<crate::ShownChange>,
    ) -> Attempted {
        returned.insert("failed".to_owned(), Known::Is(true.into()));
        returned
            .entry("changed".to_owned())
            .or_insert(Known::Is((!changes.is_empty()).into()));
        returned
            .entry("msg".to_owned())
            .or_insert(Known::Is(failure.message.clone().into()));
        let failure = if self.no_log { failure::censored() } else { failure };
        let outcome = Outcome {
            status: Status::Failed,
            known_after_apply: self.undecided.clone(),
            why: String::new(),
            changes: if self.no_log { Vec::new() } else { changes },
            message: None,
            warnings: Vec::new(),
            result: serde_json::Value::Null,
            failure: Some(failure),
        };
        Attempted {
            outcome,
            returned,
            control: None,
            lost: None,
            missed: Vec::new(),
            assumes: None,
            hidden: self.no_log,
        }
    }

    fn lost(&self, error: evenkeel_host::Error) -> Attempted {
        let failure = Failure {
            message: error.to_string(),
            ..Failure::default()
        };
        let mut attempted = self.failed(failure, Returned::new(), Vec::new());
        attempted
            .returned
            .insert("unreachable".to_owned(), Known::Is(true.into()));
        attempted.lost = Some(error);
        attempted
    }

    /// The arguments are known only after apply: nothing can be claimed of the paths that they name.
    fn unknown(&self, why: String, paths: Vec<AbsPath>) -> Attempted {
        if let (Ok(memory), false) = (self.run.world.machine(&self.on), paths.is_empty()) {
            let mut run = Run::new("what is known after apply", Command::shell(":"));
            run.obscures = paths.into_iter().map(Obscures::Path).collect();
            let change = Change::Run(Box::new(run));
            let commit = Commit {
                who: self.who.clone(),
                changes: vec![change],
                ..Commit::default()
            };
            drop(self.on.layer(&memory).commit(&commit));
        }
        let mut returned = Returned::new();
        returned.insert("changed".to_owned(), Known::unknown(why.as_str()));
        let outcome = Outcome {
            status: Status::Changed,
            known_after_apply: Some(why),
            why: String::new(),
            changes: Vec::new(),
            message: None,
            warnings: Vec::new(),
            result: serde_json::Value::Null,
            failure: None,
        };
        Attempted {
            outcome,
            returned,
            control: None,
            lost: None,
            missed: Vec::new(),
            assumes: None,
            hidden: self.no_log,
        }
    }
}

/// Renders and reads a task's arguments; says whether a secret went into them.
pub(crate) fn prepare(
    run: &TaskRun<'_>,
    scope: &Arc<dyn Scope>,
) -> Result<(Box<dyn evenkeel_tasks::Task>, bool), Stop> {
    let body = &run.task.card.body;
    let (mut task, secret) = match &body.typed {
        Some(typed) => (typed.boxed(), false),
        None => {
            let (arguments, secret) = rendered(run, scope)?;
            let task = (body.module.parse)(&arguments, &body.at).map_err(|problems| {
                let more = problems.len().saturating_sub(1);
                let mut failure = problems.first().map(failure::of_problem).unwrap_or_default();
                failure.help.extend(
                    problems
                        .iter()
                        .skip(1)
                        .take(more)
                        .map(|problem| format!("also: {problem}")),
                );
                Stop::Failed(Box::new(failure), Returned::new())
            })?;
            (task, secret)
        }
    };
    let mut controller = TaskController {
        files: run.world.files.as_ref(),
        sources: &run.world.sources,
        templar: &run.world.templar,
        options: &run.world.options,
        role: run.task.role.as_deref(),
        scope: Arc::clone(scope),
    };
    task.prepare(&mut controller)?;
    Ok((task, secret))
}

fn rendered(run: &TaskRun<'_>, scope: &Arc<dyn Scope>) -> Result<(Map, bool), Stop> {
    let body = &run.task.card.body;
    let mut arguments = Map::default();
    let mut unknown = None;
    let mut secret = false;
    for (key, value) in &body.raw.entries {
        if key.as_str().is_some_and(body.module.is_raw) {
            arguments.entries.push((key.clone(), value.clone()));
            continue;
        }
        let item = Node::new(
            Value::Map(Map {
                entries: vec![(key.clone(), value.clone())],
            }),
            value.place.clone(),
        );
        let rendered = run.world.templar.node(&item, scope)?;
        secret |= rendered.secret;
        match rendered.value {
            Known::Is(Node {
                value: Value::Map(map),
                ..
            }) => arguments.entries.extend(map.entries),
            Known::Is(_) => {}
            Known::Unknown(why) => unknown = Some(why),
        }
    }
    match unknown {
        None => Ok((arguments, secret)),
        Some(why) => {
            let paths = ["path", "dest", "name"]
                .iter()
                .filter_map(|key| arguments.get(key)?.as_str());
            Err(Stop::Unknown(
                why.to_string(),
                paths.filter_map(AbsPath::new).collect(),
            ))
        }
    }
}

fn shown(plan: &Plan) -> Vec<crate::ShownChange> {
    let states: Vec<_> = plan.shows.iter().map(diff::shown_state).collect();
    let told = |change: &&Change| !matches!(change, Change::Run(_)) || states.is_empty();
    plan.changes
        .iter()
        .filter(told)
        .map(diff::shown)
        .chain(states.iter().cloned())
        .collect()
}

fn censored(plan: &Plan) -> Vec<crate::ShownChange> {
    let hidden = || crate::ShownChange {
        action: "update",
        subject: "(hidden by no_log)".to_owned(),
        diff: "".into(),
    };
    plan.changes.first().map(|_| hidden()).into_iter().collect()
}

type Predicted = Vec<(String, serde_json::Value)>;

/// What to look at after the changes: every fact whose value was predicted, the last prediction of each.
fn predictions(who: &Who, changes: &[Change]) -> (Vec<Ask>, Predicted) {
    let mut last = indexmap::IndexMap::new();
    for change in changes {
        let Change::Run(run) = change else { continue };
        for prediction in &run.predicts {
            last.insert(prediction.fact.key().clone(), prediction.clone());
        }
    }
    let mut asks = Vec::new();
    let mut predicted = Vec::new();
    for (key, prediction) in last {
        if let Known::Is(value) = &prediction.value {
            asks.push(Ask {
                who: who.clone(),
                want: Want::Fact(prediction.fact.clone()),
            });
            predicted.push((key.to_string(), value.as_ref().clone()));
        }
    }
    (asks, predicted)
}

fn missed(predicted: &Predicted, answers: &[Known<evenkeel_host::Answer>]) -> Vec<Missed> {
    let pairs = predicted.iter().zip(answers);
    let miss =
        |((fact, predicted), answer): (&(String, serde_json::Value), &Known<evenkeel_host::Answer>)| {
            let found = match answer {
                Known::Is(evenkeel_host::Answer::Fact(found)) => found.as_ref().clone(),
                _ => return None,
            };
            (!evenkeel_host::agrees(predicted, &found)).then(|| Missed {
                fact: fact.clone(),
                predicted: predicted.clone(),
                found,
            })
        };
    pairs.filter_map(miss).collect()
}
