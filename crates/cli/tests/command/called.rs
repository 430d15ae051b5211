//! The command under the names of Ansible's programs.

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::default_callback::case_of;
use crate::default_callback::expected;
use crate::default_callback::here;
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
        &["site.yml", "--step", "--become-method", "runas"],
        &[],
    );
    assert_eq!((out.as_str(), code), ("", 5), "{err}");
    assert!(
        err.contains("`--step` cannot be followed here") && err.contains("`sudo`, `su` or `doas`"),
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
    for line in std::fs::read_to_string(here("listings")).unwrap().lines() {
        let folder = case_of(line);
        let words: Vec<&str> = ["-i", "hosts.ini", "-e", "dir=DIR", "site.yml"]
            .into_iter()
            .chain(line.split_whitespace().skip(1))
            .collect();
        let (out, err, code) = called_in(
            &folder,
            "ansible-playbook",
            &words,
            &[("ANSIBLE_HOST_KEY_CHECKING", "False")],
        );
        let found = format!("{out}exit code {code}\n");
        assert_eq!(sorted(&found), sorted(&expected(line)), "{line}: {err}");
    }
}

/// Lines of `inventories` that print something else, and why; what differs is in `tests/snapshots`.
const DEVIATIONS: [(&str, &str); 2] = [
    (
        "--list --yaml",
        "lists and dictionaries that several hosts share are written out for each of them, without anchors",
    ),
    (
        "--graph --vars",
        "encrypted values are shown as they are: Ansible decrypts them here, and fails without the password",
    ),
];

#[test]
fn inventories_are_printed_byte_for_byte_as_ansible_does() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/as_ansible");
    let lines = std::fs::read_to_string(here.join("inventories")).unwrap();
    for line in lines.lines() {
        let usual = ["-i", "hosts.ini"]
            .into_iter()
            .filter(|_| !line.starts_with("-i"));
        let words: Vec<&str> = usual.chain(line.split_whitespace()).collect();
        let (out, err, code) = called_in(&here.join("inventory"), "ansible-inventory", &words, &[]);
        let name = line.replace([' ', '*'], "").replace('/', "_");
        let expected = std::fs::read_to_string(here.join(format!("expected/inventory/{name}.txt"))).unwrap();
        let found = format!("{out}exit code {code}\n");
        if DEVIATIONS.iter().any(|(deviation, _)| *deviation == line) {
            let difference = evenkeel::unified_diff("Ansible", &expected, "Evenkeel", &found);
            insta::assert_snapshot!(format!("deviation_{}", line.replace([' ', '-'], "")), difference);
        } else {
            assert_eq!(found, expected, "{line}: {err}");
        }
    }
}

#[test]
fn what_is_no_inventory_has_ansibles_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("hosts"), "h1\n").unwrap();
    std::fs::write(folder.path().join("empty"), "").unwrap();
    let inventory = |words: &[&str]| called_in(folder.path(), "ansible-inventory", words, &[]);
    for (words, code) in [
        (&["-i", "hosts"][..], 5),
        (&["-i", "hosts", "--list", "--toml"], 5),
        (&["-i", "hosts", "--list", "--nonsense"], 2),
        (&["-i", "hosts", "--list", "--output", "no/folder"], 1),
        (&["-i", "hosts", "--list", "--vault-password-file", "none"], 1),
    ] {
        let (out, err, found) = inventory(words);
        assert_eq!((out.as_str(), found), ("", code), "{words:?}: {err}");
    }
    // What is stricter says so, and how to get Ansible's way.
    for words in [
        &["-i", "empty", "--list"][..],
        &["-i", "hosts", "--list", "-l", "h2"],
    ] {
        let (out, err, code) = inventory(words);
        assert_eq!((out.as_str(), code), ("", 1), "{words:?}: {err}");
        assert!(err.contains("--allow-empty"), "{err}");
        let (out, err, code) = inventory(&[words, &["--allow-empty"]].concat());
        assert!(code == 0 && out.contains("\"ungrouped\""), "{out}{err}");
    }
    let (_, _, code) = inventory(&["-i", "hosts", "--list", "--output", "out"]);
    let written = std::fs::read_to_string(folder.path().join("out")).unwrap();
    assert!(
        code == 0 && written.starts_with("{\n") && written.ends_with('}'),
        "{written}"
    );
}

