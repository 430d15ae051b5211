//! What tasks include, and who goes on with it.

use std::sync::Arc;

use evenkeel_playbook::play;
use evenkeel_playbook::play::Step;
use evenkeel_playbook::play::Task;

use super::PlayRun;
use super::active;
use crate::EventKind;
use crate::host_state::HostState;
use crate::include::Inclusion;
use crate::records;

impl PlayRun<'_, '_> {
    /// Runs what a task includes: what several hosts include alike runs on them together.
    pub(super) fn inclusions(&mut self, task: &Arc<Task>, included: Vec<(Arc<HostState>, Inclusion)>) {
        let mut groups: Vec<(Inclusion, Vec<Arc<HostState>>)> = Vec::new();
        for (host, inclusion) in included {
            let alike = groups.iter_mut().find(|(known, hosts)| {
                known.is_same(&inclusion) && !hosts.iter().any(|known| Arc::ptr_eq(known, &host))
            });
            match alike {
                Some((_, hosts)) => hosts.push(host),
                None => groups.push((inclusion, vec![host])),
            }
        }
        let laid_out: Vec<_> = groups
            .iter()
            .map(|(inclusion, _)| {
                inclusion
                    .loaded
                    .steps(task, inclusion.item.as_ref(), &mut self.unfolding)
            })
            .collect();
        self.take_over(task, &laid_out);
        for ((inclusion, hosts), steps) in groups.into_iter().zip(laid_out) {
            if let Some((role, true)) = inclusion.loaded.role() {
                self.scope.publish(role);
            }
            let outer = self.undecided.clone();
            self.undecided = inclusion.undecided.or(self.undecided.take());
            self.steps(&steps, &hosts);
            self.undecided = outer;
        }
    }

    /// Knows the handlers of what is included, and its tasks as those that come next.
    fn take_over(&mut self, task: &Arc<Task>, laid_out: &[Vec<Step>]) {
        let tasks = laid_out.iter().flat_map(|steps| play::all_tasks(steps)).cloned();
        let at = self.order.iter().position(|other| other.number == task.number);
        let at = at.map_or(self.order.len(), |at| at + 1);
        self.order.splice(at..at, tasks);
        self.unfolding.take_roles();
        let handlers = self.unfolding.take_handlers();
        if handlers.is_empty() {
            return;
        }
        self.handlers.extend(handlers);
        for host in active(&self.own) {
            let handlers =
                records::recover(self.world, &self.program.play, &self.handlers, &self.scope, &host);
            if !handlers.is_empty() {
                let host = Arc::clone(&host.name);
                self.voice.send(EventKind::HandlersRecovered { host, handlers });
            }
        }
    }
}
