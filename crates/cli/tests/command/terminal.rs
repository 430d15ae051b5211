//! What only a terminal gets: colours, a progress bar, a question.

use std::fs::File;
use std::io::Read as _;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;

use rustix::fs::Mode;
use rustix::fs::OFlags;
use rustix::pty::OpenptFlags;

use crate::sandbox::SMALL;
use crate::sandbox::program;

/// Runs a program on a terminal on which somebody has typed something; what it shows, and the exit code.
fn on_terminal(mut command: Command, typed: &str) -> (String, Option<i32>) {
    let master = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    rustix::pty::grantpt(&master).unwrap();
    rustix::pty::unlockpt(&master).unwrap();
    let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
    let slave = rustix::fs::open(&*name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let copy = || slave.try_clone().unwrap();
    let mut child = command
        .env("TERM", "xterm")
        .stdin(copy())
        .stdout(copy())
        .stderr(copy())
        .spawn()
        .unwrap();
    drop((slave, command));
    let shown = showing(master, typed);
    (shown, child.wait().unwrap().code())
}

#[expect(clippy::disallowed_types, reason = "the test's end of a terminal is a file")]
fn showing(master: OwnedFd, typed: &str) -> String {
    let mut master = File::from(master);
    master.write_all(typed.as_bytes()).unwrap();
    let mut shown = Vec::new();
    let mut part = [0; 4096];
    while let Ok(count @ 1..) = master.read(&mut part) {
        shown.extend_from_slice(&part[..count]);
    }
    String::from_utf8_lossy(&shown).into_owned()
}

/// `apply` of one file on this machine.
fn apply(folder: &Path, typed: &str) -> (String, Option<i32>) {
    let extra = format!("folder={}", folder.display());
    on_terminal(
        program([
            "apply",
            "-i",
            "slow/hosts.ini",
            "one_file.yml",
            "-e",
            extra.as_str(),
        ]),
        typed,
    )
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let words = || [&["plan", "--simulate"], &SMALL[..]].concat();
    let (shown, code) = on_terminal(program(words()), "");
    assert_eq!(code, Some(0));
    assert!(
        shown.contains("\u{1b}[33mwould change: [web1, web2, db1]"),
        "{shown}"
    );
    let mut plain = program(words());
    plain.env("NO_COLOR", "1");
    let (shown, _) = on_terminal(plain, "");
    assert!(
        shown.contains("would change") && !shown.contains('\u{1b}'),
        "{shown}"
    );
}

#[test]
fn a_yes_applies_what_the_forecast_showed() {
    let folder = tempfile::tempdir().unwrap();
    let (shown, code) = apply(folder.path(), "y\n");
    assert_eq!(code, Some(0), "{shown}");
    let order = ["+hello", "Apply this? [y/N]", "PLAY RECAP", "elapsed"];
    let places: Vec<_> = order.iter().map(|text| shown.find(text)).collect();
    assert!(places.is_sorted() && places[0].is_some(), "{places:?} {shown}");
    assert!(folder.path().join("hello").exists());
}

#[test]
fn everything_but_a_yes_changes_nothing() {
    for typed in ["n\n", "\n", "maybe\n", "\u{4}"] {
        let folder = tempfile::tempdir().unwrap();
        let (shown, code) = apply(folder.path(), typed);
        assert_eq!(code, Some(6), "{shown}");
        assert!(shown.contains("nothing was changed"), "{shown}");
        assert!(!folder.path().join("hello").exists());
    }
}

#[test]
fn nothing_is_asked_where_nothing_would_change() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hello"), "hello\n").unwrap();
    let (shown, code) = apply(folder.path(), "");
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("Nothing to change") && !shown.contains("Apply this?"),
        "{shown}"
    );
}
