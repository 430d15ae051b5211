//! One task on one host: its loop, its conditions, and what becomes of the result.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_host::Who;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Var;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::template;
use evenkeel_tasks::Control;
use evenkeel_tasks::Returned;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;
use indexmap::IndexMap;

use crate::Failure;
use crate::Mode;
use crate::Outcome;
use crate::Status;
use crate::attempt::Attempt;
use crate::attempt::Attempted;
use crate::attempt::Missed;
use crate::data as value;
use crate::failure;
use crate::host_state::HostState;
use crate::judge;
use crate::play_scope::PlayScope;
use crate::scope::Source;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;
use crate::settings;
use crate::world::World;
use crate::world::data;

/// A task, and what surrounds it in the run.
pub(crate) struct TaskRun<'r> {
    pub(crate) world: &'r World,
    pub(crate) program: &'r Program,
    pub(crate) scope: &'r PlayScope,
    pub(crate) task: &'r Arc<Task>,
    /// Tasks that come later, whose questions may travel along.
    pub(crate) later: &'r [Arc<Task>],
    /// Why it is not certain that a handler runs.
    pub(crate) undecided: Option<String>,
}

/// What came of a task on a host.
#[derive(Default)]
pub(crate) struct TaskEnd {
    /// For each item of the loop, or once.
    pub(crate) outcomes: Vec<(Option<String>, Outcome)>,
    /// The result as it is registered.
    pub(crate) returned: Returned,
    /// The grade of the task as a whole.
    pub(crate) status: Option<Status>,
    /// What the task as a whole depends on.
    pub(crate) known_after_apply: Option<String>,
    /// Handlers that are notified.
    pub(crate) notified: Vec<usize>,
    pub(crate) controls: Vec<Control>,
    pub(crate) lost: Option<evenkeel_host::Error>,
    pub(crate) missed: Vec<Missed>,
    pub(crate) assumes: Option<Arc<str>>,
    pub(crate) delegated_to: Option<Arc<HostState>>,
}

