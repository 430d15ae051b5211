//! Running one command on an open session.

use std::io;
use std::io::Read;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use ssh2::Channel;
use ssh2::Stream;

use super::super::wake::Cut;
use super::super::wake::Wait;
use super::link::Link;
use super::link::Trouble;
use super::link::would_block;
use crate::Output;

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// How often a silent peer is asked whether it is alive.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// How long a peer may be silent although it was asked.
const SILENCE: Duration = Duration::from_secs(60);

/// Opens a channel: one round trip, after which nothing has been asked of the host yet.
pub(super) fn open(link: &mut Link, wait: &Wait<'_>, deadline: Option<Instant>) -> Result<Channel, Trouble> {
    link.drive(wait, deadline, |session| session.channel_session())
}

/// Runs `command` on a fresh channel; the flag tells whether the session is fit for another.
pub(super) fn run(
    link: &Link,
    channel: Channel,
    command: &str,
    stdin: &[u8],
    wait: &Wait<'_>,
) -> Result<(Output, bool), Trouble> {
    let started = Instant::now();
    let mut pump = Pump {
        stderr: channel.stderr(),
        channel,
        stdin,
        buffer: vec![0; CHUNK],
        started: false,
        writing: false,
        eof_sent: false,
        stdout_bytes: Vec::new(),
        stderr_bytes: Vec::new(),
    };
    pump.run(link, command, wait)?;
    let code = pump.code()?;
    // The host has closed already, so this sends one packet and waits for nothing.
    let closed = writable(link)? && done(pump.channel.close())?;
    let Pump {
        stdout_bytes: stdout,
        stderr_bytes: stderr,
        ..
    } = pump;
    Ok((
        Output {
            code,
            stdout,
            stderr,
            seconds: started.elapsed().as_secs_f64(),
        },
        closed,
    ))
}

/// The channel and what has gone through it.
struct Pump<'a> {
    channel: Channel,
    stderr: Stream,
    stdin: &'a [u8],
    buffer: Vec<u8>,
    started: bool,
    /// Whether a packet of input is half sent, so that nothing else can be sent.
    writing: bool,
    eof_sent: bool,
    stdout_bytes: Vec<u8>,
    stderr_bytes: Vec<u8>,
}

impl Pump<'_> {
    /// Moves bytes until the host has closed the channel.
    fn run(&mut self, link: &Link, command: &str, wait: &Wait<'_>) -> Result<(), Trouble> {
        let mut heard = Instant::now();
        loop {
            self.start(command)?;
            self.feed(link)?;
            let read = read(&mut self.channel, &mut self.buffer, &mut self.stdout_bytes)?
                + read(&mut self.stderr, &mut self.buffer, &mut self.stderr_bytes)?;
            if read > 0 {
                heard = Instant::now();
                wait.check()?;
            } else if self.channel.eof() && !self.writing && done(self.channel.wait_close())? {
                return Ok(());
            } else {
                rest(link, wait, &mut heard)?;
            }
        }
    }

    /// Asks for the command; input follows without waiting for the answer, which saves a round trip.
    fn start(&mut self, command: &str) -> Result<(), Trouble> {
        if !self.started {
            self.started = done(self.channel.exec(command))?;
        }
        Ok(())
    }

    /// Writes input until the peer's window or the socket is full, then the end of it.
    fn feed(&mut self, link: &Link) -> Result<(), Trouble> {
        let blocked = || link.directions().contains(PollFlags::OUT);
        if !self.started && blocked() {
            return Ok(());
        }
        while !self.stdin.is_empty() && (self.writing || !self.channel.eof()) {
            match self.channel.write(self.stdin) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    self.stdin = &self.stdin[count..];
                    self.writing = false;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.writing = blocked();
                    return Ok(());
                }
                Err(error) => return Err(failed(error)),
            }
        }
        if !self.eof_sent && writable(link)? {
            self.eof_sent = done(self.channel.send_eof())?;
        }
        Ok(())
    }

    fn code(&self) -> Result<i32, Trouble> {
        let signal = self.channel.exit_signal().map_err(Trouble::Ssh)?.exit_signal;
        match signal {
            Some(name) => Ok(128 + signal_number(&name)),
            None => self.channel.exit_status().map_err(Trouble::Ssh),
        }
    }
}

/// Whether a small packet fits into the socket at once.
///
/// libssh2 builds the packet for the end of input on its stack and finds the unsent rest of it by that address, so
/// it must never be sent in two parts.
fn writable(link: &Link) -> Result<bool, Trouble> {
    let mut fds = [PollFd::new(link.socket(), PollFlags::OUT)];
    let ready = rustix::event::poll(
        &mut fds,
        Some(&Timespec {
            tv_sec: 0,
            tv_nsec: 0,
        }),
    );
    Ok(ready.map_err(|errno| Cut::Io(errno.into()))? > 0)
}

/// Asks a silent peer for a sign of life.
pub(super) fn keep_alive(link: &Link) -> Result<(), Trouble> {
    if writable(link)? {
        link.session.set_keepalive(true, 1);
        link.session.keepalive_send().map_err(Trouble::Ssh)?;
    }
    Ok(())
}

/// Waits for the peer, and asks it for a sign of life when it is silent.
fn rest(link: &Link, wait: &Wait<'_>, heard: &mut Instant) -> Result<(), Trouble> {
    match link.wait(wait, Some(Instant::now() + KEEPALIVE)) {
        Ok(()) => *heard = Instant::now(),
        Err(Cut::TimedOut) if wait.is_over() => return Err(Cut::TimedOut.into()),
        Err(Cut::TimedOut) if heard.elapsed() > SILENCE => {
            let why = format!("no sign of life for {} s", SILENCE.as_secs());
            return Err(failed(io::Error::new(io::ErrorKind::TimedOut, why)));
        }
        Err(Cut::TimedOut) => keep_alive(link)?,
        Err(cut) => return Err(cut.into()),
    }
    Ok(())
}

/// Reads one chunk.
fn read(stream: &mut impl Read, buffer: &mut [u8], bytes: &mut Vec<u8>) -> Result<usize, Trouble> {
    match stream.read(buffer) {
        Ok(count) => {
            bytes.extend_from_slice(&buffer[..count]);
            Ok(count)
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
        Err(error) => Err(failed(error)),
    }
}

/// Whether a call is through; `false` when it must be repeated.
fn done(outcome: Result<(), ssh2::Error>) -> Result<bool, Trouble> {
    match outcome {
        Ok(()) => Ok(true),
        Err(error) if would_block(&error) => Ok(false),
        Err(error) => Err(Trouble::Ssh(error)),
    }
}

fn failed(error: io::Error) -> Trouble {
    Trouble::Cut(Cut::Io(error))
}

/// The numbers of the signals that RFC 4254, section 6.10 names; they are the same on every Linux.
fn signal_number(name: &str) -> i32 {
    match name.trim_end_matches("@openssh.com") {
        "HUP" => 1,
        "INT" => 2,
        "QUIT" => 3,
        "ILL" => 4,
        "ABRT" => 6,
        "FPE" => 8,
        "KILL" => 9,
        "USR1" => 10,
        "SEGV" => 11,
        "USR2" => 12,
        "PIPE" => 13,
        "ALRM" => 14,
        "TERM" => 15,
        // sshd calls every other signal `SIG@openssh.com`.
        _ => 127,
    }
}
