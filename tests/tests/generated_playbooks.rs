//! The generated playbooks of the project, looked at by Ansible's own programs.
#![expect(
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "the tests start other programs"
)]

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use evenkeel_tests::ansible;
use evenkeel_tests::reference::copy;
use evenkeel_tests::reference::root;

/// The folder of Ansible's programs; none, with a message, where there are none.
fn programs() -> Option<PathBuf> {
    ansible::programs(&["ansible-lint", "ansible-playbook"])
}

/// The names of the generated playbooks' folders.
fn clusters() -> Vec<String> {
    let entries = std::fs::read_dir(root().join("playbooks")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(!names.is_empty());
    names
}

/// One of Ansible's programs in a folder, with nothing of this machine's own settings; its exit code and all it said.
fn run(programs: &Path, program: &str, folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let home = tempfile::tempdir().unwrap();
    let output = ansible::prepare(&mut Command::new(programs.join(program)), programs, home.path())
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// ansible-lint with its strictest profile over every file in a folder.
fn lint(programs: &Path, folder: &Path) -> (Option<i32>, String) {
    run(
        programs,
        "ansible-lint",
        folder,
        &[
            "--offline",
            "--nocolor",
            "--profile",
            "production",
            "--strict",
            ".",
        ],
    )
}

#[test]
fn ansible_lint_finds_nothing() {
    let Some(programs) = programs() else { return };
    // Outside of the repository, whose settings and ignored files are none of its business.
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("playbooks"), folder.path()).unwrap();
    let (code, said) = lint(&programs, folder.path());
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("Profile 'production' was required, and it passed"),
        "{said}"
    );
}

#[test]
fn ansible_lint_would_find_something() {
    let Some(programs) = programs() else { return };
    let folder = tempfile::tempdir().unwrap();
    let site = "---\n- name: bad\n  hosts: all\n  tasks:\n    - shell: ls\n";
    std::fs::write(folder.path().join("site.yml"), site).unwrap();
    std::fs::create_dir(folder.path().join("group_vars")).unwrap();
    std::fs::write(
        folder.path().join("group_vars/all.yml"),
        "---\nmode: 0644\nmode: yes\n",
    )
    .unwrap();
    let (code, said) = lint(&programs, folder.path());
    assert_eq!(code, Some(2), "{said}");
    for rule in [
        "name[casing]",
        "fqcn",
        "no-changed-when",
        "yaml[octal-values]",
        "yaml[truthy]",
    ] {
        assert!(said.contains(rule), "{rule} is not among\n{said}");
    }
}

#[test]
fn no_two_plays_of_a_playbook_have_one_name() {
    for name in clusters() {
        for entry in std::fs::read_dir(root().join("playbooks").join(&name)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "yml") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let mut names: Vec<&str> = text.lines().filter(|line| line.starts_with("- name:")).collect();
            let all = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), all, "{}: {names:#?}", path.display());
        }
    }
}

#[test]
fn ansible_takes_the_syntax() {
    let Some(programs) = programs() else { return };
    for name in clusters() {
        let inventory = root().join("inventories").join(&name);
        let folder = root().join("playbooks").join(&name);
        let books = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        for book in books.filter(|path| path.extension().is_some_and(|extension| extension == "yml")) {
            let arguments = [
                "--syntax-check",
                "-i",
                inventory.to_str().unwrap(),
                book.to_str().unwrap(),
            ];
            let (code, said) = run(&programs, "ansible-playbook", &folder, &arguments);
            assert_eq!(code, Some(0), "{}: {said}", book.display());
            assert!(!said.contains("WARNING"), "{}: {said}", book.display());
        }
    }
}
