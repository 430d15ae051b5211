//! The whole run: its plays, their batches, and what is said at the end.

mod fetch;
mod further;
mod plays;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use evenkeel_host::Host as _;
use evenkeel_playbook::Files;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::Var;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::inventory::Pattern;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Playbook;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Vars;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;
use rayon::ThreadPool;

use crate::Connect;
use crate::Event;
use crate::EventKind;
use crate::Mode;
use crate::Options;
use crate::Person;
use crate::Recap;
use crate::SCHEMA;
use crate::beforehand::has_local_hosts;
use crate::beforehand::writes_controller_files;
use crate::crowd::Crowd;
use crate::drafted::Drafted;
use crate::free;
use crate::keeper;
use crate::keeper::Keeper;
use crate::order;
use crate::order::Strategy;
use crate::play_scope::PlayScope;
use crate::redact::Redactor;
use crate::round;
use crate::selected::Selected;
use crate::stream::Stream;
use crate::world::Reread;
use crate::world::World;

/// What a run works on.
pub struct Input {
    /// The hosts and their variables.
    pub inventory: Arc<Inventory>,
    /// The plays.
    pub playbook: Arc<Playbook>,
    /// The controller's files.
    pub files: Arc<dyn Files>,
    /// The template engine.
    pub templar: Templar,
    /// `-e`.
    pub extra: Arc<dyn Scope>,
    /// Variables computed from the inventory, for each host, at set_fact's level.
    pub computed: IndexMap<Arc<str>, Vec<(Arc<str>, Var)>>,
    /// `--limit`.
    pub limit: Option<Pattern>,
    /// How machines are reached.
    pub connect: Arc<dyn Connect>,
}

/// A run: it can be forecast and then made, over the same connections and the same answers.
pub struct Run {
    pub(crate) world: World,
    pub(crate) playbook: Arc<Playbook>,
    pub(crate) limit: Option<Pattern>,
    /// The controller's files, as they are.
    files: Arc<dyn Files>,
    computed: IndexMap<Arc<str>, Vec<(Arc<str>, Var)>>,
    pub(crate) pool: ThreadPool,
    /// What was answered to `vars_prompt`, by the number of the play.
    pub(crate) answers: HashMap<usize, Arc<Vars>>,
    /// Ends with the run.
    _keeper: Keeper,
}

