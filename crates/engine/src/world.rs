//! Everything that stays the same during a run.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;

use evenkeel_host::Error;
use evenkeel_host::Known;
use evenkeel_host::Who;
use evenkeel_playbook::Files;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::Var;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::play::Play;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use indexmap::IndexMap;

use crate::Connect;
use crate::Memory;
use crate::Options;
use crate::Person;
use crate::Target;
use crate::cache::Sources;
use crate::connect::CONNECTION_VARIABLES;
use crate::crowd::Additions;
use crate::crowd::Crowd;
use crate::drafted::Drafted;
use crate::host_state::HostState;
use crate::include::Library;
use crate::jobs::Jobs;
use crate::magic;
use crate::scope::Facts;
use crate::scope::Source;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;

/// Reads the inventory again, with the variables that lie in a folder of playbooks, that of the first one where none is
/// given; an error is the first finding.
pub type Reread = Arc<dyn Fn(Option<&Path>) -> Result<Arc<Inventory>, Problem> + Send + Sync>;

/// Everything that stays the same during a run.
pub(crate) struct World {
    /// The controller's files; in a forecast as its tasks would have left them.
    pub(crate) files: Arc<dyn Files>,
    /// What the tasks of a forecast have written there; nothing in a real run.
    pub(crate) drafted: Option<Arc<Drafted>>,
    pub(crate) sources: Sources,
    /// What was included.
    pub(crate) library: Library,
    /// The jobs that go on by themselves.
    pub(crate) jobs: Jobs,
    pub(crate) templar: Templar,
    pub(crate) connect: Arc<dyn Connect>,
    pub(crate) options: Options,
    /// `-e`.
    pub(crate) extra: Arc<dyn Scope>,
    /// The hosts, and the inventory as it is now.
    pub(crate) crowd: Arc<Crowd>,
    /// `groups`, `hostvars` and what else is the same for every host.
    pub(crate) magic: RwLock<Arc<Values>>,
    /// Who answers when a task asks.
    pub(crate) person: Option<Arc<dyn Person>>,
    /// How the inventory is read again.
    pub(crate) reread: Option<Reread>,
    /// The folder beside whose playbooks variables stand now, where it is not that of the first playbook.
    pub(crate) beside: Mutex<Option<PathBuf>>,
    /// Set when the run is to stop: nothing new is begun.
    pub(crate) stop: Arc<AtomicBool>,
}

impl World {
    /// A host that `delegate_to` names: one of the inventory, or a stranger of that address.
    pub(crate) fn host_or_stranger(&self, name: &str) -> Arc<HostState> {
        self.crowd.host_or_stranger(name)
    }

    /// The folder of a play's playbook.
    pub(crate) fn folder<'a>(&'a self, play: &'a Play) -> &'a Path {
        if play.folder.as_os_str().is_empty() {
            &self.options.folder
        } else {
            &play.folder
        }
    }

    /// The state of a host of the inventory, or of the local machine.
    pub(crate) fn host(&self, name: &str) -> Option<Arc<HostState>> {
        self.crowd.host(name)
    }

    /// `groups`, `hostvars` and what else is the same for every host.
    pub(crate) fn magic(&self) -> Arc<Values> {
        Arc::clone(&self.magic.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Computes what is the same for every host anew.
    pub(crate) fn renew_magic(&self) {
        *self.magic.write().unwrap_or_else(PoisonError::into_inner) = magic::of_run(self);
    }

    /// Adds to the inventory of the run; a finding is what keeps it from that.
    pub(crate) fn add(&self, additions: Additions) -> Result<(), Problem> {
        if additions.is_empty() {
            return Ok(());
        }
        self.crowd.add(self.files.as_ref(), additions)?;
        self.renew_magic();
        Ok(())
    }

    /// Reads the inventory again; what tasks have added stays.
    pub(crate) fn refresh(&self) -> Result<(), Problem> {
        let Some(read) = &self.reread else {
            return Ok(());
        };
        let beside = self.beside();
        self.crowd
            .replace(self.files.as_ref(), read(beside.as_deref())?)?;
        self.renew_magic();
        Ok(())
    }

    fn beside(&self) -> Option<PathBuf> {
        let beside = self.beside.lock();
        beside.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the variables beside the playbooks of a folder, or of the first one's, for those beside the ones before.
    pub(crate) fn turn_to(&self, folder: Option<&Path>) -> Result<(), Problem> {
        if self.beside().as_deref() == folder {
            return Ok(());
        }
        *self.beside.lock().unwrap_or_else(PoisonError::into_inner) = folder.map(Path::to_owned);
        self.refresh()
    }

    /// The machine of a host as the last task reached it; before any, as the inventory says.
    pub(crate) fn machine(&self, host: &Arc<HostState>) -> evenkeel_host::Result<Arc<Memory>> {
        host.links.current().map_or_else(|| self.base(host), Ok)
    }

    /// The machine of a host as its own variables say.
    pub(crate) fn base(&self, host: &Arc<HostState>) -> evenkeel_host::Result<Arc<Memory>> {
        host.links.base(self.connect.as_ref(), || {
            let scope: Arc<dyn Scope> = Arc::new(self.base_tiers(host, Source::Never));
            Ok(self.by_default(self.target(&host.name, &scope)?).normal())
        })
    }

    /// The target that the variables describe.
    pub(crate) fn target(&self, name: &Arc<str>, scope: &Arc<dyn Scope>) -> evenkeel_host::Result<Target> {
        let mut variables = IndexMap::new();
        for variable in CONNECTION_VARIABLES {
            if scope.get(variable).is_none() {
                continue;
            }
            let node = Node::new(
                Value::Str(format!("{{{{ {variable} }}}}")),
                Place::nowhere(variable),
            );
            let unusable =
                |why: String| Error::Unreachable(format!("{variable} of {name} is not usable: {why}"));
            let rendered = self
                .templar
                .node(&node, scope)
                .map_err(|problem| unusable(problem.message))?;
            match rendered.value {
                Known::Is(node) => {
                    if let Some(text) = scalar(&node) {
                        variables.insert(*variable, text);
                    }
                }
                Known::Unknown(why) => return Err(unusable(format!("it depends on {why}"))),
            }
        }
        Ok(Target {
            name: Arc::clone(name),
            variables,
        })
    }

    /// The variables of a host without a play around it: what `hostvars` shows.
    pub(crate) fn base_tiers(&self, host: &Arc<HostState>, facts: Source) -> Tiers {
        Tiers(vec![
            Tier::Values(self.magic()),
            Tier::Scope(Arc::clone(&self.extra)),
            Tier::Set(Arc::clone(host)),
            Tier::Included(Arc::clone(host)),
            Tier::Facts(Facts {
                host: Arc::clone(host),
                source: facts,
            }),
            Tier::Scope(host.inventory()),
        ])
    }

    /// How facts are gathered when something refers to them.
    pub(crate) fn gathering(&self, host: &Arc<HostState>, who: &Who) -> Source {
        let (host, who) = (Arc::clone(host), who.clone());
        match self.machine(&host) {
            Ok(machine) => Source::Gather(Arc::new(move || host.gather(machine.as_ref(), &who))),
            Err(error) => Source::Gather(Arc::new(move || Err(error.clone()))),
        }
    }
}

fn scalar(node: &Node) -> Option<String> {
    use evenkeel_tasks::Argument;
    if node.is_null() {
        None
    } else {
        String::read(node).ok()
    }
}

/// A variable from data.
pub(crate) fn data(value: impl Into<minijinja::Value>) -> Var {
    Var::data(value.into())
}
