//! The whole run: its plays, their batches, and what is said at the end.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use evenkeel_host::Answer;
use evenkeel_host::Host as _;
use evenkeel_host::Known;
use evenkeel_host::Look;
use evenkeel_playbook::Files;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::Var;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::inventory::Pattern;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Playbook;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::template;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;
use rayon::ThreadPool;

use crate::Connect;
use crate::Event;
use crate::EventKind;
use crate::Mode;
use crate::Options;
use crate::Recap;
use crate::SCHEMA;
use crate::announce;
use crate::batches;
use crate::host_state::HostState;
use crate::pending;
use crate::play_run::PlayRun;
use crate::play_scope::PlayScope;
use crate::redact::Redactor;
use crate::round;
use crate::scope::Source;
use crate::scope::Values;
use crate::stream::Stream;
use crate::world::World;
use crate::world::data;

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
    world: World,
    playbook: Arc<Playbook>,
    limit: Option<Pattern>,
    computed: IndexMap<Arc<str>, Vec<(Arc<str>, Var)>>,
    pool: ThreadPool,
}

impl Run {
    /// Lays out a run. Nothing is connected yet.
    ///
    /// # Errors
    /// When the threads cannot be started.
    pub fn new(input: Input, options: Options) -> Result<Run, Problem> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.forks.max(1))
            .thread_name(|number| format!("host-{number}"))
            .build()
            .map_err(|error| {
                Problem::error(
                    "run::threads",
                    format!("cannot start {} threads: {error}", options.forks),
                )
            })?;
        let mut world = World {
            files: input.files,
            sources: crate::cache::Sources::default(),
            templar: input.templar,
            connect: input.connect,
            options,
            extra: input.extra,
            hosts: IndexMap::new(),
            strangers: std::sync::Mutex::default(),
            magic: Arc::default(),
            stop: Arc::new(AtomicBool::new(false)),
            inventory: input.inventory,
        };
        world.populate();
        Ok(Run {
            world,
            playbook: input.playbook,
            limit: input.limit,
            computed: input.computed,
            pool,
        })
    }

    /// The switch that stops the run: once set, nothing new is begun.
    pub fn stop(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.world.stop)
    }

    /// Forgets what the machines answered, because somebody else may have changed them since.
    pub fn forget_answers(&self) {
        for host in self.world.hosts.values() {
            if let Some(machine) = host.connected() {
                machine.forget();
            }
        }
    }

    /// The hosts of each play, with notes about plays that have none.
    ///
    /// # Errors
    /// A term of a pattern that matches nothing; a run without any host.
    pub fn hosts(&self) -> Result<Vec<Selected>, Problem> {
        let mut all = Vec::new();
        for play in &self.playbook.plays {
            all.push(self.selected(play)?);
        }
        if all.iter().all(|selected| selected.hosts.is_empty()) && !self.world.options.allow_empty {
            let problem = Problem::error("run::no-hosts", "no play has a host");
            let problem = match self.playbook.plays.first() {
                Some(play) => problem.at(&play.hosts.place, "this matches no host"),
                None => problem,
            };
            return Err(
                problem.help("check `hosts:` and `--limit`; `--allow-empty` accepts a run without hosts")
            );
        }
        Ok(all)
    }

    fn selected(&self, play: &Arc<Play>) -> Result<Selected, Problem> {
        let scope: Arc<dyn Scope> = Arc::new(crate::scope::Tiers(vec![
            crate::scope::Tier::Values(Arc::clone(&self.world.magic)),
            crate::scope::Tier::Scope(Arc::clone(&self.world.extra)),
        ]));
        let rendered = self.world.templar.node(&play.hosts, &scope)?;
        let Known::Is(node) = rendered.value else {
            return Ok(Selected::default());
        };
        let pattern = pattern(&node)?;
        let found = self.world.inventory.selection(&pattern)?;
        let note = found.notes.first().map(|note| note.message.clone());
        let mut selected = Selected {
            hosts: found.hosts,
            note,
        };
        if let Some(limit) = &self.limit {
            let before = selected.hosts.len();
            selected.hosts = self.world.inventory.limited(&selected.hosts, limit)?.hosts;
            if before > 0 && selected.hosts.is_empty() {
                selected.note = Some("--limit leaves none of its hosts".to_owned());
            }
        }
        Ok(selected)
    }

    /// Walks all plays. `each` is given every event in order, and says whether it could take it: if not, the run stops.
    ///
    /// # Errors
    /// What is wrong with the input and shows before anything is connected.
    pub fn walk(&mut self, mode: Mode, each: &mut dyn FnMut(&Event) -> bool) -> Result<Recap, Problem> {
        self.world.options.mode = mode;
        self.world.hosts.values().for_each(|host| host.begin_anew());
        self.world.magic = self.world.magic();
        let selected = self.hosts()?;
        let mut programs = Vec::new();
        for play in &self.playbook.plays {
            programs.push((Program::new(play), PlayScope::new(&self.world, play)?));
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
        self.fetch(&selected, &programs, &mut stream);
        for (number, (selected, (program, scope))) in selected.iter().zip(&programs).enumerate() {
            if !self.play(number, selected, program, scope, &mut stream) {
                break;
            }
        }
        self.finish();
        let recap = std::mem::take(&mut stream.recap);
        stream.send(EventKind::RunFinished { recap: recap.clone() });
        Ok(recap)
    }

    /// What must never be shown: the secrets of the inventory and of `-e`, and passwords that were asked for.
    fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::default();
        self.world
            .options
            .secrets
            .iter()
            .for_each(|secret| redactor.add(secret.expose()));
        redactor.add_scope(self.world.extra.as_ref());
        self.world
            .hosts
            .values()
            .for_each(|host| redactor.add_scope(host.inventory.as_ref()));
        redactor
    }

    /// Tells every machine that the run is over; one that is lost by now keeps what the run left in /run.
    fn finish(&self) {
        let machines: Vec<_> = self
            .world
            .hosts
            .values()
            .filter_map(|host| host.connected())
            .collect();
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

    /// One round trip to every host, in parallel, for everything that can be announced.
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
        let job = |(host, plays): &(&Arc<HostState>, &Vec<_>)| announce::fetch(&self.world, host, plays);
        let panicked = |message| {
            Err(evenkeel_host::Error::Protocol(format!(
                "internal error: {message}"
            )))
        };
        round::ordered(&self.pool, &hosts, job, panicked, |index, result| {
            if let Err(error) = result {
                let host = hosts[index].0;
                host.standing().lost = true;
                stream.count(&host.name, |counts| counts.unreachable = 1);
                stream.lost(&host.name, &error);
            }
        });
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
            let why = selected
                .note
                .clone()
                .unwrap_or_else(|| "no hosts matched".to_owned());
            stream.send(EventKind::PlaySkipped { name, why });
            return true;
        }
        let hosts: Vec<Arc<HostState>> = selected
            .hosts
            .iter()
            .filter_map(|n| self.world.host(n))
            .cloned()
            .collect();
        stream.send(EventKind::PlayStarted {
            name,
            hosts: selected.hosts.clone(),
        });
        hosts.iter().for_each(|host| host.standing().ended = false);
        let batches = match batches::of(play.serial.as_deref(), hosts.len()) {
            Ok(batches) => batches,
            Err(problem) => {
                stream.send(EventKind::Note {
                    text: problem.message,
                });
                return false;
            }
        };
        let mut from = 0;
        for size in batches {
            let batch: Vec<_> = hosts[from..from + size]
                .iter()
                .filter(|h| in_run(h))
                .cloned()
                .collect();
            from += size;
            if batch.is_empty() {
                continue;
            }
            let mut scope = scope.clone();
            scope.magic = Arc::new(play_magic(play, &hosts, &batch));
            self.recover(program, &batch, stream);
            let order = program.all_tasks().into_iter().cloned().collect();
            let mut run = PlayRun {
                world: &self.world,
                pool: &self.pool,
                number,
                program,
                scope: &scope,
                batch: batch.clone(),
                stream,
                order,
                over: None,
            };
            run.walk();
            let over = run.over;
            if batch.iter().all(|host| !in_run(host)) {
                return false;
            }
            if over == Some(evenkeel_tasks::Control::EndPlay) {
                break;
            }
        }
        true
    }

    /// Notifies again what an earlier run notified and did not run.
    fn recover(&self, program: &Program, batch: &[Arc<HostState>], stream: &mut Stream<'_>) {
        for host in batch {
            let Ok(machine) = self.world.machine(host) else {
                continue;
            };
            let answer = machine
                .look(&[announce::recorded()])
                .ok()
                .and_then(|mut answers| answers.pop());
            let Some(Known::Is(Answer::Paths(paths))) = answer else {
                continue;
            };
            let mut found = Vec::new();
            for name in paths.iter().map(|path| pending::decoded(path.name())) {
                let handlers = program
                    .handlers
                    .iter()
                    .filter(|handler| handler.task.title() == name);
                for handler in handlers {
                    let mut standing = host.standing();
                    if standing.recorded.insert(name.clone()) {
                        standing.notified.entry(handler.task.number).or_insert(None);
                        found.push(name.clone());
                    }
                }
            }
            if !found.is_empty() {
                stream.send(EventKind::HandlersRecovered {
                    host: Arc::clone(&host.name),
                    handlers: found,
                });
            }
        }
    }
}

