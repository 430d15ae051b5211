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
    project_with(PLAY, &[])
}

/// The same with another playbook, and more files that are encrypted.
fn project_with(play: &str, more: &[(&str, &str)]) -> tempfile::TempDir {
    let files = [
        ("pw", "#!/bin/sh\necho one\n"),
        ("hosts.ini", "localhost ansible_connection=local\n"),
        ("site.yml", play),
        ("group_vars/all.yml", "group: group-SECRET\n"),
        ("vars.yml", "filed: '{{ group }}-filed-SECRET'\n"),
        ("files/sealed.txt", "copied-SECRET\n"),
        ("templates/sealed.j2", "made-SECRET {{ inline }}\n"),
    ];
    let root = folder(&[&files, more].concat());
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
    let mut words = vec!["vault", "encrypt", "--vault-password-file", "./pw"];
    words.extend([
        "group_vars/all.yml",
        "vars.yml",
        "files/sealed.txt",
        "templates/sealed.j2",
    ]);
    words.extend(more.iter().map(|(name, _)| *name));
    let ended = run(root.path(), &words);
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

/// Everything that says what it is given: `filed` and `own` come from encrypted files, and are no variables of the inventory.
const TALKATIVE: &str = "
- hosts: all
  gather_facts: false
  vars_files: [vars.yml]
  tasks:
    - ansible.builtin.include_vars: {file: one.yml}
    - ansible.builtin.include_vars: {dir: more, name: all_of_it}
    - ansible.builtin.debug: {msg: '{{ own }}'}
    - ansible.builtin.debug: {var: own}
    - ansible.builtin.debug: {var: all_of_it}
    - ansible.builtin.debug: {var: filed}
    - ansible.builtin.command: {argv: [echo, '{{ own }}']}
    - name: Make {{ inline }} and {{ filed }}
      ansible.builtin.debug: {msg: hello}
    - ansible.builtin.set_stats: {data: {filed: '{{ filed }}', inline: '{{ inline }}'}}
    - ansible.builtin.add_host: {name: late, password: '{{ filed }}', ansible_connection: local}
    - ansible.builtin.debug: {msg: '{{ hostvars.late.password }}'}
    - ansible.builtin.file: {path: /nowhere, state: directory, mode: '{{ filed }}'}
      ignore_errors: true
    - ansible.builtin.debug: {msg: hello}
      loop: ['{{ filed }}']
      loop_control: {label: '{{ nothing.at.all }}'}
      ignore_errors: true
    - ansible.builtin.command: echo {{ item }}
      loop: ['quiet-SECRET']
      no_log: true
      register: tried
      until: tried.rc == 1
      retries: 1
      delay: 0
      ignore_errors: true
    - block:
        - ansible.builtin.shell: echo quiet-$((1))-SECRET; exit 1
          no_log: true
      rescue:
        - ansible.builtin.debug: {var: ansible_failed_result}
        - ansible.builtin.debug: {var: ansible_failed_task}
    - ansible.builtin.assert:
        that: filed == 'short'
        fail_msg: too short
      ignore_errors: true
    - ansible.builtin.validate_argument_spec:
        argument_spec:
          filed: {type: str, choices: [a, b]}
          absent: {type: str, required: true}
      ignore_errors: true
";

#[test]
fn no_task_says_what_comes_from_an_encrypted_file() {
    let more = [
        ("one.yml", "own: own-SECRET\n"),
        (
            "more/two.yml",
            "inner: {text: inner-SECRET, data: !unsafe data-SECRET}\n",
        ),
    ];
    let root = project_with(TALKATIVE, &more);
    let fixed = [
        "-i",
        "hosts.ini",
        "--vault-password-file",
        "./pw",
        "-vvv",
        "site.yml",
    ];
    for format in ["human", "json"] {
        let ended = run(
            root.path(),
            &[&["apply", "--yes", "-D", "--format", format], &fixed[..]].concat(),
        );
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        for (number, line) in ended.stdout.lines().chain(ended.stderr.lines()).enumerate() {
            assert!(
                !line.contains("SECRET"),
                "line {number}: {line}\n{}{}",
                ended.stdout,
                ended.stderr
            );
        }
        for told in [
            "too short: `filed == 'short'` is false",
            "argument 'filed' is not as described",
            "missing required arguments: absent",
        ] {
            assert!(ended.stdout.contains(told), "{told}: {}", ended.stdout);
        }
    }
}
