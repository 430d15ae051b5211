//! Programs beside the hosts that end with the fleet.

use std::process::Child;
use std::process::Command;
use std::process::Stdio;

use super::Error;
use super::Fleet;
use super::Result;
use super::process::Process;

/// A running program; ends when dropped, and at the latest when the fleet ends.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Whether it still runs.
    pub(crate) fn lives(&self) -> bool {
        Process::of(self.child.id()).is_some()
    }

    /// Ends it.
    pub(crate) fn end(self) {
        drop(self);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ended = self.child.kill();
        let _code = self.child.wait();
    }
}

impl Fleet {
    /// Starts a program without input and output (a caller that wants them has set them), and notes it in the fleet's record.
    pub(crate) fn launch(&self, command: &mut Command) -> Result<Running> {
        let child = command.stdin(Stdio::null()).spawn();
        let child = child.map_err(|error| Error::failed(command.get_program().display(), error))?;
        let mut state = self.locked();
        state.programs.extend(Process::of(child.id()));
        state.save(&self.directory)?;
        Ok(Running { child })
    }
}
