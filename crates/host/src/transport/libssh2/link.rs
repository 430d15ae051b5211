//! One SSH session and its socket, owned by one thread at a time.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

use libssh2_sys::LIBSSH2_ERROR_EAGAIN;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::net::Shutdown;
use ssh2::BlockDirections;
use ssh2::ErrorCode;
use ssh2::Session;

use super::super::wake::Cut;
use super::super::wake::Wait;

/// A session with its socket. It is moved, never shared: libssh2's handles must not meet two threads.
///
/// The session never blocks; dropping it shuts the socket down first, so that a peer that has stopped cannot hold us.
pub(super) struct Link {
    pub(super) session: Session,
    socket: Arc<OwnedFd>,
}

/// Why a call on a session failed.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It was cut from our side.
    Cut(Cut),
    /// libssh2 says no.
    Ssh(ssh2::Error),
}

impl From<Cut> for Trouble {
    fn from(cut: Cut) -> Trouble {
        Trouble::Cut(cut)
    }
}

impl Link {
    /// A session over a connected socket; nothing is sent yet.
    pub(super) fn new(socket: OwnedFd) -> Result<Link, Trouble> {
        let socket = Arc::new(socket);
        let mut session = Session::new().map_err(Trouble::Ssh)?;
        session.set_tcp_stream(Arc::clone(&socket));
        session.set_blocking(false);
        // No call may block for ever, should one block in spite of the line above.
        session.set_timeout(10_000);
        Ok(Link { session, socket })
    }

    /// Repeats a call until it no longer would block.
    pub(super) fn drive<T>(
        &mut self,
        wait: &Wait<'_>,
        deadline: Option<Instant>,
        mut call: impl FnMut(&mut Session) -> Result<T, ssh2::Error>,
    ) -> Result<T, Trouble> {
        loop {
            match call(&mut self.session) {
                Err(error) if would_block(&error) => self.wait(wait, deadline)?,
                outcome => return outcome.map_err(Trouble::Ssh),
            }
        }
    }

    /// Waits until the socket is ready for what libssh2 wants to do with it.
    pub(super) fn wait(&self, wait: &Wait<'_>, deadline: Option<Instant>) -> Result<(), Cut> {
        self.acknowledge();
        let mut fds = vec![PollFd::new(&self.socket, self.directions())];
        wait.poll_until(&mut fds, deadline)
    }

    /// Acknowledges at once what was read.
    ///
    /// sshd leaves Nagle's algorithm on: its next small packet waits for our acknowledgement of the one before, which
    /// the kernel would hold back for 40 ms.
    pub(super) fn acknowledge(&self) {
        #[cfg(target_os = "linux")]
        // A channel of a host on the way is no TCP socket, and needs none of this.
        let _set = rustix::net::sockopt::set_tcp_quickack(&self.socket, true);
    }

    /// What to poll the socket for.
    pub(super) fn directions(&self) -> PollFlags {
        match self.session.block_directions() {
            BlockDirections::Outbound | BlockDirections::Both => PollFlags::IN | PollFlags::OUT,
            BlockDirections::Inbound | BlockDirections::None => PollFlags::IN,
        }
    }

    /// The socket, for polling.
    pub(super) fn socket(&self) -> &OwnedFd {
        &self.socket
    }

    /// Says good-bye, if that needs no waiting.
    pub(super) fn disconnect(self) {
        let _sent = self.session.disconnect(None, "", None);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // libssh2 frees a session completely only when nothing is left that could be sent.
        let _closed = rustix::net::shutdown(&self.socket, Shutdown::Both);
    }
}

/// Whether the call must be repeated once the socket is ready.
pub(super) fn would_block(error: &ssh2::Error) -> bool {
    error.code() == ErrorCode::Session(LIBSSH2_ERROR_EAGAIN)
}
