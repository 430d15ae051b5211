//! Task types on this machine: what a forecast says happens, and then nothing is left to do.

#![expect(clippy::unwrap_used, reason = "tests")]
#[path = "real/bytes.rs"]
mod bytes;
#[path = "cases/support/controller.rs"]
mod controller;
#[path = "real/download.rs"]
mod download;
#[path = "cases/support/outcome.rs"]
#[expect(dead_code, reason = "the cases use more of it")]
mod outcome;

use std::sync::Arc;

use evenkeel_host::Ask;
use evenkeel_host::Certainty;
use evenkeel_host::Commit;
use evenkeel_host::Failure;
use evenkeel_host::Host;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Local;
use evenkeel_host::Look;
use evenkeel_host::Posix;
use evenkeel_host::View;
use evenkeel_host::Who;
use evenkeel_tasks::Outputs;
use evenkeel_tasks::Returned;
use evenkeel_tasks::Task;
use evenkeel_tasks::facts::setup::Setup;
use evenkeel_yaml::Source;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::json;

/// Tasks on a few paths; `D` is a fresh folder.
const TASKS: [&str; 33] = [
    r#"{copy: {content: "a\n", dest: D/x}}"#,
    r#"{copy: {content: "a\n", dest: D/x, mode: "0600", backup: true}}"#,
    r#"{copy: {content: "b\nc\n", dest: D/x, follow: true}}"#,
    r#"{copy: {content: "b\n", dest: D/d/y, mode: "u=rw,g=r,o="}}"#,
    r#"{copy: {content: "é\n", dest: "D/d/a b's"}}"#,
    r#"{copy: {content: "z\n", dest: D/x, force: false}}"#,
    r#"{copy: {content: "ok\n", dest: D/v, validate: "grep -q ok %s"}}"#,
    r#"{copy: {src: D/x, dest: D/d/copied, remote_src: true, mode: preserve}}"#,
    r#"{copy: {src: D/d/, dest: D/e, remote_src: true}}"#,
    r#"{copy: {src: certs, dest: D/d, directory_mode: "0700"}}"#,
    r#"{template: {src: t.j2, dest: D/d/, mode: "0640"}}"#,
    r#"{file: {path: D/d, state: directory}}"#,
    r#"{file: {path: D/d/e/f, state: directory, mode: "0750"}}"#,
    r#"{file: {path: D/d, state: directory, recurse: true, mode: "u=rwX,g=rX,o=rX"}}"#,
    r#"{file: {path: D/x, state: absent}}"#,
    r#"{file: {path: D/d, state: absent}}"#,
    r#"{file: {path: D/x, mode: "g-r,o="}}"#,
    r#"{file: {path: D/x, state: touch, access_time: preserve, modification_time: preserve}}"#,
    r#"{file: {path: D/l, src: x, state: link, force: true}}"#,
    r#"{file: {path: D/l, src: d, state: link, force: true}}"#,
    r#"{file: {path: D/x, src: D/v, state: link, force: true}}"#,
    r#"{file: {path: D/h, src: D/x, state: hard, force: true}}"#,
    r#"{lineinfile: {path: D/x, line: n}}"#,
    r#"{lineinfile: {path: D/x, line: n, regexp: ^n, insertbefore: ^b, create: true, mode: "0604"}}"#,
    r#"{lineinfile: {path: D/l, line: m, insertafter: BOF}}"#,
    r#"{lineinfile: {path: D/x, regexp: ^n, state: absent}}"#,
    r##"{blockinfile: {path: D/x, block: "1\n2", marker: "# {mark}", create: true}}"##,
    r##"{blockinfile: {path: D/x, block: "1", marker: "# {mark}", insertbefore: BOF, append_newline: true}}"##,
    r##"{blockinfile: {path: D/x, state: absent, marker: "# {mark}"}}"##,
    r#"{stat: {path: D/x}}"#,
    r#"{stat: {path: D/d}}"#,
    r#"{stat: {path: D/l, follow: true, checksum_algorithm: sha256}}"#,
    r#"{command: {cmd: ls, removes: "D/d/*"}}"#,
];

