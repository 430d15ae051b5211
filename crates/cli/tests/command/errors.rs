//! What is wrong is drawn: file, line, the text, a label, the mend.

use crate::sandbox::ended;
use crate::sandbox::evenkeel;
use crate::sandbox::program;

/// Each playbook in `data/wrong` has the mistake that its name tells. All are found before a host is asked: no play begins.
#[test]
fn wrong_playbooks() {
    insta::glob!("../data/wrong", "*.yml", |path| {
        let name = format!("wrong/{}", path.file_name().unwrap().to_str().unwrap());
        let ended = evenkeel(["plan", "--simulate", "-i", "small/hosts.ini", &name]);
        assert_eq!(ended.code, Some(5), "{name}");
        assert_eq!(ended.stdout, "", "{name}");
        insta::assert_snapshot!(ended.told());
    });
}

#[test]
fn what_only_a_host_can_tell_is_told_with_the_task() {
    let words = ["plan", "--simulate", "-i", "small/hosts.ini"];
    let ended = evenkeel([&words[..], &["failing/failed_assertion.yml"]].concat());
    assert_eq!(ended.code, Some(2));
    insta::assert_snapshot!(ended.told());
}

/// Each inventory in `data/wrong` has one mistake, too.
#[test]
fn wrong_inventories() {
    insta::glob!("../data/wrong", "*.ini", |path| {
        let name = format!("wrong/{}", path.file_name().unwrap().to_str().unwrap());
        let ended = evenkeel(["plan", "--simulate", "-i", &name, "settled.yml"]);
        assert_eq!(ended.code, Some(5), "{name}");
        insta::assert_snapshot!(ended.told());
    });
}

#[test]
fn wrong_arguments() {
    let small = ["plan", "--simulate", "-i", "small/hosts.ini", "small/site.yml"];
    let cases: &[(&str, &[&str])] = &[
        ("limit_to_an_unknown_host", &["-l", "web9"]),
        ("limit_to_a_group_without_hosts_of_the_plays", &["-l", "db:&web"]),
        ("start_at_an_unknown_task", &["--start-at-task", "Nothing *"]),
        ("extra_vars_without_an_equals_sign", &["-e", "app_port"]),
        ("extra_vars_of_a_missing_file", &["-e", "@nowhere.yml"]),
        ("extra_vars_in_broken_json", &["-e", "{\"app_port\": 1"]),
        ("extra_vars_that_are_a_list", &["-e", "[1, 2]"]),
    ];
    for (name, more) in cases {
        let told = evenkeel([&small[..], more].concat()).told();
        insta::assert_snapshot!(format!("arguments_{name}"), told);
    }
}

#[test]
fn missing_things() {
    let cases: &[(&str, &[&str])] = &[
        ("no_inventory", &["plan", "--simulate", "small/site.yml"]),
        (
            "inventory",
            &["plan", "--simulate", "-i", "nowhere.ini", "small/site.yml"],
        ),
        (
            "playbook",
            &["plan", "--simulate", "-i", "small/hosts.ini", "nowhere.yml"],
        ),
        (
            "no_playbook_and_no_cluster",
            &["plan", "--simulate", "-i", "small/hosts.ini"],
        ),
        ("cluster", &["endpoints", "-i", "small/hosts.ini"]),
        (
            "variable",
            &["explain", "nothing", "--host", "web1", "-i", "small/hosts.ini"],
        ),
        ("host", &["inventory", "-i", "small/hosts.ini", "--host", "web9"]),
    ];
    for (name, words) in cases {
        let told = evenkeel(words.iter().copied()).told();
        insta::assert_snapshot!(format!("missing_{name}"), told);
    }
}

#[test]
fn check_is_plan_here() {
    insta::assert_snapshot!(evenkeel(["apply", "--check", "-i", "small/hosts.ini", "small/site.yml"]).told());
}

#[test]
fn settings_that_are_refused_or_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let settings = "[defaults]\nhost_key_checking = False\nstdout_callback = yaml\n[ssh_connection]\npipelining = True\n";
    std::fs::write(folder.path().join("ansible.cfg"), settings).unwrap();
    let mut command = program(["plan", "--simulate", "-i", "web1,", "site.yml"]);
    command.env_remove("ANSIBLE_CONFIG").current_dir(folder.path());
    insta::assert_snapshot!(ended(command).told());
}

#[test]
fn habits_from_ansible_are_told_what_to_use_instead() {
    let cases: [&[&str]; 5] = [
        &["apply", "--step", "small/site.yml"],
        &["lint", "--start-at-task=Say hello", "small/site.yml"],
        &["lint", "--syntax-check"],
        &["verify", "-C"],
        &["small/site.yml"],
    ];
    let told: Vec<String> = cases
        .iter()
        .map(|words| evenkeel(words.iter().copied()).told())
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    let plan = [
        "plan",
        "--check",
        "--diff",
        "--simulate",
        "-i",
        "small/hosts.ini",
        "--list-hosts",
        "small/site.yml",
    ];
    assert_eq!(evenkeel(plan).code, Some(0), "what plan does anyway");
}

#[test]
fn tags_that_no_task_has_are_a_warning() {
    let small = [
        "-i",
        "small/hosts.ini",
        "small/site.yml",
        "-t",
        "greetng,nothing,always",
    ];
    let listed = evenkeel([&["plan", "--simulate", "--list-tags"], &small[..]].concat());
    assert_eq!(listed.code, Some(0));
    insta::assert_snapshot!(listed.stderr);
    let json = evenkeel([&["plan", "--simulate", "--format", "json"], &small[..]].concat());
    assert!(
        json.stdout
            .contains(r#"{"type":"note","text":"no task has the tag `greetng`"}"#),
        "{}",
        json.stdout
    );
}
