//! Waiting for descriptors, a deadline and an interruption together.

use std::io;
use std::io::PipeReader;
use std::io::PipeWriter;
use std::io::Write;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::event::poll;

/// Why a wait ended before what it waited for.
#[derive(Debug)]
pub(super) enum Cut {
    /// The deadline passed.
    TimedOut,
    /// Another thread asked for it.
    Interrupted,
    /// The system refused.
    Io(io::Error),
}

impl From<io::Error> for Cut {
    fn from(error: io::Error) -> Cut {
        Cut::Io(error)
    }
}

/// The running calls of one transport, so that another thread can cut them.
#[derive(Debug, Default)]
pub(super) struct Interrupts(Mutex<Vec<Arc<PipeWriter>>>);

impl Interrupts {
    /// Enters a call that can be cut until the guard is dropped.
    pub(super) fn enter(&self) -> io::Result<Wait<'_>> {
        let (reader, writer) = io::pipe()?;
        let writer = Arc::new(writer);
        self.list().push(Arc::clone(&writer));
        Ok(Wait {
            interrupts: self,
            reader,
            writer,
            deadline: None,
        })
    }

    /// Cuts every running call.
    pub(super) fn cut(&self) {
        for writer in self.list().drain(..) {
            // A full or closed pipe means that the call has been told already or is over.
            let _told = (&*writer).write(&[1]);
        }
    }

    fn list(&self) -> std::sync::MutexGuard<'_, Vec<Arc<PipeWriter>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One running call: its deadline, and the pipe through which it is told to stop.
#[derive(Debug)]
pub(super) struct Wait<'a> {
    interrupts: &'a Interrupts,
    reader: PipeReader,
    writer: Arc<PipeWriter>,
    deadline: Option<Instant>,
}

impl Wait<'_> {
    /// Lets the call time out so long after now.
    pub(super) fn limit(&mut self, timeout: Option<Duration>) {
        self.deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    }

    /// Fails if the call has been cut or its time is over, without waiting.
    pub(super) fn check(&self) -> Result<(), Cut> {
        match self.poll_until(&mut Vec::new(), Some(Instant::now())) {
            Err(Cut::TimedOut) if !self.is_over() => Ok(()),
            outcome => outcome,
        }
    }

    /// Whether the call's own time is over.
    pub(super) fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }

    /// Waits until one of `fds` is ready and leaves their `revents` set.
    pub(super) fn poll<'fd>(&'fd self, fds: &mut Vec<PollFd<'fd>>) -> Result<(), Cut> {
        self.poll_until(fds, None)
    }

    /// As [`Wait::poll`], with an earlier deadline of its own.
    pub(super) fn poll_until<'fd>(
        &'fd self,
        fds: &mut Vec<PollFd<'fd>>,
        earlier: Option<Instant>,
    ) -> Result<(), Cut> {
        let deadline = [self.deadline, earlier].into_iter().flatten().min();
        fds.push(PollFd::from_borrowed_fd(self.reader.as_fd(), PollFlags::IN));
        let outcome = poll_once(fds, deadline);
        let told = fds.pop().is_some_and(|fd| !fd.revents().is_empty());
        if told { Err(Cut::Interrupted) } else { outcome }
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        self.interrupts
            .list()
            .retain(|writer| !Arc::ptr_eq(writer, &self.writer));
    }
}

/// Polls until something is ready or the deadline passes; signals do not end it.
fn poll_once(fds: &mut [PollFd<'_>], deadline: Option<Instant>) -> Result<(), Cut> {
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let left = left.and_then(|left| Timespec::try_from(left).ok());
        match poll(fds, left.as_ref()) {
            Ok(0) => return Err(Cut::TimedOut),
            Ok(_) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(Cut::Io(errno.into())),
        }
    }
}
