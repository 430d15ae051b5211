//! `evenkeel lint`.

use std::fmt::Write as _;

use evenkeel::topology::LINTS;

use crate::sandbox::ended;
use crate::sandbox::evenkeel;
use crate::sandbox::program;

const CASES: &str = "../../../topology/tests/lints";

/// Every lint's finding, as it is drawn.
#[test]
fn findings_are_drawn_with_place_explanation_and_mend() {
    let mut all = String::new();
    for lint in LINTS {
        let path = format!("{CASES}/{}/wrong.yml", lint.id);
        let ended = evenkeel(["lint", "-i", &path]);
        let expected = i32::from(ended.stdout.contains('×')) * 5;
        assert_eq!(ended.code, Some(expected), "{}", lint.id);
        let head = format!("cluster::{}\n", lint.id);
        let start = ended.stdout.find(&head).expect("the finding");
        let rest = &ended.stdout[start..];
        let end = rest
            .find("\n\n")
            .and_then(|at| rest[at + 2..].find("\n\n").map(|more| at + 2 + more));
        let _ = writeln!(all, "{}\n", rest[..end.unwrap_or(rest.len())].trim_end());
    }
    let lines: Vec<&str> = all.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_clean_inventory_is_told_so() {
    let ended = evenkeel(["lint", "-i", "../../../../inventories/external-lb"]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.starts_with("nothing found by "), "{}", ended.stdout);
}

#[test]
fn findings_for_programs() {
    let path = format!("{CASES}/weight-gap/wrong.yml");
    insta::assert_snapshot!(evenkeel(["lint", "-i", &path, "--format", "json"]).told());
    insta::assert_snapshot!(evenkeel(["lint", "-i", &path, "--format", "markdown"]).told());
}

#[test]
fn warnings_stop_nothing_and_notes_are_for_lint_alone() {
    let path = format!("{CASES}/roundrobin/wrong.yml");
    let ended = evenkeel(["endpoints", "-i", &path]);
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stderr.matches("cluster::roundrobin").count(), 1);
    assert!(!ended.stderr.contains("cluster::not-read"));
    let ended = evenkeel(["lint", "-i", &path]);
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.contains("cluster::not-read"));
}

#[test]
fn errors_stop_every_run() {
    let path = format!("{CASES}/prio-tie/wrong.yml");
    let ended = evenkeel(["plan", "--simulate", "-i", &path]);
    assert_eq!(ended.code, Some(5));
    assert!(ended.stderr.contains("cluster::prio-tie"));
}

