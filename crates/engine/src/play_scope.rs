//! The variables of a play, laid out for each host and task.

use std::path::Path;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Files;
use evenkeel_playbook::Later;
use evenkeel_playbook::Scope;
use evenkeel_playbook::play::Layer;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Program;
use evenkeel_playbook::play::Role;
use evenkeel_playbook::play::Task;
use evenkeel_playbook::play::Vars;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;

use crate::host_state::HostState;
use crate::magic;
use crate::reaching::any_connection;
use crate::reaching::stated;
use crate::scope::Facts;
use crate::scope::Source;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;
use crate::world::World;

/// A file of `vars_files` that is not there.
const MISSING: &str = "playbook::vars-file";

/// The variables that a play brings.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlayScope {
    /// `vars`.
    vars: Vec<Arc<Vars>>,
    /// `vars_files`, the last first.
    files: Vec<Arc<Vars>>,
    /// Why there may be other variables in them, which are known only after apply.
    pub(crate) later: Option<Arc<str>>,
    /// `ansible_play_hosts`, `ansible_play_batch`, ...
    pub(crate) magic: Arc<Values>,
    /// The variables of all roles, which every task of the play sees.
    roles: Arc<Vars>,
    /// The defaults of all roles.
    defaults: Arc<Vars>,
    /// Whether variables of the play or its roles say how hosts are reached.
    pub(crate) connects: bool,
    /// `gather_facts: false`: a reference to facts is an error.
    no_facts: bool,
}

impl PlayScope {
    /// Reads `vars_files` and lays out what the play brings.
    /// `answers` are those to `vars_prompt`; a file that is not there is an error unless `may_come`.
    pub(crate) fn new(
        world: &World,
        program: &Program,
        answers: Option<Arc<Vars>>,
        may_come: bool,
    ) -> Result<PlayScope, Problem> {
        let play = &program.play;
        let mut vars = play.keywords.vars.clone();
        vars.extend(answers);
        let mut tiers = vec![Tier::Values(world.magic()), Tier::Scope(Arc::clone(&world.extra))];
        tiers.extend(vars.iter().rev().cloned().map(Tier::Written));
        let scope: Arc<dyn Scope> = Arc::new(Tiers(tiers));
        let (mut files, mut later) = (Vec::new(), None);
        for node in &play.vars_files {
            match read_vars(world, world.folder(play), node, &scope) {
                Ok(Known::Is(vars)) => files.insert(0, vars),
                Ok(Known::Unknown(why)) => later = Some(why),
                Err(problem) if may_come && problem.code == MISSING => {}
                Err(problem) => return Err(problem),
            }
        }
        let roles = program.roles.iter();
        let of_roles = merged(roles.clone().map(|role| &role.vars));
        let defaults = merged(roles.map(|role| &role.defaults));
        let connects = vars
            .iter()
            .chain(&files)
            .chain([&of_roles, &defaults])
            .any(|vars| any_connection(vars));
        Ok(PlayScope {
            connects,
            vars,
            files,
            later,
            magic: Arc::default(),
            roles: of_roles,
            defaults,
            no_facts: play.gather_facts == Some(false),
        })
    }

    /// Lets the rest of the play see the variables of a role that was included.
    pub(crate) fn publish(&mut self, role: &Role) {
        self.roles = merged([&self.roles, &role.vars].into_iter());
        self.defaults = merged([&self.defaults, &role.defaults].into_iter());
        self.connects |= any_connection(&role.vars) || any_connection(&role.defaults);
    }

    /// The variables of the play without a host.
    pub(crate) fn of_play(&self, world: &World) -> Tiers {
        let mut tiers = vec![Tier::Values(world.magic()), Tier::Scope(Arc::clone(&world.extra))];
        tiers.extend(self.files.iter().cloned().map(Tier::Written));
        tiers.extend(self.vars.iter().rev().cloned().map(Tier::Written));
        Tiers(tiers)
    }

    /// The variables of the play for a host, before any of its tasks.
    pub(crate) fn of_host(&self, world: &World, host: &Arc<HostState>) -> Tiers {
        let mut tiers = vec![
            Tier::Values(world.magic()),
            Tier::Scope(Arc::clone(&world.extra)),
            Tier::Set(Arc::clone(host)),
        ];
        tiers.extend(some(&self.roles));
        tiers.extend(self.files.iter().cloned().map(Tier::Written));
        tiers.extend(self.vars.iter().rev().cloned().map(Tier::Written));
        tiers.push(Tier::Scope(host.inventory()));
        tiers.extend(some(&self.defaults));
        Tiers(tiers)
    }

