//! One play on one batch of hosts: blocks, tasks in linear order, handlers.

mod after;
mod inclusions;
mod on_hosts;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use evenkeel_playbook::play::Handler;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Step;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::play::Unfolding;
use evenkeel_tasks::Control;
use rayon::ThreadPool;

pub(crate) use after::is_alone;

use crate::host_state::HostState;
use crate::magic;
use crate::notify;
use crate::order::Strategy;
use crate::play_scope::PlayScope;
use crate::records;
use crate::round;
use crate::turns::Turns;
use crate::voice::Voice;
use crate::world::World;

/// What the hosts of a batch have to do with each other.
#[derive(Clone, Copy)]
pub(crate) struct Pace<'r> {
    pub(crate) strategy: Strategy,
    /// What hosts wait for that go on at their own speed.
    pub(crate) turns: &'r Turns,
    /// The play, or the batch, is over for all.
    pub(crate) over: &'r Mutex<Option<Control>>,
}

impl Pace<'_> {
    /// Whether each host goes on at its own speed.
    fn is_free(self) -> bool {
        self.strategy != Strategy::Linear
    }

    /// What ended the play, or the batch, for all.
    pub(crate) fn over(self) -> Option<Control> {
        self.over.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn end(self, control: Control) {
        *self.over.lock().unwrap_or_else(PoisonError::into_inner) = Some(control);
    }
}

/// A play on a batch of hosts.
pub(crate) struct PlayRun<'r, 'e> {
    pub(crate) world: &'r World,
    pub(crate) pool: &'r ThreadPool,
    pub(crate) number: usize,
    pub(crate) program: &'r Program,
    pub(crate) scope: PlayScope,
    /// All hosts of the play.
    pub(crate) hosts: &'r [Arc<HostState>],
    pub(crate) batch: Vec<Arc<HostState>>,
    /// Those of the batch that are walked here: all, or one that goes on at its own speed.
    pub(crate) own: Vec<Arc<HostState>>,
    pub(crate) voice: Voice<'r, 'e>,
    /// Tasks in order, for the questions of later ones.
    pub(crate) order: Vec<Arc<Task>>,
    /// What the hosts of the batch have to do with each other.
    pub(crate) pace: Pace<'r>,
    /// How many of the blocks around have a `rescue`.
    pub(crate) rescues: usize,
    /// The handlers, those of included roles too.
    pub(crate) handlers: Vec<Handler>,
    /// What numbers included tasks.
    pub(crate) unfolding: Unfolding,
    /// Why it is not certain that the tasks run: they are included by one that is not.
    pub(crate) undecided: Option<String>,
    /// `max_fail_percentage`.
    pub(crate) percentage: Option<f64>,
}

impl PlayRun<'_, '_> {
    /// Walks all steps, then the handlers that are left.
    pub(crate) fn walk(mut self) {
        let program = self.program;
        let own = self.own.clone();
        self.refresh();
        self.steps(&program.steps, &own);
        if self.world.options.force_handlers || program.play.force_handlers {
            let failed = failed(&own);
            self.with_failed(&failed, |run| run.flush(&failed));
        }
        self.forget_records(&own);
        for host in &own {
            notify::resolve(&self.handlers, host);
            let mut standing = host.standing();
            let notified = standing.notified.keys().copied();
            let left = notify::records(&program.play, &self.handlers, notified);
            standing.owed.extend(left);
        }
    }

    /// What the play's magic variables say now.
    fn refresh(&mut self) {
        let magic = magic::of_play(self.world, self.program, self.hosts, &self.batch);
        self.scope.magic = Arc::new(magic);
    }

    fn steps(&mut self, steps: &[Step], hosts: &[Arc<HostState>]) {
        for step in steps {
            if self.pace.over().is_some() || self.stopped() || active(hosts).is_empty() {
                return;
            }
            match step {
                Step::Task(task) => self.task(task, hosts, None),
                Step::Block {
                    block,
                    rescue,
                    always,
                } => self.block(block, rescue, always, hosts),
                Step::Role { number, again, steps } => self.role(*number, *again, steps, hosts),
                Step::FlushHandlers if self.world.options.skip_tags.iter().any(|tag| &**tag == "always") => {}
                Step::FlushHandlers => self.flush(hosts),
            }
        }
    }

