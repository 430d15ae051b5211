//! Evenkeel as a crate: forecasts the playbook that an inventory's cluster needs, and prints what would change.
//!
//! `cargo run -p evenkeel --example embed -- inventories/external-lb`; the hosts are simulated.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::process::ExitCode;
use std::sync::Arc;

use evenkeel::Disk;
use evenkeel::EventKind;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Problem;
use evenkeel::Project;
use evenkeel::Simulated;
use evenkeel::Status;

fn main() -> ExitCode {
    let inventory = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "inventories/external-lb".to_owned());
    match forecast(&inventory) {
        Ok(pending) => {
            println!("{pending} changes would be made");
            ExitCode::SUCCESS
        }
        Err(problems) => {
            // A `Problem` is a miette diagnostic: it knows its place, and a fancy handler would show the line.
            problems.iter().for_each(|problem| eprintln!("{problem}"));
            ExitCode::FAILURE
        }
    }
}

fn forecast(inventory: &str) -> Result<usize, Vec<Problem>> {
    let one = |problem| vec![problem];
    let loaded = Project::new(Arc::new(Disk)).inventory(inventory).load()?;
    // `Reach` instead of `Simulated` connects to real hosts.
    let hosts = Arc::new(Simulated::debian12());
    let mut run = loaded.run(hosts, Options::default()).map_err(one)?;
    let recap = run.walk(Mode::Plan, &mut |event| {
        if let EventKind::HostTask {
            host, task, outcome, ..
        } = &event.kind
            && outcome.status == Status::Changed
        {
            println!("{host}: {}", task.name);
        }
        true
    });
    let counts = recap.map_err(one)?.hosts;
    Ok(counts.values().map(|counts| counts.changed).sum())
}
