//! Walks the steps of a play over a batch of hosts: task by task, all hosts at each.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use evenkeel_host::Commit;
use evenkeel_host::Host;
use evenkeel_host::Known;
use evenkeel_host::Who;
use evenkeel_playbook::play::Handler;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Step;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::template;
use evenkeel_tasks::Control;
use rayon::ThreadPool;

use crate::Counts;
use crate::EventKind;
use crate::Failure;
use crate::Mode;
use crate::Outcome;
use crate::Status;
use crate::TaskRef;
use crate::announce;
use crate::host_state::HostState;
use crate::pending;
use crate::play_scope::PlayScope;
use crate::round;
use crate::scope::Source;
use crate::settings;
use crate::stream::Stream;
use crate::task_run::TaskEnd;
use crate::task_run::TaskRun;
use crate::task_run::failed;
use crate::world::World;

/// A play on a batch of hosts.
pub(crate) struct PlayRun<'r, 'e> {
    pub(crate) world: &'r World,
    pub(crate) pool: &'r ThreadPool,
    pub(crate) number: usize,
    pub(crate) program: &'r Program,
    pub(crate) scope: &'r PlayScope,
    pub(crate) batch: Vec<Arc<HostState>>,
    pub(crate) stream: &'r mut Stream<'e>,
    /// Tasks in order, for the questions of later ones.
    pub(crate) order: Vec<Arc<Task>>,
    /// The play, or the batch, is over for all.
    pub(crate) over: Option<Control>,
}

impl PlayRun<'_, '_> {
    /// Walks all steps, then the handlers that are left.
    pub(crate) fn walk(&mut self) {
        let program = self.program;
        let batch = self.batch.clone();
        self.steps(&program.steps, &batch);
        if self.world.options.force_handlers || program.play.force_handlers {
            let failed: Vec<_> = batch
                .iter()
                .filter(|host| host.standing().failed)
                .cloned()
                .collect();
            self.with_failed(&failed, |run| run.flush(&failed));
        }
        self.forget_records(&batch);
    }

    fn steps(&mut self, steps: &[Step], hosts: &[Arc<HostState>]) {
        for step in steps {
            if self.over.is_some() || self.stopped() || active(hosts).is_empty() {
                return;
            }
            match step {
                Step::Task(task) => self.task(task, hosts, None),
                Step::Block {
                    block,
                    rescue,
                    always,
                } => self.block(block, rescue, always, hosts),
                Step::FlushHandlers => self.flush(hosts),
            }
        }
    }

    fn stopped(&self) -> bool {
        self.world.stop.load(Ordering::Relaxed) || self.stream.broken()
    }

    fn block(&mut self, block: &[Step], rescue: &[Step], always: &[Step], hosts: &[Arc<HostState>]) {
        let began = active(hosts);
        self.steps(block, &began);
        let failed: Vec<_> = began
            .iter()
            .filter(|host| host.standing().failed)
            .cloned()
            .collect();
        if !rescue.is_empty() && !failed.is_empty() {
            for host in &failed {
                host.standing().failed = false;
                self.stream.count(&host.name, |counts| counts.rescued += 1);
            }
            self.steps(rescue, &failed);
        }
        if !always.is_empty() {
            let failed: Vec<_> = began
                .iter()
                .filter(|host| host.standing().failed)
                .cloned()
                .collect();
            self.with_failed(&failed, |run| run.steps(always, &began));
        }
    }

    /// Does something with hosts that failed, as if they had not; they stay failed.
    fn with_failed(&mut self, failed: &[Arc<HostState>], act: impl FnOnce(&mut Self)) {
        failed.iter().for_each(|host| host.standing().failed = false);
        act(self);
        failed.iter().for_each(|host| host.standing().failed = true);
    }

