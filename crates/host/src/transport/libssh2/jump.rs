//! Going through another host: a channel of its session, made to look like a socket.

use std::io;
use std::io::Read;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use ssh2::Channel;

use super::super::wake::Wait;
use super::exec::keep_alive;
use super::link::Link;
use super::link::Trouble;

/// How much is moved at once.
const CHUNK: usize = 32 * 1024;

/// How often the host on the way is asked whether it is alive while nothing moves.
const KEEPALIVE: Duration = Duration::from_secs(15);

/// Connects to `host` from the host at the other end of `hop`.
///
/// The session moves into a thread of its own, which ends when the returned socket is closed.
pub(super) fn through(
    mut hop: Link,
    host: &str,
    port: u16,
    wait: &Wait<'_>,
    deadline: Instant,
) -> Result<OwnedFd, Trouble> {
    let channel = hop.drive(wait, Some(deadline), |session| {
        session.channel_direct_tcpip(host, port, None)
    })?;
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    ours.set_nonblocking(true).map_err(failed)?;
    thread::Builder::new()
        .name("jump".into())
        .spawn(move || {
            let mut relay = Relay {
                hop,
                channel,
                socket: ours,
                up: Buffer::new(),
                down: Buffer::new(),
            };
            // Whatever ended it, dropping the socket tells the other end.
            let _ended = relay.run();
        })
        .map_err(failed)?;
    Ok(theirs.into())
}

fn failed(error: io::Error) -> Trouble {
    Trouble::Cut(error.into())
}

/// Bytes on their way from one side to the other.
struct Buffer {
    bytes: Vec<u8>,
    from: usize,
    to: usize,
}

impl Buffer {
    fn new() -> Buffer {
        Buffer {
            bytes: vec![0; CHUNK],
            from: 0,
            to: 0,
        }
    }

    /// Reads if empty, writes what there is; whether anything moved.
    fn carry(&mut self, source: &mut impl Read, sink: &mut impl Write) -> io::Result<bool> {
        let mut moved = false;
        if self.from == self.to
            && let Some(count) = not_now(source.read(&mut self.bytes))?
        {
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            (self.from, self.to, moved) = (0, count, true);
        }
        if self.from < self.to
            && let Some(count) = not_now(sink.write(&self.bytes[self.from..self.to]))?
        {
            self.from += count;
            moved |= count > 0;
        }
        Ok(moved)
    }

    fn is_empty(&self) -> bool {
        self.from == self.to
    }
}

fn not_now(outcome: io::Result<usize>) -> io::Result<Option<usize>> {
    match outcome {
        Ok(count) => Ok(Some(count)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
            ) =>
        {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A session on the way, and what goes through it.
struct Relay {
    channel: Channel,
    hop: Link,
    socket: UnixStream,
    /// From us to the host.
    up: Buffer,
    /// From the host to us.
    down: Buffer,
}

impl Relay {
    /// Moves bytes until either side ends.
    fn run(&mut self) -> Result<(), Trouble> {
        loop {
            let up = self
                .up
                .carry(&mut self.socket, &mut self.channel)
                .map_err(failed)?;
            let down = self
                .down
                .carry(&mut self.channel, &mut self.socket)
                .map_err(failed)?;
            if !up && !down {
                self.rest()?;
            }
        }
    }

    /// Waits for either side.
    fn rest(&self) -> Result<(), Trouble> {
        self.hop.acknowledge();
        let mut local = PollFlags::empty();
        local.set(PollFlags::IN, self.up.is_empty());
        local.set(PollFlags::OUT, !self.down.is_empty());
        let mut fds = [
            PollFd::new(self.hop.socket(), self.hop.directions()),
            PollFd::new(&self.socket, local),
        ];
        let limit = Timespec {
            tv_sec: KEEPALIVE.as_secs() as i64,
            tv_nsec: 0,
        };
        match rustix::event::poll(&mut fds, Some(&limit)) {
            Ok(0) => keep_alive(&self.hop),
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(errno) => Err(failed(errno.into())),
        }
    }
}
