//! The certificates of a cluster.
#![expect(
    clippy::disallowed_types,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests ask the program openssl, say when there is none, and stop at what cannot be"
)]

mod inventory;
mod openssl;
mod random;
mod reuse;
mod trouble;

use std::path::Path;
use std::time::Duration;
use std::time::SystemTime;

use evenkeel_certs::Action;
use evenkeel_certs::Report;
use evenkeel_playbook::Files;
use evenkeel_playbook::Memory;

use inventory::Inventory;

const FOLDER: &str = "/srv/etcd";

/// A time, so many days after the day on which the tests begin.
fn day(days: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + days * 86_400)
}

/// Two masters, one of them an etcd member, a member of its own and a worker.
fn small() -> Inventory {
    Inventory::default()
        .host("m1", "192.0.2.11")
        .host("m2", "192.0.2.12")
        .host("e1", "192.0.2.13")
        .host("w1", "192.0.2.14")
        .host("lb1", "192.0.2.15")
        .group("kube_control_plane", &["m1", "m2"])
        .group("kube_node", &["w1"])
        .group("etcd", &["m1", "e1"])
}

fn ensure(inventory: &Inventory, files: &dyn Files, days: u64) -> Report {
    evenkeel_certs::ensure(&inventory.cluster(), Path::new(FOLDER), files, day(days)).unwrap()
}

/// The problems of a run that cannot be.
fn problems(inventory: &Inventory, files: &dyn Files, days: u64) -> String {
    let folder = Path::new(FOLDER);
    let problems = evenkeel_certs::ensure(&inventory.cluster(), folder, files, day(days)).unwrap_err();
    assert_eq!(
        evenkeel_certs::plan(&inventory.cluster(), folder, files, day(days)).unwrap_err(),
        problems,
        "a forecast finds the same"
    );
    let text = |problem: &evenkeel_yaml::Problem| format!("{problem}\n  {}\n", problem.help.join("\n  "));
    problems.iter().map(text).collect()
}

/// A report, a line for each file.
fn shown(report: &Report) -> String {
    let mut text = String::new();
    for entry in &report.files {
        let action = match entry.action {
            Action::Made => "made",
            Action::Kept => "kept",
        };
        let why: Vec<String> = entry.why.iter().map(ToString::to_string).collect();
        let line = format!("{action} {} {} days: {}", entry.file, entry.days, why.join("; "));
        text += line.trim_end_matches(": ");
        text.push('\n');
    }
    for file in &report.unused {
        text += &format!("unused {file}\n");
    }
    for warning in &report.warnings {
        text += &format!("{warning}\n");
    }
    text
}

/// Only what was made, and what is unused.
fn changes(report: &Report) -> String {
    let kept = |line: &&str| !line.starts_with("kept ");
    shown(report)
        .lines()
        .filter(kept)
        .map(|line| line.to_owned() + "\n")
        .collect()
}

/// The names and bytes of all files.
fn contents(files: &dyn Files) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(FOLDER);
    let read = |name: String| {
        let bytes = files.read(&folder.join(&name)).unwrap();
        (name, bytes)
    };
    files
        .list(folder)
        .unwrap_or_default()
        .into_iter()
        .map(read)
        .collect()
}

/// The files, one of them taken away.
fn without(files: &Memory, gone: &str) -> Memory {
    let mut left = Memory::default();
    for (name, bytes) in contents(files) {
        if name != gone {
            left = left.with(Path::new(FOLDER).join(name), bytes);
        }
    }
    left
}

/// Gives a file the content of another.
fn copy(files: &Memory, from: &str, to: &str) {
    let folder = Path::new(FOLDER);
    let bytes = files.read(&folder.join(from)).unwrap();
    files.write(&folder.join(to), &bytes, 0o600).unwrap();
}
