//! Playbooks and plays.

use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use super::Gathering;
use super::Item;
use super::Keywords;
use super::Prompt;
use super::Role;
use super::Vars;
use super::body::same;

/// Plays in order.
#[derive(Clone, Debug, Default)]
pub struct Playbook {
    /// What it is for: a comment at its head, in words; none that was read.
    pub about: Option<Arc<str>>,
    /// The plays.
    pub plays: Vec<Arc<Play>>,
    /// The folder the playbook lies in.
    pub folder: PathBuf,
    /// What was found while reading that is no error.
    pub warnings: Vec<Problem>,
    /// What its includes will bring, as far as that shows now.
    pub ahead: Ahead,
    /// The playbooks that follow in the same run; their plays stand behind its own.
    pub further: Vec<Further>,
}

/// A playbook that follows another one in the same run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Further {
    /// Its path, as it was named.
    pub path: PathBuf,
    /// The folder it lies in.
    pub folder: PathBuf,
    /// The number of its first play in the run, from 0.
    pub first: usize,
}

/// What includes with plain names bring, for checks that need to know all handlers or variables. What is included from
/// there is among it.
#[derive(Clone, Debug, Default)]
pub struct Ahead {
    /// Lists of tasks.
    pub items: Vec<Arc<Vec<Item>>>,
    /// Roles.
    pub roles: Vec<Arc<Role>>,
    /// Whether something is included whose name only the run knows.
    pub open: bool,
}

/// Tasks for a set of hosts.
#[derive(Clone, Debug)]
pub struct Play {
    /// `name`; the hosts when not given.
    pub name: Option<Arc<str>>,
    /// Why it is there: a comment above it, in words; none that was read.
    pub about: Option<Arc<str>>,
    /// `hosts`: a pattern or a list of patterns; may be a template over extra variables.
    pub hosts: Arc<Node>,
    /// `gather_facts`; facts are fetched only when something refers to them, unless this is `false`, which makes a
    /// reference an error.
    pub gather_facts: Option<bool>,
    /// `gather_subset`, `gather_timeout`, `fact_path`.
    pub gathering: Gathering,
    /// `vars_prompt`.
    pub prompts: Vec<Prompt>,
    /// `vars_files`.
    pub vars_files: Vec<Arc<Node>>,
    /// `serial`.
    pub serial: Option<Arc<Node>>,
    /// `order`: `inventory`, `reverse_inventory`, `sorted`, `reverse_sorted` or `shuffle`.
    pub order: Option<Arc<Node>>,
    /// `max_fail_percentage`: when more hosts of a batch fail, the play ends.
    pub max_fail_percentage: Option<Arc<Node>>,
    /// `strategy`: `linear`, `free` or `host_pinned`.
    pub strategy: Option<Arc<Node>>,
    /// `force_handlers`.
    pub force_handlers: bool,
    /// `pre_tasks`.
    pub pre_tasks: Vec<Item>,
    /// `roles`.
    pub roles: Vec<Arc<RoleUse>>,
    /// `tasks`.
    pub tasks: Vec<Item>,
    /// `post_tasks`.
    pub post_tasks: Vec<Item>,
    /// `handlers`.
    pub handlers: Vec<Item>,
    /// The keywords that plays share with blocks and tasks; `vars` are the play's variables.
    pub keywords: Keywords,
    /// The folder of the playbook it stands in; empty for one that was composed.
    pub folder: PathBuf,
    /// Where it stands.
    pub at: Place,
}

/// An entry of `roles:`, of a role's dependencies, or what `import_role` names.
#[derive(Clone, Debug)]
pub struct RoleUse {
    /// The role.
    pub role: Arc<Role>,
    /// Parameters in the inline form `{role: r, x: 1}`, which beat even `set_fact`.
    pub parameters: Arc<Vars>,
    /// Whether it runs although the same use of the same role ran before in the play.
    pub again: bool,
    /// Keywords; `vars` are the `vars:` form.
    pub keywords: Keywords,
    /// Where it stands.
    pub at: Place,
}

impl Playbook {
    /// A playbook of these plays.
    pub fn new(plays: impl IntoIterator<Item = Play>) -> Playbook {
        Playbook {
            plays: plays.into_iter().map(Arc::new).collect(),
            ..Playbook::default()
        }
    }

    /// Adds a playbook that was read from a file, to follow in the same run: what the plays before it leave (facts, results,
    /// hosts that failed) holds for its plays too.
    pub fn append(&mut self, path: &Path, other: Playbook) {
        self.further.push(Further {
            path: path.to_owned(),
            folder: other.folder,
            first: self.plays.len(),
        });
        self.plays.extend(other.plays);
        self.warnings.extend(other.warnings);
        self.ahead.items.extend(other.ahead.items);
        self.ahead.roles.extend(other.ahead.roles);
        self.ahead.open |= other.ahead.open;
    }

    /// The plays of each playbook of the run, by their numbers.
    pub fn books(&self) -> Vec<Range<usize>> {
        let begins = self.further.iter().map(|further| further.first);
        let ends = begins.clone().chain([self.plays.len()]);
        [0].into_iter()
            .chain(begins)
            .zip(ends)
            .map(|(begin, end)| begin..end)
            .collect()
    }
}

impl RoleUse {
    /// Whether it is the same role with the same parameters, variables, conditions and tags: Ansible runs it once.
    pub(crate) fn repeats(&self, other: &RoleUse) -> bool {
        let same_vars = |one: &Vars, other: &Vars| {
            let both = one.iter().zip(other);
            one.len() == other.len()
                && both
                    .into_iter()
                    .all(|((a, one), (b, other))| a == b && same(one, other))
        };
        let (one, two) = (&self.keywords, &other.keywords);
        self.role.name == other.role.name
            && self.role.from == other.role.from
            && self.role.folder == other.role.folder
            && same_vars(&self.parameters, &other.parameters)
            && one.tags == two.tags
            && one.when.len() == two.when.len()
            && one.when.iter().zip(&two.when).all(|(one, two)| same(one, two))
            && one.vars.len() == two.vars.len()
            && one
                .vars
                .iter()
                .zip(&two.vars)
                .all(|(one, two)| same_vars(one, two))
    }
}

impl Play {
    /// An empty play over a host pattern.
    pub fn new(name: &str, hosts: &str) -> Play {
        let at = Place::nowhere("generated");
        Play {
            name: Some(name.into()),
            about: None,
            hosts: Arc::new(Node::new(evenkeel_yaml::Value::Str(hosts.to_owned()), at.clone())),
            gather_facts: None,
            gathering: Gathering::default(),
            prompts: Vec::new(),
            vars_files: Vec::new(),
            serial: None,
            order: None,
            max_fail_percentage: None,
            strategy: None,
            force_handlers: false,
            pre_tasks: Vec::new(),
            roles: Vec::new(),
            tasks: Vec::new(),
            post_tasks: Vec::new(),
            handlers: Vec::new(),
            keywords: Keywords::default(),
            folder: PathBuf::new(),
            at,
        }
    }

    /// Adds a task.
    #[must_use]
    pub fn task(mut self, task: impl Into<Item>) -> Play {
        self.tasks.push(task.into());
        self
    }

    /// Adds a handler.
    #[must_use]
    pub fn handler(mut self, handler: impl Into<Item>) -> Play {
        self.handlers.push(handler.into());
        self
    }

    /// Says in a comment above the play why it is there.
    #[must_use]
    pub fn about(mut self, comment: &str) -> Play {
        self.about = Some(comment.into());
        self
    }
}
