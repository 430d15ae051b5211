//! Everything that stays the same during a run.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;

use evenkeel_host::Error;
use evenkeel_host::Known;
use evenkeel_host::Who;
use evenkeel_playbook::Files;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::Var;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;
use indexmap::IndexMap;

use crate::Connect;
use crate::Memory;
use crate::Options;
use crate::Target;
use crate::cache::Sources;
use crate::connect::CONNECTION_VARIABLES;
use crate::host_state::HostState;
use crate::scope::Facts;
use crate::scope::Source;
use crate::scope::Tier;
use crate::scope::Tiers;
use crate::scope::Values;

/// Everything that stays the same during a run.
pub(crate) struct World {
    pub(crate) inventory: Arc<Inventory>,
    pub(crate) files: Arc<dyn Files>,
    pub(crate) sources: Sources,
    pub(crate) templar: Templar,
    pub(crate) connect: Arc<dyn Connect>,
    pub(crate) options: Options,
    /// `-e`.
    pub(crate) extra: Arc<dyn Scope>,
    /// Every host of the inventory.
    pub(crate) hosts: IndexMap<Arc<str>, Arc<HostState>>,
    /// Hosts that the inventory does not have, named by `delegate_to`.
    pub(crate) strangers: Mutex<IndexMap<Arc<str>, Arc<HostState>>>,
    /// `groups`, `hostvars` and what else is the same for every host.
    pub(crate) magic: Arc<Values>,
    /// Set when the run is to stop: nothing new is begun.
    pub(crate) stop: Arc<AtomicBool>,
}

impl World {
    /// A host that `delegate_to` names: one of the inventory, or a stranger of that address.
    pub(crate) fn host_or_stranger(&self, name: &str) -> Arc<HostState> {
        if let Some(host) = self.hosts.get(name) {
            return Arc::clone(host);
        }
        let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || Arc::new(HostState::new(name.into(), Arc::new(Tiers::default())));
        Arc::clone(strangers.entry(name.into()).or_insert_with(fresh))
    }

    /// The state of a host of the inventory.
    pub(crate) fn host(&self, name: &str) -> Option<&Arc<HostState>> {
        self.hosts.get(name)
    }

    /// The machine of a host, reached on first use.
    pub(crate) fn machine(&self, host: &Arc<HostState>) -> evenkeel_host::Result<Arc<Memory>> {
        host.machine(|| {
            let scope: Arc<dyn Scope> = Arc::new(self.base_tiers(host, Source::Never));
            let target = self.target(&host.name, &scope)?;
            self.connect.connect(&target)
        })
    }

    fn target(&self, name: &Arc<str>, scope: &Arc<dyn Scope>) -> evenkeel_host::Result<Target> {
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
            Tier::Values(Arc::clone(&self.magic)),
            Tier::Scope(Arc::clone(&self.extra)),
            Tier::Set(Arc::clone(host)),
            Tier::Facts(Facts {
                host: Arc::clone(host),
                source: facts,
            }),
            Tier::Scope(Arc::clone(&host.inventory)),
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
