//! How attempts end: what they leave for the event, for `register` and for the run.

use std::sync::Arc;

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Commit;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Var;
use evenkeel_playbook::template;
use evenkeel_tasks::Control;
use evenkeel_tasks::Plan;
use evenkeel_tasks::Returned;
use evenkeel_yaml::Node;

use crate::Failure;
use crate::Status;
use crate::arguments::Unrendered;
use crate::attempted::Attempted;
use crate::attempted::HIDDEN;
use crate::attempted::is_true;
use crate::data;
use crate::host_state::HostState;

use super::Attempt;

impl Attempt<'_> {
    /// The end of a task whose plan was carried out, or forecast.
    pub(crate) fn ended(&self, plan: &Plan, mut returned: Returned, doubt: Option<String>) -> Attempted {
        let adds = self.adds(plan);
        let changed = plan.changed.unwrap_or(!plan.changes.is_empty()) || adds;
        let known = match (&doubt, changed) {
            (Some(why), true) => Known::unknown(why.as_str()),
            _ => Known::Is(changed.into()),
        };
        returned.insert("changed".to_owned(), known);
        // Only a task whose failure ends nothing is followed by tasks that ask whether it failed.
        let ignored = self.run.task.keywords.ignore_errors.is_some();
        let failed = match returned.get("rc") {
            Some(Known::Unknown(why)) if ignored => Known::Unknown(why.clone()),
            _ => Known::Is(false.into()),
        };
        returned.entry("failed".to_owned()).or_insert(failed);
        if !plan.warnings.is_empty() {
            let told = || Known::Is(plan.warnings.clone().into());
            returned.entry("warnings".to_owned()).or_insert_with(told);
        }
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
            (Some(_), Some(_)) => attempted.goes_on = Some("the run goes on as written".into()),
            (Some(_), None) => {}
        }
        for (name, node) in &plan.effects.included {
            let value = match &self.undecided {
                Some(why) => unknown_var(&Arc::from(why.as_str())),
                None => Var::template(Arc::new(node.clone())),
            };
            self.host.include(name, value.clone());
            attempted.read.push((name.as_str().into(), value));
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
        if !self.delegates_facts {
            attempted.facts = facts;
        }
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
        // What is said of another machine is no other host's.
        if !self.delegates_facts {
            attempted.variables.push((name.into(), value));
        }
    }

    /// The host whose variables the task sets.
    fn owner(&self) -> &Arc<HostState> {
        if self.delegates_facts { &self.on } else { self.host }
    }

    /// An end of this grade, hidden where it must be.
    pub(crate) fn begun(&self, status: Status) -> Attempted {
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

    pub(super) fn failed(&self, failure: Failure, returned: Returned) -> Attempted {
        let mut attempted = self.begun(Status::Failed);
        attempted.returned.extend(returned);
        attempted.fail(failure);
        attempted
    }

    /// A task that may not run at all cannot fail for sure.
    pub(super) fn may_fail(&self, failure: &Failure, why: &str) -> Attempted {
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

    pub(super) fn lost(&self, error: evenkeel_host::Error) -> Attempted {
        let failure = Failure {
            message: error.to_string(),
            ..Failure::default()
        };
        let mut attempted = self.failed(failure, Returned::new());
        attempted.put("unreachable", true);
        attempted.lost = Some(error);
        attempted
    }

    /// A task of which nothing can be said before apply.
    pub(super) fn unsure(&self, why: &str) -> Attempted {
        Attempted {
            hidden: self.hidden(),
            ..Attempted::unknown(why, self.run.task.card.body.module.changes)
        }
    }

    /// The arguments are known only after apply: nothing can be claimed of what they name.
    pub(super) fn unknown(&self, unrendered: &Unrendered) -> Attempted {
        let module = self.run.task.card.body.module;
        let mut attempted = self.unsure(&unrendered.why);
        // An include's `name` is no path.
        let paths = if self.run.includes() {
            Vec::new()
        } else {
            unrendered.paths()
        };
        match &self.way {
            Ok(memory) if module.changes && !paths.is_empty() => {
                let mut run = Run::new(self.run.task.title(), Command::shell(":"));
                run.obscures = paths.into_iter().map(Obscures::Path).collect();
                let commit = Commit {
                    who: self.who.clone(),
                    changes: vec![Change::Run(Box::new(run))],
                    ..Commit::default()
                };
                drop(self.layer(memory).commit_possible(&commit, &unrendered.why));
            }
            Ok(_) | Err(_) if module.changes => attempted.assumes = Some(self.run.nothing_else()),
            Ok(_) | Err(_) => {}
        }
        match module.name {
            "set_fact" => self.set_unknown(&mut attempted, unrendered),
            "include_vars" => match unrendered.known.get("name").and_then(Node::as_str) {
                Some(name) => self.host.include(name, unknown_var(&unrendered.why)),
                None => self.host.set_unnamed(&unrendered.why),
            },
            "include_role" | "include_tasks" => {
                self.run
                    .include_unknown(self.host, &mut attempted, &unrendered.why);
            }
            "fetch" => self.keep_more(&unrendered.why),
            "debug" => attempted.outcome.message = Some(format!("(known after apply: {})", unrendered.why)),
            _ => {}
        }
        attempted
    }

    /// A file may come on the controller.
    pub(super) fn keep_more(&self, why: &str) {
        if let (Some(drafted), false) = (&self.run.world.drafted, self.dry) {
            drafted.keep_more(why);
        }
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
        if unrendered.unnamed {
            self.owner().set_unnamed(&unrendered.why);
        }
    }
}

pub(crate) fn unknown_var(why: &Arc<str>) -> Var {
    Var {
        stored: Stored::Unknown(Arc::clone(why)),
        secret: false,
    }
}
