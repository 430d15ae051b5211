//! Memory over a machine: the dry run and the simulated host.

mod answer;
mod apply;
mod floor;
mod fresh;
pub(crate) mod glob;
mod ground;
mod identity;
mod memory;
mod node;
pub(crate) mod resolve;
mod simulate;
mod uncertain;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

pub use floor::prerequisites;
pub use identity::Identified;
pub use identity::Identity;

use crate::AbsPath;
use crate::Answer;
use crate::Ask;
use crate::Catalogue;
use crate::Commit;
use crate::Committed;
use crate::Fixture;
use crate::Host;
use crate::Known;
use crate::Look;
use crate::Result;
use crate::Want;
use floor::Floor;
use memory::Memory;

/// What has been changed, in memory, over a machine that is only looked at.
///
/// [`Layer::over`] a host is the dry run: a task sees what earlier tasks would have written, and the host stays
/// untouched. [`Layer::simulated`] is a whole host: it also knows what packages bring, and it refuses a change whose
/// plan is stale, as a real one does.
///
/// Files, links, folders and attributes are exact. A program is not run: what it predicts is believed, what it obscures
/// is `Known::Unknown` from then on, and an opaque one leaves what was there visible. Of a file that exists only in
/// memory, times, inode, device and number of links are not known, nor is its SELinux context unless it was named:
/// `inode` is 0 (see [`Stat::is_forecast`](crate::Stat::is_forecast)). An owner that was set by name and that is in no
/// known `/etc/passwd` has the number `u32::MAX`, which nobody can have.
///
/// Hard links that were made in memory are one file. Of a file that has several names on the floor, only the name that
/// a change names is seen to change.
///
/// Cheap when nothing was changed: every question goes straight to the floor.
pub struct Layer {
    floor: Arc<dyn Look>,
    nature: Nature,
    memory: Mutex<Memory>,
    /// What the floor said about single paths and identities, so that it is asked once only.
    seen: Mutex<HashMap<Ask, Known<Answer>>>,
}

/// What a layer stands for.
enum Nature {
    /// What would be.
    Forecast,
    /// What is, on a host that exists only in memory.
    Simulated(Option<Arc<Catalogue>>),
}

impl Layer {
    /// A dry run over a host.
    pub fn over(floor: Arc<dyn Look>) -> Layer {
        Layer::of(floor, Nature::Forecast)
    }

    /// A host in memory that starts as the fixture; `catalogue` says what packages bring when they are installed.
    pub fn simulated(floor: Arc<Fixture>, catalogue: Option<Arc<Catalogue>>) -> Layer {
        Layer::of(floor, Nature::Simulated(catalogue))
    }

    fn of(floor: Arc<dyn Look>, nature: Nature) -> Layer {
        let memory = Memory::new(matches!(nature, Nature::Simulated(_)));
        Layer {
            floor,
            nature,
            memory: Mutex::new(memory),
            seen: Mutex::default(),
        }
    }

    /// Forgets all changes, and what the floor has said.
    pub fn forget(&self) {
        *self.memory() = Memory::new(matches!(self.nature, Nature::Simulated(_)));
        *self.seen() = HashMap::new();
    }

    /// Forgets what the floor has said, and keeps the changes: the floor is seen by somebody else from now on.
    pub fn look_again(&self) {
        *self.seen() = HashMap::new();
    }

    /// Whether nothing at a path was changed in memory, or is unknown since.
    pub fn leaves_paths(&self) -> bool {
        self.memory().no_paths()
    }

    /// What changes in memory have made of a path, links followed; `None` where it is as on the floor.
    ///
    /// # Errors
    /// When the floor cannot be asked what leads there.
    pub fn drafted(&self, path: &AbsPath) -> Result<Option<Known<Answer>>> {
        let memory = self.memory();
        if memory.no_paths() {
            return Ok(None);
        }
        self.with_floor(|floor| answer::drafted(&memory, floor, path))
    }

    /// Whether changes in memory say what is at a path, or what a fact is; what is listed is never theirs alone.
    ///
    /// # Errors
    /// When the floor cannot be asked what leads to a path.
    pub fn remembers(&self, want: &Want) -> Result<bool> {
        match want {
            Want::Fact(fact) => Ok(self.memory().fact(fact.key()).is_some()),
            Want::Entry { path, .. } => Ok(self.drafted(path)?.is_some()),
            Want::List(_) | Want::Tree(_) | Want::Glob(_) => Ok(false),
        }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<Ask, Known<Answer>>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Repeats a computation until it had everything that it asked the floor for.
    fn with_floor<T>(&self, mut compute: impl FnMut(&mut Floor<'_>) -> Option<T>) -> Result<T> {
        let mut floor = Floor::new(self.floor.as_ref(), std::mem::take(&mut *self.seen()));
        let found = loop {
            if let Some(found) = compute(&mut floor) {
                break Ok(found);
            }
            if let Err(error) = floor.fetch() {
                break Err(error);
            }
        };
        if !self.floor.is_free() {
            *self.seen() = floor.into_lasting();
        }
        found
    }
}

impl Look for Layer {
    fn look(&self, asks: &[Ask]) -> Result<Vec<Known<Answer>>> {
        let memory = self.memory();
        if memory.is_empty() {
            drop(memory);
            return self.floor.look(asks);
        }
        self.with_floor(|floor| answer::all(&memory, floor, asks))
    }

    fn is_free(&self) -> bool {
        self.floor.is_free()
    }
}

impl Host for Layer {
    fn commit(&self, commit: &Commit) -> Result<Committed> {
        let mut committed = self.make(commit)?;
        committed.answers = self.look(&commit.then)?;
        Ok(committed)
    }
}
