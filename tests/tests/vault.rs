//! Files of `evenkeel vault` are read by `ansible-vault`, and the other way round.
#![expect(
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests start programs and read their files"
)]

use std::path::Path;
use std::process::Command;

use evenkeel_tests::ansible;
use evenkeel_tests::command;

/// What a program prints; it must end well.
fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{command:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn files_are_read_by_both_programs() {
    let Some(programs) = ansible::programs(&["ansible-vault"]) else {
        return;
    };
    let root = tempfile::tempdir().unwrap();
    let root = root.path();
    let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
    write("one", "first password\n");
    write("two", "zweites Paßwort\n");
    let theirs = |words: &[&str]| {
        let mut command = Command::new(programs.join("ansible-vault"));
        ansible::prepare(&mut command, &programs, root)
            .current_dir(root)
            .args(words);
        printed(&mut command)
    };
    let ours = |words: &[&str]| {
        let mut command = Command::new(command::program().unwrap());
        command
            .env_clear()
            .env("HOME", root)
            .current_dir(root)
            .arg("vault")
            .args(words);
        printed(&mut command)
    };
    let texts = [
        "a: 1\n".to_owned(),
        String::new(),
        "x".repeat(16),
        "ü€\u{1f512}\n".repeat(5000),
    ];
    let secrets = ["--vault-id", "dev@two", "--vault-password-file", "one"];
    for (number, text) in texts.iter().enumerate() {
        for label in ["default", "dev"] {
            let name = format!("{label}{number}");
            let with = |words: &[&str]| -> Vec<String> {
                let all = [words, &secrets[..]].concat();
                all.into_iter().map(str::to_owned).collect()
            };
            let run = |program: &dyn Fn(&[&str]) -> String, words: &[&str]| {
                let all = with(words);
                program(&all.iter().map(String::as_str).collect::<Vec<_>>())
            };
            write(&name, text);
            run(&ours, &["encrypt", "--encrypt-vault-id", label, &name]);
            // Both end what they show with a newline.
            let shown = format!("{}\n", text.strip_suffix('\n').unwrap_or(text));
            assert_eq!(run(&theirs, &["view", &name]), shown, "{name}");
            run(&theirs, &["decrypt", &name]);
            run(&theirs, &["encrypt", "--encrypt-vault-id", label, &name]);
            assert_eq!(run(&ours, &["view", &name]), shown, "{name}");
            assert!(is_sealed(&root.join(&name)));
        }
    }
}

fn is_sealed(path: &Path) -> bool {
    std::fs::read_to_string(path)
        .unwrap()
        .starts_with("$ANSIBLE_VAULT;1.")
}
