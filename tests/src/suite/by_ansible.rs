//! A target, run by real Ansible.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::home;
use super::record::Counts;
use super::record::Record;
use super::record::Step;
use super::runs::kept;
use super::stage;
use crate::ansible;
use crate::fleet::Error;
use crate::fleet::Fleet;
use crate::fleet::Result;

/// Seconds after which a target is given up.
const PATIENCE: &str = "1800";

/// A line of what the recorder writes.
#[derive(Deserialize)]
struct Line {
    task: Option<Step>,
    counts: Option<Counts>,
}

/// Runs a target on a host that is fresh.
pub(crate) fn run(fleet: &Fleet, programs: &Path, targets: &Path, target: &str) -> Result<Record> {
    let folder = stage::set(fleet, targets, target, "ansible")?;
    let recorded = folder.join("recorded");
    let options = fleet.ssh_options().join(" ");
    let mut command = fleet.controller("timeout");
    ansible::prepare(&mut command, programs, &folder.join("home"))
        .current_dir(&folder)
        .env(
            "ANSIBLE_SSH_ARGS",
            format!("{options} -o ControlMaster=auto -o ControlPersist=20s"),
        )
        .env("ANSIBLE_PIPELINING", "true")
        .env("ANSIBLE_DEPRECATION_WARNINGS", "false")
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("ANSIBLE_CALLBACK_PLUGINS", home())
        .env("ANSIBLE_CALLBACKS_ENABLED", "recorder")
        .env("EVENKEEL_RECORD", &recorded)
        .env(stage::OUTPUT, folder.join("output"))
        .args(["--kill-after=10", PATIENCE])
        .arg(programs.join("ansible-playbook"))
        .args(["-i", "inventory", "play.yml"]);
    let output = command
        .output()
        .map_err(|error| Error::failed("ansible-playbook", error))?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    kept(target, "ansible", &said)?;
    let lines = fs::read_to_string(&recorded).unwrap_or_default();
    let code = output.status.code().unwrap_or(-1);
    let mut record = read(&lines).map_err(|error| Error::failed(recorded.display(), error))?;
    record.code = code;
    if code != 0 {
        record.why = why(&said);
    }
    Ok(record)
}

fn read(lines: &str) -> serde_json::Result<Record> {
    let mut record = Record::default();
    for line in lines.lines() {
        let line: Line = serde_json::from_str(line)?;
        record.steps.extend(line.task);
        record.counts = line.counts.unwrap_or(record.counts);
    }
    Ok(record)
}

/// The last thing that went wrong, in a line.
fn why(said: &str) -> String {
    let wrong = |line: &&str| line.starts_with("[ERROR]") || line.starts_with("fatal:");
    let line = said.lines().rfind(wrong).unwrap_or("it does not say");
    line.to_owned()
}