impl Run {
    /// Lays out a run. Nothing is connected yet.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn new(input: Input, options: Options) -> Result<Run, Problem> {
        let forks = options.forks.max(1);
        let threads = |error: &dyn std::fmt::Display| {
            Problem::error("run::threads", format!("cannot start {forks} threads: {error}"))
        };
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(forks)
            .thread_name(|number| format!("host-{number}"))
            .build()
            .map_err(|error| threads(&error))?;
        let world = World {
            files: Arc::clone(&input.files),
            drafted: None,
            sources: crate::cache::Sources::default(),
            library: crate::include::Library::default(),
            jobs: crate::jobs::Jobs::default(),
            templar: input.templar,
            connect: input.connect,
            options,
            extra: input.extra,
            crowd: Arc::new(Crowd::new(input.inventory)),
            magic: RwLock::default(),
            reread: None,
            beside: Mutex::default(),
            person: None,
            stop: Arc::new(AtomicBool::new(false)),
        };
        world.renew_magic();
        let crowd = Arc::clone(&world.crowd);
        let keep_alive = move || {
            for host in crowd.everyone() {
                host.links.all().iter().for_each(|machine| machine.keep_alive());
            }
        };
        let keeper = Keeper::new(keeper::INTERVAL, keep_alive).map_err(|error| threads(&error))?;
        Ok(Run {
            world,
            playbook: input.playbook,
            limit: input.limit,
            files: input.files,
            computed: input.computed,
            pool,
            answers: HashMap::new(),
            _keeper: keeper,
        })
    }

    /// The switch that stops the run: once set, nothing new is begun.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.world.stop)
    }

    /// Says how the inventory is read again, for `meta: refresh_inventory`; without it nothing is read.
    #[must_use]
    pub fn rereading(mut self, read: Reread) -> Run {
        self.world.reread = Some(read);
        self
    }

    /// Says whether differences were asked for: results have them, and `ansible_diff_mode` says so.
    #[must_use]
    pub fn diffing(mut self, diff: bool) -> Run {
        self.world.options.diff = diff;
        self
    }

    /// Says who answers when a task asks; without a person, nobody is waited for.
    #[must_use]
    pub fn asking(mut self, person: Arc<dyn Person>) -> Run {
        self.world.person = Some(person);
        self
    }

    /// Forgets what the machines answered, because somebody else may have changed them since.
    pub fn forget_answers(&self) {
        for host in self.world.crowd.everyone() {
            host.links.all().iter().for_each(|machine| machine.forget());
        }
    }

    /// Walks all plays. `each` is given every event in order, and says whether it could take it: if not, the run stops.
    ///
    /// # Errors
    /// What is wrong with the input and shows before anything is connected.
    pub fn walk(&mut self, mode: Mode, each: &mut dyn FnMut(&Event) -> bool) -> Result<Recap, Problem> {
        self.world.options.mode = mode;
        self.begin_files(mode);
        self.world.turn_to(None)?;
        self.world.crowd.begin_anew();
        self.world.renew_magic();
        self.prompt()?;
        let selected = self.hosts()?;
        let mut programs = Vec::new();
        let mut may_come = has_local_hosts(
            &self.world.crowd.now().inventory,
            self.world.options.connection.as_deref(),
        );
        let mut start = self.world.options.start_at.clone();
        for (number, play) in self.playbook.plays.iter().enumerate() {
            let gathers = play.gather_facts.unwrap_or(self.world.options.gathers);
            let mut program = Program::gathering(play, gathers);
            start = start.filter(|name| !program.start_at(name));
            let later = may_come && number > 0;
            let scope = PlayScope::new(&self.world, &program, self.answers(number), later)?;
            may_come |= writes_controller_files(&program);
            if let Ok(Strategy::Free | Strategy::Pinned) = order::strategy(&self.world, &scope, play) {
                free::refused(&program)?;
            }
            programs.push((program, scope));
        }
        if let Some(name) = start {
            let problem = Problem::error("run::start-at-task", format!("no task is called `{name}`"));
            return Err(problem.help(
                "`--start-at-task` finds tasks of the playbook and of what it imports, not those of includes; `--list-tasks` shows them",
            ));
        }
        self.set_computed();
        let mut stream = Stream::new(each);
        stream.redactor = self.redactor();
        let mut hosts: Vec<Arc<str>> = Vec::new();
        for name in selected.iter().flat_map(|selected| &selected.hosts) {
            if !hosts.contains(name) {
                hosts.push(Arc::clone(name));
            }
        }
        for name in &hosts {
            stream.count(name, |_| ());
        }
        stream.send(EventKind::RunStarted {
            schema: SCHEMA,
            mode,
            hosts: hosts.len(),
        });
        for text in self.world.options.notes.clone() {
            stream.send(EventKind::Note { text });
        }
        self.fetch(&selected, &programs, &mut stream);
        let first = self.world.crowd.now();
        for (number, selected) in selected.iter().enumerate() {
            let begun = self.begin_further(number, &mut stream);
            let read = begun.and_then(|begun| self.read_again(number, &mut programs).map(|()| begun));
            match read {
                Ok(true) => {}
                Ok(false) => break,
                Err(problem) => {
                    self.finish();
                    return Err(problem);
                }
            }
            let own = &programs[number];
            let crowd = &self.world.crowd;
            let other = crowd.doubted().is_some() || !Arc::ptr_eq(&first, &crowd.now());
            let now = (selected.open || other).then(|| self.grown(number, own, &mut stream));
            let (program, scope) = own;
            let selected = now.as_ref().unwrap_or(selected);
            self.doubt_names(selected, scope);
            self.gather_anew(selected, &program.play);
            if !self.play(number, selected, program, scope, &mut stream) {
                let left = programs.len() - number - 1;
                if left > 0 {
                    let text = format!(
                        "not run, because this play lost all of its hosts: the plays after it ({left})"
                    );
                    stream.send(EventKind::Note { text });
                }
                break;
            }
        }
        self.finish();
        let mut recap = std::mem::take(&mut stream.recap);
        stream.redactor.recap(&mut recap);
        stream.send(EventKind::RunFinished { recap: recap.clone() });
        Ok(recap)
    }

    /// Reads `vars_files` of a play again where plays before it may have written them.
    fn read_again(&self, number: usize, programs: &mut [(Program, PlayScope)]) -> Result<(), Problem> {
        let (program, scope) = &mut programs[number];
        if number > 0 && !program.play.vars_files.is_empty() {
            self.world.sources.forget();
            *scope = PlayScope::new(&self.world, program, self.answers(number), false)?;
        }
        Ok(())
    }

    /// Notes for the hosts of a play that its files of variables are known only after apply.
    fn doubt_names(&self, selected: &Selected, scope: &PlayScope) {
        let Some(why) = &scope.later else { return };
        let hosts = selected.hosts.iter().filter_map(|name| self.world.host(name));
        hosts.for_each(|host| host.set_unnamed(why));
    }

    /// What was gathered before a host was changed does not count in a later play that gathers.
    fn gather_anew(&self, selected: &Selected, play: &Play) {
        if self.world.options.mode == Mode::Plan || play.gather_facts == Some(false) {
            return;
        }
        for host in selected.hosts.iter().filter_map(|name| self.world.host(name)) {
            let way = host.links.current();
            let machine = way.and_then(|way| host.links.machine(&way));
            machine
                .iter()
                .for_each(|machine| host.begin_gathering(machine.changes()));
        }
    }

    /// Lets files be read as a walk sees them, by tasks and by templates.
    fn begin_files(&mut self, mode: Mode) {
        let world = &mut self.world;
        world.sources.forget();
        world.library.forget();
        world.drafted = (mode == Mode::Plan).then(|| {
            let machines = Arc::clone(&world.crowd.machines);
            let folder = world.options.working_folder.clone();
            Arc::new(Drafted::over(Arc::clone(&self.files), machines, folder))
        });
        world.files = match &world.drafted {
            Some(drafted) => Arc::clone(drafted) as Arc<dyn Files>,
            None => Arc::clone(&self.files),
        };
        let templar = world.templar.over(Arc::clone(&world.files));
        world.templar = templar.drawing(mode != Mode::Plan);
    }

    /// The hosts of a play after tasks have added some; new ones are asked what its tasks will want to know.
    fn grown(&self, number: usize, own: &(Program, PlayScope), stream: &mut Stream<'_>) -> Selected {
        let selected = self.hosts_now(number, &own.0.play);
        if let (Some(why), false) = (self.world.crowd.doubted(), selected.hosts.is_empty()) {
            let text = format!("more hosts of the next play may be known after apply: {why}");
            stream.send(EventKind::Note { text });
        }
        let new = |name: &&Arc<str>| {
            let host = self.world.host(name);
            host.is_some_and(|host| !host.targeted.load(Ordering::Relaxed))
        };
        let fresh = Selected {
            hosts: selected.hosts.iter().filter(new).cloned().collect(),
            ..Selected::default()
        };
        for name in &fresh.hosts {
            stream.count(name, |_| ());
        }
        self.fetch(std::slice::from_ref(&fresh), std::slice::from_ref(own), stream);
        selected
    }

    /// What must never be shown: the secrets of the inventory and of `-e`, and passwords that were asked for.
    fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::default();
        self.world
            .options
            .secrets
            .iter()
            .for_each(|secret| redactor.add(secret.expose()));
        self.unseen().iter().for_each(|answer| redactor.add(answer));
        let templar = &self.world.templar;
        redactor.add_scope(self.world.extra.as_ref(), templar);
        let hosts = self.world.crowd.everyone();
        hosts
            .iter()
            .for_each(|host| redactor.add_scope(host.inventory().as_ref(), templar));
        redactor
    }

    /// Tells every machine that the run is over; one that is lost by now keeps what the run left in /run.
    fn finish(&self) {
        let hosts = self.world.crowd.everyone();
        let machines: Vec<_> = hosts.iter().flat_map(|host| host.links.all()).collect();
        round::ordered(
            &self.pool,
            &machines,
            |machine| drop(machine.finish()),
            |_| (),
            |_, ()| {},
        );
    }

    fn set_computed(&self) {
        for (name, variables) in &self.computed {
            let Some(host) = self.world.host(name) else {
                continue;
            };
            for (variable, value) in variables {
                host.set(variable, value.clone());
            }
        }
    }
}