#[test]
fn vaults_have_ansibles_options_messages_and_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("pw", "one\n"),
        ("new", "two\n"),
        ("plain", "a: 1\n"),
        ("b", "b: 2"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let vault = |words: &[&str]| called_in(folder.path(), "ansible-vault", words, &[]);
    let pw = ["--vault-password-file", "pw"];
    let with = |words: &[&str]| vault(&[words, &pw].concat());
    for (words, code) in [
        (&["view", "plain"][..], 1),
        (&["view", "nowhere"], 1),
        (&["create", "one", "two"], 5),
        (&["create", "fresh"], 5),
        (&["encrypt_string", ""], 5),
        (&["encrypt_string", "-p", "-"], 5),
        (&["encrypt", "--vault-id", "dev@new", "plain"], 5),
        (&["encrypt", "--vault-id", "a;b@new", "plain"], 5),
        (&["encrypt", "--encrypt-vault-id", "dev", "plain"], 1),
        (&["decrypt", "--output", "out", "plain", "b"], 5),
        (
            &[
                "rekey",
                "--new-vault-id",
                "x@new",
                "--new-vault-password-file",
                "new",
                "b",
            ],
            2,
        ),
        (&["nonsense"], 2),
        (&["view"], 0),
    ] {
        let (out, err, found) = with(words);
        assert_eq!((out.as_str(), found), ("", code), "{words:?}: {err}");
    }
    assert_eq!(vault(&[]).2, 2);
    let done = |words: &[&str]| {
        let (out, err, code) = with(words);
        assert_eq!(code, 0, "{words:?}: {err}");
        (out, err)
    };
    assert_eq!(done(&["encrypt", "plain", "b"]), (String::new(), String::new()));
    assert_eq!(with(&["encrypt", "plain"]).2, 1, "encrypted twice");
    assert_eq!(done(&["view", "plain", "b"]).0, "a: 1\nb: 2\n");
    assert_eq!(done(&["decrypt", "--output", "-", "b"]).0, "b: 2");
    let (_, err) = done(&["rekey", "--new-vault-password-file", "new", "plain"]);
    assert_eq!(err, "Rekey successful\n");
    assert_eq!(with(&["view", "plain"]).2, 1, "another password");
    let texts = done(&["encrypt_string", "-n", "first", "x", "y"]);
    assert!(
        texts
            .0
            .starts_with("first: !vault |\n          $ANSIBLE_VAULT;1.1;AES256\n")
    );
    assert_eq!(
        texts.1,
        "# The encrypted version of variable (\"first\", the string #1 from the command line args).\n\
         # The encrypted version of the string #2 from the command line args.)\n"
    );
}

