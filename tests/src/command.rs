//! The command `evenkeel`, as a person starts it on a controller.
#![expect(clippy::disallowed_types, reason = "it is started as a program")]

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::events::Events;
use crate::fleet::Error;
use crate::fleet::Fleet;
use crate::fleet::Result;

/// A run of the command with `--format json` that has ended.
#[derive(Clone, Debug)]
pub struct Ran {
    /// Its exit code.
    pub code: i32,
    /// What it said to programs.
    pub events: Events,
    /// What it said to people.
    pub stderr: String,
}

/// Runs the command in a fleet's controller network, with the fleet's key and known hosts and nothing of this machine's
/// own settings.
///
/// # Errors
/// When it cannot be built or started, or prints what is no event.
pub fn evenkeel(fleet: &Fleet, arguments: &[&str]) -> Result<Ran> {
    let mut command = fleet.controller(&program()?.display().to_string());
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
        .env("HOME", fleet.directory())
        .current_dir(fleet.directory());
    command.args(arguments);
    command.arg("--known-hosts").arg(fleet.known_hosts());
    command.arg("--private-key").arg(fleet.key());
    command.args(["--format", "json"]);
    let output = command
        .output()
        .map_err(|error| failed("it cannot be started", error))?;
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let stdout = String::from_utf8_lossy(&output.stdout);
    let events = Events::read(&stdout).map_err(|error| failed(error, format!("{stdout}{stderr}")))?;
    Ok(Ran {
        code: output.status.code().unwrap_or(-1),
        events,
        stderr,
    })
}

/// The program, built from these sources: cargo builds only what a test's own package needs.
fn program() -> Result<&'static Path> {
    static PROGRAM: OnceLock<Result<PathBuf>> = OnceLock::new();
    let built = PROGRAM.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "evenkeel-cli"]);
        let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.map_err(|error| failed("cargo cannot be started", error))?;
        if !output.status.success() {
            return Err(failed(
                "it does not build",
                String::from_utf8_lossy(&output.stderr),
            ));
        }
        // target/debug/deps/TEST
        let test = std::env::current_exe().map_err(|error| failed("where is this test?", error))?;
        Ok(test.ancestors().nth(2).unwrap_or(&test).join("evenkeel"))
    });
    built.as_deref().map_err(Clone::clone)
}

fn failed(what: impl std::fmt::Display, why: impl std::fmt::Display) -> Error {
    Error::Failed(format!("evenkeel: {what}: {why}"))
}
