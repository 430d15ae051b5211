//! Changing a machine.

use crate::Answer;
use crate::Apart;
use crate::Ask;
use crate::Change;
use crate::Known;
use crate::Look;
use crate::Output;
use crate::Result;
use crate::Who;

/// Changes that travel together: those of one task on one host, in one round trip.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    /// As whom.
    pub who: Who,
    /// What to do, in order; the first failure stops.
    pub changes: Vec<Change>,
    /// What to look at right after, in the same round trip.
    pub then: Vec<Ask>,
    /// Environment of every program started.
    pub environment: Vec<(String, String)>,
    /// How long a program may take; it is ended with everything it started when the time is over.
    pub time: Option<std::time::Duration>,
    /// The changes go on by themselves, and are not waited for; a host in memory makes them at once.
    pub apart: Option<Apart>,
}

/// What came of a [`Commit`].
#[derive(Clone, Debug, Default)]
pub struct Committed {
    /// One output for each change that was made; empty outputs for changes that run no program.
    pub done: Vec<Output>,
    /// The folder of the journal of changes that go on by themselves.
    pub apart: Option<String>,
    /// Why the change after the last of `done` was not made; later ones were not tried.
    pub failed: Option<Failure>,
    /// The answers to `then`; empty when they could not be had.
    pub answers: Vec<Known<Answer>>,
    /// Indices into `done` of programs with undeclared effects that a host in memory did not run: what they would
    /// have printed and done is not known. Empty on a real host.
    pub unknown: Vec<usize>,
    /// What else a host in memory did not run, to be named to the user (`validate: haproxy -c -f %s`).
    pub not_run: Vec<String>,
}

/// Why a change was not made.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// What it was planned on has moved since; the text says what was found.
    Stale(String),
    /// A program ended with a code that is not accepted, or a file operation failed.
    Failed(Output),
    /// The check of the new file said no; the old file is untouched.
    Invalid(Output),
    /// The connection broke and what happened could not be found out.
    OutcomeUnknown(String),
}

impl Failure {
    /// Whether the change surely left its object as it was.
    #[must_use]
    pub fn left_everything(&self) -> bool {
        match self {
            Failure::Stale(_) | Failure::Invalid(_) => true,
            Failure::Failed(_) | Failure::OutcomeUnknown(_) => false,
        }
    }
}

/// Something that can be changed. The one mutating method is the only door.
pub trait Host: Look {
    /// Makes the changes in order and stops at the first that fails.
    ///
    /// # Errors
    /// When the machine is lost; what failed on a machine that answers is in [`Committed::failed`].
    fn commit(&self, commit: &Commit) -> Result<Committed>;

    /// Says that the run is over: what it has written on the machine beside its changes is removed.
    ///
    /// # Errors
    /// When the machine is lost.
    fn finish(&self) -> Result<()> {
        Ok(())
    }

    /// Says something on an idle connection, so that nothing on the way forgets it; does not wait.
    fn keep_alive(&self) {}

    /// Closes the connection; the next question opens another one.
    fn reset(&self) {}
}