fn task(text: &str, folder: &str) -> Box<dyn Task> {
    let source = Source::new("task", text.replace("D/", &format!("{folder}/")));
    let (node, _) = evenkeel_yaml::load_one(&source).unwrap();
    let (name, _, arguments) = node.as_map().unwrap().iter().next().unwrap();
    let module = evenkeel_tasks::module(name).unwrap();
    let map = module.arguments(arguments).unwrap();
    let mut task =
        (module.parse)(&map, &arguments.place).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    let described =
        json!({"templates": {"t.j2": "rendered\n"}, "files": {"certs/a.pem": "a\n", "certs/s/b.pem": "b\n"}});
    task.prepare(&mut controller::Described(&described)).unwrap();
    task
}

/// What was planned and what came of it, on a host that is changed by it.
#[derive(Debug)]
struct Made {
    lines: Result<Vec<String>, String>,
    unsure: bool,
    result: Returned,
}

fn make(host: &dyn Host, task: &dyn Task, forecast: bool) -> Made {
    let as_look: &dyn Look = host;
    let planned = match task.plan(&View::new(as_look, Who::Login)) {
        Ok(planned) => planned,
        Err(error) => {
            return Made {
                lines: Err(error.to_string()),
                unsure: false,
                result: Returned::new(),
            };
        }
    };
    let lines = planned.plan.changes.iter().map(outcome::line).collect();
    let then = planned
        .then
        .iter()
        .map(|want| Ask {
            who: Who::Login,
            want: want.clone(),
        })
        .collect();
    let commit = Commit {
        changes: planned.plan.changes.clone(),
        then,
        ..Commit::default()
    };
    let committed = host.commit(&commit).unwrap();
    let mut done = committed.done;
    let lines = match committed.failed {
        Some(Failure::Failed(output)) => {
            let failed = Err(String::from_utf8_lossy(&output.stderr).into_owned());
            done.push(output);
            failed
        }
        Some(failure) => Err(format!("{failure:?}")),
        None => Ok(lines),
    };
    let outputs = (!forecast).then_some(done.as_slice());
    let result = planned.result(&Outputs::Seen {
        outputs,
        answers: &committed.answers,
    });
    Made {
        lines,
        unsure: planned.plan.certainty != Certainty::Sure,
        result,
    }
}

/// Whether a forecast value, unknown parts apart, is the one that came about.
fn agrees(forecast: &Value, real: &Value) -> bool {
    if evenkeel_tasks::json::is_unknown_part(forecast).is_some() {
        return true;
    }
    match (forecast, real) {
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, value)| b.get(key).is_some_and(|real| agrees(value, real)))
        }
        _ => forecast == real,
    }
}

fn compare(text: &str, forecast: &Made, real: &Made) -> Result<(), TestCaseError> {
    if forecast.unsure {
        return Ok(());
    }
    prop_assert_eq!(&forecast.lines, &real.lines, "{}", text);
    for (key, known) in &forecast.result {
        if let (Known::Is(forecast), Some(Known::Is(real))) = (known, real.result.get(key)) {
            prop_assert!(agrees(forecast, real), "{}: {}: {} {}", text, key, forecast, real);
        }
    }
    Ok(())
}

fn forecast_happens(texts: &[&str]) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().unwrap();
    let tasks: Vec<_> = texts
        .iter()
        .map(|text| task(text, folder.path().to_str().unwrap()))
        .collect();
    let host = Arc::new(Posix::new(Local::new()));
    let layer = Layer::over(Arc::clone(&host) as Arc<dyn Look>);
    let forecasts: Vec<Made> = tasks.iter().map(|task| make(&layer, &**task, true)).collect();
    for ((text, task), forecast) in texts.iter().zip(&tasks).zip(&forecasts) {
        let real = make(&*host, &**task, false);
        compare(text, forecast, &real)?;
        if forecast.unsure {
            // What comes after may rest on it.
            return Ok(());
        }
        if real.lines.is_err() || text.contains("command") {
            continue;
        }
        let again = task.plan(&View::new(&*host, Who::Login));
        let again = again.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        prop_assert!(
            again.plan.changes.is_empty(),
            "{}: again {:?}",
            text,
            again.plan.changes
        );
        prop_assert!(!again.plan.unchanged.is_empty(), "{}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_forecast_happens_and_then_nothing_is_left(
        texts in prop::collection::vec(prop::sample::select(TASKS.as_slice()), 1..9),
    ) {
        forecast_happens(&texts)?;
    }
}

