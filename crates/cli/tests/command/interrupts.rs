//! The first Ctrl-C waits for what has begun and starts nothing else; the second ends the program at once.

use std::path::Path;
use std::process::Child;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Pid;
use rustix::process::Signal;

use crate::sandbox::program;

/// Starts the playbook whose first task works until the file `hold` is gone.
fn begin(folder: &Path) -> Child {
    std::fs::write(folder.join("hold"), "").unwrap();
    let extra = format!("folder={}", folder.display());
    let words = [
        "apply",
        "--yes",
        "-i",
        "slow/hosts.ini",
        "slow/site.yml",
        "-e",
        extra.as_str(),
    ];
    let child = program(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for(|| folder.join("began").exists());
    child
}

fn wait_for(mut come: impl FnMut() -> bool) {
    let patience = 600;
    assert!(
        (0..patience).any(|_| come() || {
            std::thread::sleep(Duration::from_millis(100));
            false
        }),
        "it never came"
    );
}

fn interrupt(child: &Child) {
    rustix::process::kill_process(Pid::from_child(child), Signal::INT).unwrap();
}

#[test]
fn the_first_waits_for_what_has_begun_and_starts_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = begin(folder.path());
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it waits");
    std::fs::remove_file(folder.path().join("hold")).unwrap();
    let output = child.wait_with_output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(6), "{stdout}{stderr}");
    assert!(folder.path().join("ended").exists());
    assert!(!folder.path().join("after").exists() && !folder.path().join("last").exists());
    assert!(stderr.contains("stopping"), "{stderr}");
    assert!(
        stdout.contains("changed=1") && stdout.contains("Interrupted"),
        "{stdout}"
    );
}

#[test]
fn the_second_ends_the_program_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = begin(folder.path());
    wait_for(|| {
        interrupt(&child);
        child.try_wait().unwrap().is_some()
    });
    assert_eq!(child.wait().unwrap().code(), Some(6));
    assert!(!folder.path().join("ended").exists());
    std::fs::remove_file(folder.path().join("hold")).unwrap();
}
