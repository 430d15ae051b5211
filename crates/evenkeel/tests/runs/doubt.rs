//! What cannot be known before is never told as certain.

use std::fmt::Write as _;
use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Event;
use evenkeel::Mode;
use evenkeel::Simulated;
use evenkeel::Status;
use insta::assert_snapshot;

use crate::project::ended;
use crate::project::events;
use crate::project::limited;
use crate::project::run;

/// What a forecast, or a run, of these tasks on one host says, a line for each.
pub(crate) fn told(tasks: &str, mode: Mode) -> String {
    let playbook = format!("- hosts: all\n  gather_facts: false\n  tasks:\n{tasks}");
    let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    told_of(&events(&mut run(&limited(&playbook, "h1"), &hosts), mode).0)
}

/// What became of each task, a line for each.
pub(crate) fn told_of(events: &[Event]) -> String {
    let mut text = String::new();
    for ((_, task), _, item, outcome) in ended(events) {
        let _ = write!(
            text,
            "{task}{} {:?}",
            item.map(|item| format!("({item})")).unwrap_or_default(),
            outcome.status
        );
        if outcome.status == Status::Skipped {
            let _ = write!(text, ": {}", outcome.why);
        }
        for part in [outcome.known_after_apply, outcome.message].into_iter().flatten() {
            let _ = write!(text, ", {part}");
        }
        for part in outcome
            .warnings
            .into_iter()
            .chain(outcome.failure.map(|failure| failure.message))
        {
            let _ = write!(text, "; {part}");
        }
        text.push('\n');
    }
    text
}