#[test]
fn lints_are_explained() {
    let told = evenkeel(["lint", "--explain", "weight-gap"]).told();
    insta::assert_snapshot!(told, @r"
    exit code 0
    ---- standard output
    weight-gap (error)

      A failing check lowers the priority by less than the gap, and the address stays where the service is dead.
      remove the weight, so that a failing check gives the address away, or make it larger than the gap

    Known from: keepalived#2599
    ");
    insta::assert_snapshot!(evenkeel(["lint", "--explain", "weight-gab"]).told(), @r"
    exit code 5
    ---- standard error
    lint::unknown

      × there is no lint `weight-gab`
      help: did you mean `weight-gap`?
    ");
    insta::assert_snapshot!(evenkeel(["lint", "-i", "small/hosts.ini"]).told(), @r"
    exit code 5
    ---- standard output
    cluster::none

      × the inventory describes no cluster
      help: put the API servers into the group `kube_control_plane`

    1 error
    ");
}

#[test]
fn findings_that_are_no_lints_are_explained_too() {
    let told = |id| evenkeel(["lint", "--explain", id]).told();
    insta::assert_snapshot!(told("inventory::unknown-group"), @r#"
    exit code 0
    ---- standard output
    inventory::unknown-group

      A group is named and never declared: one of the two names is misspelt, or a section `[NAME]` is missing.
      Message and help of the finding say what is wrong in its place, and the mend.
    "#);
    insta::assert_snapshot!(told("task::copy"), @r#"
    exit code 0
    ---- standard output
    findings `task::...`

      The arguments of a task; `evenkeel modules NAME` documents its task type.
      Message and help of the finding say what is wrong in its place, and the mend.
    "#);
    assert_eq!(evenkeel(["lint", "--explain", "nothing::like-it"]).code, Some(5));
}

#[test]
fn a_group_whose_name_is_misspelt_is_named_where_no_cluster_is_found() {
    insta::assert_snapshot!(evenkeel(["lint", "-i", "misspelt_group.ini"]).told(), @r#"
    exit code 5
    ---- standard output
    cluster::none

      × the inventory describes no cluster
       ╭─[misspelt_group.ini:1:2]
     1 │ [kube_conrtol_plane]
       ·  ─────────┬────────
       ·           ╰── this group
     2 │ m1 ip=192.0.2.1
       ╰────
      help: the group `kube_conrtol_plane` means nothing to a cluster: did you mean
            `kube_control_plane`?

    1 error
    "#);
}

#[test]
fn the_documentation_is_that_of_the_lints() {
    let written = include_str!("../../../../docs/lints.md");
    let listed = evenkeel(["lint", "--list", "--format", "markdown"]).stdout;
    assert_eq!(
        written, listed,
        "`evenkeel lint --list --format markdown > docs/lints.md`"
    );
    let list = evenkeel(["lint", "--list"]).stdout;
    assert!(LINTS.iter().all(|lint| list.contains(lint.sentence)));
}

#[test]
fn passwords_beside_a_finding_are_not_shown() {
    let path = format!("{CASES}/auth-plain/wrong.yml");
    let ended = evenkeel(["lint", "-i", &path]);
    assert!(ended.stdout.contains("cluster::auth-plain"));
    assert!(!ended.stdout.contains("s3cret"));
}

#[test]
fn what_ansibles_documentation_says_otherwise_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "hosts.ini",
        "[web]\nweb1\n[web:vars]\nrelease=1.10\nports=80,443\nkept='1.10'\n",
    );
    write(
        "site.yml",
        "- hosts: web\n  tasks:\n    - name: Wait\n      ansible.builtin.command: /bin/true\n      register: ended\n      until: ended.rc == 0\n      \
         retries: 5\n      notify: Restart\n  handlers:\n    - name: Restart\n      ansible.builtin.debug:\n    - name: Restart\n      ansible.builtin.meta: noop\n",
    );
    let told = |words: &[&str]| {
        let mut command = program(words.iter().copied());
        command.current_dir(&folder);
        ended(command)
    };
    insta::assert_snapshot!(told(&["lint", "-i", "hosts.ini", "site.yml"]).told(), @r#"
    exit code 0
    ---- standard output
    inventory::literal

      ⚠ `1.10` is read as 1.1
       ╭─[hosts.ini:4:9]
     2 │ web1
     3 │ [web:vars]
     4 │ release=1.10
       ·         ──┬─
       ·           ╰── Ansible reads what is a Python literal as one, though its documentation says that it is a text here
     5 │ ports=80,443
     6 │ kept='1.10'
       ╰────
      help: quote it to keep it as it is written: '1.10'

    inventory::literal

      ⚠ `80,443` is read as a list of 2
       ╭─[hosts.ini:5:7]
     3 │ [web:vars]
     4 │ release=1.10
     5 │ ports=80,443
       ·       ───┬──
       ·          ╰── Ansible reads what is a Python literal as one, though its documentation says that it is a text here
     6 │ kept='1.10'
       ╰────
      help: quote it to keep it as it is written: '80,443'

    playbook::handler-twice

      ⚠ this list has a handler `Restart` already, and notifying `Restart` runs that one
        ╭─[site.yml:12:7]
      8 │           notify: Restart
      9 │       handlers:
     10 │ ╭─▶     - name: Restart
     11 │ ├─▶       ansible.builtin.debug:
        · ╰──── runs
     12 │ ╭─▶     - name: Restart
     13 │ ├─▶       ansible.builtin.meta: noop
        · ╰──── never runs
        ╰────
      help: give each handler a name of its own; of one list Ansible takes the first, though its
            documentation says the last

    playbook::retries

      ☞ `retries: 5` tries up to 6 times
       ╭─[site.yml:7:16]
     5 │       register: ended
     6 │       until: ended.rc == 0
     7 │       retries: 5
       ·                ┬
       ·                ╰── the first time does not count
     8 │       notify: Restart
     9 │   handlers:
       ╰────
      help: Ansible does the same, though its documentation has this number count all tries

    3 warnings, 1 note
    "#);
    let planned = told(&["plan", "--simulate", "-i", "hosts.ini", "site.yml"]);
    assert!(
        planned.stderr.contains("playbook::handler-twice"),
        "{}",
        planned.stderr
    );
    assert!(
        !planned.stderr.contains("playbook::retries"),
        "{}",
        planned.stderr
    );
}
