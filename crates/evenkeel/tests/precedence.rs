//! Precedence, compared with real Ansible: of every two places that set a variable, the same one wins.
//!
//! `precedence/expect.py` has written the project and, with `ansible-playbook` 2.19, `expected.txt`.

use std::path::Path;
use std::sync::Arc;

use evenkeel::Disk;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Project;
use evenkeel::Reach;
use evenkeel::ReachOptions;
use evenkeel::host::AbsPath;

#[test]
fn of_every_two_places_the_one_wins_that_wins_in_ansible() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/precedence");
    let target = tempfile::tempdir().unwrap();
    let how = Options {
        pending: AbsPath::new(target.path().join("pending").to_str().unwrap()).unwrap(),
        ..Options::default()
    };
    let loaded = Project::new(Arc::new(Disk))
        .inventory(case.join("inventory/hosts.ini").to_str().unwrap())
        .playbook(case.join("site/site.yml"))
        .extra(format!("@{}", case.join("extra.yml").display()))
        .extra(format!("target={}", target.path().display()))
        .load()
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut run = loaded
        .run(Arc::new(Reach::new(ReachOptions::default())), how)
        .unwrap();
    run.walk(Mode::Apply, &mut |_| true).unwrap();
    let expected = std::fs::read_to_string(case.join("expected.txt")).unwrap();
    let found = std::fs::read_to_string(target.path().join("out")).unwrap();
    let different: Vec<String> = found
        .lines()
        .zip(expected.lines())
        .filter(|(found, expected)| found != expected)
        .map(|(found, expected)| format!("{found}, in Ansible {expected}"))
        .collect();
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(found.lines().count(), expected.lines().count());
    assert!(expected.lines().count() > 250);
}
