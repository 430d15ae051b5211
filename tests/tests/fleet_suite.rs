//! ansible-core's own integration targets end with Evenkeel as with real Ansible; `docs/ansible-suite.md` has the table.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests that say what they measured"
)]

use std::collections::BTreeSet;
use std::fs;

use evenkeel_tests::ansible;
use evenkeel_tests::fleet::Error;
use evenkeel_tests::reference::root;
use evenkeel_tests::suite;
use evenkeel_tests::suite::Catalogue;
use evenkeel_tests::suite::Class;
use evenkeel_tests::suite::Listed;

/// Runs the chosen targets: each that has counted must count.
fn none_is_lost(chosen: impl Fn(&Listed) -> bool) {
    let Some(programs) = ansible::programs(&["ansible-playbook"]) else {
        return;
    };
    let targets = Catalogue::read().unwrap().targets;
    let chosen: Vec<Listed> = targets.into_iter().filter(chosen).collect();
    let told = |one: &suite::Measured| println!("{}", suite::terminal(one));
    let measured = match suite::run(&chosen, &programs, 2, told) {
        Ok(measured) => measured,
        Err(Error::Skip(why)) if std::env::var_os("EVENKEEL_FLEET_REQUIRED").is_none() => {
            println!("left out: {why}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    println!("{}", suite::summary(&measured));
    let lost = measured.iter().filter(|one| one.is_lost());
    let lost: Vec<String> = lost.map(suite::terminal).collect();
    assert!(lost.is_empty(), "these counted before:\n{}", lost.join("\n"));
}

#[test]
fn what_counted_counts() {
    none_is_lost(|target| target.counts && !target.long);
}

#[test]
#[ignore = "long"]
fn all() {
    none_is_lost(|target| target.class != Class::Never);
}

#[test]
#[ignore = "long"]
fn every_target_is_listed() {
    let Some(_) = ansible::programs(&["ansible-playbook"]) else {
        return;
    };
    let folder = match suite::targets() {
        Ok(folder) => folder,
        Err(error) if std::env::var_os("EVENKEEL_FLEET_REQUIRED").is_none() => {
            println!("left out: {error}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let entries = fs::read_dir(folder).unwrap();
    let there: BTreeSet<String> = entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let catalogue = Catalogue::read().unwrap();
    let listed: BTreeSet<String> = catalogue.targets.into_iter().map(|target| target.name).collect();
    assert_eq!(listed, there);
}

/// The document's verdicts are those that the tests insist on.
#[test]
fn the_document_says_the_same() {
    let text = fs::read_to_string(root().join("docs/ansible-suite.md")).unwrap();
    let counts = |line: &str| {
        Some(
            line.strip_suffix(" | counts |")?
                .split('|')
                .nth(1)?
                .trim()
                .to_owned(),
        )
    };
    let documented: BTreeSet<String> = text.lines().filter_map(counts).collect();
    let catalogue = Catalogue::read().unwrap();
    let counted = catalogue.targets.into_iter().filter(|target| target.counts);
    let counted: BTreeSet<String> = counted.map(|target| target.name).collect();
    assert_eq!(documented, counted);
}
