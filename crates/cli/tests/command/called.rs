//! The command under the names of Ansible's programs.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::sandbox::Command;
use crate::sandbox::data;

/// Runs the command under a name, in the tests' data; gives what it printed and its exit code.
fn called(name: &str, words: &[&str], variables: &[(&str, &str)]) -> (String, String, i32) {
    called_in(&data(), name, words, variables)
}

fn called_in(at: &Path, name: &str, words: &[&str], variables: &[(&str, &str)]) -> (String, String, i32) {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join(name);
    symlink(env!("CARGO_BIN_EXE_evenkeel"), &link).unwrap();
    let mut command = Command::new(&link);
    command.args(words).current_dir(at).env_clear();
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

/// Hosts are listed in the inventory's order; Ansible's is random.
fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

#[test]
fn listings_are_those_of_ansible() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    let here = own.join("tests/as_ansible");
    for line in std::fs::read_to_string(here.join("listings")).unwrap().lines() {
        let (case, option) = line.split_once(' ').unwrap();
        let folder = own.join("../evenkeel/tests/language").join(case);
        let inventory = folder.join("hosts.ini");
        let words = [
            "-i",
            inventory.to_str().unwrap(),
            "site.yml",
            "-e",
            "dir=DIR",
            option,
        ];
        let (out, err, code) = called_in(
            &folder,
            "ansible-playbook",
            &words,
            &[("ANSIBLE_HOST_KEY_CHECKING", "False")],
        );
        let expected = std::fs::read_to_string(here.join(format!("expected/{case}{option}.txt"))).unwrap();
        let found = format!("{out}exit code {code}\n");
        assert_eq!(sorted(&found), sorted(&expected), "{line}: {err}");
    }
}
