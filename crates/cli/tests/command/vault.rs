//! Encrypted files and values: `evenkeel vault`, and runs that read them.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::sandbox::Ended;
use crate::sandbox::ended;
use crate::sandbox::program;

/// Runs the program in a folder.
fn run(folder: &Path, words: &[&str]) -> Ended {
    let mut command = program(words.iter().copied());
    command.current_dir(folder);
    ended(command)
}

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = root.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    root
}

fn read(root: &Path, name: &str) -> String {
    std::fs::read_to_string(root.join(name)).unwrap()
}

/// Written by `ansible-vault encrypt_string --name x` of ansible-core 2.19.14 with the salt `fixed`.
const THEIRS: &str = concat!(
    "x: !vault |\n",
    "          $ANSIBLE_VAULT;1.2;AES256;dev\n",
    "          363636393738363536340a3364326631383939373262653836373636393737343361656634353134\n",
    "          35616161633431343363643830666138303832346530396538386339356237373337370a39643132\n",
    "          38626136396162626137303930313561663737616238323334633334\n",
);

#[test]
fn texts_are_what_ansible_vault_writes_with_the_same_salt() {
    let root = folder(&[("pw", "hunter22\n")]);
    let mut command = program([
        "vault",
        "encrypt-string",
        "--vault-id",
        "dev@pw",
        "--name",
        "x",
        "s3cret value",
    ]);
    command
        .current_dir(root.path())
        .env("ANSIBLE_VAULT_ENCRYPT_SALT", "fixed");
    assert_eq!(ended(command).stdout, THEIRS);
}

