//! SSH through libssh2.

mod connect;
mod exec;
mod host_key;
mod jump;
mod link;
mod login;
mod open;

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use super::Transport;
use super::wake::Cut;
use super::wake::Interrupts;
use super::wake::Wait;
use crate::Error;
use crate::Output;
use crate::Result;
use crate::SshSettings;
use crate::ssh::Target;
use link::Link;
use link::Trouble;

/// SSH through libssh2: one session that is opened by the first `exec` and kept.
///
/// Costs about a millisecond of CPU per connection. A session belongs to the thread that uses it: a second `exec` at
/// the same time opens a second session.
#[derive(Debug)]
pub struct Ssh2 {
    settings: SshSettings,
    interrupts: Interrupts,
    idle: Mutex<Idle>,
}

/// What is kept between calls.
#[derive(Default)]
struct Idle {
    link: Option<Link>,
    route: Option<Vec<Target>>,
    /// How often `close` was called: a session that was opened before is not kept.
    closed: u64,
}

impl std::fmt::Debug for Idle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Idle")
            .field("connected", &self.link.is_some())
            .finish_non_exhaustive()
    }
}

impl Ssh2 {
    /// A host that will be reached this way; nothing is connected yet, and wrong settings are reported by `exec`.
    pub fn new(settings: SshSettings) -> Ssh2 {
        Ssh2 {
            settings,
            interrupts: Interrupts::default(),
            idle: Mutex::default(),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Settings and configuration read together, once.
    fn route(&self) -> Result<Vec<Target>> {
        if !self.settings.common_args.is_empty() {
            let why = "arguments of the ssh program (`ansible_ssh_common_args`) take that program: use `--ssh openssh`";
            return Err(Error::Unreachable(format!("{}: {why}", self.settings.host)));
        }
        if let Some(route) = &self.idle().route {
            return Ok(route.clone());
        }
        let route = Target::route(&self.settings)?;
        self.idle().route = Some(route.clone());
        Ok(route)
    }

    /// An open channel, on the kept session if it still lives.
    fn channel(&self, route: &[Target], wait: &Wait<'_>) -> Result<(Link, ssh2::Channel)> {
        let target = &route[route.len() - 1];
        let limit = || Some(Instant::now() + target.connect_timeout);
        let kept = self.idle().link.take();
        if let Some(mut link) = kept {
            match exec::open(&mut link, wait, limit()) {
                Ok(channel) => return Ok((link, channel)),
                Err(Trouble::Cut(Cut::Interrupted)) => return Err(Error::Interrupted),
                // It was found dead before anything was asked of the host: another one does as well.
                Err(_) => drop(link),
            }
        }
        let mut link = open::open(route, wait)?;
        let channel = exec::open(&mut link, wait, limit());
        Ok((
            link,
            channel.map_err(|trouble| open::explain(target, "opening a channel", trouble))?,
        ))
    }
}

impl Transport for Ssh2 {
    fn exec(&self, command: &str, stdin: &[u8], timeout: Option<Duration>) -> Result<Output> {
        let route = self.route()?;
        let target = &route[route.len() - 1];
        let closed = self.idle().closed;
        let mut wait = self
            .interrupts
            .enter()
            .map_err(|error| Error::Unreachable(format!("{}: no pipe can be made: {error}", target.label)))?;
        let (link, channel) = self.channel(&route, &wait)?;
        wait.limit(timeout);
        let (output, reusable) =
            exec::run(&link, channel, command, stdin, &wait).map_err(|trouble| match trouble {
                Trouble::Cut(Cut::TimedOut) => {
                    let seconds = timeout.unwrap_or_default().as_secs_f64();
                    Error::Unreachable(format!(
                        "{}: the command did not end within {seconds} s",
                        target.label
                    ))
                }
                trouble => open::explain(target, "running a command", trouble),
            })?;
        let mut idle = self.idle();
        if reusable && idle.closed == closed && idle.link.is_none() {
            idle.link = Some(link);
        }
        Ok(output)
    }

    fn close(&self) {
        let mut idle = self.idle();
        idle.closed += 1;
        if let Some(link) = idle.link.take() {
            link.disconnect();
        }
    }

    fn interrupt(&self) {
        self.interrupts.cut();
    }

    fn keep_alive(&self) {
        let kept = self.idle().link.take();
        if let Some(link) = kept.filter(|link| exec::keep_alive(link).is_ok()) {
            self.idle().link.get_or_insert(link);
        }
    }
}
