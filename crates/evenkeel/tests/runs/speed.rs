//! `strategy: free`: hosts that go on at their own speed.

use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Mode;
use evenkeel::Simulated;

use super::project::events;
use super::project::load;
use super::project::run;

/// The lines of a walk: plays' notes, heads of tasks, and what came of them.
fn lines(playbook: &str, mode: Mode) -> Vec<String> {
    let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    let (events, _) = events(&mut run(&load(playbook), &hosts), mode);
    let line = |event: &Event| match &event.kind {
        EventKind::Note { text } => Some(format!("note: {text}")),
        EventKind::TaskStarted { task } => Some(format!("{}. {}", task.number, task.name)),
        EventKind::HostTask { host, outcome, .. } => Some(format!("  {host} {:?}", outcome.status)),
        _ => None,
    };
    events.iter().filter_map(line).collect()
}

const PLAY: &str = r#"
- hosts: all
  gather_facts: false
  strategy: free
  max_fail_percentage: 10
  tasks:
    - name: one
      copy: {content: x, dest: /srv/one}
      run_once: true
    - name: two
      copy: {content: x, dest: /srv/two}
      when: inventory_hostname != 'h2'
    - name: the end
      meta: end_play
      when: inventory_hostname == 'h3'
"#;

#[test]
fn a_forecast_shows_one_host_after_the_other_and_what_has_no_effect() {
    insta::assert_snapshot!(lines(PLAY, Mode::Plan).join("\n"));
}

#[test]
fn each_end_of_a_task_stands_under_its_head() {
    let play = PLAY.replace("meta: end_play", "debug: {msg: x}");
    let mut head = String::new();
    let mut ends = Vec::new();
    for line in lines(&play, Mode::Apply) {
        match line.strip_prefix("  ") {
            Some(end) => ends.push(format!("{head}: {end}")),
            None => head = line,
        }
    }
    ends.sort();
    insta::assert_snapshot!(ends.join("\n"));
}

#[test]
fn what_is_done_once_for_all_hosts_is_refused_before_anything_connects() {
    let loaded = load("- hosts: all\n  strategy: free\n  tasks:\n    - pause: {seconds: 1}\n");
    let hosts: Arc<dyn Connect> = Arc::new(Simulated::debian12());
    let problem = run(&loaded, &hosts).walk(Mode::Plan, &mut |_| true).unwrap_err();
    insta::assert_snapshot!(problem);
}
