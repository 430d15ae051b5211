//! Starting a program on a machine.

mod child;
mod libssh2;
mod local;
mod openssh;
mod wake;

use std::time::Duration;

pub use libssh2::Ssh2;
pub use local::Local;
pub use openssh::OpenSsh;

use crate::Output;
use crate::Result;

/// A way to start a program on a machine: everything else is built on it.
///
/// Obligations: the connection is opened by the first `exec`, and again by a later one when it was found dead before
/// anything was sent; standard output and standard error are read together, so neither can block the other;
/// `interrupt` makes a running `exec` return [`Error::Interrupted`](crate::Error::Interrupted) at once.
pub trait Transport: Send + Sync {
    /// Gives `command` to the login user's shell, feeds it `stdin`, and waits for its end.
    ///
    /// # Errors
    /// When there is no connection, it breaks, or `timeout` passes.
    fn exec(&self, command: &str, stdin: &[u8], timeout: Option<Duration>) -> Result<Output>;

    /// Closes the connection; the next `exec` opens a new one.
    fn close(&self);

    /// Cuts a running `exec`, from any thread.
    fn interrupt(&self);

    /// Says something on an idle connection, so that nothing on the way forgets it; does not wait.
    fn keep_alive(&self) {}
}
