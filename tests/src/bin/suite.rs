//! `suite`: ansible-core's own integration targets, with real Ansible and with Evenkeel.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a command")]

use std::process::ExitCode;

use clap::Parser;
use evenkeel_tests::ansible;
use evenkeel_tests::fleet::Error;
use evenkeel_tests::fleet::Result;
use evenkeel_tests::reference::root;
use evenkeel_tests::suite;
use evenkeel_tests::suite::Catalogue;
use evenkeel_tests::suite::Class;
use evenkeel_tests::suite::Listed;

/// Runs ansible-core's integration targets with real Ansible and with Evenkeel, each on a fresh host, and prints what came of it:
/// tasks run, asserts passed, and ok/changed/skipped/rescued/ignored, first Ansible's, then Evenkeel's. What the programs said
/// lies in target/ansible-suite.
#[derive(Parser)]
#[command(name = "suite")]
struct Arguments {
    /// Only these targets; without any, the required ones.
    targets: Vec<String>,
    /// All that can be run.
    #[arg(long, conflicts_with = "targets")]
    all: bool,
    /// Write the table to docs/ansible-suite.md.
    #[arg(long, requires = "all")]
    write: bool,
    /// How many hosts work at the same time.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all that had counted still do.
fn run(arguments: &Arguments) -> Result<bool> {
    let catalogue = Catalogue::read()?;
    let programs = ansible::programs(&["ansible-playbook"]);
    let programs = programs.ok_or_else(|| Error::Skip("there is no Ansible".to_owned()))?;
    let chosen: Vec<Listed> = catalogue
        .targets
        .iter()
        .filter(|target| is_chosen(arguments, target))
        .cloned()
        .collect();
    let measured = suite::run(&chosen, &programs, arguments.jobs, |one| {
        println!("{}", suite::terminal(one));
    })?;
    println!("{}", suite::summary(&measured));
    if arguments.write {
        let path = root().join("docs/ansible-suite.md");
        std::fs::write(&path, suite::document(&catalogue, &measured))
            .map_err(|error| Error::Failed(format!("{}: {error}", path.display())))?;
    }
    let lost = measured.iter().filter(|one| one.is_lost());
    Ok(lost
        .inspect(|one| println!("counted before: {}", one.target.name))
        .count()
        == 0)
}

fn is_chosen(arguments: &Arguments, target: &Listed) -> bool {
    match (arguments.all, arguments.targets.is_empty()) {
        (true, _) => target.class != Class::Never,
        (false, true) => target.class == Class::Required,
        (false, false) => arguments.targets.contains(&target.name),
    }
}