    /// One task on all hosts that are still in the play.
    fn task(&mut self, task: &Arc<Task>, hosts: &[Arc<HostState>], handler: Option<&Handler>) {
        let hosts = active(hosts);
        let (Some(first), true) = (
            hosts.first(),
            handler.is_some() || announce::chosen(self.world, task),
        ) else {
            return;
        };
        let reference = self.reference(task, handler.is_some());
        self.stream.send(EventKind::TaskStarted {
            task: reference.clone(),
        });
        let once = self.flag(task, task.keywords.run_once.as_ref(), first);
        let later = self.later(task);
        let (world, program, scope) = (self.world, self.program, self.scope);
        let job = |host: &Arc<HostState>| {
            let undecided =
                handler.and_then(|h| host.standing().notified.get(&h.task.number).cloned().flatten());
            TaskRun {
                world,
                program,
                scope,
                task,
                later: &later,
                undecided,
            }
            .on(host)
        };
        let panicked = |message: String| crashed(&message);
        let chosen = if once { &hosts[..1] } else { &hosts[..] };
        let mut copied = None;
        let groups: Vec<&[Arc<HostState>]> = if task.keywords.delegate_to.is_some() {
            chosen.chunks(1).collect()
        } else {
            vec![chosen]
        };
        for group in groups {
            round::ordered(self.pool, group, job, panicked, |index, end| {
                if once {
                    copied = Some((end.returned.clone(), end.status, end.known_after_apply.clone()));
                }
                Self::settle(
                    self.world,
                    self.stream,
                    &mut self.over,
                    &reference,
                    &group[index],
                    handler,
                    end,
                );
            });
        }
        if let (Some((returned, status, _)), Some(name)) = (&copied, &task.card.register) {
            let value = evenkeel_playbook::Var::data(template::dictionary(returned));
            hosts.iter().for_each(|host| host.set(name, value.clone()));
            if *status == Some(Status::Failed) {
                hosts.iter().for_each(|host| host.standing().failed = true);
            }
        }
        self.after(task, &hosts);
    }

    /// What follows once every host is through: the end of all after an error that is fatal for all, and what `meta`
    /// asked for.
    fn after(&mut self, task: &Arc<Task>, hosts: &[Arc<HostState>]) {
        let failed = hosts
            .iter()
            .any(|host| host.standing().failed || host.standing().lost);
        let fatal = failed
            && hosts
                .first()
                .is_some_and(|host| self.flag(task, task.keywords.any_errors_fatal.as_ref(), host));
        if fatal {
            hosts.iter().for_each(|host| host.standing().failed = true);
        }
        match self.over {
            Some(Control::FlushHandlers) => {
                self.over = None;
                self.flush(hosts);
            }
            Some(Control::EndPlay | Control::EndBatch) | None => {}
            Some(_) => self.over = None,
        }
    }

    fn flag(&self, task: &Arc<Task>, node: Option<&Arc<evenkeel_yaml::Node>>, host: &Arc<HostState>) -> bool {
        let scope: Arc<dyn evenkeel_playbook::Scope> =
            Arc::new(self.scope.tiers(self.world, host, task, Source::Never));
        settings::flag(&self.world.templar, node, &scope)
            .ok()
            .flatten()
            .unwrap_or(false)
    }

    fn later(&self, task: &Arc<Task>) -> Vec<Arc<Task>> {
        self.order
            .iter()
            .skip_while(|other| other.number != task.number)
            .skip(1)
            .cloned()
            .collect()
    }

    fn reference(&self, task: &Task, handler: bool) -> TaskRef {
        TaskRef {
            play: self.number,
            number: task.number,
            name: task.title().into(),
            module: task.card.body.module.full_name().into(),
            at: task.card.at.to_string().into(),
            handler,
        }
    }

    /// Takes a task's end on a host into account, and tells it.
    fn settle(
        world: &World,
        stream: &mut Stream<'_>,
        over: &mut Option<Control>,
        task: &TaskRef,
        host: &Arc<HostState>,
        handler: Option<&Handler>,
        end: TaskEnd,
    ) {
        let target = end.delegated_to.as_ref().unwrap_or(host);
        {
            let mut standing = host.standing();
            if let Some(handler) = handler {
                standing.notified.remove(&handler.task.number);
            }
            for number in &end.notified {
                standing
                    .notified
                    .entry(*number)
                    .or_insert_with(|| end.known_after_apply.clone());
            }
            standing.failed |= end.status == Some(Status::Failed) && end.lost.is_none();
            standing.lost |= end.lost.is_some() && end.delegated_to.is_none();
        }
        let whole = Self::whole(&end);
        if world.options.mode == Mode::Plan {
            let mut standing = target.standing();
            standing.assumes = standing.assumes.take().or(end.assumes.clone());
        }
        stream.count(&host.name, |counts: &mut Counts| match &end.lost {
            Some(_) => counts.unreachable = 1,
            None => counts.add(&whole),
        });
        let delegated = end.delegated_to.as_ref().map(|host| Arc::clone(&host.name));
        if let Some(error) = &end.lost {
            stream.lost(&host.name, error);
        } else {
            for (item, outcome) in end.outcomes {
                let (task, host, delegated_to) = (task.clone(), Arc::clone(&host.name), delegated.clone());
                stream.send(EventKind::HostTask {
                    task,
                    host,
                    item,
                    delegated_to,
                    outcome,
                });
            }
        }
        for missed in end.missed {
            let (task, host) = (task.clone(), Arc::clone(&host.name));
            let (fact, predicted, found) = (missed.fact, missed.predicted, missed.found);
            stream.send(EventKind::ForecastMissed {
                task,
                host,
                fact,
                predicted,
                found,
            });
        }
        for control in end.controls {
            Self::control(over, host, control);
        }
    }

