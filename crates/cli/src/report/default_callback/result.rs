//! A task's result and its differences, as far as they are shown.

use evenkeel::Outcome;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::python_json;

/// What stands for a result that `no_log` hides.
const CENSORED: &str =
    "the output has been hidden due to the fact that 'no_log: true' was specified for this result";

/// Never shown in a result: the word before it says it, or it is told before.
const TOLD: [&str; 5] = ["failed", "skipped", "exception", "warnings", "deprecations"];

/// Not shown in what `debug` shows of a variable.
const NOT_IN_DEBUG: [&str; 5] = [
    "changed",
    "skip_reason",
    "ansible_loop_var",
    "ansible_index_var",
    "ansible_loop",
];

/// Whether the result is shown without `-v`, too.
pub(super) fn is_always_shown(module: &str) -> bool {
    matches!(module, "ansible.builtin.debug" | "ansible.builtin.assert")
}

/// A result as it is shown.
pub(super) fn shown(module: &str, outcome: &Outcome, verbosity: u8) -> String {
    let indented = verbosity > 2 || is_always_shown(module);
    let indent = indented.then_some(4);
    let Value::Object(result) = &outcome.result else {
        let changed = outcome.status == evenkeel::Status::Changed;
        return python_json::text(&json!({"censored": CENSORED, "changed": changed}), indent);
    };
    python_json::text(&Value::Object(abridged(module, result, verbosity)), indent)
}

fn abridged(module: &str, result: &Map<String, Value>, verbosity: u8) -> Map<String, Value> {
    let debug = module == "ansible.builtin.debug";
    let hidden = |key: &str| {
        TOLD.contains(&key)
            || key.starts_with("_ansible_")
            || verbosity < 3 && matches!(key, "invocation" | "diff")
            || debug && result.contains_key("msg") && key != "msg"
            || debug && NOT_IN_DEBUG.contains(&key)
    };
    let kept = result.iter().filter(|(key, _)| !hidden(key));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The differences of a task that changed something, each with an empty line after it.
pub(super) fn diffs(outcome: &Outcome, wanted: bool) -> String {
    if !outcome.diff.unwrap_or(wanted) || outcome.status != evenkeel::Status::Changed {
        return String::new();
    }
    let diffs = outcome.changes.iter().map(|change| &change.diff);
    diffs
        .filter(|diff| !diff.is_empty())
        .map(|diff| titled(diff))
        .collect()
}

/// A difference with the titles that Ansible gives.
fn titled(diff: &str) -> String {
    let title = |line: &str, mark: &str, word: &str| match line.strip_prefix(mark).map(str::trim) {
        Some(title) if title == word || title.is_empty() => format!("{mark}{word}\n"),
        Some(title) => format!("{mark}{word}: {title}\n"),
        None => format!("{line}\n"),
    };
    let lines = diff.lines().enumerate().map(|(number, line)| match number {
        0 => title(line, "--- ", "before"),
        1 => title(line, "+++ ", "after"),
        _ => format!("{line}\n"),
    });
    lines.collect::<String>() + "\n"
}
