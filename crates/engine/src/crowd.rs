//! The hosts of a run: those of the inventory, those that tasks add to it, and those that nobody named before.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::RwLock;

use evenkeel_playbook::Files;
use evenkeel_playbook::Scope;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_tasks::Addition;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;

use crate::host_state::HostState;
use crate::machines::Machines;
use crate::scope::Tiers;

/// What a task adds to the inventory, and the host that the task was done for.
pub(crate) type Additions = Vec<(Arc<str>, Addition)>;

/// The hosts of a run.
pub(crate) struct Crowd {
    /// The inventory as it was read.
    first: RwLock<Arc<Inventory>>,
    now: RwLock<Arc<Population>>,
    /// What tasks have added since.
    additions: Mutex<Additions>,
    /// Hosts that are not in the inventory now: the local machine, names in `delegate_to`, hosts that an earlier walk
    /// added. Their connections stay.
    others: Mutex<IndexMap<Arc<str>, Arc<HostState>>>,
    /// Where connections to them lead.
    pub(crate) machines: Arc<Machines>,
    /// Why an addition is known only after apply.
    unsure: Mutex<Option<String>>,
}

/// The inventory at a moment, and a state for each of its hosts.
#[derive(Debug)]
pub(crate) struct Population {
    pub(crate) inventory: Arc<Inventory>,
    pub(crate) hosts: IndexMap<Arc<str>, Arc<HostState>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Crowd {
    /// The hosts of an inventory.
    pub(crate) fn new(inventory: Arc<Inventory>) -> Crowd {
        let crowd = Crowd {
            first: RwLock::new(Arc::clone(&inventory)),
            now: RwLock::new(Arc::new(Population {
                inventory: Arc::clone(&inventory),
                hosts: IndexMap::new(),
            })),
            additions: Mutex::default(),
            others: Mutex::default(),
            machines: Arc::default(),
            unsure: Mutex::default(),
        };
        crowd.settle(inventory, false);
        crowd
    }

    /// The inventory now, with its hosts.
    pub(crate) fn now(&self) -> Arc<Population> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a walk: what tasks added is gone.
    pub(crate) fn begin_anew(&self) {
        locked(&self.additions).clear();
        *locked(&self.unsure) = None;
        let first = Arc::clone(&self.first.read().unwrap_or_else(PoisonError::into_inner));
        self.settle(first, false);
        self.everyone().iter().for_each(|host| host.begin_anew());
    }

    /// Every host that there is or was, those of the inventory first.
    pub(crate) fn everyone(&self) -> Vec<Arc<HostState>> {
        let now = self.now();
        let others = locked(&self.others);
        now.hosts.values().chain(others.values()).cloned().collect()
    }

    /// A host of the inventory, or the local machine.
    pub(crate) fn host(&self, name: &str) -> Option<Arc<HostState>> {
        let now = self.now();
        if let Some(host) = now.hosts.get(name) {
            return Some(Arc::clone(host));
        }
        let host = now.inventory.host(name);
        if let Some(host) = host.and_then(|host| now.hosts.get(host.name())) {
            return Some(Arc::clone(host));
        }
        let variables = now.inventory.variables(name)?;
        Some(self.other(name, variables))
    }

    /// A host that `delegate_to` names: one of the inventory, or a stranger of that address.
    pub(crate) fn host_or_stranger(&self, name: &str) -> Arc<HostState> {
        self.host(name)
            .unwrap_or_else(|| self.other(name, Arc::new(Tiers::default())))
    }

    fn other(&self, name: &str, variables: Arc<dyn Scope>) -> Arc<HostState> {
        let fresh = || Arc::new(HostState::new(name.into(), variables, &self.machines));
        Arc::clone(locked(&self.others).entry(name.into()).or_insert_with(fresh))
    }

    /// Whether an addition would change anything.
    pub(crate) fn lacks(&self, addition: &Addition, of: &str) -> bool {
        self.now().inventory.lacks(addition, of)
    }

    /// Adds to the inventory of the run.
    ///
    /// # Errors
    /// A circle of groups, a file of variables that cannot be read.
    pub(crate) fn add(&self, files: &dyn Files, additions: Additions) -> Result<(), Problem> {
        let grown = self.now().inventory.grown(files, &additions)?;
        locked(&self.additions).extend(additions);
        self.settle(Arc::new(grown), true);
        Ok(())
    }

    /// Takes another inventory as the one that was read; what tasks have added stays.
    ///
    /// # Errors
    /// As [`Crowd::add`].
    pub(crate) fn replace(&self, files: &dyn Files, inventory: Arc<Inventory>) -> Result<(), Problem> {
        let additions = locked(&self.additions).clone();
        let grown = match additions.is_empty() {
            true => Arc::clone(&inventory),
            false => Arc::new(inventory.grown(files, &additions)?),
        };
        *self.first.write().unwrap_or_else(PoisonError::into_inner) = inventory;
        self.settle(grown, true);
        Ok(())
    }

    /// Makes an inventory the one that holds; hosts that stay keep their state.
    fn settle(&self, inventory: Arc<Inventory>, added: bool) {
        let before = self.now();
        let mut others = locked(&self.others);
        let mut hosts = IndexMap::new();
        for host in inventory.hosts() {
            let name = host.name();
            let Some(variables) = inventory.variables(name) else {
                continue;
            };
            let known = before.hosts.get(name).cloned();
            let state = known.or_else(|| others.shift_remove(name)).unwrap_or_else(|| {
                let scope = Arc::<_>::clone(&variables) as Arc<dyn Scope>;
                let mut state = HostState::new(Arc::clone(name), scope, &self.machines);
                state.added = added;
                Arc::new(state)
            });
            state.describe(variables);
            hosts.insert(Arc::clone(name), state);
        }
        let gone = before.hosts.iter().filter(|(name, _)| !hosts.contains_key(*name));
        others.extend(gone.map(|(name, host)| (Arc::clone(name), Arc::clone(host))));
        drop(others);
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(Population { inventory, hosts });
    }

    /// Notes that what a task adds is known only after apply.
    pub(crate) fn doubt(&self, why: String) {
        locked(&self.unsure).get_or_insert(why);
    }

    /// Why hosts of the plays that come are known only after apply.
    pub(crate) fn doubted(&self) -> Option<String> {
        locked(&self.unsure).clone()
    }
}

impl std::fmt::Debug for Crowd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.now().fmt(f)
    }
}
