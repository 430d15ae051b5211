//! A child process with its three streams.
#![expect(clippy::disallowed_types, reason = "transports start programs")]

use std::io;
use std::io::PipeReader;
use std::io::Read;
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::process::ChildStdin;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::WaitId;
use rustix::process::WaitIdOptions;
use rustix::process::kill_process_group;
use rustix::process::waitid;

use super::wake::Cut;
use super::wake::Wait;
use crate::Output;

/// How much is read at once: the size of a pipe on Linux.
const CHUNK: usize = 64 * 1024;

/// What a pipe may still hold when the child has ended: 1 MiB, the most that Linux gives to a plain user.
const LAST_CHUNKS: usize = 16;

/// How long an interrupted program may clean up.
const GRACE: Duration = Duration::from_secs(1);

/// Starts the program in a process group of its own, feeds it `stdin`, and reads both its outputs until it ends.
///
/// A program left in the background that holds the outputs open does not keep the call waiting.
pub(super) fn run(command: &mut Command, stdin: &[u8], wait: &Wait<'_>) -> Result<Output, Cut> {
    let started = Instant::now();
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = command.spawn()?;
    let read = pump(&mut child, stdin, wait);
    match read.and_then(|(stdout, stderr)| Ok((child.wait()?, stdout, stderr))) {
        Ok((status, stdout, stderr)) => Ok(Output {
            code: code(status),
            stdout,
            stderr,
            seconds: started.elapsed().as_secs_f64(),
        }),
        Err(cut) => {
            end(child);
            Err(cut)
        }
    }
}

/// Exit code as a shell would report it.
fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| 128 + signal))
        .unwrap_or(255)
}

/// Moves bytes until the child has ended; it is not reaped yet, so its process id stays its own.
fn pump(child: &mut Child, stdin: &[u8], wait: &Wait<'_>) -> Result<(Vec<u8>, Vec<u8>), Cut> {
    let ended = watch(child)?;
    let mut input = Input {
        pipe: child.stdin.take(),
        rest: stdin,
    };
    let mut stdout = Stream::new(child.stdout.take())?;
    let mut stderr = Stream::new(child.stderr.take())?;
    input.set_nonblocking()?;
    let mut buffer = vec![0; CHUNK];
    loop {
        input.write()?;
        let mut fds = vec![PollFd::new(&ended, PollFlags::IN)];
        fds.extend(input.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::OUT)));
        fds.extend(stdout.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        fds.extend(stderr.pipe.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        wait.poll(&mut fds)?;
        let over = !fds[0].revents().is_empty();
        let chunks = if over { LAST_CHUNKS } else { 1 };
        stdout.read(&mut buffer, chunks)?;
        stderr.read(&mut buffer, chunks)?;
        if over {
            return Ok((stdout.bytes, stderr.bytes));
        }
    }
}

/// A pipe that closes when the child has ended.
fn watch(child: &Child) -> io::Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    let pid = Pid::from_child(child);
    thread::Builder::new().name("child".into()).spawn(move || {
        let _status = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        drop(writer);
    })?;
    Ok(reader)
}

/// Asks the whole group to end, then makes it, without keeping the caller.
fn end(mut child: Child) {
    let group = Pid::from_child(&child);
    let _gone = kill_process_group(group, Signal::TERM);
    thread::spawn(move || {
        let until = Instant::now() + GRACE;
        while Instant::now() < until && matches!(child.try_wait(), Ok(None)) {
            thread::sleep(Duration::from_millis(20));
        }
        let _gone = kill_process_group(group, Signal::KILL);
        let _status = child.wait();
    });
}

/// The child's standard input and what it has not taken yet.
struct Input<'a> {
    pipe: Option<ChildStdin>,
    rest: &'a [u8],
}

impl Input<'_> {
    fn set_nonblocking(&self) -> io::Result<()> {
        match &self.pipe {
            Some(pipe) => Ok(rustix::io::ioctl_fionbio(pipe, true)?),
            None => Ok(()),
        }
    }

    /// Writes what fits; closes when all is written or nobody reads.
    fn write(&mut self) -> io::Result<()> {
        while let Some(pipe) = &mut self.pipe {
            if self.rest.is_empty() {
                self.pipe = None;
                break;
            }
            match pipe.write(self.rest) {
                Ok(count) => self.rest = &self.rest[count..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.rest = &[],
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// One of the child's outputs and what it has said.
struct Stream<P> {
    pipe: Option<P>,
    bytes: Vec<u8>,
}

impl<P: Read + AsFd> Stream<P> {
    fn new(pipe: Option<P>) -> io::Result<Stream<P>> {
        if let Some(pipe) = &pipe {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        Ok(Stream {
            pipe,
            bytes: Vec::new(),
        })
    }

    /// Reads what is there, so many chunks at most.
    fn read(&mut self, buffer: &mut [u8], chunks: usize) -> io::Result<()> {
        for _ in 0..chunks {
            let Some(pipe) = &mut self.pipe else { break };
            match pipe.read(buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => self.bytes.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
