//! Exit codes.

use crate::sandbox::SMALL;
use crate::sandbox::ended;
use crate::sandbox::evenkeel;
use crate::sandbox::program;

fn code(words: &[&'static str]) -> i32 {
    let ended = evenkeel(words.iter().copied());
    ended.code.unwrap_or_else(|| panic!("{}", ended.stderr))
}

fn small(words: &[&'static str]) -> i32 {
    code(&[words, &SMALL].concat())
}

#[test]
fn done_is_0() {
    assert_eq!(small(&["plan", "--simulate"]), 0);
    assert_eq!(small(&["apply", "--simulate", "--yes"]), 0);
    assert_eq!(small(&["plan", "--syntax-check"]), 0);
    assert_eq!(code(&["--help"]), 0);
    assert_eq!(code(&["--version"]), 0);
}

#[test]
fn a_failed_task_is_2() {
    assert_eq!(small(&["plan", "--simulate", "-t", "config"]), 2);
    assert_eq!(small(&["apply", "--simulate", "--yes", "-t", "config"]), 2);
    assert_eq!(small(&["plan", "--simulate", "--exit-code", "-t", "config"]), 2);
}

#[test]
fn pending_changes_are_3_where_asked() {
    assert_eq!(small(&["plan", "--simulate", "--exit-code"]), 3);
    let settled = [
        "plan",
        "--simulate",
        "--exit-code",
        "-i",
        "small/hosts.ini",
        "settled.yml",
    ];
    assert_eq!(code(&settled), 0);
}

#[test]
fn an_unreachable_host_is_4() {
    assert_eq!(code(&["plan", "-i", "unreachable.ini", "small/site.yml"]), 4);
    assert_eq!(
        code(&["apply", "--yes", "-i", "unreachable.ini", "small/site.yml"]),
        4
    );
}

#[test]
fn wrong_input_and_wrong_usage_are_5() {
    assert_eq!(code(&[]), 5);
    assert_eq!(code(&["plann"]), 5);
    assert_eq!(small(&["plan", "--forks", "many"]), 5);
    assert_eq!(small(&["apply", "--check"]), 5);
    assert_eq!(
        code(&["plan", "--simulate", "-i", "small/hosts.ini", "small/nowhere.yml"]),
        5
    );
    assert_eq!(
        code(&["plan", "--simulate", "-i", "nowhere.ini", "small/site.yml"]),
        5
    );
    assert_eq!(small(&["plan", "--simulate", "-l", "web9"]), 5);
    assert_eq!(code(&["inventory", "-i", "small/hosts.ini"]), 5);
}

#[test]
fn apply_without_a_terminal_needs_yes() {
    let ended = evenkeel([&["apply"], &SMALL[..]].concat());
    insta::assert_snapshot!(ended.told());
}

#[test]
fn settings_are_read_from_ansible_cfg() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("ansible.cfg");
    let inventory = crate::sandbox::data().join("small/hosts.ini");
    let text = format!("[defaults]\ninventory = {}\n", inventory.display());
    std::fs::write(&settings, text).unwrap();
    let mut command = program(["plan", "--simulate", "small/site.yml"]);
    command.env("ANSIBLE_CONFIG", &settings);
    let ended = ended(command);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
}
