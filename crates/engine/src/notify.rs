//! `notify`: which handlers a task reaches, and the record of it on the host.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel_host::Change;
use evenkeel_host::Commit;
use evenkeel_host::Host as _;
use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play;
use evenkeel_playbook::play::Handler;
use evenkeel_playbook::play::Play;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

use crate::Failure;
use crate::Status;
use crate::arguments::Stop;
use crate::attempt::Attempt;
use crate::failure;
use crate::host_state::HostState;
use crate::pending;
use crate::scope::Tiers;
use crate::task_run::TaskRun;

/// What a task notifies.
#[derive(Default)]
pub(crate) struct Reached {
    /// The names, as they stand in `notify`: which handlers they are is decided when these run, because roles that are
    /// included until then may bring others of the same name.
    pub(crate) names: Vec<String>,
    /// The handlers as they are now, by number.
    numbers: Vec<usize>,
}

/// What a task notifies.
///
/// # Errors
/// A name that no handler has or listens to.
pub(crate) fn reached(run: &TaskRun<'_>, tiers: &Tiers) -> Result<Reached, Failure> {
    let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
    let mut reached = Reached::default();
    for node in &run.task.keywords.notify {
        let rendered = run.world.templar.node(node, &scope);
        let Known::Is(rendered) = rendered.map_err(|problem| failure::of_problem(&problem))?.value else {
            continue;
        };
        for name in names(&rendered) {
            let handlers = play::notified(run.handlers, name);
            if handlers.is_empty() {
                return Err(Failure {
                    message: format!("no handler is called `{name}`"),
                    at: Some(node.place.to_string()),
                    help: vec!["define it under `handlers:`".to_owned()],
                    ..Failure::default()
                });
            }
            reached
                .numbers
                .extend(handlers.iter().map(|handler| handler.task.number));
            reached.names.push(name.to_owned());
        }
    }
    Ok(reached)
}

/// Decides which handlers a host's notifications reach.
pub(crate) fn resolve(handlers: &[Handler], host: &HostState) {
    let mut standing = host.standing();
    for (name, depends) in std::mem::take(&mut standing.notifications) {
        for handler in play::notified(handlers, &name) {
            let entry = standing.notified.entry(handler.task.number);
            let known = entry.or_insert_with(|| depends.clone());
            if depends.is_none() {
                *known = None;
            }
        }
    }
}

fn names(node: &Node) -> Vec<&str> {
    match &node.value {
        Value::Seq(items) => items.iter().filter_map(Node::as_str).collect(),
        _ => node.as_str().into_iter().collect(),
    }
}

/// The names under which handlers of a play may be recorded.
pub(crate) fn records(
    play: &Play,
    handlers: &[Handler],
    numbers: impl IntoIterator<Item = usize>,
) -> BTreeSet<String> {
    let numbers: BTreeSet<usize> = numbers.into_iter().collect();
    let reached = handlers
        .iter()
        .filter(|handler| numbers.contains(&handler.task.number));
    let names = |handler: &Handler| [pending::of(play, &handler.task), pending::plain(&handler.task)];
    reached.flat_map(names).collect()
}

impl TaskRun<'_> {
    /// What records the notifications of a task on its host before its change is made, so that no failure can lose
    /// them, and the handlers that it records. A task that is done on another machine has them recorded on its own one
    /// now.
    pub(crate) fn record(&self, attempt: &Attempt<'_>) -> Result<(Option<Change>, Vec<String>), Stop> {
        let reached = reached(self, &attempt.tiers)
            .map_err(|failure| Stop::Failed(Box::new(failure), Default::default()))?;
        let who = &attempt.who;
        let fresh: Vec<String> = {
            let mut standing = attempt.host.standing();
            let numbers: BTreeSet<usize> = reached.numbers.into_iter().collect();
            let handlers = self.handlers.iter();
            let reached = handlers.filter(|handler| numbers.contains(&handler.task.number));
            let records: BTreeSet<String> = reached
                .map(|handler| pending::of(self.play, &handler.task))
                .collect();
            let is_new = |record: &String| standing.recorded.insert(record.clone(), who.clone()).is_none();
            records.into_iter().filter(is_new).collect()
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

    /// Takes back what an attempt recorded, where it ended well and changed nothing: nothing is owed. A machine that does
    /// not take that keeps the record, and it shows there when it is asked next that it is lost.
    pub(crate) fn unrecord(&self, attempt: &mut Attempt<'_>, status: Status) {
        let recorded = std::mem::take(&mut attempt.recorded);
        match status {
            Status::Ok | Status::Skipped => drop(self.take_back(attempt, &recorded)),
            Status::Changed | Status::Failed | Status::Ignored => {}
        }
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
        standing.recorded.retain(|record, _| !recorded.contains(record));
        Ok(())
    }
}
