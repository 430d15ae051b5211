//! A task on all hosts that are still in the play.

use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Handler;
use evenkeel_playbook::play::Task;
use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

use super::PlayRun;
use super::active;
use super::after::alone;
use super::after::asks_for_all;
use super::after::is_alone;
use super::after::share;
use crate::EventKind;
use crate::TaskRef;
use crate::announce;
use crate::host_state::HostState;
use crate::host_state::RoleUse;
use crate::reaching::any_connection;
use crate::retry::Retried;
use crate::round;
use crate::round::Heard;
use crate::scope::Source;
use crate::settings;
use crate::settle::Ending;
use crate::settle::Settled;
use crate::task_end::TaskEnd;
use crate::task_run::TaskRun;
use crate::turns::Turn;

impl<'r> PlayRun<'r, '_> {
    /// One task on all hosts that are still in the play.
    pub(super) fn task(&mut self, task: &Arc<Task>, hosts: &[Arc<HostState>], handler: Option<&Handler>) {
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
        if self
            .world
            .drafted
            .as_ref()
            .is_none_or(|drafted| !drafted.is_empty())
        {
            self.world.sources.forget();
        }
        let reference = self.reference(task, first, handler.is_some());
        if !self.pace.is_free() {
            let task = reference.clone();
            self.voice.send(EventKind::TaskStarted { task });
        }
        let run_once = self.flag(task, task.keywords.run_once.as_ref(), first);
        let once = !self.pace.is_free() && (asks_for_all(task) || run_once);
        let chosen = if once { &hosts[..1] } else { &hosts[..] };
        let turns = self.turns(task, first);
        let copied = self.on_all(task, &reference, chosen, handler);
        drop(turns);
        if run_once && self.pace.is_free() {
            copied.iter().for_each(|end| self.share_apart(task, end, first));
        }
        let shared = once && !is_alone(task);
        for end in copied.iter().filter(|_| shared) {
            share(task, end, &self.others(first));
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

    /// Does a task on hosts, in parallel unless it may meet another on the same machine; takes the ends into account.
    fn on_all(
        &mut self,
        task: &Arc<Task>,
        reference: &TaskRef,
        hosts: &[Arc<HostState>],
        handler: Option<&Handler>,
    ) -> Vec<Settled> {
        let refused = self.pace.is_free() && is_alone(task);
        let later = self.later(task);
        let (world, play, scope) = (self.world, &*self.program.play, &self.scope);
        let (handlers, around) = (&self.handlers[..], &self.undecided);
        let job = |host: &Arc<HostState>, tell: &dyn Fn(Retried)| {
            if refused {
                return TaskEnd::refused(alone(task));
            }
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
        let rescued = self.rescues > 0;
        let mut settled = Vec::new();
        for group in self.groups(task, hosts) {
            let voice = &mut self.voice;
            round::telling(
                self.pool,
                &group,
                job,
                |message| TaskEnd::crashed(&message),
                |heard| match heard {
                    Heard::Told(retried) => voice.send(retried.event(reference)),
                    Heard::Ended(index, end) => {
                        let ending = Ending {
                            world,
                            play,
                            task,
                            reference,
                            handlers,
                            handler,
                            rescued,
                        };
                        settled.push(ending.settle(voice, &group[index], end));
                    }
                },
            );
        }
        settled
    }

    /// The hosts on which a task is done at the same time: no more than it says, and none twice under several names.
    fn groups(&self, task: &Arc<Task>, hosts: &[Arc<HostState>]) -> Vec<Vec<Arc<HostState>>> {
        let size = self.together(task, hosts);
        let looks = size > 1 && hosts.len() > 1 && self.may_meet(task);
        let mut groups: Vec<(HashSet<String>, Vec<Arc<HostState>>)> = Vec::new();
        for host in hosts {
            let machine = if looks { self.machine(task, host) } else { None };
            let has_room = |(machines, group): &(HashSet<String>, Vec<_>)| {
                group.len() < size && machine.as_ref().is_none_or(|machine| !machines.contains(machine))
            };
            let at = groups.iter().position(has_room).unwrap_or(groups.len());
            if at == groups.len() {
                groups.push(Default::default());
            }
            let (machines, group) = &mut groups[at];
            machines.extend(machine);
            group.push(Arc::clone(host));
        }
        groups.into_iter().map(|(_, group)| group).collect()
    }

    /// Whether a task may be done on one machine under several names, where one may undo what the plan of another stands
    /// on. Programs stand on nothing, and may wait for each other.
    fn may_meet(&self, task: &Task) -> bool {
        let module = task.card.body.module;
        let program = matches!(module.name, "command" | "raw" | "reboot" | "script" | "shell");
        if !module.changes || program {
            return false;
        }
        self.world.crowd.machines.shared()
            || self.scope.connects
            || task.keywords.connection.is_some()
            || task.keywords.vars.iter().any(|vars| any_connection(vars))
    }

    /// What tells the machine on which a task is done from others.
    fn machine(&self, task: &Arc<Task>, host: &Arc<HostState>) -> Option<String> {
        let run = TaskRun {
            world: self.world,
            play: &self.program.play,
            handlers: &[],
            scope: &self.scope,
            task,
            later: &[],
            undecided: None,
            teller: None,
        };
        let tiers = self.scope.tiers(self.world, host, task, Source::Never);
        let way = run.reach(host, false, &tiers).ok()?;
        let machine = host.links.machine(&way)?;
        Some(format!("{:?}", machine.location()))
    }

    /// On how many hosts a task is done at the same time.
    fn together(&self, task: &Arc<Task>, hosts: &[Arc<HostState>]) -> usize {
        if task.keywords.delegate_to.is_some() {
            return 1;
        }
        let throttle = hosts.first().and_then(|first| self.throttle(task, first));
        throttle.unwrap_or(hosts.len()).max(1)
    }

    /// `throttle` of a task.
    fn throttle(&self, task: &Arc<Task>, host: &Arc<HostState>) -> Option<usize> {
        let keyword = task.keywords.throttle.as_ref()?;
        let scope: Arc<dyn Scope> = Arc::new(self.scope.tiers(self.world, host, task, Source::Never));
        let most = settings::number(&self.world.templar, Some(keyword), &scope).ok()??;
        usize::try_from(most).ok().filter(|most| *most > 0)
    }

    /// What a host has to wait for that goes on at its own speed: others at a task with `throttle`, and others that do
    /// something on the same machine.
    fn turns(&self, task: &Arc<Task>, host: &Arc<HostState>) -> Vec<Turn<'r>> {
        if !self.pace.is_free() {
            return Vec::new();
        }
        let throttle = self.throttle(task, host);
        let throttle = throttle.map(|most| (format!("throttle of {}", task.card.at), most));
        let machine = task.keywords.delegate_to.as_ref().map(|node| {
            let scope: Arc<dyn Scope> = Arc::new(self.scope.tiers(self.world, host, task, Source::Never));
            let name = settings::text(&self.world.templar, Some(node), &scope);
            (format!("machine {}", name.ok().flatten().unwrap_or_default()), 1)
        });
        let meets = machine.is_none() && self.may_meet(task);
        let own = meets.then(|| self.machine(task, host)).flatten();
        let own = own.map(|machine| (format!("names of {machine}"), 1));
        let wanted = throttle.into_iter().chain(machine).chain(own);
        wanted.map(|(of, most)| self.pace.turns.take(of, most)).collect()
    }

    pub(super) fn flag(&self, task: &Arc<Task>, node: Option<&Arc<Node>>, host: &Arc<HostState>) -> bool {
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

    /// What a task is called in events; a name that is a template is rendered for the first host, unless a secret goes into
    /// it.
    fn reference(&self, task: &Arc<Task>, first: &Arc<HostState>, handler: bool) -> TaskRef {
        let mut name = task.title();
        if task.card.name.is_some() && name.contains("{{") {
            let scope: Arc<dyn Scope> = Arc::new(self.scope.tiers(self.world, first, task, Source::Never));
            let node = Node::new(Value::Str(name.clone()), task.card.at.clone());
            let rendered = self.world.templar.node(&node, &scope).ok();
            let shown = rendered.filter(|rendered| !rendered.secret);
            if let Some(Known::Is(node)) = shown.map(|rendered| rendered.value) {
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
}
