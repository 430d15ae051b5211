//! SSH through the `ssh` program.
#![expect(clippy::disallowed_types, reason = "transports start programs")]

mod arguments;
mod explain;
mod folder;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Transport;
use super::child;
use super::wake::Cut;
use super::wake::Interrupts;
use crate::Error;
use crate::Output;
use crate::Result;
use crate::SshSettings;
use explain::explain;
use folder::AskPass;

/// How long connecting may take if the settings do not say.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Names sockets and marks, so that no two share one.
static COUNTER: AtomicU64 = AtomicU64::new(0);

/// SSH through the `ssh` program and a control socket: hardware keys, GSSAPI, `Match`, `ProxyCommand`, old servers.
///
/// The first `exec` starts a master in the background, which ends after ten minutes without use; each `exec` is one
/// short process. A login shell that a signal ends gives the code 255, because the program does not tell which.
#[derive(Debug)]
pub struct OpenSsh {
    settings: SshSettings,
    folder: folder::Shared,
    socket: PathBuf,
    interrupts: Interrupts,
    /// The master; locked while one is being started.
    master: Mutex<Master>,
}

/// Whether a master was started.
#[derive(Debug, Default)]
struct Master {
    runs: bool,
    /// How many there have been: who finds one gone must not end the next.
    number: u64,
}

impl OpenSsh {
    /// A host that will be reached this way; nothing is started yet, and wrong settings are reported by `exec`.
    ///
    /// `folder` holds the control sockets: it is made with mode 0700 if it is missing, removed when the last host that
    /// uses it is dropped, and must have a short path, because a socket's path has room for about 90 bytes.
    pub fn new(settings: SshSettings, folder: impl Into<PathBuf>) -> OpenSsh {
        let folder = folder::Shared::new(folder.into());
        let name = format!(
            "{:x}-{:x}",
            std::process::id(),
            COUNTER.fetch_add(1, Ordering::Relaxed)
        );
        let socket = folder.path().join(name);
        OpenSsh {
            settings,
            folder,
            socket,
            interrupts: Interrupts::default(),
            master: Mutex::default(),
        }
    }

    /// Runs the program with the given arguments.
    fn ssh(
        &self,
        arguments: Vec<OsString>,
        stdin: &[u8],
        timeout: Option<Duration>,
        ask: Option<&AskPass>,
    ) -> Result<Output, Cut> {
        let mut wait = self.interrupts.enter()?;
        wait.limit(timeout);
        let mut command = Command::new("ssh");
        command.args(arguments);
        match &self.settings.agent_socket {
            Some(socket) => command.env("SSH_AUTH_SOCK", socket),
            None => command.env_remove("SSH_AUTH_SOCK"),
        };
        if let Some(ask) = ask {
            ask.set(&mut command);
        }
        child::run(&mut command, stdin, &wait)
    }

    fn master(&self) -> MutexGuard<'_, Master> {
        self.master.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the master if there is none; its number.
    fn connect(&self) -> Result<u64> {
        let mut master = self.master();
        if master.runs {
            return Ok(master.number);
        }
        let host = &self.settings.host;
        if self.socket.exists() {
            // One that came up while its call was being cut.
            self.control("exit");
            let _gone = std::fs::remove_file(&self.socket);
        }
        folder::check(self.folder.path()).map_err(|why| Error::Unreachable(format!("{host}: {why}")))?;
        if self.settings.accept_new {
            folder::for_known_hosts(&self.settings.known_hosts).map_err(|error| {
                Error::Unreachable(format!("{host}: no known_hosts can be made: {error}"))
            })?;
        }
        let ask = AskPass::of(&self.settings, &self.socket).map_err(|error| {
            Error::Unreachable(format!(
                "{host}: no helper for the password can be written: {error}"
            ))
        })?;
        let (arguments, hops) = arguments::master(&self.settings, &self.socket)?;
        let each = self.settings.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let limit = each * (hops + 1);
        let complaints = arguments::complaints(&self.socket);
        let outcome = self.ssh(arguments, b"", Some(limit), ask.as_ref());
        let outcome = match outcome {
            Ok(output) if output.code == 0 => {
                *master = Master {
                    runs: true,
                    number: master.number + 1,
                };
                Ok(master.number)
            }
            Ok(output) => {
                let on_the_way = std::fs::read_to_string(&complaints).unwrap_or_default();
                Err(explain(
                    &self.settings,
                    &(on_the_way + &String::from_utf8_lossy(&output.stderr)),
                ))
            }
            Err(cut) => Err(self.cut(cut, "connecting", limit)),
        };
        let _none = std::fs::remove_file(complaints);
        outcome
    }

    fn cut(&self, cut: Cut, step: &str, limit: Duration) -> Error {
        let host = &self.settings.host;
        match cut {
            Cut::Interrupted => Error::Interrupted,
            Cut::TimedOut => Error::Unreachable(format!(
                "{host}: {step}: no answer within {} s",
                limit.as_secs_f64()
            )),
            Cut::Io(error) => Error::Unreachable(format!("{host}: {step}: ssh cannot be run: {error}")),
        }
    }

    /// Asks the master something, e.g. `check` or `exit`; whether it says yes.
    fn control(&self, request: &str) -> bool {
        let arguments = arguments::control(request, &self.settings.host, &self.socket);
        self.ssh(arguments, b"", Some(Duration::from_secs(5)), None)
            .is_ok_and(|output| output.code == 0)
    }

    /// Ends the master if it is the one with this number.
    fn forget(&self, number: u64) {
        let mut master = self.master();
        if master.runs && master.number == number {
            master.runs = false;
            self.control("exit");
            // One that was killed leaves its socket, and the next could not make its own.
            let _gone = std::fs::remove_file(&self.socket);
        }
    }
}

impl Transport for OpenSsh {
    fn exec(&self, command: &str, stdin: &[u8], timeout: Option<Duration>) -> Result<Output> {
        let host = &self.settings.host;
        let mut again = true;
        loop {
            let master = self.connect()?;
            let gone = self
                .socket
                .with_extension(format!("{:x}", COUNTER.fetch_add(1, Ordering::Relaxed)));
            let arguments = arguments::client(command, host, &self.socket, &gone);
            let output = self.ssh(arguments, stdin, timeout, None).map_err(|cut| {
                if matches!(cut, Cut::TimedOut) {
                    self.forget(master);
                }
                self.cut(cut, "running a command", timeout.unwrap_or_default())
            })?;
            if output.code != 255 {
                return Ok(output);
            }
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let nothing_asked = std::fs::remove_file(&gone).is_ok();
            if !nothing_asked && self.control("check") {
                return Ok(output);
            }
            self.forget(master);
            match (nothing_asked, again) {
                (true, true) => again = false,
                (true, false) => {
                    return Err(Error::Unreachable(format!(
                        "{host}: no channel can be opened: {why}"
                    )));
                }
                (false, _) => return Err(Error::Unreachable(format!("{host}: the connection broke: {why}"))),
            }
        }
    }

    fn close(&self) {
        let number = self.master().number;
        self.forget(number);
    }

    fn interrupt(&self) {
        self.interrupts.cut();
    }
}

impl Drop for OpenSsh {
    fn drop(&mut self) {
        self.close();
    }
}
