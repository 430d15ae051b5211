//! Real Ansible, to compare with.
#![expect(clippy::disallowed_types, reason = "its programs are started")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::fleet::Error;
use crate::fleet::Fleet;
use crate::fleet::Result;
use crate::reference::root;

/// The folder of Ansible's programs, beside the Python that `EVENKEEL_PYTHON` names, or in `target/python`, where
/// `tests/python` puts them; none, with a message, where a needed one is not there.
#[expect(clippy::print_stdout, reason = "a test that was left out must say so")]
pub fn programs(needed: &[&str]) -> Option<PathBuf> {
    let named = std::env::var_os("EVENKEEL_PYTHON").map(PathBuf::from);
    let python = named.unwrap_or_else(|| root().join("target/python/bin/python"));
    let folder = python.parent()?.to_owned();
    let Some(missing) = needed.iter().find(|name| !folder.join(name).exists()) else {
        return Some(folder);
    };
    println!(
        "skipped: no {missing} beside {} (tests/python makes an environment that has it)",
        python.display()
    );
    None
}

/// Gives a program of Ansible a home, and nothing of this machine's own settings.
pub fn prepare<'a>(command: &'a mut Command, programs: &Path, home: &Path) -> &'a mut Command {
    let mut path = OsString::from(programs);
    path.push(":/usr/bin:/bin");
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("ANSIBLE_HOME", home.join(".ansible"))
        .env("LC_ALL", "C.UTF-8")
}

/// A run of `ansible-playbook` that has ended.
#[derive(Clone, Debug)]
pub struct Played {
    /// Its exit code.
    pub code: i32,
    /// All that it said.
    pub said: String,
}

/// Runs a playbook on a fleet's hosts.
///
/// # Errors
/// When it cannot be started.
pub fn play(fleet: &Fleet, programs: &Path, inventory: &Path, playbook: &Path) -> Result<Played> {
    play_with(fleet, programs, inventory, playbook, &[])
}

/// The same with extra variables as `-e` takes them.
///
/// # Errors
/// When it cannot be started.
pub fn play_with(
    fleet: &Fleet,
    programs: &Path,
    inventory: &Path,
    playbook: &Path,
    extra: &[&str],
) -> Result<Played> {
    let program = programs.join("ansible-playbook");
    let mut command = fleet.controller(&program.display().to_string());
    let options = fleet.ssh_options().join(" ");
    let output = prepare(&mut command, programs, fleet.directory())
        .env(
            "ANSIBLE_SSH_ARGS",
            format!("{options} -o ControlMaster=auto -o ControlPersist=20s"),
        )
        .env("ANSIBLE_PIPELINING", "true")
        .env("ANSIBLE_FORKS", "10")
        .env("ANSIBLE_PYTHON_INTERPRETER", "auto_silent")
        .current_dir(fleet.directory())
        .arg("-i")
        .arg(inventory)
        .arg(playbook)
        .args(extra.iter().flat_map(|variables| ["-e", variables]))
        .output()
        .map_err(|error| Error::Failed(format!("{}: {error}", program.display())))?;
    let said = [output.stdout, output.stderr].concat();
    Ok(Played {
        code: output.status.code().unwrap_or(-1),
        said: String::from_utf8_lossy(&said).into_owned(),
    })
}

impl Played {
    /// How many changes each host got, from the recap.
    pub fn changed<'a>(&'a self) -> BTreeMap<&'a str, usize> {
        let recap = self.said.rsplit("PLAY RECAP").next().unwrap_or_default();
        let host = |line: &'a str| {
            let (host, counts) = line.split_once(" : ok=")?;
            let (_, changed) = counts.split_once("changed=")?;
            Some((host.trim(), changed.split(' ').next()?.parse().ok()?))
        };
        recap.lines().filter_map(host).collect()
    }

    /// The tasks that changed something: `HOST: TASK`.
    pub fn changes(&self) -> Vec<String> {
        let mut task = "";
        let mut changes = Vec::new();
        for line in self.said.lines() {
            if let Some(rest) = line
                .strip_prefix("TASK [")
                .or(line.strip_prefix("RUNNING HANDLER ["))
            {
                task = rest.rsplit_once(']').map_or(rest, |(name, _)| name);
            } else if let Some(host) = line.strip_prefix("changed: [") {
                changes.push(format!("{}: {task}", host.split(']').next().unwrap_or(host)));
            }
        }
        changes
    }
}