    /// The variables of a host at a task, the highest level first: the order of Ansible's documentation.
    pub(crate) fn tiers(&self, world: &World, host: &Arc<HostState>, task: &Task, facts: Source) -> Tiers {
        let mut tiers = vec![Tier::Values(Arc::clone(&self.magic)), Tier::Values(world.magic())];
        let around = &*task.around;
        tiers.push(Tier::Values(Arc::new(magic::of_task(world, task))));
        if let Some(environment) = environment(task) {
            tiers.insert(0, environment);
        }
        tiers.push(Tier::Scope(Arc::clone(&world.extra)));
        tiers.extend(around.parameters.iter().rev().map(|layer| match layer {
            Layer::Written(vars) => Tier::Written(Arc::clone(vars)),
            Layer::Values(values) => Tier::Values(Arc::clone(values)),
        }));
        tiers.push(Tier::Set(Arc::clone(host)));
        tiers.push(Tier::Included(Arc::clone(host)));
        let own = task
            .keywords
            .vars
            .iter()
            .rev()
            .filter(|vars| !self.vars.iter().any(|play| Arc::ptr_eq(play, vars)));
        tiers.extend(own.cloned().map(Tier::Written));
        let chain = || task.role().into_iter().chain(around.parents.iter().rev());
        tiers.extend(chain().map(|role| Tier::Written(Arc::clone(&role.vars))));
        tiers.extend(some(&self.roles));
        tiers.extend(self.files.iter().cloned().map(Tier::Written));
        tiers.extend(self.vars.iter().rev().cloned().map(Tier::Written));
        let source = if self.no_facts { Source::Never } else { facts };
        tiers.push(Tier::Facts(Facts {
            host: Arc::clone(host),
            source,
        }));
        tiers.push(Tier::Scope(host.inventory()));
        tiers.extend(chain().map(|role| Tier::Written(Arc::clone(&role.defaults))));
        tiers.extend(some(&self.defaults));
        stated(Tiers(tiers), &task.keywords)
    }
}

/// `environment`, as the levels around the task give it, the innermost last.
fn environment(task: &Task) -> Option<Tier> {
    let levels: Vec<Node> = task
        .keywords
        .environment
        .iter()
        .map(|node| (**node).clone())
        .collect();
    let place = levels.first()?.place.clone();
    let node = Node::new(evenkeel_yaml::Value::Seq(levels), place);
    let vars = Vars::from_iter([(Arc::from("environment"), Arc::new(node))]);
    Some(Tier::Written(Arc::new(vars)))
}

fn some(vars: &Arc<Vars>) -> Option<Tier> {
    (!vars.is_empty()).then(|| Tier::Written(Arc::clone(vars)))
}

/// Variables of several roles as one level; the last role wins.
fn merged<'v>(all: impl Iterator<Item = &'v Arc<Vars>>) -> Arc<Vars> {
    let entries = all.flat_map(|vars| vars.iter());
    Arc::new(
        entries
            .map(|(name, value)| (Arc::clone(name), Arc::clone(value)))
            .collect(),
    )
}

/// A file of `vars_files`, or the first that exists of a list.
fn read_vars(
    world: &World,
    folder: &Path,
    node: &Node,
    scope: &Arc<dyn Scope>,
) -> Result<Known<Arc<Vars>>, Problem> {
    let choices: Vec<&Node> = node
        .as_seq()
        .map_or_else(|| vec![node], |items| items.iter().collect());
    let mut looked = Vec::new();
    for choice in choices {
        let rendered = world.templar.node(choice, scope)?;
        let Known::Is(path) = rendered.value else { continue };
        let path = folder.join(path.as_str().unwrap_or_default());
        looked.push(path.display().to_string());
        if world.files.is_folder(&path) == Some(false) {
            let held = world.sources.held(world.files.as_ref(), &path);
            return match held.err().and_then(|error| Later::why(&error)) {
                Some(why) => Ok(Known::Unknown(why)),
                None => vars_in(world, &path).map(|vars| Known::Is(Arc::new(vars))),
            };
        }
    }
    if let Some(why) = world.files.awaited() {
        return Ok(Known::Unknown(why));
    }
    Err(missing(node, &looked))
}

fn missing(node: &Node, looked: &[String]) -> Problem {
    Problem::error(MISSING, "the variables' file is not there")
        .at(&node.place, "named here")
        .help(format!("looked for {}", looked.join(", ")))
}

/// The files of `vars_files` of a play that are not there, those apart whose names are templates.
pub fn missing_variables(files: &dyn Files, play: &Play) -> Vec<Problem> {
    let missing = |node: &Arc<Node>| {
        let choices = node.as_seq().unwrap_or(std::slice::from_ref(&**node));
        let plain = |choice: &Node| {
            choice
                .as_str()
                .filter(|name| !name.contains('{'))
                .map(str::to_owned)
        };
        let names: Vec<String> = choices.iter().map(plain).collect::<Option<_>>()?;
        let paths: Vec<_> = names.iter().map(|name| play.folder.join(name)).collect();
        let there = paths.iter().any(|path| files.is_folder(path) == Some(false));
        let looked: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        (!there).then(|| missing(node, &looked))
    };
    play.vars_files.iter().filter_map(missing).collect()
}

fn vars_in(world: &World, path: &Path) -> Result<Vars, Problem> {
    let source = world.sources.text(world.files.as_ref(), path)?;
    let loaded = evenkeel_yaml::load(&source)?;
    let Some(document) = loaded.documents.first().filter(|document| !document.is_null()) else {
        return Ok(Vars::new());
    };
    let map = document.as_map().ok_or_else(|| {
        Problem::error(
            "playbook::vars",
            format!("variables are a mapping, not {}", document.kind()),
        )
        .at(&document.place, "expected `name: value` lines here")
    })?;
    Ok(map
        .iter()
        .map(|(name, _, value)| (Arc::from(name), Arc::new(value.clone())))
        .collect())
}
