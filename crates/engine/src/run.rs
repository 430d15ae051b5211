//! The whole run: its plays, their batches, and what is said at the end.

use std::sync::Arc;
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
use evenkeel_playbook::play::Playbook;
use evenkeel_playbook::play::Program;
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
use crate::announce;
use crate::batches;
use crate::crowd::Crowd;
use crate::host_state::HostState;
use crate::keeper;
use crate::keeper::Keeper;
use crate::order;
use crate::play_run::PlayRun;
use crate::play_scope::PlayScope;
use crate::records;
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

/// How a play goes over its hosts.
struct Way {
    /// The sizes of its batches.
    sizes: Vec<usize>,
    /// `max_fail_percentage`.
    percentage: Option<f64>,
}

/// A run: it can be forecast and then made, over the same connections and the same answers.
pub struct Run {
    pub(crate) world: World,
    pub(crate) playbook: Arc<Playbook>,
    pub(crate) limit: Option<Pattern>,
    computed: IndexMap<Arc<str>, Vec<(Arc<str>, Var)>>,
    pub(crate) pool: ThreadPool,
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
            files: input.files,
            sources: crate::cache::Sources::default(),
            library: crate::include::Library::default(),
            templar: input.templar,
            connect: input.connect,
            options,
            extra: input.extra,
            crowd: Arc::new(Crowd::new(input.inventory)),
            magic: RwLock::default(),
            reread: None,
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
            computed: input.computed,
            pool,
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
        self.world.templar = self.world.templar.drawing(mode != Mode::Plan);
        self.world.crowd.begin_anew();
        self.world.renew_magic();
        let selected = self.hosts()?;
        let mut programs = Vec::new();
        for play in &self.playbook.plays {
            let gathers = play.gather_facts.unwrap_or(self.world.options.gathers);
            let program = Program::gathering(play, gathers);
            let scope = PlayScope::new(&self.world, &program)?;
            programs.push((program, scope));
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
        for (number, (selected, own)) in selected.iter().zip(&programs).enumerate() {
            let crowd = &self.world.crowd;
            let other = crowd.doubted().is_some() || !Arc::ptr_eq(&first, &crowd.now());
            let now = (selected.open || other).then(|| self.grown(own, &mut stream));
            let (program, scope) = own;
            let selected = now.as_ref().unwrap_or(selected);
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
        let recap = std::mem::take(&mut stream.recap);
        stream.send(EventKind::RunFinished { recap: recap.clone() });
        Ok(recap)
    }

    /// The hosts of a play after tasks have added some; new ones are asked what its tasks will want to know.
    fn grown(&self, own: &(Program, PlayScope), stream: &mut Stream<'_>) -> Selected {
        let selected = self.hosts_now(&own.0.play);
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

    /// One round trip to every host, in parallel, for everything that can be announced; then the facts to which other
    /// hosts refer.
    fn fetch(&self, selected: &[Selected], programs: &[(Program, PlayScope)], stream: &mut Stream<'_>) {
        let mut plays: IndexMap<Arc<str>, Vec<(&Program, &PlayScope)>> = IndexMap::new();
        for (selected, (program, scope)) in selected.iter().zip(programs) {
            for host in &selected.hosts {
                plays.entry(Arc::clone(host)).or_default().push((program, scope));
            }
        }
        let hosts: Vec<_> = plays
            .iter()
            .filter_map(|(name, plays)| Some((self.world.host(name)?, plays)))
            .collect();
        hosts
            .iter()
            .for_each(|(host, _)| host.targeted.store(true, Ordering::Relaxed));
        let job = |(host, plays): &(Arc<HostState>, &Vec<_>)| announce::fetch(&self.world, host, plays);
        let panicked = |message| {
            Err(evenkeel_host::Error::Protocol(format!(
                "internal error: {message}"
            )))
        };
        let lost = |host: &HostState, error: &evenkeel_host::Error, stream: &mut Stream<'_>| {
            host.standing().lost = true;
            stream.count(&host.name, |counts| counts.unreachable = 1);
            stream.lost(&host.name, error);
        };
        let later = |host: &HostState, error: &evenkeel_host::Error, stream: &mut Stream<'_>| {
            host.standing().lost = true;
            let name = &host.name;
            let text = format!("what is done on {name} is known after apply: it is not there yet ({error})");
            stream.send(EventKind::Note { text });
        };
        let plans = self.world.options.mode == Mode::Plan;
        let waits = |plays: &[(&Program, &PlayScope)]| plays.iter().any(|(program, _)| waits_for_it(program));
        round::ordered(&self.pool, &hosts, job, panicked, |index, result| match result {
            Ok(()) => hosts[index].0.reached.store(true, Ordering::Relaxed),
            // The first task tries again, and says what is done about it.
            Err(_)
                if hosts[index]
                    .1
                    .iter()
                    .any(|(program, _)| ignores_unreachable(program)) => {}
            Err(error) if plans && (hosts[index].0.added || waits(hosts[index].1)) => {
                later(&hosts[index].0, &error, stream);
            }
            // A task waits until it can be reached.
            Err(_) if waits(hosts[index].1) => {}
            Err(error) => lost(&hosts[index].0, &error, stream),
        });
        let wanted = |host: &&Arc<HostState>| host.wanted.load(Ordering::Relaxed) && host.is_in_run();
        let wanted: Vec<_> = hosts.iter().map(|(host, _)| host).filter(wanted).collect();
        let job = |host: &&Arc<HostState>| host.facts_elsewhere();
        round::ordered(&self.pool, &wanted, job, |_| None, |_, _| ());
    }