/// The hosts of a play, and why there are none.
#[derive(Clone, Debug, Default)]
pub struct Selected {
    /// Names, in the inventory's order.
    pub hosts: Vec<Arc<str>>,
    /// Why there are none, or what is worth knowing.
    pub note: Option<String>,
}

fn in_run(host: &Arc<HostState>) -> bool {
    let standing = host.standing();
    !standing.lost && !standing.failed
}

fn play_magic(play: &Play, hosts: &[Arc<HostState>], batch: &[Arc<HostState>]) -> Values {
    let names = |hosts: &[Arc<HostState>]| -> Vec<String> {
        hosts.iter().map(|host| host.name.to_string()).collect()
    };
    let active: Vec<_> = hosts.iter().filter(|host| in_run(host)).cloned().collect();
    let mut values = Values::new();
    values.insert("ansible_play_hosts_all".into(), data(names(hosts)));
    values.insert("ansible_play_hosts".into(), data(names(&active)));
    values.insert("ansible_play_batch".into(), data(names(batch)));
    values.insert("play_hosts".into(), data(names(batch)));
    values.insert(
        "ansible_play_name".into(),
        data(play.name.as_deref().unwrap_or_default()),
    );
    values
}

impl World {
    fn populate(&mut self) {
        let names: Vec<Arc<str>> = self
            .inventory
            .hosts()
            .map(|host| Arc::clone(host.name()))
            .collect();
        for name in names {
            let Some(variables) = self.inventory.variables(&name) else {
                continue;
            };
            self.hosts
                .insert(Arc::clone(&name), Arc::new(HostState::new(name, variables)));
        }
        self.magic = self.magic();
    }

