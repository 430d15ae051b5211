//! The connections of a host: one for each way in which tasks reach it, and what a forecast holds of each machine.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Host;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Look;
use evenkeel_host::Result;

use crate::Memory;
use crate::Target;

/// The connections of a host.
#[derive(Default)]
pub(crate) struct Links(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Where the inventory's variables lead.
    base: Option<Arc<Memory>>,
    /// What the last task used.
    current: Option<Arc<Memory>>,
    all: Vec<(Target, Arc<Memory>)>,
    machines: Vec<Machine>,
}

/// A machine that several connections may lead to, as different users.
struct Machine {
    place: [String; 3],
    floor: Arc<Floor>,
    layer: Arc<Layer>,
}

/// What a forecast stands on: the connection that is used now.
struct Floor(Mutex<Arc<Memory>>);

impl Floor {
    fn now(&self) -> Arc<Memory> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes another connection; whether it is another one.
    fn take(&self, memory: &Arc<Memory>) -> bool {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        !Arc::ptr_eq(&std::mem::replace(&mut *now, Arc::clone(memory)), memory)
    }
}

impl Look for Floor {
    fn look(&self, asks: &[Ask]) -> Result<Vec<Known<Answer>>> {
        self.now().look(asks)
    }

    fn is_free(&self) -> bool {
        self.now().is_free()
    }
}

impl Links {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where the inventory's variables lead, found out by `connect` at first.
    pub(crate) fn base(
        &self,
        connect: impl FnOnce() -> Result<(Target, Arc<dyn Host>)>,
    ) -> Result<Arc<Memory>> {
        if let Some(base) = &self.inner().base {
            return Ok(Arc::clone(base));
        }
        let (target, machine) = connect()?;
        let base = self.at(target, |_| Ok(machine))?;
        self.inner().base = Some(Arc::clone(&base));
        Ok(base)
    }

    /// The connection to a target, made by `connect` at first.
    pub(crate) fn at(
        &self,
        target: Target,
        connect: impl FnOnce(&Target) -> Result<Arc<dyn Host>>,
    ) -> Result<Arc<Memory>> {
        let mut inner = self.inner();
        if let Some((_, memory)) = inner.all.iter().find(|(known, _)| *known == target) {
            return Ok(Arc::clone(memory));
        }
        let memory = Arc::new(Memory::new(connect(&target)?));
        inner.all.push((target, Arc::clone(&memory)));
        Ok(memory)
    }

    /// The connection that the last task used, if there was one.
    pub(crate) fn current(&self) -> Option<Arc<Memory>> {
        self.inner().current.clone()
    }

    /// A task uses a connection.
    pub(crate) fn take(&self, memory: &Arc<Memory>) {
        self.inner().current = Some(Arc::clone(memory));
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
            .map(|(_, memory)| Arc::clone(memory))
            .collect()
    }

    /// Whether a connection leads to the controller itself.
    pub(crate) fn is_local(&self, memory: &Arc<Memory>) -> bool {
        let inner = self.inner();
        let target = inner.all.iter().find(|(_, known)| Arc::ptr_eq(known, memory));
        target.is_some_and(|(target, _)| {
            let named = matches!(&*target.name, "localhost" | "127.0.0.1" | "::1");
            match target.variables.get("ansible_connection") {
                Some(connection) => connection == "local",
                None => named && !target.variables.contains_key("ansible_host"),
            }
        })
    }

    /// A change was made over one connection: what the others have answered is doubtful.
    pub(crate) fn changed_over(&self, memory: &Arc<Memory>) {
        let inner = self.inner();
        let others = inner.all.iter().filter(|(_, other)| !Arc::ptr_eq(other, memory));
        others.for_each(|(_, other)| other.forget());
    }

    /// The forecast over the machine to which a connection leads.
    pub(crate) fn layer(&self, memory: &Arc<Memory>) -> Arc<Layer> {
        let mut inner = self.inner();
        let target = inner.all.iter().find(|(_, known)| Arc::ptr_eq(known, memory));
        let place = target.map(|(target, _)| target.place()).unwrap_or_default();
        if let Some(machine) = inner.machines.iter().find(|machine| machine.place == place) {
            if machine.floor.take(memory) {
                machine.layer.look_again();
            }
            return Arc::clone(&machine.layer);
        }
        let floor = Arc::new(Floor(Mutex::new(Arc::clone(memory))));
        let layer = Arc::new(Layer::over(Arc::clone(&floor) as Arc<dyn Look>));
        inner.machines.push(Machine {
            place,
            floor,
            layer: Arc::clone(&layer),
        });
        layer
    }

    /// Begins a walk: nothing is forecast, and no task has run.
    pub(crate) fn begin_anew(&self) {
        let mut inner = self.inner();
        inner.current = None;
        inner.base = None;
        inner.machines.clear();
    }
}