    fn whole(end: &TaskEnd) -> Outcome {
        let mut whole = end
            .outcomes
            .first()
            .map(|(_, outcome)| outcome.clone())
            .unwrap_or_else(|| failed(Failure::default()).outcome);
        whole.status = end.status.unwrap_or(Status::Skipped);
        whole.known_after_apply = end.known_after_apply.clone();
        whole
    }

    fn control(over: &mut Option<Control>, host: &Arc<HostState>, control: Control) {
        match control {
            Control::EndHost | Control::EndRole => host.standing().ended = true,
            Control::ClearFacts => host.clear_facts(),
            Control::ClearHostErrors => host.standing().failed = false,
            Control::ResetConnection => {
                if let Some(machine) = host.connected() {
                    machine.forget();
                }
            }
            Control::FlushHandlers | Control::EndPlay | Control::EndBatch => *over = Some(control),
            Control::RefreshInventory | Control::Noop => {}
        }
    }

    /// Runs the handlers that are notified, in definition order; handlers may notify later ones, and earlier ones again.
    fn flush(&mut self, hosts: &[Arc<HostState>]) {
        for _ in 0..=self.program.handlers.len() {
            let mut ran = false;
            for handler in &self.program.handlers {
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
    fn forget_records(&mut self, hosts: &[Arc<HostState>]) {
        if self.world.options.mode == Mode::Plan {
            return;
        }
        let with_records: Vec<_> = hosts
            .iter()
            .filter(|host| !host.standing().recorded.is_empty())
            .cloned()
            .collect();
        let (world, program) = (self.world, self.program);
        let job = |host: &Arc<HostState>| forget(world, program, host);
        round::ordered(self.pool, &with_records, job, |_| (), |_, ()| {});
    }
}

fn forget(world: &World, program: &Program, host: &Arc<HostState>) {
    let standing = host.standing().clone();
    if standing.lost || standing.failed {
        return;
    }
    let titles = |numbers: &BTreeSet<usize>| -> BTreeSet<String> {
        let handlers = program
            .handlers
            .iter()
            .filter(|handler| numbers.contains(&handler.task.number));
        handlers.map(|handler| handler.task.title()).collect()
    };
    let waiting = titles(&standing.notified.keys().copied().collect());
    let done: Vec<String> = standing.recorded.difference(&waiting).cloned().collect();
    if done.is_empty() {
        return;
    }
    let who = standing.recorded_as.clone().unwrap_or(Who::Login);
    let commit = Commit {
        who,
        changes: vec![pending::clear(&done)],
        ..Commit::default()
    };
    if world
        .machine(host)
        .and_then(|machine| machine.commit(&commit))
        .is_ok()
    {
        host.standing().recorded.retain(|name| !done.contains(name));
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

fn crashed(message: &str) -> TaskEnd {
    let failure = Failure {
        message: format!("internal error: {message}"),
        help: vec!["please report this with the playbook".to_owned()],
        ..Failure::default()
    };
    let attempted = failed(failure);
    TaskEnd {
        outcomes: vec![(None, attempted.outcome)],
        status: Some(Status::Failed),
        returned: [("failed".to_owned(), Known::Is(true.into()))]
            .into_iter()
            .collect(),
        ..TaskEnd::default()
    }
}
