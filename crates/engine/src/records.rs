//! The record of notified handlers on a host: found again by the next run, removed once they ran.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_host::Answer;
use evenkeel_host::Commit;
use evenkeel_host::Host as _;
use evenkeel_host::Known;
use evenkeel_host::Look as _;
use evenkeel_host::Who;
use evenkeel_playbook::play::Handler;
use evenkeel_playbook::play::Play;

use crate::Mode;
use crate::announce;
use crate::host_state::HostState;
use crate::notify;
use crate::pending;
use crate::play_scope::PlayScope;
use crate::scope::Source;
use crate::task_run::TaskRun;
use crate::world::World;

/// Notifies again what an earlier run notified on a host and did not run; gives the handlers' names.
pub(crate) fn recover(
    world: &World,
    play: &Play,
    handlers: &[Handler],
    scope: &PlayScope,
    host: &Arc<HostState>,
) -> Vec<String> {
    let Ok(machine) = world.machine(host) else {
        return Vec::new();
    };
    let answer = machine
        .look(&[announce::recorded(world)])
        .ok()
        .and_then(|mut answers| answers.pop());
    let Some(Known::Is(Answer::Paths(paths))) = answer else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for record in paths.iter().map(|path| path.name()) {
        let of = |handler: &&Handler| {
            pending::of(play, &handler.task) == record || pending::plain(&handler.task) == record
        };
        let named: Vec<&Handler> = handlers.iter().filter(of).collect();
        let Some(first) = named.first() else { continue };
        let who = who(world, play, scope, host, first);
        let mut standing = host.standing();
        if standing.recorded.insert(record.to_owned(), who).is_none() {
            for handler in &named {
                standing.notified.insert(handler.task.number, None);
            }
            let name = first.task.title();
            if !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

/// As whom a handler runs: whoever recorded it could do at least that.
fn who(world: &World, play: &Play, scope: &PlayScope, host: &Arc<HostState>, handler: &Handler) -> Who {
    let run = TaskRun {
        world,
        play,
        handlers: &[],
        scope,
        task: &handler.task,
        later: &[],
        undecided: None,
        teller: None,
    };
    let tiers = scope.tiers(world, host, &handler.task, Source::Never);
    run.who(None, &tiers).unwrap_or(Who::Login)
}

/// Removes the records of handlers that ran on a host, or that were never notified after all.
pub(crate) fn forget(world: &World, play: &Play, handlers: &[Handler], host: &Arc<HostState>) {
    notify::resolve(handlers, host);
    let standing = host.standing().clone();
    if standing.lost || standing.failed || world.options.mode == Mode::Plan {
        return;
    }
    let waiting = notify::records(play, handlers, standing.notified.keys().copied());
    let mut done: BTreeMap<Who, Vec<String>> = BTreeMap::new();
    for (name, who) in &standing.recorded {
        if !waiting.contains(name) && !standing.owed.contains(name) {
            done.entry(who.clone()).or_default().push(name.clone());
        }
    }
    for (who, names) in done {
        let commit = Commit {
            who,
            changes: vec![pending::clear(&world.options.pending, &names)],
            ..Commit::default()
        };
        let committed = world.machine(host).and_then(|machine| machine.commit(&commit));
        if committed.is_ok() {
            host.standing().recorded.retain(|name, _| !names.contains(name));
        }
    }
}
