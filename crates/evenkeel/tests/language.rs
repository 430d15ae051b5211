//! The language, compared with real Ansible: the same small playbooks give the same counts and the same files.
//!
//! `EVENKEEL_CASES=one,two` runs these alone. `language/expected.sh` has written `expected.json` of each case with `ansible-playbook` 2.19.
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use evenkeel::Counts;
use evenkeel::Disk;
use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Project;
use evenkeel::Reach;
use evenkeel::ReachOptions;
use evenkeel::Recap;
use evenkeel::host::AbsPath;
use serde_json::Value;
use serde_json::json;

/// What a case says beyond its files: `--tags`, `--skip-tags`, `--start-at-task` and `-e`, as Ansible takes them.
fn options(folder: &Path, project: Project, options: &mut Options) -> Project {
    let text = std::fs::read_to_string(folder.join("options")).unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut project = project;
    for pair in words.chunks(2) {
        let tags = || pair[1].split(',').map(Arc::from).collect();
        match pair[0] {
            "--tags" => options.tags = tags(),
            "--skip-tags" => options.skip_tags = tags(),
            "-e" => project = project.extra(pair[1]),
            "--start-at-task" => options.start_at = Some(pair[1].into()),
            other => panic!("{other} is not known here"),
        }
    }
    project
}

/// Runs a case on this machine, with a folder of its own.
fn run(case: &Path, target: &Path, notes: &Path, events: &mut Vec<String>) -> Recap {
    let mut how = Options {
        forks: 4,
        ..Options::default()
    };
    how.pending = AbsPath::new(notes.join("pending").to_str().unwrap()).unwrap();
    let project = Project::new(Arc::new(Disk))
        .inventory(case.join("hosts.ini").to_str().unwrap())
        .playbook(case.join("site.yml"))
        .extra(format!("dir={}", target.display()));
    let loaded = options(case, project, &mut how)
        .load()
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut run = loaded
        .run(Arc::new(Reach::new(ReachOptions::default())), how)
        .unwrap();
    let mut each = |event: &Event| {
        if let EventKind::HostTask {
            task,
            host,
            outcome,
            item,
            ..
        } = &event.kind
        {
            let item = item.as_deref().unwrap_or_default();
            events.push(format!(
                "{host} {} {item}: {:?} {:?}",
                task.name, outcome.status, outcome.failure
            ));
        }
        let text = serde_json::to_string(event).unwrap();
        assert!(
            !text.contains("hidden1") && !text.contains("hidden3") && !text.contains("hidden5"),
            "{text}"
        );
        true
    };
    run.walk(Mode::Apply, &mut each).unwrap()
}

fn counts(counts: &Counts) -> Value {
    json!({
        "ok": counts.ok, "changed": counts.changed, "unreachable": counts.unreachable, "failed": counts.failed,
        "skipped": counts.skipped, "rescued": counts.rescued, "ignored": counts.ignored,
    })
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path)
                .unwrap()
                .replace(folder.to_str().unwrap(), "DIR");
            all.insert(
                path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(),
                text,
            );
        }
    }
    all
}

/// Where Evenkeel ends otherwise on purpose, and why.
const DEVIATIONS: [(&str, &str); 1] = [(
    "run_once_fails",
    "a task that runs once and fails drops the other hosts without a word in Ansible; here they are rescued as well",
)];

fn compare(case: &Path) -> Result<(), String> {
    let name = case.file_name().unwrap().to_str().unwrap();
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(case.join("expected.json")).unwrap()).unwrap();
    let (target, notes) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut events = Vec::new();
    let recap = run(case, target.path(), notes.path(), &mut events);
    // Ansible's recap leaves hosts out for which nothing was begun.
    let hosts: serde_json::Map<String, Value> = recap
        .hosts
        .iter()
        .filter(|(_, found)| **found != Counts::default())
        .map(|(host, found)| (host.to_string(), counts(found)))
        .collect();
    let found = json!({ "hosts": hosts, "files": files(target.path()) });
    let deviates = DEVIATIONS.iter().any(|(deviation, _)| *deviation == name);
    match (found == expected, deviates) {
        (true, false) | (false, true) => return Ok(()),
        (true, true) => return Err(format!("== {name} is no deviation any more")),
        (false, false) => {}
    }
    let show = |value: &Value| {
        let mut value = value.clone();
        value.sort_all_objects();
        serde_json::to_string_pretty(&value).unwrap()
    };
    let diff = similar::TextDiff::from_lines(show(&expected), show(&found))
        .unified_diff()
        .header("Ansible", "Evenkeel")
        .to_string();
    Err(format!("== {name}\n{diff}\n{}", events.join("\n")))
}

#[test]
fn small_playbooks_end_as_with_ansible() {
    let mut cases: Vec<_> = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/language"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("expected.json").exists())
        .collect();
    cases.sort();
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    if let Ok(only) = std::env::var("EVENKEEL_CASES") {
        let named = |path: &Path| only.split(',').any(|name| path.ends_with(name));
        cases.retain(|path| named(path));
    }
    let failures: Vec<String> = cases.iter().filter_map(|case| compare(case).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases differ\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n\n")
    );
}
