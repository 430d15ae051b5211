//! A task's end on a host, taken into account and told.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Var;
use evenkeel_playbook::play::Handler;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::template;
use evenkeel_tasks::Control;
use serde_json::json;

use crate::EventKind;
use crate::Mode;
use crate::Status;
use crate::TaskRef;
use crate::host_state::HostState;
use crate::include::Inclusion;
use crate::notify;
use crate::task_end::TaskEnd;
use crate::voice::Voice;
use crate::world::World;

/// What surrounds the end of a task.
pub(crate) struct Ending<'r> {
    pub(crate) world: &'r World,
    pub(crate) play: &'r Play,
    pub(crate) task: &'r Arc<Task>,
    pub(crate) reference: &'r TaskRef,
    /// All handlers.
    pub(crate) handlers: &'r [Handler],
    /// The handler that the task is.
    pub(crate) handler: Option<&'r Handler>,
    /// Whether a `rescue` takes its failure.
    pub(crate) rescued: bool,
}

/// What is left of a task's end once it is told.
pub(crate) struct Settled {
    pub(crate) status: Option<Status>,
    pub(crate) registered: Option<Var>,
    pub(crate) variables: Vec<(Arc<str>, Var)>,
    pub(crate) read: Vec<(Arc<str>, Var)>,
    pub(crate) facts: (Vec<(String, Known<serde_json::Value>)>, bool),
    /// What it asked of the run.
    pub(crate) asked: Vec<(Arc<HostState>, Control)>,
    /// What it includes.
    pub(crate) included: Vec<(Arc<HostState>, Inclusion)>,
}

impl Ending<'_> {
    /// Takes a task's end on a host into account, and tells it.
    pub(crate) fn settle(
        &self,
        voice: &mut Voice<'_, '_>,
        host: &Arc<HostState>,
        mut end: TaskEnd,
    ) -> Settled {
        self.grow(voice, host, &mut end);
        if let Some(clause) = host.standing().goes_on.as_ref() {
            for (_, outcome) in &mut end.outcomes {
                let known = &mut outcome.known_after_apply;
                known.get_or_insert_with(|| format!("assumes that {clause}"));
            }
        }
        self.stand(host, &end);
        self.count(voice, host, &end);
        if self.rescued && end.status == Some(Status::Failed) && end.lost.is_none() {
            self.explain(host, &end);
        }
        let asked = end
            .controls
            .iter()
            .map(|control| (Arc::clone(host), control.clone()))
            .collect();
        let included = end.included.iter();
        let included = included
            .map(|inclusion| (Arc::clone(host), inclusion.clone()))
            .collect();
        let settled = Settled {
            status: end.status,
            registered: end.registered.clone(),
            variables: end.variables.clone(),
            read: end.read.clone(),
            facts: end.facts.clone(),
            asked,
            included,
        };
        self.tell(voice, host, end);
        settled
    }

    /// How the host stands now.
    fn stand(&self, host: &Arc<HostState>, end: &TaskEnd) {
        let failed = end.status == Some(Status::Failed);
        {
            let mut standing = host.standing();
            if let Some(handler) = self.handler {
                standing.notified.remove(&handler.task.number);
                let number = handler.task.number;
                for record in notify::records(self.play, self.handlers, [number]) {
                    if failed {
                        standing.owed.insert(record);
                    } else {
                        standing.owed.remove(&record);
                    }
                }
            }
            for name in &end.notified {
                let sure = end.known_after_apply.is_none();
                let entry = standing.notifications.entry(name.clone());
                let depends = entry.or_insert_with(|| end.known_after_apply.clone());
                if sure {
                    *depends = None;
                }
            }
            if self.task.role().is_some() && end.status != Some(Status::Skipped) && end.lost.is_none() {
                standing.roles_begun.insert(self.task.around.role_use);
            }
            standing.failed |= failed && end.lost.is_none();
            standing.lost |= end.lost.is_some();
        }
        if self.handler.is_some() {
            notify::resolve(self.handlers, host);
        }
        if self.world.options.mode == Mode::Plan {
            let machine = end.delegated_to.as_ref().unwrap_or(host);
            if let Some(assumed) = &end.assumes {
                machine.assume(assumed);
            }
            let mut standing = host.standing();
            standing.goes_on = standing.goes_on.take().or_else(|| end.goes_on.clone());
        }
    }

    fn count(&self, voice: &mut Voice<'_, '_>, host: &Arc<HostState>, end: &TaskEnd) {
        let failed = end.status == Some(Status::Failed);
        let name = self.task.card.body.module.name;
        let (lost, status, included) = (end.lost.is_some(), end.status, end.included.len());
        let (changed, unknown, rescued) = (end.changed, end.known_after_apply.is_some(), self.rescued);
        voice.count(&host.name, move |counts| match status {
            _ if lost => counts.unreachable = 1,
            // Each file or role that is included counts, as with Ansible.
            Some(Status::Ok) if included > 0 => counts.ok += included,
            Some(status) if failed || name != "meta" => counts.add(status, changed, unknown, rescued),
            Some(_) | None => {}
        });
    }

    /// What `rescue` knows of the failure.
    fn explain(&self, host: &HostState, end: &TaskEnd) {
        let card = &self.task.card;
        let task = json!({
            "name": self.own_name(),
            "action": &*card.body.written,
            "tags": self.task.keywords.tags.iter().map(|tag| &**tag).collect::<Vec<_>>(),
            "args": evenkeel_tasks::json::of_node(&evenkeel_yaml::Node::new(
                evenkeel_yaml::Value::Map(card.body.raw.as_ref().clone()),
                card.at.clone(),
            )),
        });
        let keep = |value| Var {
            secret: end.hidden,
            ..Var::data(value)
        };
        host.set("ansible_failed_task", keep(template::value_of_json(&task)));
        host.set("ansible_failed_result", keep(template::dictionary(&end.returned)));
    }

    /// The task's name without its role's before it; empty when it has none.
    fn own_name(&self) -> &str {
        let name = &*self.reference.name;
        let role = self.task.role();
        let own = role.and_then(|role| name.strip_prefix(&*role.name)?.strip_prefix(" : "));
        self.task.card.name.as_ref().map_or("", |_| own.unwrap_or(name))
    }

    fn tell(&self, voice: &mut Voice<'_, '_>, host: &Arc<HostState>, end: TaskEnd) {
        let task = || self.reference.clone();
        let name = || Arc::clone(&host.name);
        if let Some(error) = &end.lost {
            voice.lost(&host.name, error);
        } else {
            for ((item, outcome), delegated_to) in end.outcomes.into_iter().zip(end.delegates) {
                voice.send(EventKind::HostTask {
                    task: task(),
                    host: name(),
                    item,
                    delegated_to,
                    outcome,
                });
            }
        }
        for missed in end.missed {
            voice.send(EventKind::ForecastMissed {
                task: task(),
                host: name(),
                fact: missed.fact,
                predicted: missed.predicted,
                found: missed.found,
            });
        }
    }
}