#[test]
fn files_are_encrypted_viewed_rekeyed_and_decrypted() {
    let root = folder(&[
        ("pw", "one\n"),
        ("new", "two\n"),
        ("a.yml", "a: 1\n"),
        ("b.yml", "b: 2\n"),
    ]);
    let root = root.path();
    let done = |words: &[&str]| {
        let ended = run(root, words);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        ended.stdout
    };
    done(&[
        "vault",
        "encrypt",
        "--vault-password-file",
        "pw",
        "a.yml",
        "b.yml",
    ]);
    assert!(read(root, "a.yml").starts_with("$ANSIBLE_VAULT;1.1;AES256\n"));
    let mode = std::fs::metadata(root.join("a.yml"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(
        done(&["vault", "view", "--vault-password-file", "pw", "a.yml", "b.yml"]),
        "a: 1\nb: 2\n"
    );
    done(&[
        "vault",
        "rekey",
        "--vault-password-file",
        "pw",
        "--new-vault-id",
        "dev@new",
        "a.yml",
    ]);
    assert!(read(root, "a.yml").starts_with("$ANSIBLE_VAULT;1.2;AES256;dev\n"));
    let both = ["--vault-id", "dev@new", "--vault-password-file", "pw"];
    done(&[&["vault", "decrypt"], &both[..], &["a.yml", "b.yml"]].concat());
    assert_eq!(
        (read(root, "a.yml"), read(root, "b.yml")),
        ("a: 1\n".to_owned(), "b: 2\n".to_owned())
    );
    let text = done(
        &[
            &["vault", "encrypt", "--output", "-", "--encrypt-vault-id", "dev"],
            &both[..],
            &["a.yml"],
        ]
        .concat(),
    );
    assert!(text.starts_with("$ANSIBLE_VAULT;1.2;AES256;dev\n"), "{text}");
    assert_eq!(read(root, "a.yml"), "a: 1\n");
}

#[test]
fn an_editor_sees_the_text_and_leaves_no_copy() {
    let root = folder(&[
        ("pw", "one\n"),
        ("editor", "#!/bin/sh\necho \"$1\" > where\necho more >> \"$1\"\n"),
    ]);
    let root = root.path();
    std::fs::set_permissions(root.join("editor"), std::fs::Permissions::from_mode(0o700)).unwrap();
    for (verb, expected) in [("create", "more\n"), ("edit", "more\nmore\n")] {
        let mut command = program(["vault", verb, "--vault-password-file", "pw", "new.yml"]);
        command.current_dir(root).env("EDITOR", "./editor");
        let ended = ended(command);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        assert_eq!(
            run(root, &["vault", "view", "--vault-password-file", "pw", "new.yml"]).stdout,
            expected
        );
        assert!(!Path::new(read(root, "where").trim()).exists());
    }
}

#[test]
fn what_cannot_be_done_is_said() {
    let root = folder(&[
        ("pw", "one\n"),
        ("other", "two\n"),
        ("empty", "\n"),
        ("fails", "#!/bin/sh\necho no such key >&2\nexit 3\n"),
        ("plain.yml", "a: 1\n"),
        ("sealed.yml", "a: 1\n"),
    ]);
    let root = root.path();
    std::fs::set_permissions(root.join("fails"), std::fs::Permissions::from_mode(0o700)).unwrap();
    run(
        root,
        &["vault", "encrypt", "--vault-password-file", "pw", "sealed.yml"],
    );
    let told = |words: &[&str]| run(root, &[&["vault"], words].concat()).told();
    insta::assert_snapshot!(
        [
            told(&["decrypt", "--vault-password-file", "pw", "plain.yml"]),
            told(&["encrypt", "--vault-password-file", "pw", "sealed.yml"]),
            told(&["view", "--vault-password-file", "other", "sealed.yml"]),
            told(&["view", "--vault-password-file", "nope", "sealed.yml"]),
            told(&["view", "--vault-password-file", "empty", "sealed.yml"]),
            told(&["view", "--vault-password-file", "./fails", "sealed.yml"]),
            told(&[
                "encrypt",
                "--vault-id",
                "a@pw",
                "--vault-id",
                "b@other",
                "plain.yml"
            ]),
            told(&["create", "--vault-password-file", "pw", "plain.yml"]),
        ]
        .join("\n")
    );
}

const PLAY: &str = "
- hosts: all
  gather_facts: false
  vars_files: [vars.yml]
  tasks:
    - ansible.builtin.copy: {content: '{{ inline }} {{ group }} {{ filed }}', dest: '{{ out }}/all', mode: '0600'}
    - ansible.builtin.copy: {src: sealed.txt, dest: '{{ out }}/copied', mode: '0600'}
    - ansible.builtin.template: {src: sealed.j2, dest: '{{ out }}/made', mode: '0600'}
    - ansible.builtin.debug: {msg: '{{ inline }} {{ lookup(\"file\", \"sealed.txt\") }}'}
";

/// A project whose secrets are encrypted, each with `SECRET` in it.
fn project() -> tempfile::TempDir {
    let root = folder(&[
        ("pw", "#!/bin/sh\necho one\n"),
        ("hosts.ini", "localhost ansible_connection=local\n"),
        ("site.yml", PLAY),
        ("group_vars/all.yml", "group: group-SECRET\n"),
        ("vars.yml", "filed: '{{ group }}-filed-SECRET'\n"),
        ("files/sealed.txt", "copied-SECRET\n"),
        ("templates/sealed.j2", "made-SECRET {{ inline }}\n"),
    ]);
    std::fs::set_permissions(root.path().join("pw"), std::fs::Permissions::from_mode(0o700)).unwrap();
    let string = run(
        root.path(),
        &[
            "vault",
            "encrypt-string",
            "--vault-password-file",
            "./pw",
            "-n",
            "inline",
            "inline-{{ SECRET }}",
        ],
    );
    let group = read(root.path(), "group_vars/all.yml");
    std::fs::write(
        root.path().join("group_vars/all.yml"),
        format!("{}{group}", string.stdout),
    )
    .unwrap();
    let sealed = [
        "group_vars/all.yml",
        "vars.yml",
        "files/sealed.txt",
        "templates/sealed.j2",
    ];
    let ended = run(
        root.path(),
        &[
            &["vault", "encrypt", "--vault-password-file", "./pw"],
            &sealed[..],
        ]
        .concat(),
    );
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    root
}

#[test]
fn a_run_reads_what_is_encrypted_and_shows_nothing_of_it() {
    let root = project();
    let root = root.path();
    let out = format!("out={}", root.display());
    let words = [
        "apply",
        "--yes",
        "-D",
        "-vv",
        "-i",
        "hosts.ini",
        "-e",
        &out,
        "--vault-password-file",
        "./pw",
        "site.yml",
    ];
    for format in ["human", "json"] {
        let ended = run(root, &[&words[..], &["--format", format]].concat());
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        assert!(
            !ended.stdout.contains("SECRET") && !ended.stderr.contains("SECRET"),
            "{}{}",
            ended.stdout,
            ended.stderr
        );
    }
    assert_eq!(
        read(root, "all"),
        "inline-{{ SECRET }} group-SECRET group-SECRET-filed-SECRET"
    );
    assert_eq!(read(root, "copied"), "copied-SECRET\n");
    assert_eq!(read(root, "made"), "made-SECRET inline-{{ SECRET }}\n");
}

#[test]
fn without_the_password_nothing_is_connected() {
    let root = project();
    let root = root.path();
    let out = format!("out={}", root.display());
    let words = ["apply", "--yes", "-i", "hosts.ini", "-e", &out, "site.yml"];
    let no_password = run(root, &words).told();
    run(
        root,
        &[
            "vault",
            "decrypt",
            "--vault-password-file",
            "./pw",
            "group_vars/all.yml",
        ],
    );
    let inline = run(root, &words).told();
    assert!(!root.join("all").exists());
    let hex = |line: &&str| line.chars().filter(char::is_ascii_hexdigit).nth(50).is_none();
    let told = [no_password, inline].join("\n");
    insta::assert_snapshot!(told.lines().filter(hex).collect::<Vec<_>>().join("\n"));
}
