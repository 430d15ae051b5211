//! For any play: what the forecast surely shows happens exactly so, whatever happens was shown, and after that nothing is
//! left to do.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Mode;
use evenkeel::Outcome;
use evenkeel::Simulated;
use evenkeel::Status;
use proptest::prelude::*;

use crate::project::ended;
use crate::project::events;
use crate::project::load;
use crate::project::run;

/// Tasks that meet on the same few things, so that chains of them matter; `N` is one of a few numbers.
const TASKS: [&str; 30] = [
    "ansible.builtin.copy: {content: \"text N\\n\", dest: /srv/a, mode: '0644'}",
    "ansible.builtin.copy: {content: \"{{ text }} N\\n\", dest: /srv/dir/b, mode: '0600'}",
    "ansible.builtin.copy: {src: /srv/a, dest: /srv/copy, remote_src: true}",
    "ansible.builtin.copy: {content: kept, dest: /srv/a, force: false}",
    "ansible.builtin.template: {src: one.j2, dest: /srv/N, owner: www-data}",
    "ansible.builtin.file: {path: /srv/dir, state: directory, mode: '075N'}",
    "ansible.builtin.file: {path: /srv/dir, state: absent}",
    "ansible.builtin.file: {path: /srv/a, state: absent}",
    "ansible.builtin.file: {src: /srv/a, dest: /srv/link, state: link, force: true}",
    "ansible.builtin.file: {path: /srv/dir/deep/er, state: directory}",
    "ansible.builtin.file: {path: /srv/N, state: touch, access_time: preserve, modification_time: preserve}",
    "ansible.builtin.lineinfile: {path: /srv/a, line: line N, create: true}",
    "ansible.builtin.lineinfile: {path: /srv/a, regexp: '^line', line: line N, create: true}",
    "ansible.builtin.lineinfile: {path: /srv/a, regexp: '^text', state: absent}",
    "ansible.builtin.blockinfile: {path: /srv/a, block: block N, create: true}",
    "ansible.builtin.blockinfile: {path: /srv/a, state: absent}",
    "ansible.builtin.group: {name: ops, gid: 400N}",
    "ansible.builtin.user: {name: bob, uid: 500N, group: users, groups: [ops], append: true}",
    "ansible.builtin.user: {name: bob, state: absent}",
    "ansible.builtin.apt: {name: haproxy}",
    "ansible.builtin.apt: {name: haproxy, state: absent, purge: true}",
    "ansible.builtin.service: {name: ssh, state: stopped, enabled: false}",
    "ansible.builtin.service: {name: ssh, state: started, enabled: true}",
    "ansible.posix.sysctl: {name: vm.swappiness, value: 'N', sysctl_file: /etc/sysctl.d/50-n.conf}",
    "ansible.builtin.stat: {path: /srv/a}",
    "ansible.builtin.set_fact: {text: \"{{ seen.stat.size | default(seen.changed) }} N\"}",
    "ansible.builtin.command: {cmd: touch /srv/made, creates: /srv/a}",
    "ansible.builtin.debug: {msg: \"{{ text }}\"}",
    "ansible.builtin.meta: flush_handlers",
    "ansible.builtin.fail: {msg: on purpose}",
];

/// What may stand beside a task.
const BESIDE: [&str; 8] = [
    "",
    "      notify: after",
    "      when: seen is changed",
    "      when: text is search('1') or inventory_hostname == 'h1'",
    "      ignore_errors: true",
    "      loop: [1, 2]",
    "      retries: 1",
    "      until: seen is changed\n      ignore_errors: true",
];

#[derive(Clone, Debug)]
struct Task {
    text: String,
    beside: usize,
    registers: bool,
}

fn task() -> impl Strategy<Value = Task> {
    (0..TASKS.len(), 1..4_u8, 0..BESIDE.len(), any::<bool>()).prop_map(|(task, n, beside, registers)| Task {
        text: TASKS[task].replace('N', &n.to_string()),
        // `meta` takes neither loops nor a result.
        beside: if TASKS[task].contains("meta") { 0 } else { beside },
        registers: registers && !TASKS[task].contains("meta") && !TASKS[task].contains("set_fact"),
    })
}

