//! Passwords of the inventory and of `-e`, and what tasks with `no_log` work on, are in no output.

use base64::Engine as _;

use crate::sandbox::Ended;
use crate::sandbox::evenkeel;

const LOGIN: &str = "hunter2-login";
const BECOME: &str = "hunter3-become";
const QUIET: &str = "a-quiet-text";

/// Runs the careless playbook over a folder of its own.
fn run(words: &[&str]) -> (Ended, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let extra = format!(
        "ansible_become_password={BECOME} folder={}",
        folder.path().display()
    );
    let fixed = [
        "-i",
        "secrets/hosts.ini",
        "secrets/site.yml",
        "-e",
        extra.as_str(),
    ];
    let ended = evenkeel([words, &fixed].concat());
    (ended, folder)
}

fn shows_no_secret(ended: &Ended) {
    let encoded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    for secret in [
        LOGIN,
        BECOME,
        QUIET,
        &LOGIN.to_uppercase(),
        &encoded(LOGIN),
        &encoded(BECOME),
        &encoded(QUIET),
    ] {
        for (name, output) in [
            ("standard output", &ended.stdout),
            ("standard error", &ended.stderr),
        ] {
            assert!(!output.contains(secret), "{secret} is in {name}:\n{output}");
        }
    }
}

#[test]
fn a_forecast_shows_no_secret() {
    for words in [
        &["plan", "-vvv"][..],
        &["plan", "-vvv", "--format", "json"],
        &["plan", "-vvv", "--simulate"],
    ] {
        let (ended, _folder) = run(words);
        assert!(
            ended.stdout.contains("A task without a log"),
            "{}{}",
            ended.stdout,
            ended.stderr
        );
        shows_no_secret(&ended);
    }
}

#[test]
fn a_run_shows_no_secret_and_uses_them() {
    for words in [
        &["apply", "--yes", "-vvv", "-D"][..],
        &["apply", "--yes", "-vvv", "--format", "json"],
    ] {
        let (ended, folder) = run(words);
        assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
        let written = std::fs::read_to_string(folder.path().join("password")).unwrap();
        assert_eq!(written, format!("password={LOGIN}\n"));
        assert_eq!(
            std::fs::read_to_string(folder.path().join("quiet")).unwrap(),
            format!("{QUIET}\n")
        );
        assert!(ended.stdout.contains("A failure"), "{}", ended.stdout);
        shows_no_secret(&ended);
    }
}

#[test]
fn explained_passwords_are_not_shown() {
    let ended = evenkeel([
        "explain",
        "ansible_password",
        "--host",
        "one",
        "-i",
        "secrets/hosts.ini",
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    shows_no_secret(&ended);
}

#[test]
fn a_finding_beside_a_password_does_not_show_it() {
    let ended = evenkeel(["plan", "-i", "wrong/password_beside.ini", "settled.yml"]);
    assert_eq!(ended.code, Some(5));
    assert!(!ended.stderr.contains("hunter"), "{}", ended.stderr);
}