impl TaskRun<'_> {
    /// Does the task on a host, or forecasts it.
    pub(crate) fn on(&self, host: &Arc<HostState>) -> TaskEnd {
        let who = self.who(
            host,
            &self.scope.tiers(self.world, host, self.task, Source::Never),
        );
        let source = self.world.gathering(host, who.as_ref().unwrap_or(&Who::Login));
        let tiers = self.scope.tiers(self.world, host, self.task, source);
        match who.and_then(|_| self.items(&tiers)) {
            Ok(Items::Once) => self.once(host, &tiers),
            Ok(Items::Each(items, secret)) => self.each(host, &tiers, items, secret),
            Ok(Items::Skipped(why)) => self.summed(host, &tiers, vec![(None, skipped(why))], None),
            Ok(Items::Unknown(why)) => self.summed(host, &tiers, vec![(None, unknown(why))], None),
            Err(failure) => self.summed(host, &tiers, vec![(None, failed(failure))], None),
        }
    }

    fn once(&self, host: &Arc<HostState>, tiers: &Tiers) -> TaskEnd {
        let (attempted, on) = self.attempt(host, tiers);
        self.summed(host, tiers, vec![(None, attempted)], on)
    }

    fn each(
        &self,
        host: &Arc<HostState>,
        tiers: &Tiers,
        items: Vec<minijinja::Value>,
        secret: bool,
    ) -> TaskEnd {
        let control = &self.task.card.loop_control;
        let name = control.loop_var.clone().unwrap_or_else(|| "item".into());
        let mut all = Vec::new();
        let mut on = None;
        for (index, item) in items.into_iter().enumerate() {
            let mut values = Values::new();
            values.insert(
                Arc::clone(&name),
                Var {
                    secret,
                    ..data(item.clone())
                },
            );
            values.insert("ansible_loop_var".into(), data(name.as_ref()));
            if let Some(index_var) = &control.index_var {
                values.insert(Arc::clone(index_var), data(index));
                values.insert("ansible_index_var".into(), data(index_var.as_ref()));
            }
            let tiers = tiers.with(Tier::Values(Arc::new(values)));
            let (mut attempted, delegate) = self.attempt(host, &tiers);
            on = on.or(delegate);
            attempted.returned.insert(name.to_string(), value::json(&item));
            attempted
                .returned
                .insert("ansible_loop_var".to_owned(), Known::Is(name.as_ref().into()));
            let lost = attempted.lost.is_some();
            let label = if attempted.hidden {
                None
            } else {
                self.label(&tiers, &item, secret)
            };
            all.push((Some(label.unwrap_or_else(|| CENSORED.to_owned())), attempted));
            if lost {
                break;
            }
        }
        self.summed(host, tiers, all, on)
    }

    /// What stands for an item in messages; `None` when a secret would.
    fn label(&self, tiers: &Tiers, item: &minijinja::Value, secret: bool) -> Option<String> {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let label = self.task.card.loop_control.label.as_ref();
        let rendered = label.and_then(|label| self.world.templar.node(label, &scope).ok());
        let secret = rendered.as_ref().map_or(secret, |rendered| rendered.secret);
        let text = match rendered.map(|rendered| rendered.value) {
            Some(Known::Is(node)) => node.as_str().map_or_else(|| item.to_string(), str::to_owned),
            _ => item.to_string(),
        };
        (!secret).then_some(text)
    }

    fn items(&self, tiers: &Tiers) -> Result<Items, Failure> {
        let Some(node) = &self.task.card.loop_ else {
            return Ok(Items::Once);
        };
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let rendered = self
            .world
            .templar
            .node(node, &scope)
            .map_err(|problem| failure::of_problem(&problem))?;
        match rendered.value {
            Known::Unknown(why) => Ok(Items::Unknown(why.to_string())),
            Known::Is(Node {
                value: Value::Seq(items),
                ..
            }) if items.is_empty() => Ok(Items::Skipped("no items in the list".to_owned())),
            Known::Is(Node {
                value: Value::Seq(items),
                ..
            }) => Ok(Items::Each(
                items.iter().map(template::data_of_node).collect(),
                rendered.secret,
            )),
            Known::Is(other) => Err(Failure {
                message: format!("`loop` takes a list, not {}", other.kind()),
                at: Some(node.place.to_string()),
                ..Failure::default()
            }),
        }
    }

    fn attempt(&self, host: &Arc<HostState>, tiers: &Tiers) -> (Attempted, Option<Arc<HostState>>) {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let undecided = match judge::all(&self.world.templar, &self.task.keywords.when, &scope) {
            Ok(Known::Is(None)) => self.undecided.clone(),
            Ok(Known::Is(Some(condition))) => return (skipped(format!("`{condition}` is false")), None),
            Ok(Known::Unknown(why)) => Some(why.to_string()),
            Err(problem) => return (failed(failure::of_problem(&problem)), None),
        };
        match self.arranged(host, tiers, &scope, undecided) {
            Ok((attempt, delegate)) => {
                let mut attempted = attempt.make();
                if attempted.lost.is_none() {
                    judge::judge(self, &mut attempted, tiers);
                }
                (attempted, delegate)
            }
            Err(failure) => (failed(failure), None),
        }
    }

    fn arranged<'a>(
        &'a self,
        host: &'a Arc<HostState>,
        tiers: &Tiers,
        scope: &Arc<dyn Scope>,
        undecided: Option<String>,
    ) -> Result<(Attempt<'a>, Option<Arc<HostState>>), Failure> {
        let keywords = &self.task.keywords;
        let templar = &self.world.templar;
        let delegate = settings::text(templar, keywords.delegate_to.as_ref(), scope)?;
        let delegate = delegate.map(|name| self.world.host_or_stranger(&name));
        let forecast = self.world.options.mode == Mode::Plan;
        let attempt = Attempt {
            run: self,
            host,
            on: delegate.clone().unwrap_or_else(|| Arc::clone(host)),
            tiers: tiers.clone(),
            who: self.who(host, tiers)?,
            no_log: settings::flag(templar, keywords.no_log.as_ref(), scope)?.unwrap_or(false),
            forecasts: settings::flag(templar, keywords.check_mode.as_ref(), scope)?.unwrap_or(forecast),
            undecided,
        };
        Ok((attempt, delegate))
    }

    /// As whom the task is done.
    pub(crate) fn who(&self, _host: &Arc<HostState>, tiers: &Tiers) -> Result<Who, Failure> {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        settings::who(
            &self.world.templar,
            &self.world.options,
            &self.task.keywords,
            &scope,
        )
    }

    /// The handlers that the task notifies, by number.
    pub(crate) fn reached(&self, tiers: &Tiers) -> Vec<usize> {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let mut numbers = Vec::new();
        for node in &self.task.keywords.notify {
            let Ok(rendered) = self.world.templar.node(node, &scope) else {
                continue;
            };
            let Known::Is(node) = rendered.value else { continue };
            let names = match &node.value {
                Value::Seq(items) => items.iter().filter_map(Node::as_str).map(str::to_owned).collect(),
                _ => node.as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
            };
            for name in names {
                numbers.extend(
                    self.program
                        .notified(&name)
                        .iter()
                        .map(|handler| handler.task.number),
                );
            }
        }
        numbers
    }

    /// The names under which these handlers are recorded.
    pub(crate) fn notifies(&self, tiers: &Tiers) -> Vec<String> {
        let reached = self.reached(tiers);
        let handlers = self
            .program
            .handlers
            .iter()
            .filter(|handler| reached.contains(&handler.task.number));
        handlers.map(|handler| handler.task.title()).collect()
    }

    /// Sums the items up, registers the result, and says what is notified.
    fn summed(
        &self,
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
        let mut any_hidden = false;
        for (item, attempted) in items {
            let Attempted {
                mut outcome,
                returned,
                control,
                lost,
                missed,
                assumes,
                hidden,
            } = attempted;
            any_hidden |= hidden;
            if self.world.options.verbosity > 0 || outcome.failure.is_some() {
                outcome.result = if hidden || self.hidden(tiers) {
                    serde_json::Value::Null
                } else {
                    plain(&returned)
                };
            }
            end.controls.extend(control);
            end.missed.extend(missed);
            end.assumes = end.assumes.or(assumes);
            end.lost = end.lost.or(lost);
            end.known_after_apply = end
                .known_after_apply
                .or_else(|| outcome.known_after_apply.clone());
            end.status = Some(worse(end.status, outcome.status));
            end.outcomes.push((item, outcome));
            results.push(returned);
        }
        end.returned = if looped {
            of_loop(&results, end.status)
        } else {
            results.pop().unwrap_or_default()
        };
        if let Some(name) = &self.task.card.register {
            let var = Var::data(template::dictionary(&end.returned));
            host.set(
                name,
                Var {
                    secret: any_hidden,
                    ..var
                },
            );
        }
        if end.status == Some(Status::Changed) {
            end.notified = self.reached(tiers);
        }
        end
    }

    fn hidden(&self, tiers: &Tiers) -> bool {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let flag = settings::flag(&self.world.templar, self.task.keywords.no_log.as_ref(), &scope);
        flag.ok().flatten().unwrap_or(false)
    }
}

