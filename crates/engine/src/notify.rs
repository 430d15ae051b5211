//! `notify`: which handlers a task reaches, and the record of it on the host.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_host::Change;
use evenkeel_host::Commit;
use evenkeel_host::Host as _;
use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Program;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

use crate::Failure;
use crate::arguments::Stop;
use crate::attempt::Attempt;
use crate::failure;
use crate::pending;
use crate::scope::Tiers;
use crate::task_run::TaskRun;

/// The handlers that a task notifies, by number.
///
/// # Errors
/// A name that no handler has or listens to.
pub(crate) fn reached(run: &TaskRun<'_>, tiers: &Tiers) -> Result<Vec<usize>, Failure> {
    let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
    let mut numbers = Vec::new();
    for node in &run.task.keywords.notify {
        let rendered = run.world.templar.node(node, &scope);
        let Known::Is(rendered) = rendered.map_err(|problem| failure::of_problem(&problem))?.value else {
            continue;
        };
        for name in names(&rendered) {
            let handlers = run.program.notified(name);
            if handlers.is_empty() {
                return Err(Failure {
                    message: format!("no handler is called `{name}`"),
                    at: Some(node.place.to_string()),
                    help: vec!["define it under `handlers:`".to_owned()],
                    ..Failure::default()
                });
            }
            numbers.extend(handlers.iter().map(|handler| handler.task.number));
        }
    }
    Ok(numbers)
}

fn names(node: &Node) -> Vec<&str> {
    match &node.value {
        Value::Seq(items) => items.iter().filter_map(Node::as_str).collect(),
        _ => node.as_str().into_iter().collect(),
    }
}

/// The names under which handlers are recorded.
pub(crate) fn titles(program: &Program, numbers: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    let numbers: BTreeSet<usize> = numbers.into_iter().collect();
    let handlers = program.handlers.iter();
    let reached = handlers.filter(|handler| numbers.contains(&handler.task.number));
    reached.map(|handler| handler.task.title()).collect()
}

impl TaskRun<'_> {
    /// What records the notifications of a task on its host before its change is made, so that no failure can lose
    /// them, and the handlers that it records. A task that is done on another machine has them recorded on its own one
    /// now.
    pub(crate) fn record(&self, attempt: &Attempt<'_>) -> Result<(Option<Change>, Vec<String>), Stop> {
        let numbers = reached(self, &attempt.tiers)
            .map_err(|failure| Stop::Failed(Box::new(failure), Default::default()))?;
        let who = &attempt.who;
        let fresh: Vec<String> = {
            let mut standing = attempt.host.standing();
            let titles = titles(self.program, numbers).into_iter();
            titles
                .filter(|title| standing.recorded.insert(title.clone(), who.clone()).is_none())
                .collect()
        };
        if fresh.is_empty() {
            return Ok((None, fresh));
        }
        let change = pending::record(&self.world.options.pending, &fresh);
        if Arc::ptr_eq(attempt.host, &attempt.on) {
            return Ok((Some(change), fresh));
        }
        let commit = Commit {
            who: who.clone(),
            changes: vec![change],
            ..Commit::default()
        };
        self.world.machine(attempt.host)?.commit(&commit)?;
        Ok((None, fresh))
    }

    /// Takes a record back: the task left everything as it was, so nothing is owed.
    pub(crate) fn take_back(&self, attempt: &Attempt<'_>, recorded: &[String]) -> Result<(), Stop> {
        if recorded.is_empty() {
            return Ok(());
        }
        let commit = Commit {
            who: attempt.who.clone(),
            changes: vec![pending::clear(&self.world.options.pending, recorded)],
            ..Commit::default()
        };
        self.world.machine(attempt.host)?.commit(&commit)?;
        let mut standing = attempt.host.standing();
        standing.recorded.retain(|title, _| !recorded.contains(title));
        Ok(())
    }
}
