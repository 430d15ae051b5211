//! Machines in memory.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use evenkeel_engine::Connect;
use evenkeel_engine::Location;
use evenkeel_engine::Target;
use evenkeel_host::Catalogue;
use evenkeel_host::Fixture;
use evenkeel_host::Host;
use evenkeel_host::Layer;
use indexmap::IndexMap;

/// Machines in memory: each starts as the same captured machine and keeps what is done to it.
pub struct Simulated {
    fixture: Arc<Fixture>,
    catalogue: Option<Arc<Catalogue>>,
    machines: Mutex<IndexMap<Arc<str>, Arc<Layer>>>,
}

impl Simulated {
    /// Machines that start as `fixture`; `catalogue` says what packages bring.
    pub fn new(fixture: Arc<Fixture>, catalogue: Option<Arc<Catalogue>>) -> Simulated {
        Simulated {
            fixture,
            catalogue,
            machines: Mutex::default(),
        }
    }

    /// Freshly installed Debian 12 machines, captured from a real one.
    pub fn debian12() -> Simulated {
        Simulated::new(Fixture::debian12(), Some(Catalogue::debian12()))
    }
}

impl Connect for Simulated {
    fn connect(&self, target: &Target) -> evenkeel_host::Result<Arc<dyn Host>> {
        let mut machines = self.machines.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = || {
            Arc::new(Layer::simulated(
                Arc::clone(&self.fixture),
                self.catalogue.clone(),
            ))
        };
        let machine: Arc<Layer> = Arc::clone(machines.entry(Arc::clone(&target.name)).or_insert_with(fresh));
        Ok(machine)
    }

    fn location(&self, target: &Target) -> Location {
        Location::At(target.name.to_string())
    }
}