#[test]
fn every_task_of_the_pool_on_its_own() {
    for text in TASKS {
        forecast_happens(&[r#"{copy: {content: "x\n", dest: D/x}}"#, text])
            .unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn a_hard_link_to_a_symbolic_link_is_made_once() {
    let texts = [
        r#"{copy: {content: "ok\n", dest: D/v}}"#,
        r#"{file: {path: D/x, src: D/v, state: link}}"#,
        r#"{file: {path: D/h, src: D/x, state: hard}}"#,
    ];
    forecast_happens(&texts).unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn a_program_gets_its_words_and_variables() {
    let host = Posix::new(Local::new());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for (text, stdout, code) in [
        (
            r#"{command: {argv: [printf, "%s|", "a b", "$HOME_IS_NOT_SET/${NOR_THIS}x", "$$", "~nosuchuser/x", "it's"]}}"#,
            "a b|$HOME_IS_NOT_SET/${NOR_THIS}x|$$|~nosuchuser/x|it's|",
            0,
        ),
        (
            r#"{command: {argv: [printf, "%s|", $PWD, "${PWD}/x y"], chdir: /}}"#,
            "/|//x y|",
            0,
        ),
        (r#"{command: {cmd: cat, stdin: "a\nb"}}"#, "a\nb", 0),
        (r#"{shell: {cmd: "echo a | tr a b; exit 3", chdir: D/}}"#, "b", 3),
    ] {
        let made = make(&host, &*task(text, folder), false);
        let result = |key: &str| made.result.get(key).cloned().and_then(Known::ok);
        assert_eq!(result("stdout"), Some(json!(stdout)), "{text}: {:?}", made.lines);
        assert_eq!(result("rc"), Some(json!(code)), "{text}");
    }
}

#[test]
fn the_facts_of_this_machine_are_gathered() {
    let host = Posix::new(Local::new());
    let facts = View::new(&host, Who::Login)
        .fact(Setup::default())
        .unwrap()
        .ok()
        .unwrap();
    for key in [
        "distribution",
        "os_family",
        "hostname",
        "architecture",
        "kernel",
        "user_id",
        "service_mgr",
    ] {
        assert!(
            facts[key].as_str().is_some_and(|text| !text.is_empty()),
            "{key} is {:?}",
            facts[key]
        );
    }
    assert!(facts["memtotal_mb"].as_u64().is_some_and(|mb| mb > 0));
    assert!(facts["processor_vcpus"].as_u64().is_some_and(|count| count > 0));
    assert!(facts["date_time"]["epoch"].is_string());
}

#[test]
fn a_large_file_is_edited_and_its_details_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x");
    let folder = folder.path().to_str().unwrap();
    let host = Posix::new(Local::new());
    let lines = (0..30_000)
        .map(|number| format!("line {number}\n"))
        .collect::<String>();
    std::fs::write(&path, &lines).unwrap();
    let edit = task(
        r#"{lineinfile: {path: D/x, regexp: "^line 29999$", line: last}}"#,
        folder,
    );
    assert_eq!(
        make(&host, &*edit, false).lines,
        Ok(vec![format!("write {folder}/x")])
    );
    assert_eq!(
        std::fs::read_to_string(&path).unwrap(),
        lines.replace("line 29999\n", "last\n")
    );
    let stat = make(&host, &*task("{stat: {path: D/x}}", folder), false).result;
    let stat = stat.get("stat").cloned().and_then(Known::ok).unwrap();
    assert_eq!(stat["checksum"].as_str().map(str::len), Some(40), "{stat}");
    assert_eq!(
        (&stat["readable"], &stat["lnk_target"]),
        (&json!(true), &Value::Null)
    );
}