/// Stands for an item that must not be shown, as Ansible writes it.
const CENSORED: &str = "(censored due to no_log)";

enum Items {
    Once,
    /// The items, and whether a secret is among them.
    Each(Vec<minijinja::Value>, bool),
    Skipped(String),
    Unknown(String),
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

fn of_loop(results: &[Returned], status: Option<Status>) -> Returned {
    let mut returned = Returned::new();
    let list = results.iter().map(json).collect::<Option<Vec<_>>>();
    let unknown = || {
        results
            .iter()
            .flat_map(IndexMap::values)
            .find_map(|value| value.why())
            .unwrap_or("")
            .to_owned()
    };
    returned.insert(
        "results".to_owned(),
        list.map_or_else(|| Known::unknown(unknown()), |l| Known::Is(l.into())),
    );
    returned.insert(
        "changed".to_owned(),
        Known::Is((status == Some(Status::Changed)).into()),
    );
    returned.insert(
        "failed".to_owned(),
        Known::Is((status == Some(Status::Failed)).into()),
    );
    returned.insert("msg".to_owned(), Known::Is("All items completed".into()));
    if status == Some(Status::Skipped) {
        returned.insert("skipped".to_owned(), Known::Is(true.into()));
    }
    returned
}

fn json(returned: &Returned) -> Option<serde_json::Value> {
    let pairs = returned
        .iter()
        .map(|(key, value)| Some((key.clone(), value.clone().ok()?)));
    pairs
        .collect::<Option<serde_json::Map<_, _>>>()
        .map(serde_json::Value::Object)
}

/// A result for people: what is unknown is said so.
fn plain(returned: &Returned) -> serde_json::Value {
    let shown = |value: &Known<serde_json::Value>| match value {
        Known::Is(value) => value.clone(),
        Known::Unknown(why) => format!("(known after apply: {why})").into(),
    };
    serde_json::Value::Object(
        returned
            .iter()
            .map(|(key, value)| (key.clone(), shown(value)))
            .collect(),
    )
}

fn ended(status: Status, why: String) -> Attempted {
    let outcome = Outcome {
        status,
        known_after_apply: None,
        why,
        changes: Vec::new(),
        message: None,
        warnings: Vec::new(),
        result: serde_json::Value::Null,
        failure: None,
    };
    let mut returned = Returned::new();
    returned.insert("changed".to_owned(), Known::Is(false.into()));
    Attempted {
        outcome,
        returned,
        control: None,
        lost: None,
        missed: Vec::new(),
        assumes: None,
        hidden: false,
    }
}

fn skipped(why: String) -> Attempted {
    let mut attempted = ended(Status::Skipped, why);
    attempted
        .returned
        .insert("skipped".to_owned(), Known::Is(true.into()));
    attempted.returned.insert(
        "skip_reason".to_owned(),
        Known::Is("Conditional result was False".into()),
    );
    attempted
}

fn unknown(why: String) -> Attempted {
    let mut attempted = ended(Status::Changed, String::new());
    attempted
        .returned
        .insert("changed".to_owned(), Known::unknown(why.as_str()));
    attempted.outcome.known_after_apply = Some(why);
    attempted
}

/// A failure before anything was looked at.
pub(crate) fn failed(failure: Failure) -> Attempted {
    let mut attempted = ended(Status::Failed, String::new());
    attempted
        .returned
        .insert("failed".to_owned(), Known::Is(true.into()));
    attempted
        .returned
        .insert("msg".to_owned(), Known::Is(failure.message.clone().into()));
    attempted.outcome.failure = Some(failure);
    attempted
}
