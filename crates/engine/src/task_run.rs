//! One task on one host: its conditions, its loop, and what it is done with.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_host::Look as _;
use evenkeel_host::Who;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Handler;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Task;
use evenkeel_tasks::Control;

use crate::Failure;
use crate::Mode;
use crate::Status;
use crate::attempt::Attempt;
use crate::attempt::unknown_var;
use crate::attempted::Attempted;
use crate::awaited;
use crate::environment;
use crate::failure;
use crate::host_state::HostState;
use crate::include::Inclusion;
use crate::include::Unread;
use crate::judge;
use crate::looped;
use crate::looped::Items;
use crate::looped::Looping;
use crate::machines::Assumption;
use crate::play_scope::PlayScope;
use crate::retry::Retried;
use crate::scope::Source;
use crate::scope::Tiers;
use crate::settings;
use crate::task_end::TaskEnd;
use crate::time_limit;
use crate::world::World;

/// A task, and what surrounds it in the run.
pub(crate) struct TaskRun<'r> {
    pub(crate) world: &'r World,
    pub(crate) play: &'r Play,
    pub(crate) handlers: &'r [Handler],
    pub(crate) scope: &'r PlayScope,
    pub(crate) task: &'r Arc<Task>,
    /// Tasks that come later, whose questions may travel along.
    pub(crate) later: &'r [Arc<Task>],
    /// Why it is not certain that a handler runs.
    pub(crate) undecided: Option<String>,
    /// Hears of tries that were not enough, at once.
    pub(crate) teller: Option<&'r dyn Fn(Retried)>,
}

/// What a task is done for: an item of its loop, or once.
pub(crate) struct One<'l> {
    pub(crate) tiers: Tiers,
    pub(crate) looping: Option<(&'l Looping, usize)>,
    /// Why it is not certain that it is done.
    undecided: Option<String>,
}

/// The host on which a task is done instead.
type Delegate = Option<Arc<HostState>>;

