//! A task's result and its differences, as far as they are shown.

use evenkeel::Outcome;
use evenkeel::Status;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::python_json;

/// What stands for a result that `no_log` hides.
const CENSORED: &str =
    "the output has been hidden due to the fact that 'no_log: true' was specified for this result";

/// Why `no_log` hides a result, in the words of an outcome.
const NO_LOG: &str = "of no_log";

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

/// Whether the result is shown without `-v`, too, and over several lines: `debug` and `assert` show what they have come to,
/// unless that is hidden, and `assert` with `quiet` shows nothing when all is true.
pub(super) fn is_always_shown(module: &str, outcome: &Outcome) -> bool {
    let has = |key: &str| outcome.result.get(key).is_some();
    let failed = matches!(outcome.status, Status::Failed | Status::Ignored);
    if outcome.status == Status::Skipped || outcome.hidden == Some(NO_LOG) {
        return false;
    }
    match module {
        "ansible.builtin.debug" if failed => has("failed_when_result"),
        "ansible.builtin.debug" => true,
        "ansible.builtin.assert" if failed => has("assertion"),
        "ansible.builtin.assert" => outcome.message.is_some() || outcome.known_after_apply.is_some(),
        _ => false,
    }
}

/// A result as it is shown.
pub(super) fn shown(module: &str, outcome: &Outcome, verbosity: u8) -> String {
    let indented = verbosity > 2 || is_always_shown(module, outcome);
    let indent = indented.then_some(4);
    let Value::Object(result) = &outcome.result else {
        let changed = outcome.status == Status::Changed;
        let hidden = match module {
            "ansible.builtin.debug" => json!({"censored": censored(outcome)}),
            _ => json!({"censored": censored(outcome), "changed": changed}),
        };
        return python_json::text(&hidden, indent);
    };
    let mut shown = abridged(module, result, verbosity);
    if outcome.status == Status::Skipped {
        // Those of a loop, of which there were none.
        shown.remove("results");
    }
    if let (true, "ansible.builtin.debug", Some(message)) = (shown.is_empty(), module, &outcome.message) {
        shown.insert("msg".to_owned(), json!(message));
    }
    python_json::text(&Value::Object(shown), indent)
}

/// What stands for a result that is hidden, and why it is.
fn censored(outcome: &Outcome) -> String {
    match outcome.hidden {
        Some(NO_LOG) | None => CENSORED.to_owned(),
        Some(why) => format!("the output has been hidden because {why}"),
    }
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