    /// The magic variables that are the same for every host.
    fn magic(&self) -> Arc<Values> {
        let mut magic = Values::new();
        magic.insert("groups".into(), data(self.inventory.groups_value()));
        magic.insert(
            "playbook_dir".into(),
            data(self.options.folder.display().to_string()),
        );
        magic.insert("ansible_check_mode".into(), data(self.options.mode == Mode::Plan));
        magic.insert(
            "ansible_verbosity".into(),
            data(u32::from(self.options.verbosity)),
        );
        magic.insert("ansible_forks".into(), data(self.options.forks));
        let hosts = self.hosts.clone();
        let base = Arc::new(BaseScopes {
            hosts,
            extra: Arc::clone(&self.extra),
        });
        magic.insert("hostvars".into(), data(template::hostvars(base)));
        Arc::new(magic)
    }
}

/// The variables of other hosts, as `hostvars` shows them.
#[derive(Debug)]
struct BaseScopes {
    hosts: IndexMap<Arc<str>, Arc<HostState>>,
    extra: Arc<dyn Scope>,
}

impl template::HostScopes for BaseScopes {
    fn scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        use crate::scope::Tier;
        let host = self.hosts.get(host)?;
        Some(Arc::new(crate::scope::Tiers(vec![
            Tier::Scope(Arc::clone(&self.extra)),
            Tier::Set(Arc::clone(host)),
            Tier::Facts(crate::scope::Facts {
                host: Arc::clone(host),
                source: Source::Never,
            }),
            Tier::Scope(Arc::clone(&host.inventory)),
        ])))
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        self.hosts.keys().cloned().collect()
    }
}

/// `hosts`: a pattern, or a list of patterns.
fn pattern(node: &Node) -> Result<Pattern, Problem> {
    let single = std::slice::from_ref(node);
    let entries = node.as_seq().unwrap_or(single);
    let mut items = Vec::new();
    for entry in entries {
        let text = entry.as_str().ok_or_else(|| {
            Problem::error(
                "playbook::hosts",
                format!("`hosts` is a pattern, not {}", entry.kind()),
            )
            .at(&entry.place, "expected a host, a group or a pattern")
        })?;
        items.push((text, &entry.place));
    }
    Pattern::list(&items)
}
