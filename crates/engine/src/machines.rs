//! The machines of a run: several names and several connections may lead to the same one.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Look;
use evenkeel_host::Result;

use crate::Memory;
use crate::connect::Location;

/// The machines of a run.
#[derive(Default)]
pub(crate) struct Machines {
    all: Mutex<Vec<Arc<Machine>>>,
    /// Whether several names lead to one of them.
    shared: AtomicBool,
}

/// A machine, the connections that lead to it, and what a forecast holds of it.
pub(crate) struct Machine {
    location: Location,
    ways: Mutex<Vec<(Arc<str>, Arc<Memory>)>>,
    forecast: Mutex<Forecast>,
    /// How many times the run has changed it.
    changes: AtomicUsize,
}

#[derive(Default)]
struct Forecast {
    over: Option<(Arc<Floor>, Arc<Layer>)>,
    assumes: Option<Assumption>,
}

/// What is assumed of a machine since something was forecast whose effects cannot all be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Assumption {
    /// The rest of a sentence: "`make` changes nothing else".
    pub(crate) clause: Arc<str>,
    pub(crate) extent: Extent,
}

/// What may be otherwise where an assumption is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// What is not there may come: accounts, files and services of a package.
    Arrivals,
    /// Everything.
    All,
}

impl Assumption {
    /// An assumption about everything.
    pub(crate) fn of_all(clause: impl Into<Arc<str>>) -> Assumption {
        Assumption {
            clause: clause.into(),
            extent: Extent::All,
        }
    }

    /// Adds one to another: the first of those that reach farthest stays.
    pub(crate) fn join(into: &mut Option<Assumption>, more: Option<Assumption>) {
        let reach = |one: &Option<Assumption>| one.as_ref().map(|one| one.extent);
        if reach(&more) > reach(into) {
            *into = more;
        }
    }
}

/// What a forecast stands on: the connection that is used now.
struct Floor(Mutex<Arc<Memory>>);

impl Floor {
    fn now(&self) -> Arc<Memory> {
        Arc::clone(&locked(&self.0))
    }

    /// Takes another connection; whether it is another one.
    fn take(&self, memory: &Arc<Memory>) -> bool {
        !Arc::ptr_eq(
            &std::mem::replace(&mut *locked(&self.0), Arc::clone(memory)),
            memory,
        )
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

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Machines {
    /// A connection under a name leads to a location: the machine there.
    pub(crate) fn reached(&self, name: &Arc<str>, location: Location, way: &Arc<Memory>) -> Arc<Machine> {
        let machine = self.at(location);
        let mut ways = locked(&machine.ways);
        let shared = ways.iter().any(|(known, _)| known != name);
        self.shared.fetch_or(shared, Ordering::Relaxed);
        ways.push((Arc::clone(name), Arc::clone(way)));
        drop(ways);
        machine
    }

    fn at(&self, location: Location) -> Arc<Machine> {
        let mut all = locked(&self.all);
        if let Some(known) = all.iter().find(|known| known.location == location) {
            return Arc::clone(known);
        }
        let machine = Arc::new(Machine {
            location,
            ways: Mutex::default(),
            forecast: Mutex::default(),
            changes: AtomicUsize::new(0),
        });
        all.push(Arc::clone(&machine));
        machine
    }

    /// Whether several names lead to one of them.
    pub(crate) fn shared(&self) -> bool {
        self.shared.load(Ordering::Relaxed)
    }

    /// The machine on which the run itself goes on, if anything leads to it.
    pub(crate) fn controller(&self) -> Option<Arc<Machine>> {
        let all = locked(&self.all);
        all.iter().find(|machine| machine.is_controller()).cloned()
    }

    /// Begins a walk: nothing is forecast.
    pub(crate) fn begin_anew(&self) {
        locked(&self.all)
            .iter()
            .for_each(|machine| *locked(&machine.forecast) = Forecast::default());
    }
}

impl Machine {
    /// Whether it is the one on which the run itself goes on.
    pub(crate) fn is_controller(&self) -> bool {
        self.location == Location::Controller
    }

    /// What tells it from other machines.
    pub(crate) fn location(&self) -> &Location {
        &self.location
    }

    /// How many times the run has changed it.
    pub(crate) fn changes(&self) -> usize {
        self.changes.load(Ordering::Relaxed)
    }

    /// A change was made over one connection: what the others have answered is doubtful.
    pub(crate) fn changed_over(&self, way: &Arc<Memory>) {
        self.changes.fetch_add(1, Ordering::Relaxed);
        let ways = locked(&self.ways);
        let others = ways.iter().filter(|(_, other)| !Arc::ptr_eq(other, way));
        others.for_each(|(_, other)| other.forget());
    }

    /// The forecast over it, looked at over a connection from now on.
    pub(crate) fn layer(&self, way: &Arc<Memory>) -> Arc<Layer> {
        let mut forecast = locked(&self.forecast);
        let fresh = || {
            let floor = Arc::new(Floor(Mutex::new(Arc::clone(way))));
            let layer = Arc::new(Layer::over(Arc::clone(&floor) as Arc<dyn Look>));
            (floor, layer)
        };
        let (floor, layer) = forecast.over.get_or_insert_with(fresh);
        if floor.take(way) {
            layer.look_again();
        }
        Arc::clone(layer)
    }

    /// The forecast over it, if there is one.
    pub(crate) fn drafts(&self) -> Option<Arc<Layer>> {
        let forecast = locked(&self.forecast);
        forecast.over.as_ref().map(|(_, layer)| Arc::clone(layer))
    }

    /// What forecasts on it assume: it may be another than it is seen to be.
    pub(crate) fn assumes(&self) -> Option<Assumption> {
        locked(&self.forecast).assumes.clone()
    }

    /// What forecasts on it assume, if everything on it may be otherwise; as the rest of a sentence.
    pub(crate) fn may_differ(&self) -> Option<Arc<str>> {
        let assumed = self.assumes().filter(|assumed| assumed.extent == Extent::All);
        assumed.map(|assumed| assumed.clause)
    }

    /// Lets later forecasts on it assume something.
    pub(crate) fn assume(&self, assumption: &Assumption) {
        Assumption::join(&mut locked(&self.forecast).assumes, Some(assumption.clone()));
    }
}
