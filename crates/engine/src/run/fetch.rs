//! The first round trip: what can be announced is asked of every host before its plays begin.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use evenkeel_playbook::play::Program;
use indexmap::IndexMap;

use super::Run;
use crate::EventKind;
use crate::Mode;
use crate::announce;
use crate::host_state::HostState;
use crate::play_scope::PlayScope;
use crate::round;
use crate::selected::Selected;
use crate::stream::Stream;

impl Run {
    /// One round trip to every host, in parallel, for everything that can be announced; then the facts to which other
    /// hosts refer.
    pub(super) fn fetch(
        &self,
        selected: &[Selected],
        programs: &[(Program, PlayScope)],
        stream: &mut Stream<'_>,
    ) {
        let mut plays: IndexMap<Arc<str>, Vec<(&Program, &PlayScope)>> = IndexMap::new();
        for (selected, (program, scope)) in selected.iter().zip(programs) {
            for host in &selected.hosts {
                plays.entry(Arc::clone(host)).or_default().push((program, scope));
            }
        }
        let hosts: Vec<_> = plays
            .iter()
            .filter_map(|(name, plays)| Some((self.world.host(name)?, plays)))
            .collect();
        hosts
            .iter()
            .for_each(|(host, _)| host.targeted.store(true, Ordering::Relaxed));
        let job = |(host, plays): &(Arc<HostState>, &Vec<_>)| announce::fetch(&self.world, host, plays);
        let panicked = |message| {
            Err(evenkeel_host::Error::Protocol(format!(
                "internal error: {message}"
            )))
        };
        let lost = |host: &HostState, error: &evenkeel_host::Error, stream: &mut Stream<'_>| {
            host.standing().lost = true;
            stream.count(&host.name, |counts| counts.unreachable = 1);
            stream.lost(&host.name, error);
        };
        let later = |host: &HostState, error: &evenkeel_host::Error, stream: &mut Stream<'_>| {
            host.standing().lost = true;
            let name = &host.name;
            let text = format!("what is done on {name} is known after apply: it is not there yet ({error})");
            stream.send(EventKind::Note { text });
        };
        let plans = self.world.options.mode == Mode::Plan;
        let waits = |plays: &[(&Program, &PlayScope)]| plays.iter().any(|(program, _)| waits_for_it(program));
        round::ordered(&self.pool, &hosts, job, panicked, |index, result| match result {
            Ok(()) => hosts[index].0.reached.store(true, Ordering::Relaxed),
            // The first task tries again, and says what is done about it.
            Err(_)
                if hosts[index]
                    .1
                    .iter()
                    .any(|(program, _)| ignores_unreachable(program)) => {}
            Err(error) if plans && (hosts[index].0.added || waits(hosts[index].1)) => {
                later(&hosts[index].0, &error, stream);
            }
            // A task waits until it can be reached.
            Err(_) if waits(hosts[index].1) => {}
            Err(error) => lost(&hosts[index].0, &error, stream),
        });
        let wanted = |host: &&Arc<HostState>| host.wanted.load(Ordering::Relaxed) && host.is_in_run();
        let wanted: Vec<_> = hosts.iter().map(|(host, _)| host).filter(wanted).collect();
        let job = |host: &&Arc<HostState>| host.facts_elsewhere();
        round::ordered(&self.pool, &wanted, job, |_| None, |_, _| ());
    }
}

/// Whether a task of a play waits until its hosts can be reached.
fn waits_for_it(program: &Program) -> bool {
    let mut tasks = program.all_tasks().into_iter();
    tasks.any(|task| task.card.body.module.name == "wait_for_connection")
}

/// Whether a task of the play goes on with hosts that are lost.
fn ignores_unreachable(program: &Program) -> bool {
    let tasks = program.all_tasks();
    tasks
        .iter()
        .any(|task| task.keywords.ignore_unreachable.is_some())
}