#[test]
fn after_a_command_nothing_that_is_seen_on_the_host_is_sure() {
    let tasks = "
    - ansible.builtin.copy: {content: a, dest: /d/f}
      ignore_errors: true
    - ansible.builtin.command: mkdir -p /d
    - ansible.builtin.copy: {content: a, dest: /d/f}
    - ansible.builtin.file: {path: /d/x, state: touch}
    - ansible.builtin.stat: {path: /d/f}
      register: seen
    - ansible.builtin.fail: {msg: it is missing}
      when: not seen.stat.exists
    - ansible.builtin.set_fact: {there: \"{{ seen.stat.exists }}\"}
    - ansible.builtin.debug: {var: there}
    - ansible.builtin.fail: {msg: on purpose}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Ignored; Destination directory /d does not exist
    1 Changed
    2 Changed, whether `run mkdir -p /d` changes nothing else; it fails if that is so: Destination directory /d does not exist
    3 Changed, whether `run mkdir -p /d` changes nothing else; it fails if that is so: could not touch /d/x: /d does not exist
    4 Ok, assumes that `run mkdir -p /d` changes nothing else
    5 Ok, whether `run mkdir -p /d` changes nothing else; it fails if it runs: it is missing
    6 Ok, whether `run mkdir -p /d` changes nothing else
    7 Ok, assumes that `ansible.builtin.copy` does not fail, there: (known after apply: whether `run mkdir -p /d` changes nothing else)
    8 Failed, assumes that `ansible.builtin.copy` does not fail; on purpose
    "#);
}

#[test]
fn a_command_that_changes_nothing_leaves_what_is_seen_sure() {
    let tasks = "
    - ansible.builtin.command: cat /etc/hostname
      changed_when: false
    - ansible.builtin.copy: {content: a, dest: /d/f}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Ok
    1 Failed; Destination directory /d does not exist
    "#);
}

#[test]
fn what_is_checked_only_leaves_nothing_for_later_tasks() {
    let tasks = "
    - ansible.builtin.copy: {content: a, dest: /srv/a}
      check_mode: true
    - ansible.builtin.command: mkdir -p /d
      check_mode: true
    - ansible.builtin.stat: {path: /srv/a}
      register: seen
    - ansible.builtin.debug: {msg: \"{{ seen.stat.exists }}\"}
    - ansible.builtin.copy: {content: a, dest: /srv/a}
";
    let plan = told(tasks, Mode::Plan);
    assert_eq!(plan, told(tasks, Mode::Apply));
    assert_snapshot!(plan, @r#"
    0 Changed
    1 Skipped: 
    2 Ok
    3 Ok, false
    4 Changed
    "#);
}

#[test]
fn a_variable_whose_value_is_not_known_has_its_name() {
    let tasks = "
    - ansible.builtin.command: cat /etc/hostname
      register: read
      changed_when: false
    - ansible.builtin.set_fact: {\"{{ key }}\": \"{{ read.stdout }}\"}
      vars: {key: from_host}
    - ansible.builtin.debug: {var: from_host}
    - ansible.builtin.debug: {msg: \"{{ other }}\"}
      ignore_errors: true
    - ansible.builtin.set_fact: {\"{{ item }}_of_loop\": 1}
      loop: \"{{ read.stdout_lines }}\"
    - ansible.builtin.debug: {msg: \"{{ other }}\"}
    - ansible.builtin.debug: {msg: \"{{ range(2) | list }} {{ inventory_hostname }}\"}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Ok
    1 Ok, run cat /etc/hostname
    2 Ok, from_host: (known after apply: run cat /etc/hostname)
    3 Ignored; `other` is undefined
    4 Ok, run cat /etc/hostname
    5 Ok, run cat /etc/hostname, (known after apply: run cat /etc/hostname)
    6 Ok, [0, 1] h1
    "#);
}

#[test]
fn the_reason_of_what_is_not_known_is_in_words() {
    let tasks = "
    - ansible.builtin.command: cat /etc/hostname
      register: read
      changed_when: false
    - ansible.builtin.copy: {content: \"{{ read.stdout }}\", dest: /srv/a}
    - ansible.builtin.lineinfile: {path: /srv/a, line: one}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Ok
    1 Changed, run cat /etc/hostname
    2 Changed, run cat /etc/hostname
    "#);
}

#[test]
fn a_task_type_that_is_not_here_fails_when_its_turn_comes() {
    let tasks = "
    - ansible.builtin.pip: {name: x}
      when: ansible_check_mode is not defined
    - ansible.builtin.pip: {name: x}
      when: ansible_check_mode is defined
      ignore_errors: true
    - action: \"{{ kind }}\"
      vars: {kind: git}
      ignore_errors: true
    - action: \"{{ kind }} name={{ kind }}\"
      vars: {kind: meta}
      ignore_errors: true
    - ansible.builtin.command: echo copy
      register: said
    - action: \"{{ said.stdout }}\"
      args: {content: a, dest: /a}
    - ansible.builtin.stat: {path: /a}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Skipped: `ansible_check_mode is not defined` is false
    1 Ignored; `ansible.builtin.pip` is a task type of Ansible's that Evenkeel does not have
    2 Ignored; `git` is a task type of Ansible's that Evenkeel does not have
    3 Ignored; `meta` cannot be named by a template: it decides about more than its own task
    4 Changed
    5 Changed, run echo copy
    6 Ok, assumes that `run echo copy` changes nothing else
    "#);
}

#[test]
fn a_task_is_not_sure_where_it_is_not_known_who_does_it() {
    let tasks = "
    - ansible.builtin.command: hostname
      register: said
    - ansible.builtin.copy: {content: a, dest: /a}
      delegate_to: \"{{ said.stdout }}\"
    - ansible.builtin.stat: {path: /a}
      become: true
      become_user: \"{{ said.stdout }}\"
      register: seen
    - ansible.builtin.debug: {msg: \"{{ seen.stat.exists }}\"}
";
    assert_snapshot!(told(tasks, Mode::Plan), @r#"
    0 Changed
    1 Changed, run hostname
    2 Ok, run hostname
    3 Ok, run hostname, (known after apply: run hostname)
    "#);
}