#[test]
fn playbooks_end_with_ansibles_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    let tasks = |tasks: &str| format!("- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}");
    for (name, text) in [
        ("hosts", "h1 ansible_connection=local\n".to_owned()),
        ("empty", String::new()),
        ("ok.yml", tasks("    - ansible.builtin.debug: {msg: hi}\n")),
        ("fails.yml", tasks("    - ansible.builtin.fail: {msg: no}\n")),
        ("module.yml", tasks("    - nosuchmodule: {msg: hi}\n")),
        (
            "import.yml",
            tasks("    - ansible.builtin.import_tasks: nowhere.yml\n"),
        ),
        ("keyword.yml", "- hosts: all\n  gather_fact: false\n".to_owned()),
        ("yaml.yml", "- hosts: [all\n".to_owned()),
        ("plays.yml", "a: b\n".to_owned()),
        ("role.yml", "- hosts: all\n  roles: [nosuch]\n".to_owned()),
        ("playbook.yml", "- import_playbook: nowhere.yml\n".to_owned()),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let run = |words: &[&str]| called_in(folder.path(), "ansible-playbook", words, &[]);
    for (words, code) in [
        (&["ok.yml"][..], 0),
        (&["fails.yml"], 2),
        (&["ok.yml", "fails.yml", "ok.yml"], 2),
        (&["fails.yml", "ok.yml"], 2),
        (&["ok.yml", "nowhere.yml"], 1),
        (
            &[
                "ok.yml",
                "-e",
                "ansible_connection=ssh ansible_host=127.0.0.1 ansible_port=1",
            ],
            4,
        ),
        (&["module.yml"], 4),
        (&["keyword.yml"], 4),
        (&["keyword.yml", "--syntax-check"], 4),
        (&["yaml.yml"], 4),
        (&["plays.yml"], 4),
        (&["ok.yml", "-e", "{bad"], 4),
        (&["role.yml"], 1),
        (&["import.yml"], 1),
        (&["playbook.yml"], 1),
        (&["nowhere.yml"], 1),
        (&["."], 1),
        (&["ok.yml", "-l", "nosuch"], 1),
        (&["ok.yml", "-l", "@nosuch"], 1),
        (&["ok.yml", "-e", "@nosuch"], 1),
        (&["ok.yml", "--vault-password-file", "nosuch"], 1),
        (&["ok.yml", "--become-password-file", "nosuch"], 1),
        (&["ok.yml", "-f", "x"], 2),
        (&["ok.yml", "--step"], 5),
        (&["ok.yml", "-M", "modules"], 5),
        (&["ok.yml", "-c", "docker"], 5),
    ] {
        let (out, err, found) = run(&[&["-i", "hosts"], words].concat());
        assert_eq!(found, code, "{words:?}: {out}{err}");
    }
    // What is stricter says so, and how to get Ansible's way.
    let (_, err, code) = run(&["-i", "hosts", "-l", "nosuch", "ok.yml"]);
    assert!(code == 1 && err.contains("--allow-empty"), "{code} {err}");
    let (_, err, code) = run(&["-i", "empty", "ok.yml"]);
    assert!(code == 1 && err.contains("--allow-empty"), "{code} {err}");
    let (out, err, code) = run(&["-i", "empty", "ok.yml", "--allow-empty"]);
    assert!(
        code == 0 && out.contains("skipping: no hosts matched"),
        "{code} {out}{err}"
    );
}

#[test]
fn hosts_settings_and_options_are_ansibles() {
    let folder = tempfile::tempdir().unwrap();
    let text = "- hosts: all\n  gather_facts: false\n  tasks:\n    - ansible.builtin.command: echo {{ who }}\n      tags: [a]\n    - ansible.builtin.debug: {msg: other}\n      tags: [b]\n";
    std::fs::write(folder.path().join("site.yml"), text).unwrap();
    std::fs::write(folder.path().join("vars.yml"), "who: me\n").unwrap();
    std::fs::write(folder.path().join("site.retry"), "h2\n").unwrap();
    std::fs::write(
        folder.path().join("ansible.cfg"),
        "[tags]\nrun = a\n[defaults]\nnocows = 1\n",
    )
    .unwrap();
    let words = [
        "-i",
        "h1,h2",
        "-c",
        "local",
        "-e",
        "@vars.yml",
        "-f",
        "1",
        "site.yml",
    ];
    let (out, err, code) = called_in(
        folder.path(),
        "ansible-playbook",
        &[&words[..], &["--limit", "@site.retry", "--flush-cache"]].concat(),
        &[("PATH", "/usr/bin:/bin"), ("ANSIBLE_VERBOSITY", "1")],
    );
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.starts_with(&format!(
        "Using {}/ansible.cfg as config file\n\nPLAY [all] ",
        folder.path().display()
    )));
    assert!(
        out.contains("changed: [h2] => {\"changed\": true, \"cmd\": [\"echo\", \"me\"]"),
        "{out}"
    );
    assert!(!out.contains("other") && !out.contains("h1"), "{out}");
}