fn playbook(tasks: &[Task]) -> String {
    let mut text = "- hosts: all\n  vars: {text: first, seen: {changed: true}}\n  tasks:\n".to_owned();
    for task in tasks {
        let _ = writeln!(text, "    - {}\n{}", task.text, BESIDE[task.beside]);
        if task.registers {
            text.push_str("      register: seen\n");
        }
    }
    text.push_str("  handlers:\n    - name: after\n      ansible.builtin.copy: {content: \"{{ text }}\", dest: /srv/handled}\n");
    text
}

type Key = ((usize, usize), String, Option<String>, usize);

/// Outcomes by task, host, item, and a number where a handler ran more than once.
fn by_key(events: &[Event]) -> BTreeMap<Key, Outcome> {
    let mut map = BTreeMap::new();
    for (task, host, item, outcome) in ended(events) {
        let mut key = (task, host, item, 0);
        while map.contains_key(&key) {
            key.3 += 1;
        }
        map.insert(key, outcome);
    }
    map
}

/// The same changes; where a diff marks what is known after apply, only that it is of the same thing.
fn same_changes(shown: &Outcome, found: &Outcome) -> bool {
    let pairs = shown.changes.iter().zip(&found.changes);
    shown.changes.len() == found.changes.len()
        && pairs.into_iter().all(|(shown, found)| {
            shown == found
                || shown.diff.contains("known after apply")
                    && (shown.action, &shown.subject) == (found.action, &found.subject)
        })
}

/// What is wrong with a forecast, in view of what happened.
fn untrue(forecast: &[Event], happened: &[Event]) -> Vec<String> {
    let (shown, happened) = (by_key(forecast), by_key(happened));
    let mut wrong = Vec::new();
    for (key, outcome) in shown
        .iter()
        .filter(|(_, shown)| shown.known_after_apply.is_none())
    {
        let same = |found: &Outcome| found.status == outcome.status && same_changes(outcome, found);
        if !happened.get(key).is_some_and(same) {
            wrong.push(format!(
                "{key:?}\nshown: {outcome:#?}\nhappened: {:#?}",
                happened.get(key)
            ));
        }
    }
    for (key, outcome) in happened
        .iter()
        .filter(|(_, found)| found.status == Status::Changed)
    {
        let told = |shown: &Outcome| shown.status == Status::Changed || shown.known_after_apply.is_some();
        if !shown.get(key).is_some_and(told) {
            wrong.push(format!("{key:?} was not shown: {outcome:#?}"));
        }
    }
    wrong
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_shown_happens(tasks in proptest::collection::vec(task(), 1..9)) {
        let playbook = playbook(&tasks);
        let loaded = load(&playbook);
        let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
        let mut run = run(&loaded, &hosts);
        let (forecast, _) = events(&mut run, Mode::Plan);
        let (happened, _) = events(&mut run, Mode::Apply);
        let missed = happened.iter().find(|event| matches!(event.kind, EventKind::ForecastMissed { .. }));
        prop_assert!(missed.is_none(), "{missed:?}\n{playbook}");
        let wrong = untrue(&forecast, &happened);
        prop_assert!(wrong.is_empty(), "{}\n{playbook}", wrong.join("\n"));
    }

    /// Whatever hosts do at their own speed is shown too, unless one of them ends the play for all.
    #[test]
    fn what_is_shown_happens_at_each_host_s_own_speed(tasks in proptest::collection::vec(task(), 1..6)) {
        let shared = ["end_play", "end_batch", "clear_host_errors"];
        prop_assume!(!tasks.iter().any(|task| shared.iter().any(|word| task.text.contains(word))));
        prop_assume!(!tasks.iter().any(|task| BESIDE[task.beside].contains("run_once")));
        let playbook = playbook(&tasks).replacen("hosts: all\n", "hosts: all\n  strategy: free\n", 1);
        let loaded = load(&playbook);
        let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
        let mut run = run(&loaded, &hosts);
        let (forecast, _) = events(&mut run, Mode::Plan);
        let (happened, _) = events(&mut run, Mode::Apply);
        let wrong = untrue(&forecast, &happened);
        prop_assert!(wrong.is_empty(), "{}\n{playbook}", wrong.join("\n"));
    }

    #[test]
    fn a_second_forecast_shows_what_a_second_run_does(tasks in proptest::collection::vec(task(), 1..6)) {
        let playbook = playbook(&tasks);
        let loaded = load(&playbook);
        let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
        events(&mut run(&loaded, &hosts), Mode::Apply);
        let mut again = run(&loaded, &hosts);
        let (forecast, _) = events(&mut again, Mode::Plan);
        let (happened, _) = events(&mut again, Mode::Apply);
        let wrong = untrue(&forecast, &happened);
        prop_assert!(wrong.is_empty(), "{}\n{playbook}", wrong.join("\n"));
    }

    /// Tasks that don't undo each other: the second time each finds what it wants.
    #[test]
    fn after_a_run_nothing_is_left_to_do(task in task()) {
        prop_assume!(!task.text.contains("command") && !task.text.contains("fail:") && !BESIDE[task.beside].contains("until"));
        let playbook = playbook(std::slice::from_ref(&task));
        let loaded = load(&playbook);
        let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
        events(&mut run(&loaded, &hosts), Mode::Apply);
        for mode in [Mode::Plan, Mode::Apply] {
            let (left, _) = events(&mut run(&loaded, &hosts), mode);
            let left: Vec<_> = ended(&left).into_iter().filter(|(.., outcome)| outcome.status == Status::Changed).collect();
            prop_assert!(left.is_empty(), "{left:#?}\n{playbook}");
        }
    }
}

