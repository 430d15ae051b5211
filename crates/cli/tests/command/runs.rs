//! `plan` and `apply` on simulated hosts.

use crate::sandbox::SMALL;
use crate::sandbox::evenkeel;

fn run(words: &[&'static str], more: &[&'static str]) -> String {
    evenkeel([words, &SMALL, more].concat()).told()
}

#[test]
fn plan_shows_the_same_change_once_with_its_hosts_and_what_is_known_after_apply() {
    insta::assert_snapshot!(run(&["plan", "--simulate"], &[]));
}

#[test]
fn plan_shows_reasons_results_skipped_tasks_and_places_when_asked() {
    insta::assert_snapshot!(run(&["plan", "--simulate", "-vv", "--no-diff"], &["-l", "web1"]));
}

#[test]
fn plan_as_json_lines() {
    insta::assert_snapshot!(run(&["plan", "--simulate", "--format", "json"], &[]));
}

#[test]
fn plan_of_chosen_tags_and_hosts_says_what_is_left_out() {
    insta::assert_snapshot!(run(&["plan", "--simulate"], &["-l", "web", "-t", "greeting"]));
}

#[test]
fn apply_on_simulated_hosts_shows_the_forecast_the_run_and_a_second_run() {
    insta::assert_snapshot!(run(&["apply", "--simulate", "--yes"], &[]));
}

#[test]
fn apply_as_json_prints_nothing_but_json_lines() {
    let ended = evenkeel([&["apply", "--simulate", "--yes", "--format", "json"], &SMALL[..]].concat());
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""));
    let events: Vec<serde_json::Value> = ended
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let modes: Vec<&str> = events
        .iter()
        .filter_map(|event| event["event"]["mode"].as_str())
        .collect();
    assert_eq!(modes, ["plan", "apply", "apply"]);
    let mut expected = 0;
    for event in &events {
        if event["event"]["type"] == "run_started" {
            assert_eq!(event["event"]["schema"], 1);
            expected = 0;
        }
        assert_eq!(event["sequence"], expected, "events are numbered without gaps");
        expected += 1;
    }
}

#[test]
fn without_a_playbook_the_one_that_the_cluster_needs_is_run() {
    insta::assert_snapshot!(evenkeel(["plan", "--simulate", "-i", "cluster", "--no-diff"]).told());
}

#[test]
fn hosts_that_cannot_be_reached_are_named_at_the_end() {
    let hosts = ["-i", "unreachable.ini", "small/site.yml"];
    insta::assert_snapshot!(evenkeel([&["plan"], &hosts[..]].concat()).told());
    insta::assert_snapshot!(evenkeel([&["apply", "--yes"], &hosts[..]].concat()).told());
}

#[test]
fn a_failure_names_its_hosts_and_the_mend() {
    insta::assert_snapshot!(run(&["plan", "--simulate"], &["-t", "config"]));
}

/// The whole cluster is set up in memory before one of its controllers leaves.
#[test]
fn eject_on_simulated_hosts_shows_the_forecast_and_the_run() {
    let ended = evenkeel([
        "eject",
        "m1",
        "--simulate",
        "-i",
        "../../../../inventories/external-lb",
    ]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let headings = [
        "ENDPOINTS: ",
        "FORECAST: ",
        "RUN: on simulated hosts, on which site.yml ran before",
        "TASK [Configure HAProxy]",
    ];
    assert!(
        headings.iter().all(|heading| ended.stdout.contains(heading)),
        "{}",
        ended.stdout
    );
    assert!(!ended.stdout.contains("would fail") && !ended.stdout.contains("SECOND RUN"));
}

/// Commands that simulated hosts do not run leave a second look with what nobody knows, and it claims nothing.
#[test]
fn a_second_simulated_run_says_what_stays_unknown() {
    let ended = evenkeel([
        "apply",
        "--simulate",
        "--yes",
        "-i",
        "../../../../inventories/kargo-local-lb",
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let (_, second) = ended.stdout.split_once("SECOND RUN: the same again").unwrap();
    assert!(
        !second.contains("\nchanged: ") && !second.contains("would change: "),
        "{second}"
    );
    let last = second.lines().last().unwrap();
    assert!(
        last.starts_with("Nothing else to change. ") && last.contains("stay known after apply"),
        "{last}"
    );
}
