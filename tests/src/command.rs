//! The command `evenkeel`, as a person starts it on a controller.
#![expect(clippy::disallowed_types, reason = "it is started as a program")]

use std::io::BufRead as _;
use std::io::BufReader;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::OnceLock;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;

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
    let (code, stdout, stderr) = output(fleet, arguments, &["--format", "json"])?;
    let events = Events::read(&stdout).map_err(|error| failed(error, format!("{stdout}{stderr}")))?;
    Ok(Ran { code, events, stderr })
}

/// The same, as people see it: exit code, standard output and standard error.
///
/// # Errors
/// When it cannot be built or started.
pub fn as_people(fleet: &Fleet, arguments: &[&str]) -> Result<(i32, String, String)> {
    output(fleet, arguments, &[])
}

/// Runs it until it has printed enough, then interrupts it, as Ctrl-C does: exit code and standard output.
///
/// # Errors
/// When it cannot be built or started.
pub fn until(fleet: &Fleet, arguments: &[&str], enough: impl Fn(&str) -> bool) -> Result<(i32, String)> {
    let wrong = |error| failed("it cannot be watched", error);
    let mut command = prepared(fleet, arguments, &[])?;
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(wrong)?;
    let stdout = child
        .stdout
        .take()
        .ok_or_else(|| failed("it cannot be watched", "no output"))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let mut shown = String::new();
    let mut interrupted = false;
    for line in BufReader::new(stdout).lines() {
        shown.push_str(&line.map_err(wrong)?);
        shown.push('\n');
        if !interrupted && enough(&shown) {
            interrupted = true;
            pid.map(|pid| kill_process(pid, Signal::INT));
        }
    }
    let status = child.wait().map_err(wrong)?;
    Ok((status.code().unwrap_or(-1), shown))
}

fn prepared(fleet: &Fleet, arguments: &[&str], more: &[&str]) -> Result<Command> {
    let mut command = fleet.controller(&program()?.display().to_string());
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
        .env("HOME", fleet.directory())
        .current_dir(fleet.directory());
    command.args(arguments);
    command.arg("--known-hosts").arg(fleet.known_hosts());
    command.arg("--private-key").arg(fleet.key());
    command.args(more);
    Ok(command)
}

fn output(fleet: &Fleet, arguments: &[&str], more: &[&str]) -> Result<(i32, String, String)> {
    let output = prepared(fleet, arguments, more)?
        .output()
        .map_err(|error| failed("it cannot be started", error))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok((
        output.status.code().unwrap_or(-1),
        text(&output.stdout),
        text(&output.stderr),
    ))
}

/// Runs a command of it that connects to nobody, and returns its standard output.
///
/// # Errors
/// When it cannot be built or started, or ends with another code than 0, with what it printed.
pub fn plain(fleet: &Fleet, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new(program()?);
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command
        .env("HOME", fleet.directory())
        .current_dir(fleet.directory());
    let output = command.args(arguments).output();
    let output = output.map_err(|error| failed("it cannot be started", error))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match output.status.success() {
        true => Ok(text(&output.stdout)),
        false => Err(failed(arguments.join(" "), text(&output.stderr))),
    }
}

/// The program, built from these sources: cargo builds only what a test's own package needs.
///
/// # Errors
/// When it does not build.
pub fn program() -> Result<&'static Path> {
    static PROGRAM: OnceLock<Result<PathBuf>> = OnceLock::new();
    let built = PROGRAM.get_or_init(|| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--quiet", "--package", "evenkeel-cli"]);
        // Build scripts watch what describes this test's own package, and with it everything would be built anew, each time.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                cargo.env_remove(&name);
            }
        }
        let output = cargo.current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.map_err(|error| failed("cargo cannot be started", error))?;
        if !output.status.success() {
            return Err(failed(
                "it does not build",
                String::from_utf8_lossy(&output.stderr),
            ));
        }
        // target/debug/deps/TEST, or target/debug/PROGRAM
        let test = std::env::current_exe().map_err(|error| failed("where is this test?", error))?;
        let folder = test.parent().unwrap_or(&test);
        let built = folder.parent().filter(|_| folder.ends_with("deps"));
        Ok(built.unwrap_or(folder).join("evenkeel"))
    });
    built.as_deref().map_err(Clone::clone)
}

fn failed(what: impl std::fmt::Display, why: impl std::fmt::Display) -> Error {
    Error::Failed(format!("evenkeel: {what}: {why}"))
}
