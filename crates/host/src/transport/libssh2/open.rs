//! From a target to a session that is logged in.

use std::os::fd::OwnedFd;
use std::time::Instant;

use ssh2::MethodType;

use super::super::wake::Cut;
use super::super::wake::Wait;
use super::connect::connect;
use super::host_key;
use super::jump;
use super::link::Link;
use super::link::Trouble;
use super::login;
use crate::Error;
use crate::Result;
use crate::ssh::KnownHosts;
use crate::ssh::Target;

/// Connects along the route and logs in at every host of it.
pub(super) fn open(route: &[Target], wait: &Wait<'_>) -> Result<Link> {
    let mut through: Option<Link> = None;
    for target in route {
        let deadline = Instant::now() + target.connect_timeout;
        let failed = |trouble| explain(target, "connecting", trouble);
        let socket = match through.take() {
            None => connect(&target.host, target.port, wait, deadline).map_err(|cut| failed(cut.into()))?,
            Some(hop) => jump::through(hop, &target.host, target.port, wait, deadline).map_err(failed)?,
        };
        through = Some(log_in(target, socket, wait, deadline)?);
    }
    through.ok_or_else(|| Error::Unreachable("no host to connect to".into()))
}

fn log_in(target: &Target, socket: OwnedFd, wait: &Wait<'_>, deadline: Instant) -> Result<Link> {
    let handshake = |trouble| explain(target, "key exchange", trouble);
    let known = KnownHosts::read(&target.known_hosts)
        .map_err(|why| Error::Unreachable(format!("{}: known host keys: {why}", target.label)))?;
    let mut link = Link::new(socket).map_err(handshake)?;
    let algorithms = known.algorithms(&target.key_name);
    link.session
        .method_pref(MethodType::HostKey, &algorithms)
        .map_err(|error| handshake(Trouble::Ssh(error)))?;
    link.drive(wait, Some(deadline), |session| session.handshake())
        .map_err(handshake)?;
    host_key::check(target, &known, &link)?;
    login::log_in(target, &mut link, wait, deadline)?;
    Ok(link)
}

/// The error for a step that failed.
pub(super) fn explain(target: &Target, step: &str, trouble: Trouble) -> Error {
    let label = &target.label;
    let seconds = target.connect_timeout.as_secs_f64();
    match trouble {
        Trouble::Cut(Cut::Interrupted) => Error::Interrupted,
        Trouble::Cut(Cut::TimedOut) => {
            Error::Unreachable(format!("{label}: {step}: no answer within {seconds} s"))
        }
        Trouble::Cut(Cut::Io(error)) => Error::Unreachable(format!("{label}: {step}: {error}")),
        Trouble::Ssh(error) => Error::Unreachable(format!("{label}: {step}: {}", error.message())),
    }
}
