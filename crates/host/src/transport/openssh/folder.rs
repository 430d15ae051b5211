//! The folder of control sockets, and the helper that hands over a password.
#![expect(
    clippy::disallowed_types,
    reason = "the helper is a file of the transport, not of the project"
)]

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use crate::Secret;
use crate::SshSettings;

/// How many hosts use each folder.
static USERS: Mutex<BTreeMap<PathBuf, usize>> = Mutex::new(BTreeMap::new());

/// A folder of control sockets that several hosts use: the last of them removes it.
#[derive(Debug)]
pub(super) struct Shared(PathBuf);

impl Shared {
    pub(super) fn new(path: PathBuf) -> Shared {
        *users().entry(path.clone()).or_default() += 1;
        Shared(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut users = users();
        let Some(count) = users.get_mut(&self.0) else {
            return;
        };
        *count -= 1;
        if *count == 0 {
            users.remove(&self.0);
            // Another process may have sockets in it.
            let _not_empty = std::fs::remove_dir(&self.0);
        }
    }
}

fn users() -> MutexGuard<'static, BTreeMap<PathBuf, usize>> {
    USERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads the answers from the environment of the program that asks, which nobody else can see.
const SCRIPT: &str = "#!/bin/sh\ncase $1 in\n\
    *assphrase*) printf '%s\\n' \"$EVENKEEL_PASSPHRASE\" ;;\n\
    *) printf '%s\\n' \"$EVENKEEL_PASSWORD\" ;;\nesac\n";

/// The longest path that a control socket may have: the program appends 17 characters, and 108 are all there are.
const LONGEST: usize = 90;

/// Makes the folder if it is missing; fails if somebody else could use it.
pub(super) fn check(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| format!("the folder of control sockets {shown} cannot be made: {error}"))?;
    let stat = std::fs::symlink_metadata(folder).map_err(|error| format!("{shown}: {error}"))?;
    if stat.uid() != rustix::process::geteuid().as_raw() || stat.mode() & 0o077 != 0 || !stat.is_dir() {
        return Err(format!(
            "the folder of control sockets {shown} must be the user's own with mode 0700"
        ));
    }
    if folder.as_os_str().len() + "/ffffffff-ffffffff".len() > LONGEST {
        return Err(format!(
            "the path of the folder of control sockets {shown} is too long for a socket"
        ));
    }
    Ok(())
}

/// Makes the folder of the file that new host keys are written to, which the program does for its own default only.
pub(super) fn for_known_hosts(files: &[PathBuf]) -> io::Result<()> {
    match files.first().and_then(|file| file.parent()) {
        Some(folder) => DirBuilder::new().recursive(true).mode(0o700).create(folder),
        None => Ok(()),
    }
}

/// A helper for SSH_ASKPASS, removed when dropped.
pub(super) struct AskPass {
    script: PathBuf,
    password: Option<Secret<String>>,
    passphrase: Option<Secret<String>>,
}

impl AskPass {
    /// Writes the helper beside the socket; `None` when there is nothing to answer.
    pub(super) fn of(settings: &SshSettings, socket: &Path) -> io::Result<Option<AskPass>> {
        let SshSettings {
            password, passphrase, ..
        } = settings;
        if password.is_none() && passphrase.is_none() {
            return Ok(None);
        }
        let script = socket.with_extension("ask");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o700)
            .open(&script)?;
        file.write_all(SCRIPT.as_bytes())?;
        Ok(Some(AskPass {
            script,
            password: password.clone(),
            passphrase: passphrase.clone(),
        }))
    }

    /// Lets a program ask the helper instead of a person.
    pub(super) fn set(&self, command: &mut Command) {
        // Older programs ask a helper only where there is a display.
        command
            .env("SSH_ASKPASS", &self.script)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("DISPLAY", "none:0");
        let mut secret = |name: &str, value: &Option<Secret<String>>| {
            command.env(name, value.as_ref().map_or("", |value| value.expose().as_str()));
        };
        secret("EVENKEEL_PASSWORD", &self.password);
        secret("EVENKEEL_PASSPHRASE", &self.passphrase);
    }
}

impl Drop for AskPass {
    fn drop(&mut self) {
        let _gone = std::fs::remove_file(&self.script);
    }
}
