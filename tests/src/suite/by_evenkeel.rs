//! A target, run by Evenkeel.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use super::record::Counts;
use super::record::Record;
use super::record::Step;
use super::runs::kept;
use super::stage;
use crate::command;
use crate::fleet::Error;
use crate::fleet::Fleet;
use crate::fleet::Result;

/// Seconds after which a target is given up.
const PATIENCE: &str = "900";

/// Runs a target on a host that is fresh.
pub(crate) fn run(fleet: &Fleet, targets: &Path, target: &str) -> Result<Record> {
    let folder = stage::set(fleet, targets, target, "evenkeel")?;
    let mut command = fleet.controller("timeout");
    command
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("HOME", folder.join("home"))
        .env("LC_ALL", "C.UTF-8")
        .env(stage::OUTPUT, folder.join("output"))
        .current_dir(&folder)
        .args(["--kill-after=10", PATIENCE])
        .arg(command::program()?)
        .args([
            "apply",
            "--yes",
            "--format",
            "json",
            "-i",
            "inventory",
            "play.yml",
        ])
        .arg("--known-hosts")
        .arg(fleet.known_hosts())
        .arg("--private-key")
        .arg(fleet.key());
    let output = command
        .output()
        .map_err(|error| Error::failed("evenkeel", error))?;
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    kept(target, "evenkeel", &format!("{stdout}{stderr}"))?;
    let mut record = read(&stdout).map_err(|error| Error::failed(format!("evenkeel: {target}"), error))?;
    record.code = output.status.code().unwrap_or(-1);
    if record.code != 0 && record.why.is_empty() {
        record.why = first_problem(&stderr);
    }
    let own = format!("{}/", targets.display());
    record.why = record.why.replace(&own, "");
    Ok(record)
}

/// What an event says about a task.
#[derive(Deserialize)]
struct HostTask {
    task: Task,
    item: Option<String>,
    outcome: Outcome,
}

#[derive(PartialEq, Deserialize)]
struct Task {
    name: String,
    module: String,
    at: String,
}

#[derive(Deserialize)]
struct Outcome {
    status: String,
    failure: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    message: String,
}

/// The events as a record: the items of a loop are one step.
fn read(stdout: &str) -> serde_json::Result<Record> {
    let mut record = Record::default();
    let mut open: Option<Task> = None;
    for line in stdout.lines() {
        let mut line: Value = serde_json::from_str(line)?;
        let mut event = line["event"].take();
        match event["type"].as_str() {
            Some("host_task") => {
                let event: HostTask = serde_json::from_value(event)?;
                if event.task.module.ends_with(".meta") {
                    continue;
                }
                let same = event.item.is_some() && open.as_ref() == Some(&event.task);
                add(&mut record, &event, same);
                open = event.item.is_some().then_some(event.task);
            }
            Some("task_started") => open = None,
            Some("forecast_missed" | "host_lost") => record.why = event.to_string(),
            Some("run_finished") => {
                let counts = event["recap"]["hosts"][stage::HOST].take();
                if !counts.is_null() {
                    record.counts = serde_json::from_value::<Counts>(counts)?;
                }
            }
            _ => {}
        }
    }
    Ok(record)
}

fn add(record: &mut Record, event: &HostTask, same: bool) {
    let Outcome { status, failure } = &event.outcome;
    if status == "failed"
        && let Some(failure) = failure
    {
        let at = &event.task.at;
        record.why = format!("{at}: {}: {}", event.task.name, failure.message);
    }
    match record.steps.last_mut().filter(|_| same) {
        Some(step) if weight(status) > weight(&step.status) => step.status.clone_from(status),
        Some(_) => {}
        None => record.steps.push(Step {
            name: event.task.name.clone(),
            module: event.task.module.clone(),
            status: status.clone(),
        }),
    }
}

/// Which status of an item is that of its loop.
fn weight(status: &str) -> usize {
    let order = ["skipped", "ok", "changed", "ignored", "failed"];
    order.iter().position(|one| *one == status).unwrap_or(0)
}

/// The first error that a person reads, with its place, and how many there are.
fn first_problem(stderr: &str) -> String {
    let mut lines = stderr.lines().map(str::trim);
    let errors = stderr.lines().filter(|line| line.trim().starts_with('×')).count();
    let Some(error) = lines.find(|line| line.starts_with('×')) else {
        return "it does not say".to_owned();
    };
    let place = lines.find_map(|line| line.strip_prefix("╭─[")?.strip_suffix(']'));
    let place = place.map(|place| format!(" ({place})")).unwrap_or_default();
    let more = match errors {
        1 => String::new(),
        errors => format!(", the first of {errors} errors"),
    };
    format!("{}{place}{more}", error.trim_start_matches('×').trim())
}
