//! From a name to a connected socket.

use std::io;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::os::fd::OwnedFd;
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::io::Errno;
use rustix::net::AddressFamily;
use rustix::net::SocketFlags;
use rustix::net::SocketType;
use rustix::net::sockopt;

use super::super::wake::Cut;
use super::super::wake::Wait;

/// Connects to the first address that answers, each tried for a fair part of the time that is left.
pub(super) fn connect(host: &str, port: u16, wait: &Wait<'_>, deadline: Instant) -> Result<OwnedFd, Cut> {
    let addresses = resolve(host, port, wait, deadline)?;
    let mut failure = Cut::Io(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    for (at, address) in addresses.iter().enumerate() {
        let left = deadline.saturating_duration_since(Instant::now());
        let share = left / u32::try_from(addresses.len() - at).unwrap_or(1);
        match connect_to(address, wait, Instant::now() + share) {
            Err(Cut::Interrupted) => return Err(Cut::Interrupted),
            Err(cut) => failure = cut,
            Ok(socket) => return Ok(socket),
        }
    }
    Err(failure)
}

/// The addresses of a host; names are looked up in a thread of their own, which can be left behind.
fn resolve(host: &str, port: u16, wait: &Wait<'_>, deadline: Instant) -> Result<Vec<SocketAddr>, Cut> {
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let (sender, receiver) = mpsc::channel();
    let (reader, writer) = io::pipe()?;
    let name = host.to_owned();
    thread::Builder::new().name("resolve".into()).spawn(move || {
        // Nobody listens any more when the caller has been cut.
        let _heard = sender.send((name.as_str(), port).to_socket_addrs().map(Iterator::collect));
        drop(writer);
    })?;
    wait.poll_until(&mut vec![PollFd::new(&reader, PollFlags::IN)], Some(deadline))?;
    let addresses: io::Result<Vec<SocketAddr>> = receiver
        .recv()
        .unwrap_or_else(|_| Err(io::Error::other("the name service failed")));
    Ok(addresses?)
}

fn connect_to(address: &SocketAddr, wait: &Wait<'_>, deadline: Instant) -> Result<OwnedFd, Cut> {
    let family = if address.is_ipv4() {
        AddressFamily::INET
    } else {
        AddressFamily::INET6
    };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket =
        rustix::net::socket_with(family, SocketType::STREAM, flags, None).map_err(io::Error::from)?;
    // Small packets go out at once: every step of the protocol waits for the one before it.
    sockopt::set_tcp_nodelay(&socket, true).map_err(io::Error::from)?;
    match rustix::net::connect(&socket, address) {
        Ok(()) => return Ok(socket),
        Err(Errno::INPROGRESS | Errno::INTR) => {}
        Err(errno) => return Err(Cut::Io(errno.into())),
    }
    wait.poll_until(&mut vec![PollFd::new(&socket, PollFlags::OUT)], Some(deadline))?;
    match sockopt::socket_error(&socket).map_err(io::Error::from)? {
        Ok(()) => Ok(socket),
        Err(errno) => Err(Cut::Io(errno.into())),
    }
}
