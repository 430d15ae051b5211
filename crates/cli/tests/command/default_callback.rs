//! The same small playbooks print the same lines as `ansible-playbook` 2.19; `tests/as_ansible/expected.sh` has written
//! what it printed.

use std::fmt::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::path::PathBuf;

use crate::sandbox::Command;
use crate::sandbox::ended;

/// Lines of `runs` that print something else on purpose, and why; what differs is in `tests/snapshots`.
const DEVIATIONS: [(&str, &str); 3] = [
    (
        "no_log",
        "the message of a failure is hidden by no_log too: Ansible tells it on the line of [ERROR]",
    ),
    (
        "ignore_errors",
        "what could not be run and which variable is undefined are told in Evenkeel's words",
    ),
    (
        "handlers --check",
        "a forecast knows what commands and earlier tasks come to, which Ansible skips or forgets",
    ),
];

/// The folder of the playbooks, and of what Ansible printed for them.
pub(crate) fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/as_ansible")
        .join(name)
}

/// The folder of a case: one of `playbooks`, or one of the language's.
pub(crate) fn case_of(line: &str) -> PathBuf {
    let name = line.split_whitespace().next().unwrap();
    let own = here("playbooks").join(name);
    if own.is_dir() {
        return own;
    }
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../evenkeel/tests/language");
    cases.canonicalize().unwrap().join(name)
}

/// What Ansible printed for a line.
pub(crate) fn expected(line: &str) -> String {
    let name = line.replace(' ', "").replace('/', "_");
    std::fs::read_to_string(here("expected").join(format!("{name}.txt"))).unwrap()
}

/// The link `ansible-playbook`; as root with a folder /var/lib of its own, because handlers are recorded below it.
fn program(link: &Path) -> Command {
    symlink(env!("CARGO_BIN_EXE_evenkeel"), link).unwrap();
    let mount = "mount -t tmpfs none /var/lib";
    let apart = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(link);
        command
    };
    let works = apart(mount).output().is_ok_and(|ended| ended.status.success());
    if works {
        apart(&format!("{mount} && exec \"$0\" \"$@\""))
    } else {
        Command::new(link)
    }
}

/// What Evenkeel prints for a line of `runs`, and how it ends.
fn printed(line: &str) -> String {
    let case = case_of(line);
    let (links, target) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let own = std::fs::read_to_string(case.join("options")).unwrap_or_default();
    let mut command = program(&links.path().join("ansible-playbook"));
    command
        .args(["-f", "1", "-i", "hosts.ini", "-e"])
        .arg(format!("dir={}", target.path().display()))
        .args(own.split_whitespace())
        .arg("site.yml")
        .args(line.split_whitespace().skip(1))
        .current_dir(&case)
        .env_clear()
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env("HOME", "/nonexistent");
    let ended = ended(command);
    let text = format!("{}exit code {}\n", ended.stdout, ended.code.unwrap());
    text.replace(target.path().to_str().unwrap(), "DIR")
        .replace(case.parent().unwrap().to_str().unwrap(), "CASES")
}

/// A text without words that differ from run to run: times, and names of jobs.
fn normalised(text: &str) -> String {
    let mut kept = String::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        for key in ["delta", "start", "end"] {
            let mark = format!("\"{key}\": \"");
            if let Some(from) = line.find(&mark).map(|at| at + mark.len())
                && let Some(length) = line[from..].find('"')
            {
                line.replace_range(from..from + length, "TIME");
            }
        }
        if let Some(at) = line.find(": jid=").filter(|_| line.starts_with("ASYNC ")) {
            line.replace_range(at.., ": jid=JOB");
        }
        let _ = writeln!(kept, "{line}");
    }
    kept
}

/// What differs in a line of `runs`; nothing when it is the same.
fn difference(line: &str) -> Option<String> {
    let (expected, found) = (normalised(&expected(line)), normalised(&printed(line)));
    (found != expected).then(|| evenkeel::unified_diff("Ansible", &expected, "Evenkeel", &found))
}

#[test]
fn playbooks_print_what_ansible_prints() {
    let runs = std::fs::read_to_string(here("runs")).unwrap();
    let lines: Vec<&str> = runs.lines().collect();
    assert!(lines.len() >= 20, "only {} runs", lines.len());
    let mut wrong = String::new();
    for line in lines {
        let difference = difference(line);
        if DEVIATIONS.iter().any(|(deviation, _)| *deviation == line) {
            let name = format!("deviation_{}", line.replace([' ', '-'], ""));
            insta::assert_snapshot!(name, difference.unwrap_or_default());
        } else if let Some(difference) = difference {
            let _ = writeln!(wrong, "== {line}\n{difference}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn a_secret_of_a_vault_is_hidden_where_ansible_prints_it() {
    let folder = tempfile::tempdir().unwrap();
    let playbook = folder.path().join("site.yml");
    let text = "- hosts: web1.example\n  gather_facts: false\n  tasks:\n    - ansible.builtin.debug: {var: secret}\n";
    std::fs::write(&playbook, text).unwrap();
    let link = folder.path().join("ansible-playbook");
    symlink(env!("CARGO_BIN_EXE_evenkeel"), &link).unwrap();
    let mut command = Command::new(&link);
    command
        .args([
            "-i",
            "hosts.ini",
            "-c",
            "local",
            "--vault-password-file",
            "password",
        ])
        .arg(&playbook)
        .current_dir(here("inventory"))
        .env_clear();
    let ended = ended(command);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let shown = "ok: [web1.example] => {\n    \"censored\": \"the output has been hidden because a secret is in the arguments\"\n}\n";
    assert!(ended.stdout.contains(shown), "{}", ended.stdout);
}
