//! The inventory of a run grows: in a forecast too, and anew in each walk.

use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Mode;
use evenkeel::Simulated;

use crate::project::events;
use crate::project::load;
use crate::project::run;

/// Notes, plays with their hosts, and plays that were left out.
fn story(events: &[Event]) -> Vec<String> {
    let told = events.iter().filter_map(|event| match &event.kind {
        EventKind::PlayStarted { name, hosts } => Some(format!("{name}: {}", hosts.join(","))),
        EventKind::PlaySkipped { name, why } => Some(format!("{name} skipped: {why}")),
        EventKind::Note { text } => Some(text.clone()),
        _ => None,
    });
    told.collect()
}

fn walked(playbook: &str, modes: &[Mode]) -> Vec<String> {
    let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    let loaded = load(playbook);
    let mut run = run(&loaded, &hosts);
    let mut last = Vec::new();
    for mode in modes {
        let (events, recap) = events(&mut run, *mode);
        assert!(!recap.failed() && !recap.unreachable(), "{:#?}", story(&events));
        last = story(&events);
    }
    last
}

const ADDED: &str = "
- name: first
  hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.add_host: {name: h9, groups: late, ansible_connection: local}
    - ansible.builtin.group_by: {key: \"odd_{{ inventory_hostname in ['h1', 'h3'] }}\"}
- name: second
  hosts: late:odd_True
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {content: x, dest: /srv/a}
";

#[test]
fn a_forecast_and_its_run_begin_with_the_inventory_as_it_was_read() {
    let expected = ["first: h1,h2,h3", "second: h9,h1,h3"];
    assert_eq!(walked(ADDED, &[Mode::Plan]), expected);
    assert_eq!(walked(ADDED, &[Mode::Plan, Mode::Apply]), expected);
    assert_eq!(walked(ADDED, &[Mode::Apply, Mode::Apply, Mode::Plan]), expected);
}

const UNKNOWN: &str = "
- name: first
  hosts: h1
  gather_facts: false
  tasks:
    - ansible.builtin.command: cat /etc/role
      register: role
    - name: group
      ansible.builtin.group_by: {key: \"{{ role.stdout }}\"}
- name: second
  hosts: late
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {content: x, dest: /srv/a}
- name: third
  hosts: all
  gather_facts: false
  tasks: []
";

#[test]
fn what_a_group_depends_on_is_said_where_its_hosts_are_needed() {
    let [first, second, note, third] = &walked(UNKNOWN, &[Mode::Plan])[..] else {
        panic!("{:#?}", walked(UNKNOWN, &[Mode::Plan]));
    };
    assert_eq!(first, "first: h1");
    assert!(
        second.starts_with("second skipped: its hosts are known after apply: `group` depends on "),
        "{second}"
    );
    assert!(
        note.starts_with("more hosts of the next play may be known after apply: `group` depends on "),
        "{note}"
    );
    assert_eq!(third, "third: h1,h2,h3");
}

#[test]
fn a_name_that_nothing_can_add_is_refused_before_anything_connects() {
    let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    let loaded = load(
        "- hosts: late\n  tasks: []\n- hosts: all\n  tasks:\n    - ansible.builtin.add_host: {name: h9, groups: late}\n",
    );
    let mut each = |_: &Event| true;
    let problem = run(&loaded, &hosts).walk(Mode::Plan, &mut each).unwrap_err();
    assert_eq!(problem.message, "there is no host and no group `late`");
}

#[test]
fn the_end_tells_what_tasks_told_it() {
    let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    let loaded = load(
        "
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.set_stats: {data: {seen: 1}}
    - ansible.builtin.set_stats: {data: {own: \"{{ inventory_hostname }}\"}, per_host: true}
",
    );
    let (events, recap) = events(&mut run(&loaded, &hosts), Mode::Apply);
    let last = serde_json::to_value(events.last().unwrap()).unwrap();
    let custom = serde_json::to_value(&recap.custom).unwrap();
    let expected = serde_json::json!({
        "_run": {"seen": 3}, "h1": {"own": "h1"}, "h2": {"own": "h2"}, "h3": {"own": "h3"},
    });
    assert_eq!(custom, expected);
    assert_eq!(last["event"]["recap"]["custom"], expected);
}
