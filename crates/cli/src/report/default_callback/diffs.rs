//! What was before and after, as `--diff` shows it.

use evenkeel::Outcome;
use evenkeel::ShownChange;
use evenkeel::Status;
use evenkeel::unified_diff;
use serde_json::Value;

use crate::python_json;

/// The differences of a task that changed something, each with an empty line after it.
pub(super) fn of(outcome: &Outcome, wanted: bool) -> String {
    if !outcome.diff.unwrap_or(wanted) || outcome.status != Status::Changed {
        return String::new();
    }
    match outcome.result.get("diff") {
        Some(Value::Array(all)) => all.iter().map(registered).collect(),
        Some(one @ Value::Object(_)) => registered(one),
        _ => outcome.changes.iter().map(own).collect(),
    }
}

/// A difference as results have it.
fn registered(diff: &Value) -> String {
    let mut text = String::new();
    for (key, file) in [("dst", "destination"), ("src", "source")] {
        if diff.get(format!("{key}_binary")).is_some() {
            text += &format!("diff skipped: {file} file appears to be binary\n");
        }
        if let Some(size) = diff.get(format!("{key}_larger")) {
            text += &format!("diff skipped: {file} file size is greater than {size}\n");
        }
    }
    if let (Some(before), Some(after)) = (diff.get("before"), diff.get("after")) {
        let title = |word: &str| match diff.get(format!("{word}_header")).and_then(Value::as_str) {
            Some(header) => format!("{word}: {header}"),
            None => word.to_owned(),
        };
        let unified = unified_diff(&title("before"), &side(before), &title("after"), &side(after));
        text += &ended(&unified);
    }
    if let Some(prepared) = diff.get("prepared").and_then(Value::as_str) {
        text += prepared;
    }
    match text.ends_with('\n') || text.is_empty() {
        true => text,
        false => text + "\n",
    }
}

/// A side of a difference: a text, or something that is written out.
fn side(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => python_json::text(other, Some(4)) + "\n",
    }
}

/// What a change shows of itself, where the result says nothing of it.
fn own(change: &ShownChange) -> String {
    if change.diff.is_empty() {
        return String::new();
    }
    let title = |line: &str, mark: &str, word: &str| match line.strip_prefix(mark).map(str::trim) {
        Some(title) if title == word || title.is_empty() => format!("{mark}{word}\n"),
        Some(title) => format!("{mark}{word}: {title}\n"),
        None => format!("{line}\n"),
    };
    let lines = change
        .diff
        .lines()
        .enumerate()
        .map(|(number, line)| match number {
            0 => title(line, "--- ", "before"),
            1 => title(line, "+++ ", "after"),
            _ => format!("{line}\n"),
        });
    ended(&lines.collect::<String>())
}

/// A difference with an empty line after it.
fn ended(unified: &str) -> String {
    match unified.trim_end_matches('\n') {
        "" => String::new(),
        lines => format!("{lines}\n\n"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::registered;

    #[test]
    fn texts_mappings_and_reasons_for_none() {
        let text = json!({"before": "a\n", "after": "b\n", "before_header": "/f (content)", "after_header": "/f (content)"});
        assert_eq!(
            registered(&text),
            "--- before: /f (content)\n+++ after: /f (content)\n@@ -1 +1 @@\n-a\n+b\n\n"
        );
        let mapping =
            json!({"before": {"mode": "0600", "path": "/f"}, "after": {"mode": "0644", "path": "/f"}});
        assert_eq!(
            registered(&mapping),
            "--- before\n+++ after\n@@ -1,4 +1,4 @@\n {\n-    \"mode\": \"0600\",\n+    \"mode\": \"0644\",\n     \"path\": \"/f\"\n }\n\n"
        );
        let larger = json!({"dst_larger": 104448, "after": "b\n"});
        assert_eq!(
            registered(&larger),
            "diff skipped: destination file size is greater than 104448\n"
        );
        assert_eq!(registered(&json!({"before": "a\n", "after": "a\n"})), "");
    }
}
