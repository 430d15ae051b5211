//! What tasks do to the run as a whole: hosts and groups that they add, values that its end tells.

use std::sync::Arc;

use evenkeel_tasks::Addition;
use evenkeel_tasks::Control;
use evenkeel_tasks::Plan;
use evenkeel_yaml::Place;
use evenkeel_yaml::Source;

use crate::Mode;
use crate::attempt::Attempt;
use crate::attempted::Attempted;
use crate::attempted::HIDDEN;
use crate::failure;
use crate::host_state::HostState;
use crate::recap::Custom;
use crate::settle::Ending;
use crate::task_end::TaskEnd;
use crate::voice::Voice;

/// The task types that add to the inventory of the run.
const ADDING: [&str; 2] = ["add_host", "group_by"];

impl Attempt<'_> {
    /// Whether a plan adds anything to the inventory that it does not have.
    pub(crate) fn adds(&self, plan: &Plan) -> bool {
        let crowd = &self.run.world.crowd;
        let mut additions = plan.effects.additions.iter();
        additions.any(|addition| crowd.lacks(addition, &self.host.name))
    }

    /// Takes over what a plan does to the run; what may not happen at all does nothing.
    pub(crate) fn on_run(&self, plan: &Plan, attempted: &mut Attempted) {
        if self.undecided.is_none() {
            attempted.additions.clone_from(&plan.effects.additions);
            attempted.stats.clone_from(&plan.effects.stats);
            if attempted.hidden.is_some() {
                attempted.additions.iter_mut().for_each(keep);
                let stats = attempted.stats.iter_mut();
                stats
                    .flat_map(|stats| &mut stats.data)
                    .for_each(|(_, value)| *value = HIDDEN.into());
            }
            if attempted.hidden.is_none() && self.adds(plan) {
                let told = plan
                    .effects
                    .additions
                    .iter()
                    .map(|addition| told(addition, &self.host.name));
                attempted.outcome.message = Some(told.collect::<Vec<_>>().join("\n"));
            }
        }
    }
}

/// Marks a host's variables as secret.
fn keep(addition: &mut Addition) {
    if let Addition::Host { variables, .. } = addition {
        let place = Place::new(&Source::marked("add_host", "", true), 0, 0);
        for (_, node) in variables {
            node.place = place.clone();
        }
    }
}

/// An addition in words.
fn told(addition: &Addition, of: &str) -> String {
    match addition {
        Addition::Host { name, groups, .. } if groups.is_empty() => {
            format!("the inventory of the run has {name}")
        }
        Addition::Host { name, groups, .. } => {
            format!("the inventory of the run has {name}, in {}", groups.join(", "))
        }
        Addition::Member { group, .. } => format!("{of} is in {group} for the rest of the run"),
    }
}

impl Ending<'_> {
    /// Adds to the inventory, and to what the end of the run tells.
    pub(crate) fn grow(&self, voice: &mut Voice<'_, '_>, host: &HostState, end: &mut TaskEnd) {
        let own = |addition| (host.name.clone(), addition);
        let additions: Vec<_> = std::mem::take(&mut end.additions).into_iter().map(own).collect();
        let added = !additions.is_empty();
        let refreshes = end.controls.contains(&Control::RefreshInventory);
        let refreshed = if refreshes { self.world.refresh() } else { Ok(()) };
        match refreshed.and_then(|()| self.world.add(additions)) {
            Ok(()) if added || refreshes => {
                let hosts = self.world.crowd.now();
                let templar = self.world.templar.clone();
                voice.with(move |stream| {
                    let scopes = hosts.hosts.values().map(|host| host.inventory());
                    scopes.for_each(|scope| stream.redactor.add_scope(scope.as_ref(), &templar));
                });
            }
            Ok(()) => {}
            Err(problem) => end.fail(failure::of_problem(&problem)),
        }
        for stats in std::mem::take(&mut end.stats) {
            let of = if stats.per_host { &host.name } else { Custom::RUN }.to_owned();
            voice.with(move |stream| stream.recap.custom.tell(&of, &stats));
        }
        self.doubt(end);
        if refreshes && self.world.options.mode == Mode::Plan {
            let name = &self.reference.name;
            let why = format!("`{name}` reads the inventory after changes that are not made yet");
            let crowd = Arc::clone(&self.world.crowd);
            voice.with(move |stream| {
                if stream.recap.changed() {
                    crowd.doubt(why);
                }
            });
        }
    }

    /// Notes in a forecast that what the task adds is known only after apply.
    fn doubt(&self, end: &TaskEnd) {
        let body = &self.task.card.body;
        if self.world.options.mode != Mode::Plan || !ADDING.contains(&body.module.name) {
            return;
        }
        let mut outcomes = end.outcomes.iter();
        if let Some(why) = outcomes.find_map(|(_, outcome)| outcome.known_after_apply.as_deref()) {
            let name = &self.reference.name;
            self.world.crowd.doubt(format!("`{name}` depends on {why}"));
        }
    }
}