impl TaskRun<'_> {
    /// Does the task on a host, or forecasts it.
    pub(crate) fn on(&self, host: &Arc<HostState>) -> TaskEnd {
        let plain = self.scope.tiers(self.world, host, self.task, Source::Never);
        if let Ok(memory) = self.reach(host, false, &plain) {
            host.links.take(&memory);
        }
        let who = self.who(None, &plain).unwrap_or(Who::Login);
        let source = self.world.gathering(host, &who);
        let tiers = self.scope.tiers(self.world, host, self.task, source);
        let once = |attempted, on| TaskEnd::of(self, host, &tiers, vec![(None, attempted)], on);
        if self.is_lazy() {
            return once(Attempted::lazy(), None);
        }
        match looped::items(self, &tiers) {
            Ok(Items::Once) => {
                let item = One {
                    tiers: tiers.clone(),
                    looping: None,
                    undecided: self.undecided.clone(),
                };
                let (attempted, on) = self.attempt(host, &item);
                once(attempted, on)
            }
            Ok(Items::Each(each)) if each.items.is_empty() => once(Attempted::no_items(), None),
            Ok(Items::Each(each)) => self.each(host, &tiers, &each),
            Ok(Items::Unknown(why)) => {
                once(self.unless_unmet(&tiers, || self.unknown_loop(host, &why)), None)
            }
            Err(failure) => once(self.unless_unmet(&tiers, || Attempted::failed(failure)), None),
        }
    }

    /// A loop that cannot be laid out does not matter where a condition says that the task does not apply.
    fn unless_unmet(&self, tiers: &Tiers, otherwise: impl FnOnce() -> Attempted) -> Attempted {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        match judge::all(&self.world.templar, &self.task.keywords.when, &scope) {
            Ok(Known::Is(Some(condition))) => Attempted::unmet(condition),
            Ok(_) | Err(_) => {
                let mut attempted = otherwise();
                judge::ignored(self, &mut attempted, tiers);
                attempted
            }
        }
    }

    fn unknown_loop(&self, host: &HostState, why: &Arc<str>) -> Attempted {
        let body = &self.task.card.body;
        if body.module.name == "set_fact" {
            for (name, ..) in body.raw.iter() {
                match name.contains("{{") {
                    true => host.set_unnamed(why),
                    false => host.set(name, unknown_var(why)),
                }
            }
        }
        let changes = body.module.changes;
        let mut attempted = Attempted::unknown(why, changes);
        attempted.assumes = changes.then(|| self.nothing_else());
        if self.includes() {
            self.include_unknown(host, &mut attempted, why);
        }
        attempted
    }

    fn each(&self, host: &Arc<HostState>, tiers: &Tiers, each: &Looping) -> TaskEnd {
        let mut all: Vec<(Option<String>, Attempted)> = Vec::new();
        let mut on = None;
        let mut before = None;
        let mut undecided = self.undecided.clone();
        for index in 0..each.items.len() {
            if index > 0 && self.world.options.mode == Mode::Apply && self.takes_time(host) {
                self.pause(each.pause);
            }
            let item = One {
                tiers: each.tiers(tiers, index, before.as_ref()),
                looping: Some((each, index)),
                undecided: undecided.clone(),
            };
            let (mut attempted, delegate) = self.attempt(host, &item);
            on = on.or(delegate);
            each.mark(index, &mut attempted.returned);
            let label = self.label(each, index, &item.tiers, &mut attempted);
            if index == 0 {
                attempted.outcome.warnings.extend(each.warning(tiers));
            }
            let lost = attempted.lost.is_some();
            let over = self.breaks(&mut attempted, &item.tiers);
            if let Some(name) = &self.task.card.register {
                before = Some((Arc::clone(name), attempted.registered()));
            }
            all.push((Some(label), attempted));
            match over {
                _ if lost => break,
                Known::Is(true) => break,
                Known::Is(false) => {}
                Known::Unknown(why) => undecided = undecided.or(Some(why.to_string())),
            }
        }
        TaskEnd::of(self, host, tiers, all, on)
    }

    /// What stands for an item in messages; one that cannot be rendered with the item's result fails the item.
    fn label(&self, each: &Looping, index: usize, tiers: &Tiers, attempted: &mut Attempted) -> String {
        if attempted.hidden.is_some_and(|why| why.contains("no_log")) {
            return looped::CENSORED.to_owned();
        }
        let scope = judge::with_result(self, attempted, tiers);
        each.label(self, &scope, index).unwrap_or_else(|problem| {
            let failure = failure::of_problem(&problem);
            let message = format!("Failed to template loop_control.label: {}", failure.message);
            let words = format!("Failed to template loop_control.label: {}", problem.words());
            attempted.put("msg", words);
            attempted.fail(Failure { message, ..failure });
            judge::ignored(self, attempted, tiers);
            each.shown(index)
        })
    }

    /// Whether `break_when` ends the loop after this item.
    fn breaks(&self, attempted: &mut Attempted, tiers: &Tiers) -> Known<bool> {
        let conditions = &self.task.card.loop_control.break_when;
        if conditions.is_empty() {
            return Known::Is(false);
        }
        let scope = judge::with_result(self, attempted, tiers);
        match judge::all(&self.world.templar, conditions, &scope) {
            Ok(Known::Is(unmet)) => Known::Is(unmet.is_none()),
            Ok(Known::Unknown(why)) => Known::Unknown(why),
            Err(problem) => {
                attempted.fail(failure::of_problem(&problem));
                Known::Is(true)
            }
        }
    }

    fn attempt(&self, host: &Arc<HostState>, item: &One<'_>) -> (Attempted, Delegate) {
        let tiers = &item.tiers;
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let no_log = settings::flag(&self.world.templar, self.task.keywords.no_log.as_ref(), &scope);
        let hidden = matches!(no_log, Ok(Some(true))).then_some("of no_log");
        let ended = |attempted: Attempted| {
            let mut attempted = Attempted { hidden, ..attempted };
            judge::ignored(self, &mut attempted, tiers);
            attempted
        };
        if let Some(failure) = self.undelegable(&scope) {
            return (ended(Attempted::failed(failure)), None);
        }
        let undecided = match judge::all(&self.world.templar, &self.task.keywords.when, &scope) {
            Ok(Known::Is(None)) => item.undecided.clone(),
            Ok(Known::Is(Some(condition))) => return (ended(Attempted::unmet(condition)), None),
            Ok(Known::Unknown(why)) => Some(why.to_string()),
            Err(problem) => return (ended(Attempted::failed(failure::of_condition(&problem))), None),
        };
        let no_log = match no_log {
            Ok(no_log) => no_log.unwrap_or(false),
            Err(failure) => return (ended(Attempted::failed(failure)), None),
        };
        match self.named(&scope) {
            Ok(None) => self.done(host, item, no_log, undecided),
            Ok(Some(Known::Is(task))) => self.with(&task).done(host, item, no_log, undecided),
            Ok(Some(Known::Unknown(why))) => {
                let mut attempted = Attempted::unknown(&why, true);
                attempted.assumes = Some(self.nothing_else());
                (ended(attempted), None)
            }
            Err(failure) => (ended(Attempted::failed(failure)), None),
        }
    }

    /// Does it, now that it is known that it is to be done.
    fn done(
        &self,
        host: &Arc<HostState>,
        item: &One<'_>,
        no_log: bool,
        undecided: Option<String>,
    ) -> (Attempted, Delegate) {
        let tiers = &item.tiers;
        let hidden = no_log.then_some("of no_log");
        if let Some(why) = self.unknown_way(tiers) {
            let changes = self.task.card.body.module.changes;
            let mut attempted = Attempted {
                hidden,
                ..Attempted::unknown(&why, changes)
            };
            attempted.assumes = changes.then(|| self.nothing_else());
            return (attempted, None);
        }
        match self.arranged(host, tiers, no_log, undecided) {
            Ok((mut attempt, delegate)) => {
                let mut attempted = self.retried(&mut attempt, item);
                if attempted.lost.is_none() {
                    self.unrecord(&mut attempt, attempted.outcome.status);
                    judge::ignored(self, &mut attempted, tiers);
                    self.include(host, &mut attempted, tiers);
                }
                attempted.delegated_to = delegate.as_ref().map(|host| Arc::clone(&host.name));
                (attempted, delegate)
            }
            Err(failure) => {
                let mut attempted = Attempted {
                    hidden,
                    ..Attempted::failed(failure)
                };
                judge::ignored(self, &mut attempted, tiers);
                (attempted, None)
            }
        }
    }

    /// Why a forecast cannot say where, as whom or in which way it is done.
    fn unknown_way(&self, tiers: &Tiers) -> Option<Arc<str>> {
        if self.world.options.mode != Mode::Plan {
            return None;
        }
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        settings::unknown(&self.world.templar, self.task, &scope)
    }

    /// Reads what the task includes, if it does.
    fn include(&self, host: &HostState, attempted: &mut Attempted, tiers: &Tiers) {
        let include = match &attempted.control {
            Some(Control::Include(include)) if attempted.outcome.status == Status::Ok => include.clone(),
            _ => return,
        };
        attempted.control = None;
        match self
            .world
            .library
            .load(self.world, self.play, self.task, &include)
        {
            Ok(loaded) => {
                attempted.outcome.included = Some(loaded.title.to_string());
                attempted.included = Some(Inclusion {
                    loaded,
                    item: tiers.item(),
                    undecided: attempted.outcome.known_after_apply.clone(),
                });
            }
            Err(Unread::Failed(failure)) => attempted.fail(*failure),
            Err(Unread::Later(why)) => {
                *attempted = Attempted::unknown(&why, true);
                self.include_unknown(host, attempted, &why);
            }
        }
    }

    /// Something is included that is known only after apply: what its tasks do and set is not known either.
    pub(crate) fn include_unknown(&self, host: &HostState, attempted: &mut Attempted, why: &Arc<str>) {
        let assumed = self.nothing_else();
        attempted.goes_on = Some(Arc::clone(&assumed.clause));
        attempted.assumes = Some(assumed);
        host.set_unnamed(why);
    }

    /// Whether the task includes tasks.
    pub(crate) fn includes(&self) -> bool {
        matches!(self.task.card.body.module.name, "include_role" | "include_tasks")
    }

    /// Why `delegate_to` cannot be rendered, which fails a task before its conditions are asked, as in Ansible. What is
    /// known only after apply does not.
    fn undelegable(&self, scope: &Arc<dyn Scope>) -> Option<Failure> {
        let node = self.task.keywords.delegate_to.as_ref()?;
        let problem = self.world.templar.node(node, scope).err()?;
        Some(failure::of_problem(&problem))
    }

    fn arranged<'a>(
        &'a self,
        host: &'a Arc<HostState>,
        tiers: &Tiers,
        no_log: bool,
        undecided: Option<String>,
    ) -> Result<(Attempt<'a>, Delegate), Failure> {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let keywords = &self.task.keywords;
        let templar = &self.world.templar;
        let delegate = settings::text(templar, keywords.delegate_to.as_ref(), &scope)?;
        let delegate = delegate.map(|name| self.world.host_or_stranger(&name));
        let plans = self.world.options.mode == Mode::Plan;
        let checks = settings::flag(templar, keywords.check_mode.as_ref(), &scope)?;
        let on = delegate.as_ref().unwrap_or(host);
        let awaited = awaited::awaiting(self.world, self.task, &scope)?;
        let attempt = Attempt {
            run: self,
            host,
            way: self.reach(on, delegate.is_some(), tiers),
            on: delegate.clone().unwrap_or_else(|| Arc::clone(host)),
            tiers: tiers.clone(),
            who: self.who(delegate.as_ref(), tiers)?,
            no_log,
            secret: false,
            // A task that may not run at all is never made in a forecast, whatever `check_mode` says.
            forecasts: checks.unwrap_or(plans) || plans && undecided.is_some(),
            dry: checks == Some(true),
            undecided,
            environment: environment::rendered(templar, &keywords.environment, &scope)?,
            limit: time_limit::of(
                settings::number(templar, keywords.timeout.as_ref(), &scope)?,
                awaited.map(|awaiting| awaiting.seconds),
            )?,
            awaited,
            diff: settings::flag(templar, keywords.diff.as_ref(), &scope)?,
            delegates_facts: settings::flag(templar, keywords.delegate_facts.as_ref(), &scope)?
                .unwrap_or(false),
            recorded: Vec::new(),
        };
        Ok((attempt, delegate))
    }

    /// As whom the task is done; the variables that decide are those of the machine on which it is done.
    pub(crate) fn who(&self, delegate: Option<&Arc<HostState>>, tiers: &Tiers) -> Result<Who, Failure> {
        let scope: Arc<dyn Scope> = Arc::new(tiers.clone());
        let machine: Arc<dyn Scope> = match delegate {
            Some(host) => Arc::new(self.world.base_tiers(host, Source::Never)),
            None => Arc::clone(&scope),
        };
        let (templar, options) = (&self.world.templar, &self.world.options);
        settings::who(templar, options, &self.task.keywords, &scope, &machine)
    }

    /// Tells that a try was not enough.
    pub(crate) fn tell(&self, retried: Retried) {
        if let Some(teller) = self.teller {
            teller(retried);
        }
    }

    /// Whether time passes on the machine of a host; in memory none does.
    pub(crate) fn takes_time(&self, host: &Arc<HostState>) -> bool {
        self.world.machine(host).is_ok_and(|machine| !machine.is_free())
    }

    /// Whether it only says that facts are to be had: they are fetched when something refers to them.
    pub(crate) fn is_lazy(&self) -> bool {
        self.task.card.gathers && self.task.card.body.raw.is_empty()
    }

    /// What is assumed after a task whose effects cannot be told before.
    pub(crate) fn nothing_else(&self) -> Assumption {
        Assumption::of_all(format!("`{}` changes nothing else", self.task.title()))
    }
}
