//! The same small playbooks print the same lines as `ansible-playbook` 2.19; `tests/as_ansible/expected.sh` has written
//! what it printed.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel::Disk;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Project;
use evenkeel::Reach;
use evenkeel::ReachOptions;
use evenkeel::host::AbsPath;

use super::DefaultCallback;
use crate::exit::Outcome;
use crate::report::Look;

/// Lines of `runs` that print something else on purpose, and why.
const DEVIATIONS: &[(&str, &str)] = &[
    (
        "no_log",
        "the message of a failure is hidden by no_log too: Ansible tells it on the line of [ERROR]",
    ),
    (
        "ignore_errors",
        "what could not be run and which variable is undefined are told in Evenkeel's words",
    ),
    (
        "handlers --check",
        "a forecast knows what commands and earlier tasks come to, which Ansible skips or forgets",
    ),
];

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/as_ansible")
        .join(name)
}

/// Words that differ from run to run.
fn normalised(text: &str) -> String {
    let timed = |line: &str| {
        let mut line = line.to_owned();
        for key in ["delta", "start", "end"] {
            let mark = format!("\"{key}\": \"");
            if let Some(from) = line.find(&mark).map(|at| at + mark.len())
                && let Some(length) = line[from..].find('"')
            {
                line.replace_range(from..from + length, "TIME");
            }
        }
        let source = line
            .strip_prefix("+++ after: ")
            .map(|_| "+++ after: SOURCE".to_owned());
        source.unwrap_or(line) + "\n"
    };
    text.lines().map(timed).collect()
}

/// What Evenkeel prints for a line of `runs`, and how it ends.
fn printed(case: &Path, words: &[&str]) -> String {
    let (target, notes) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let own = std::fs::read_to_string(case.join("options")).unwrap_or_default();
    let mut how = Options {
        results: true,
        pending: AbsPath::new(notes.path().join("pending").to_str().unwrap()).unwrap(),
        ..Options::default()
    };
    let mut project = Project::new(Arc::new(Disk))
        .inventory(case.join("hosts.ini").to_str().unwrap())
        .playbook(case.join("site.yml"))
        .extra(format!("dir={}", target.path().display()));
    let own: Vec<&str> = own.split_whitespace().collect();
    for pair in own.chunks(2) {
        let tags = || pair[1].split(',').map(Arc::from).collect();
        match pair[0] {
            "--tags" => how.tags = tags(),
            "--skip-tags" => how.skip_tags = tags(),
            _ => project = project.extra(pair[1]),
        }
    }
    let look = Look {
        mode: if words.contains(&"--check") {
            Mode::Plan
        } else {
            Mode::Apply
        },
        verbosity: u8::from(words.contains(&"-v")),
        diffs: words.contains(&"--diff"),
        times: false,
    };
    let loaded = project.load().unwrap();
    let mut run = loaded
        .run(Arc::new(Reach::new(ReachOptions::default())), how)
        .unwrap();
    let mut reporter = DefaultCallback::new(look, Arc::clone(&loaded.files));
    let mut text = String::new();
    let mut each = |event: &evenkeel::Event| {
        text.push_str(&reporter.drawn(event));
        true
    };
    let recap = run.walk(look.mode, &mut each).unwrap();
    let outcome = if recap.failed() {
        Outcome::Failed
    } else {
        Outcome::Done
    };
    text.push_str(&format!("exit code {}\n", outcome.ansible_code()));
    let cases = case.parent().unwrap().to_str().unwrap();
    text.replace(target.path().to_str().unwrap(), "DIR")
        .replace(cases, "CASES")
}

/// What differs in a line of `runs`.
fn compared(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../evenkeel/tests/language");
    let case = cases.canonicalize().unwrap().join(words[0]);
    let expected = here("expected").join(format!("{}.txt", words.concat()));
    let expected = normalised(&std::fs::read_to_string(expected).unwrap());
    let found = normalised(&printed(&case, &words[1..]));
    let deviates = DEVIATIONS.iter().any(|(deviation, _)| *deviation == line);
    match (found == expected, deviates) {
        (true, false) | (false, true) => None,
        (true, true) => Some(format!("== {line} is no deviation any more")),
        (false, false) => {
            let diff = evenkeel::unified_diff("Ansible", &expected, "Evenkeel", &found);
            Some(format!("== {line}\n{diff}"))
        }
    }
}

#[test]
fn playbooks_print_what_ansible_prints() {
    let runs = std::fs::read_to_string(here("runs")).unwrap();
    let lines: Vec<&str> = runs.lines().collect();
    assert!(lines.len() >= 20, "only {} runs", lines.len());
    let differences: Vec<String> = lines.iter().filter_map(|line| compared(line)).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}