#[test]
fn a_false_condition_decides_behind_an_unknown_one_and_a_wrong_one_does_not() {
    let playbook = "
- hosts: h1
  gather_facts: false
  tasks:
    - ansible.builtin.command: cat /etc/role
      register: role
    - ansible.builtin.copy: {content: a, dest: /srv/a}
      when: [role.stdout == 'web', 1 == 2]
    - ansible.builtin.copy: {content: b, dest: /srv/b}
      when: [role.stdout == 'web', nothing.at.all, 1 == 2]
    - ansible.builtin.copy: {content: c, dest: /srv/c}
      when: [role.stdout == 'web', 1 == 1]
";
    let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    let (events, _) = events(&mut run(&load(playbook), &hosts), Mode::Plan);
    let told = ended(&events).into_iter().map(|(.., outcome)| {
        let unsure = outcome.known_after_apply.is_some();
        (outcome.status, unsure, outcome.why)
    });
    let told: Vec<_> = told.skip(1).collect();
    assert_eq!(
        told,
        [
            (Status::Skipped, false, "`1 == 2` is false".to_owned()),
            (Status::Changed, true, String::new()),
            (Status::Changed, true, String::new()),
        ]
    );
}

#[test]
fn a_program_whose_failure_is_ignored_may_fail() {
    let playbook = "
- hosts: h1
  gather_facts: false
  tasks:
    - ansible.builtin.command: test -e /nothing
      register: found
      ignore_errors: true
    - ansible.builtin.copy: {content: a, dest: /srv/a}
      when: found is failed
    - ansible.builtin.copy: {content: b, dest: /srv/b}
      when: found is succeeded
    - ansible.builtin.assert: {that: found is failed}
";
    let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    let (events, _) = events(&mut run(&load(playbook), &hosts), Mode::Plan);
    let told = ended(&events).into_iter().skip(1);
    for (.., outcome) in told {
        assert_ne!(outcome.status, Status::Failed, "{outcome:?}");
        assert!(outcome.known_after_apply.is_some(), "{outcome:?}");
    }
}
