//! One play on one batch of hosts: blocks, tasks in linear order, handlers.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use evenkeel_host::Host as _;
use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play;
use evenkeel_playbook::play::Handler;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Step;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::play::Unfolding;
use evenkeel_tasks::Control;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;
use rayon::ThreadPool;

use crate::EventKind;
use crate::Status;
use crate::TaskRef;
use crate::announce;
use crate::host_state::HostState;
use crate::host_state::RoleUse;
use crate::include::Inclusion;
use crate::magic;
use crate::notify;
use crate::play_scope::PlayScope;
use crate::records;
use crate::retry::Retried;
use crate::round;
use crate::round::Heard;
use crate::scope::Source;
use crate::settings;
use crate::settle::Ending;
use crate::settle::Settled;
use crate::stream::Stream;
use crate::task_end::TaskEnd;
use crate::task_run::TaskRun;
use crate::world::World;

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
    pub(crate) stream: &'r mut Stream<'e>,
    /// Tasks in order, for the questions of later ones.
    pub(crate) order: Vec<Arc<Task>>,
    /// The play, or the batch, is over for all.
    pub(crate) over: Option<Control>,
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
    pub(crate) fn walk(&mut self) {
        let program = self.program;
        let batch = self.batch.clone();
        self.refresh();
        self.steps(&program.steps, &batch);
        if self.world.options.force_handlers || program.play.force_handlers {
            let failed = failed(&batch);
            self.with_failed(&failed, |run| run.flush(&failed));
        }
        self.forget_records(&batch);
        for host in &batch {
            notify::resolve(&self.handlers, host);
            let mut standing = host.standing();
            let left = notify::titles(&self.handlers, standing.notified.keys().copied());
            standing.owed.extend(left);
        }
    }

    /// What the play's magic variables say now.
    fn refresh(&mut self) {
        let folder = self.world.folder(&self.program.play);
        self.scope.magic = Arc::new(magic::of_play(self.program, folder, self.hosts, &self.batch));
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
        self.world.stop.load(Ordering::Relaxed) || self.stream.broken()
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

    /// One task on all hosts that are still in the play.
    fn task(&mut self, task: &Arc<Task>, hosts: &[Arc<HostState>], handler: Option<&Handler>) {
        let mut hosts = active(hosts);
        if handler.is_none() {
            let here = RoleUse::of(task);
            hosts.retain(|host| here.is_none() || host.standing().role_ended != here);
        }
        let (Some(first), true) = (
            hosts.first(),
            handler.is_some() || announce::chosen(self.world, task),
        ) else {
            return;
        };
        let reference = self.reference(task, first, handler.is_some());
        self.stream.send(EventKind::TaskStarted {
            task: reference.clone(),
        });
        let once = asks_for_all(task) || self.flag(task, task.keywords.run_once.as_ref(), first);
        let chosen = if once { &hosts[..1] } else { &hosts[..] };
        let copied = self.on_all(task, &reference, chosen, handler);
        let shared = once && !is_alone(task);
        for end in copied.iter().filter(|_| shared) {
            share(task, end, &hosts[1..]);
            if let Some(handler) = handler {
                let number = handler.task.number;
                hosts
                    .iter()
                    .for_each(|host| drop(host.standing().notified.remove(&number)));
            }
        }
        let (mut asked, mut included) = (Vec::new(), Vec::new());
        for end in copied {
            asked.extend(end.asked);
            included.extend(end.included);
        }
        self.after(task, &hosts, once, asked);
        self.inclusions(task, included);
    }

    /// Runs what a task includes: what several hosts include alike runs on them together.
    fn inclusions(&mut self, task: &Arc<Task>, included: Vec<(Arc<HostState>, Inclusion)>) {
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
        for host in active(&self.batch) {
            let handlers =
                records::recover(self.world, &self.program.play, &self.handlers, &self.scope, &host);
            if !handlers.is_empty() {
                let host = Arc::clone(&host.name);
                self.stream.send(EventKind::HandlersRecovered { host, handlers });
            }
        }
    }

    /// Does a task on hosts, in parallel unless it may meet another on the same machine; takes the ends into account.
    fn on_all(
        &mut self,
        task: &Arc<Task>,
        reference: &TaskRef,
        hosts: &[Arc<HostState>],
        handler: Option<&Handler>,
    ) -> Vec<Settled> {
        let later = self.later(task);
        let (world, play, scope) = (self.world, &*self.program.play, &self.scope);
        let (handlers, around) = (&self.handlers[..], &self.undecided);
        let job = |host: &Arc<HostState>, tell: &dyn Fn(Retried)| {
            let undecided =
                handler.and_then(|h| host.standing().notified.get(&h.task.number).cloned().flatten());
            let undecided = undecided.or_else(|| around.clone());
            let run = TaskRun {
                world,
                play,
                handlers,
                scope,
                task,
                later: &later,
                undecided,
                teller: Some(tell),
            };
            run.on(host)
        };
        let size = self.together(task, hosts);
        let rescued = self.rescues > 0;
        let mut settled = Vec::new();
        for group in hosts.chunks(size) {
            let stream = &mut *self.stream;
            round::telling(
                self.pool,
                group,
                job,
                |message| TaskEnd::crashed(&message),
                |heard| match heard {
                    Heard::Told(retried) => stream.send(retried.event(reference)),
                    Heard::Ended(index, end) => {
                        let ending = Ending {
                            world,
                            task,
                            reference,
                            handlers,
                            handler,
                            rescued,
                        };
                        settled.push(ending.settle(stream, &group[index], end));
                    }
                },
            );
        }
        settled
    }

    /// On how many hosts a task is done at the same time.
    fn together(&self, task: &Arc<Task>, hosts: &[Arc<HostState>]) -> usize {
        if task.keywords.delegate_to.is_some() {
            return 1;
        }
        let throttle = hosts.first().and_then(|first| {
            let scope: Arc<dyn Scope> = Arc::new(self.scope.tiers(self.world, first, task, Source::Never));
            settings::number(&self.world.templar, task.keywords.throttle.as_ref(), &scope).ok()?
        });
        let most = throttle.and_then(|most| usize::try_from(most).ok());
        most.filter(|most| *most > 0).unwrap_or(hosts.len()).max(1)
    }

    /// What follows once every host is through: the end of all after an error that is fatal for all, and what `meta`
    /// asked for.
    fn after(
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
        if hosts.iter().any(out) {
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
                Control::EndPlay | Control::EndBatch => self.over = Some(control),
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

    /// Failed and lost hosts are there again from the next play on.
    fn clear_errors(&self) {
        for host in self.hosts {
            let mut standing = host.standing();
            standing.ended |= standing.failed || standing.lost;
            (standing.failed, standing.lost) = (false, false);
        }
    }

    fn flag(&self, task: &Arc<Task>, node: Option<&Arc<Node>>, host: &Arc<HostState>) -> bool {
        let Some(node) = node else { return false };
        let scope: Arc<dyn Scope> = Arc::new(self.scope.tiers(self.world, host, task, Source::Never));
        settings::flag(&self.world.templar, Some(node), &scope)
            .ok()
            .flatten()
            .unwrap_or(false)
    }

    fn later(&self, task: &Arc<Task>) -> Vec<Arc<Task>> {
        let from_here = self.order.iter().skip_while(|other| other.number != task.number);
        from_here.skip(1).cloned().collect()
    }

    /// What a task is called in events; a name that is a template is rendered for the first host.
    fn reference(&self, task: &Arc<Task>, first: &Arc<HostState>, handler: bool) -> TaskRef {
        let mut name = task.title();
        if name.contains("{{") {
            let scope: Arc<dyn Scope> = Arc::new(self.scope.tiers(self.world, first, task, Source::Never));
            let node = Node::new(Value::Str(name.clone()), task.card.at.clone());
            if let Some(Known::Is(node)) = self.world.templar.node(&node, &scope).ok().map(|r| r.value) {
                name = node.as_str().map_or(name, str::to_owned);
            }
        }
        TaskRef {
            play: self.number,
            number: task.number,
            name: name.into(),
            module: task.card.body.module.full_name().into(),
            at: task.card.at.to_string().into(),
            handler,
        }
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
        let (world, handlers) = (self.world, &self.handlers);
        let job = |host: &Arc<HostState>| records::forget(world, handlers, host);
        let recorded = |host: &&Arc<HostState>| !host.standing().recorded.is_empty();
        let mine: Vec<_> = hosts.iter().filter(recorded).cloned().collect();
        round::ordered(self.pool, &mine, job, |_| (), |_, ()| {});
    }
}

/// Whether a task is asked of the first host and holds for all, as Ansible does it: some of `meta`, and what changes
/// the run once.
fn asks_for_all(task: &Task) -> bool {
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
fn is_alone(task: &Task) -> bool {
    matches!(task.card.body.module.name, "add_host" | "pause")
}

/// A task that ran once for all: its result and its variables are those of every host.
fn share(task: &Task, end: &Settled, others: &[Arc<HostState>]) {
    for host in others {
        if let (Some(name), Some(value)) = (&task.card.register, &end.registered) {
            host.set(name, value.clone());
        }
        for (name, value) in &end.variables {
            host.set(name, value.clone());
        }
    }
    if end.status == Some(Status::Failed) {
        others.iter().for_each(|host| host.standing().failed = true);
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
