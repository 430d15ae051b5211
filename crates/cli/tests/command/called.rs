//! The command under the names of Ansible's programs.

use std::os::unix::fs::symlink;

use assert_cmd::Command;

use crate::sandbox::data;

/// Runs the command under a name, in the tests' data; gives what it printed and its exit code.
fn called(name: &str, words: &[&str], variables: &[(&str, &str)]) -> (String, String, i32) {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join(name);
    symlink(assert_cmd::cargo::cargo_bin!("evenkeel"), &link).unwrap();
    let mut command = Command::new(&link);
    command.args(words).current_dir(data()).env_clear();
    let ended = command.envs(variables.iter().copied()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        text(ended.stdout),
        text(ended.stderr),
        ended.status.code().unwrap(),
    )
}

#[test]
fn what_cannot_be_followed_is_said_with_ansibles_exit_code() {
    let (out, err, code) = called(
        "ansible-playbook",
        &["site.yml", "--step", "--become-method", "su"],
        &[],
    );
    assert_eq!((out.as_str(), code), ("", 5), "{err}");
    assert!(
        err.contains("`--step` cannot be followed here") && err.contains("`sudo` is the only method"),
        "{err}"
    );
    assert_eq!(called("ansible-playbook", &["--nonsense"], &[]).2, 2);
    assert_eq!(called("ansible-playbook", &[], &[]).2, 2);
    let (_, err, code) = called("ansible-playbook", &["nowhere.yml"], &[]);
    assert!(
        code == 1 && err.contains("the playbook nowhere.yml could not be found"),
        "{err}"
    );
    assert_eq!(called("ansible-galaxy", &[], &[]).2, 5);
}

#[test]
fn lists_without_connecting() {
    let words = ["-i", "small/hosts.ini", "settled.yml", "--list-hosts"];
    let (out, err, code) = called(
        "ansible-playbook",
        &words,
        &[("ANSIBLE_HOST_KEY_CHECKING", "False")],
    );
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("\nplaybook: settled.yml\n"), "{out}");
}