    /// A role, on the hosts on which this use of it did not run yet in the play.
    fn role(&mut self, number: usize, again: bool, steps: &[Step], hosts: &[Arc<HostState>]) {
        let fresh = |host: &&Arc<HostState>| again || !host.standing().roles_run.contains(&number);
        let hosts: Vec<_> = active(hosts).iter().filter(fresh).cloned().collect();
        for host in &hosts {
            host.standing().role_ended.take_if(|ended| ended.is(number));
        }
        self.steps(steps, &hosts);
        for host in &hosts {
            let mut standing = host.standing();
            if standing.roles_begun.contains(&number) {
                standing.roles_run.insert(number);
            }
        }
    }

    fn stopped(&self) -> bool {
        self.world.stop.load(Ordering::Relaxed) || self.voice.broken()
    }

    fn block(&mut self, block: &[Step], rescue: &[Step], always: &[Step], hosts: &[Arc<HostState>]) {
        let began = active(hosts);
        let rescues = usize::from(!rescue.is_empty());
        self.rescues += rescues;
        self.steps(block, &began);
        self.rescues -= rescues;
        let fallen = failed(&began);
        if !rescue.is_empty() && !fallen.is_empty() {
            fallen.iter().for_each(|host| host.standing().failed = false);
            self.refresh();
            self.steps(rescue, &fallen);
        }
        if !always.is_empty() {
            self.with_failed(&failed(&began), |run| run.steps(always, &began));
        }
    }

    /// Does something with hosts that failed, as if they had not; they stay failed.
    fn with_failed(&mut self, failed: &[Arc<HostState>], act: impl FnOnce(&mut Self)) {
        failed.iter().for_each(|host| host.standing().failed = false);
        act(self);
        failed.iter().for_each(|host| host.standing().failed = true);
    }

    /// Runs the handlers that are notified, in definition order; handlers may notify later ones, and earlier ones again.
    fn flush(&mut self, hosts: &[Arc<HostState>]) {
        hosts
            .iter()
            .for_each(|host| notify::resolve(&self.handlers, host));
        for _ in 0..=self.handlers.len() {
            let mut ran = false;
            for handler in &self.handlers.clone() {
                let number = handler.task.number;
                let notified = |host: &&Arc<HostState>| host.standing().notified.contains_key(&number);
                let mine: Vec<_> = active(hosts).iter().filter(notified).cloned().collect();
                if !mine.is_empty() && !self.stopped() {
                    ran = true;
                    self.task(&handler.task, &mine, Some(handler));
                }
            }
            if !ran {
                break;
            }
        }
        self.forget_records(hosts);
    }

    /// Removes the records of handlers that ran, or that were never notified after all.
    fn forget_records(&self, hosts: &[Arc<HostState>]) {
        let (world, play, handlers) = (self.world, &*self.program.play, &self.handlers);
        let job = |host: &Arc<HostState>| records::forget(world, play, handlers, host);
        let recorded = |host: &&Arc<HostState>| !host.standing().recorded.is_empty();
        let mine: Vec<_> = hosts.iter().filter(recorded).cloned().collect();
        round::ordered(self.pool, &mine, job, |_| (), |_, ()| {});
    }
}

/// The hosts that are still in the play.
fn active(hosts: &[Arc<HostState>]) -> Vec<Arc<HostState>> {
    let in_play = |host: &&Arc<HostState>| {
        let standing = host.standing();
        !standing.lost && !standing.failed && !standing.ended
    };
    hosts.iter().filter(in_play).cloned().collect()
}

fn failed(hosts: &[Arc<HostState>]) -> Vec<Arc<HostState>> {
    hosts
        .iter()
        .filter(|host| host.standing().failed)
        .cloned()
        .collect()
}