    /// One play; `false` when the run is over with it.
    fn play(
        &self,
        number: usize,
        selected: &Selected,
        program: &Program,
        scope: &PlayScope,
        stream: &mut Stream<'_>,
    ) -> bool {
        let play = &program.play;
        let name = play
            .name
            .as_deref()
            .map_or_else(|| crate::data::source_text(&play.hosts), str::to_owned);
        if selected.hosts.is_empty() {
            let why = selected.note.clone();
            let why = why.unwrap_or_else(|| "no hosts matched".to_owned());
            stream.send(EventKind::PlaySkipped { name, why });
            return true;
        }
        let states = selected.hosts.iter().filter_map(|name| self.world.host(name));
        let hosts: Vec<Arc<HostState>> = states.collect();
        let mut ordered = hosts.clone();
        let way = self.way(program, scope, &mut ordered);
        stream.send(EventKind::PlayStarted {
            name,
            hosts: ordered.iter().map(|host| Arc::clone(&host.name)).collect(),
        });
        hosts.iter().for_each(|host| host.begin_play());
        let goes_on = match way {
            Ok(way) => self.batches(number, &way, (&hosts, &ordered), program, scope, stream),
            Err(problem) => {
                let text = problem.message;
                stream.send(EventKind::Note { text });
                false
            }
        };
        let gone = hosts.iter().all(|host| host.is_newly_out());
        hosts.iter().for_each(|host| host.end_play());
        goes_on && !gone
    }

    /// How a play goes over its hosts, which are put into its order.
    fn way(
        &self,
        program: &Program,
        scope: &PlayScope,
        hosts: &mut [Arc<HostState>],
    ) -> Result<Way, Problem> {
        let play = &program.play;
        order::sort(&self.world, scope, play, hosts)?;
        let serial = order::serial(&self.world, scope, play)?;
        Ok(Way {
            sizes: batches::of(serial.as_ref(), hosts.len())?,
            percentage: order::percentage(&self.world, scope, play)?,
        })
    }

    /// The batches of a play, one after the other, of its hosts in the inventory's order and in its own; `false` when
    /// all of one failed.
    fn batches(
        &self,
        number: usize,
        way: &Way,
        (hosts, ordered): (&[Arc<HostState>], &[Arc<HostState>]),
        program: &Program,
        scope: &PlayScope,
        stream: &mut Stream<'_>,
    ) -> bool {
        let mut rest = ordered;
        for size in &way.sizes {
            let (whole, after) = rest.split_at(*size);
            rest = after;
            let batch: Vec<_> = whole.iter().filter(|host| host.is_in_run()).cloned().collect();
            if batch.is_empty() {
                continue;
            }
            for host in &batch {
                let handlers = records::recover(&self.world, &program.play, &program.handlers, scope, host);
                if !handlers.is_empty() {
                    let host = Arc::clone(&host.name);
                    stream.send(EventKind::HandlersRecovered { host, handlers });
                }
            }
            let mut run = PlayRun {
                world: &self.world,
                pool: &self.pool,
                number,
                program,
                scope: scope.clone(),
                hosts,
                batch: batch.clone(),
                stream: &mut *stream,
                order: program.all_tasks().into_iter().cloned().collect(),
                over: None,
                rescues: 0,
                handlers: program.handlers.clone(),
                unfolding: program.unfolding.clone(),
                undecided: None,
                percentage: way.percentage,
            };
            run.walk();
            let over = run.over;
            if whole.iter().all(|host| host.is_newly_out()) {
                return false;
            }
            if over == Some(evenkeel_tasks::Control::EndPlay) {
                break;
            }
        }
        true
    }
}

/// Whether a task of a play waits until its hosts can be reached.
fn waits_for_it(program: &Program) -> bool {
    let mut tasks = program.all_tasks().into_iter();
    tasks.any(|task| task.card.body.module.name == "wait_for_connection")
}

/// Whether a task of the play goes on with hosts that are lost.
fn ignores_unreachable(program: &Program) -> bool {
    let tasks = program.all_tasks();
    tasks
        .iter()
        .any(|task| task.keywords.ignore_unreachable.is_some())
}
