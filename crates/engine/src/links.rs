//! The connections of a host: one for each way in which tasks reach it.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use evenkeel_host::Result;

use crate::Connect;
use crate::Memory;
use crate::Target;
use crate::machines::Machine;
use crate::machines::Machines;

/// The connections of a host.
pub(crate) struct Links {
    machines: Arc<Machines>,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    /// Where the inventory's variables lead.
    base: Option<Arc<Memory>>,
    /// What the last task used.
    current: Option<Arc<Memory>>,
    all: Vec<Link>,
}

struct Link {
    target: Target,
    way: Arc<Memory>,
    machine: Arc<Machine>,
}

impl Links {
    /// No connections yet.
    pub(crate) fn new(machines: Arc<Machines>) -> Links {
        Links {
            machines,
            inner: Mutex::default(),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the inventory's variables lead, as `target` says at first.
    pub(crate) fn base(
        &self,
        connect: &dyn Connect,
        target: impl FnOnce() -> Result<Target>,
    ) -> Result<Arc<Memory>> {
        if let Some(base) = &self.inner().base {
            return Ok(Arc::clone(base));
        }
        let base = self.at(connect, target()?)?;
        self.inner().base = Some(Arc::clone(&base));
        Ok(base)
    }

    /// The connection to a target.
    pub(crate) fn at(&self, connect: &dyn Connect, target: Target) -> Result<Arc<Memory>> {
        let mut inner = self.inner();
        if let Some(link) = inner.all.iter().find(|link| link.target == target) {
            return Ok(Arc::clone(&link.way));
        }
        let way = Arc::new(Memory::new(connect.connect(&target)?));
        let machine = self
            .machines
            .reached(&target.name, connect.location(&target), &way);
        inner.all.push(Link {
            target,
            way: Arc::clone(&way),
            machine,
        });
        Ok(way)
    }

    /// The connection that the last task used, if there was one.
    pub(crate) fn current(&self) -> Option<Arc<Memory>> {
        self.inner().current.clone()
    }

    /// A task uses a connection.
    pub(crate) fn take(&self, way: &Arc<Memory>) {
        self.inner().current = Some(Arc::clone(way));
    }

    /// The variables have changed: where they lead is found out anew.
    pub(crate) fn moved(&self) {
        self.inner().base = None;
    }

    /// All connections.
    pub(crate) fn all(&self) -> Vec<Arc<Memory>> {
        self.inner()
            .all
            .iter()
            .map(|link| Arc::clone(&link.way))
            .collect()
    }

    /// The machine to which a connection leads.
    pub(crate) fn machine(&self, way: &Arc<Memory>) -> Option<Arc<Machine>> {
        let inner = self.inner();
        let link = inner.all.iter().find(|link| Arc::ptr_eq(&link.way, way));
        link.map(|link| Arc::clone(&link.machine))
    }

    /// A change was made over a connection: what others to the same machine have answered is doubtful.
    pub(crate) fn changed_over(&self, way: &Arc<Memory>) {
        self.machine(way)
            .iter()
            .for_each(|machine| machine.changed_over(way));
    }

    /// Begins a walk: nothing is forecast, and no task has run.
    pub(crate) fn begin_anew(&self) {
        self.machines.begin_anew();
        let mut inner = self.inner();
        inner.current = None;
        inner.base = None;
    }
}
