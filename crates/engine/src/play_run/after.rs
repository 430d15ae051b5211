//! What follows a task once every host is through with it.

use std::sync::Arc;

use evenkeel_host::Host as _;
use evenkeel_playbook::play::Task;
use evenkeel_tasks::Control;
use evenkeel_yaml::Node;

use super::PlayRun;
use super::active;
use super::failed;
use crate::EventKind;
use crate::Failure;
use crate::Mode;
use crate::Status;
use crate::attempt::unknown_var;
use crate::host_state::HostState;
use crate::host_state::RoleUse;
use crate::settle::Settled;

impl PlayRun<'_, '_> {
    /// What follows once every host is through: the end of all after an error that is fatal for all, and what `meta`
    /// asked for.
    pub(super) fn after(
        &mut self,
        task: &Arc<Task>,
        hosts: &[Arc<HostState>],
        once: bool,
        asked: Vec<(Arc<HostState>, Control)>,
    ) {
        let out = |host: &Arc<HostState>| {
            let standing = host.standing();
            standing.failed || standing.lost
        };
        if self.pace.is_free() {
            self.refresh();
        } else if hosts.iter().any(out) {
            let fatal = once
                || hosts
                    .iter()
                    .any(|host| self.flag(task, task.keywords.any_errors_fatal.as_ref(), host));
            if fatal || self.too_many_failed() {
                active(&self.batch)
                    .iter()
                    .for_each(|host| host.standing().failed = true);
            }
            self.refresh();
        }
        let mut flush = Vec::new();
        for (host, control) in asked {
            match control {
                Control::EndHost => {
                    host.standing().ended = true;
                    self.refresh();
                }
                Control::EndRole => host.standing().role_ended = RoleUse::of(task),
                Control::ClearFacts => self.hosts.iter().for_each(|host| host.clear_facts()),
                Control::ClearHostErrors => self.clear_errors(),
                Control::ResetConnection => host.links.all().iter().for_each(|machine| machine.reset()),
                Control::FlushHandlers => flush.push(host),
                Control::EndPlay | Control::EndBatch if self.pace.is_free() && self.forecasts() => {
                    self.end_alone(task, &host);
                }
                Control::EndPlay | Control::EndBatch => self.pace.end(control),
                Control::RefreshInventory | Control::Noop | Control::Include(_) => {}
            }
        }
        if !flush.is_empty() {
            self.flush(&flush);
        }
    }

    /// Whether more hosts of the batch failed than `max_fail_percentage` allows; one that may be rescued has not failed yet.
    fn too_many_failed(&self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "a share of a host count")]
        let share = |failed: usize| failed as f64 / self.batch.len().max(1) as f64;
        let failed = failed(&self.batch).len();
        self.rescues == 0 && self.percentage.is_some_and(|most| share(failed) > most / 100.0)
    }

    /// Ends the play for one host in a forecast of a play in which each goes on at its own speed: which tasks the
    /// others get to before it ends for them too cannot be known.
    fn end_alone(&mut self, task: &Arc<Task>, host: &Arc<HostState>) {
        host.standing().ended = true;
        self.refresh();
        if self.batch.len() > 1 {
            let (title, name) = (task.title(), &host.name);
            let text = format!(
                "`{title}` on {name} ends the play for all hosts, wherever they are by then: what is shown of the others may not come"
            );
            self.voice.send(EventKind::Note { text });
        }
    }

    /// The batch without a host.
    pub(super) fn others(&self, own: &Arc<HostState>) -> Vec<Arc<HostState>> {
        let other = |host: &&Arc<HostState>| !Arc::ptr_eq(host, own);
        self.batch.iter().filter(other).cloned().collect()
    }

    /// The result of a task with `run_once` where each host goes on at its own speed: each does it, and gives its
    /// result to all, as with Ansible.
    pub(super) fn share_apart(&self, task: &Arc<Task>, end: &Settled, own: &Arc<HostState>) {
        let others = self.others(own);
        match (&task.card.register, self.forecasts()) {
            (_, false) => share(task, end, &others),
            (Some(name), true) if !others.is_empty() => {
                let why = format!("which host does `{}` last", task.title());
                own.set(name, unknown_var(&why.into()));
            }
            (_, true) => {}
        }
    }

    fn forecasts(&self) -> bool {
        self.world.options.mode == Mode::Plan
    }

    /// Failed and lost hosts are there again from the next play on.
    fn clear_errors(&self) {
        for host in self.hosts {
            let mut standing = host.standing();
            standing.ended |= standing.failed || standing.lost;
            (standing.failed, standing.lost) = (false, false);
        }
    }
}

/// Whether a task is asked of the first host and holds for all, as Ansible does it: some of `meta`, and what changes
/// the run once.
pub(super) fn asks_for_all(task: &Task) -> bool {
    const FOR_ALL: [&str; 5] = [
        "clear_facts",
        "clear_host_errors",
        "end_batch",
        "end_play",
        "refresh_inventory",
    ];
    let body = &task.card.body;
    let word = body.raw.get("free_form").and_then(Node::as_str);
    is_alone(task) || body.module.name == "meta" && word.is_some_and(|word| FOR_ALL.contains(&word))
}

/// Whether a task is done once, but its result is that of the first host alone: what changes the run, and no host.
pub(crate) fn is_alone(task: &Task) -> bool {
    matches!(task.card.body.module.name, "add_host" | "pause")
}

/// A task that ran once for all: its result and its variables are those of every host.
pub(super) fn share(task: &Task, end: &Settled, others: &[Arc<HostState>]) {
    for host in others {
        if let (Some(name), Some(value)) = (&task.card.register, &end.registered) {
            host.set(name, value.clone());
        }
        for (name, value) in &end.variables {
            host.set(name, value.clone());
        }
        for (name, value) in &end.read {
            host.include(name, value.clone());
        }
        host.return_facts(&end.facts.0, end.facts.1);
    }
    if end.status == Some(Status::Failed) {
        active(others)
            .iter()
            .for_each(|host| host.standing().failed = true);
    }
}

/// Why a task that is done once for all hosts is not done where each goes on at its own speed.
pub(super) fn alone(task: &Task) -> Failure {
    let name = task.card.body.module.name;
    Failure {
        message: format!(
            "The '{name}' module bypasses the host loop, which is currently not supported in the free strategy and would instead execute for every host in the inventory list."
        ),
        help: vec!["move it to a play of its own with `strategy: linear`".to_owned()],
        ..Failure::default()
    }
}
