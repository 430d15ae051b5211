//! What is told before a failure: the message, and the lines that it comes from.

use std::fmt::Write as _;
use std::path::Path;

use evenkeel::Failure;
use evenkeel::Files;
use evenkeel::Outcome;
use evenkeel::TaskRef;
use serde_json::Value;

use crate::draw::without_secrets;

/// Above this many characters a line is cut.
const WIDTH: usize = 120;

/// The message of a failure, with the lines that it comes from.
pub(super) fn error(files: &dyn Files, task: &TaskRef, outcome: &Outcome, failure: &Failure) -> String {
    let at = failure.at.as_deref().unwrap_or(&task.at);
    let message = message(task, outcome, failure);
    let mut text = format!("[ERROR]: Task failed: {message}\nOrigin: {}\n\n", absolute(at));
    text.extend(source(files, at));
    text.push('\n');
    text
}

/// Who says that it failed, and why.
fn message(task: &TaskRef, outcome: &Outcome, failure: &Failure) -> String {
    let result = |key: &str| outcome.result.get(key);
    let failed_itself = result("rc").and_then(Value::as_i64).is_some_and(|code| code != 0);
    let failed_when = result("failed_when_result") == Some(&Value::Bool(true)) && !failed_itself;
    let by_itself = matches!(&*task.module, "ansible.builtin.fail" | "ansible.builtin.assert");
    let given_up = outcome
        .result
        .get("attempts")
        .map(|tries| format!(", given up after {tries} retries"));
    let given_up = given_up.is_some_and(|ending| failure.message.ends_with(&ending));
    let word = match (&failure.at, failed_when || by_itself || given_up) {
        (Some(_), _) => return failure.message.clone(),
        (None, true) => "Action failed",
        (None, false) => "Module failed",
    };
    match outcome.result.get("msg").and_then(Value::as_str) {
        Some("") => format!("{word}."),
        Some(msg) if msg.starts_with("Task failed: ") => msg["Task failed: ".len()..].to_owned(),
        Some(msg) => format!("{word}: {msg}"),
        None => format!("{word}: {}", failure.message),
    }
}

/// A place whose path begins at the root.
pub(super) fn absolute(at: &str) -> String {
    let mut parts = at.rsplitn(3, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(column), Some(line), Some(path)) => format!("{}:{line}:{column}", path_of(path)),
        _ => at.to_owned(),
    }
}

/// What was included: a file by its path from the root, a role by its name.
pub(super) fn absolute_path(title: &str) -> String {
    if Path::new(title).extension().is_some() {
        path_of(title)
    } else {
        title.to_owned()
    }
}

fn path_of(path: &str) -> String {
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |path| path.display().to_string())
}

/// Up to two lines before the place, its own, and a mark below its column.
fn source(files: &dyn Files, at: &str) -> Option<String> {
    let mut parts = at.rsplitn(3, ':');
    let column: usize = parts.next()?.parse().ok()?;
    let number: usize = parts.next()?.parse().ok()?;
    let bytes = files.read(Path::new(parts.next()?)).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let width = number.to_string().len();
    let first = number.saturating_sub(3);
    let mut drawn = String::new();
    for (index, line) in text.lines().enumerate().take(number).skip(first) {
        let line = cut(&without_secrets(&line.replace('\t', " ")), WIDTH - width - 1);
        let blank = if line.is_empty() { "" } else { " " };
        let _ = writeln!(drawn, "{:>width$}{blank}{line}", index + 1);
    }
    let indent = " ".repeat(width + column);
    let _ = writeln!(drawn, "{indent}^ column {column}");
    Some(drawn)
}

fn cut(line: &str, width: usize) -> String {
    if line.chars().count() <= width {
        return line.to_owned();
    }
    line.chars().take(width - 3).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::source;

    #[test]
    fn two_lines_stand_before_the_one_that_is_meant() {
        let files = evenkeel::Memory::default().with("a.yml", "- hosts: all\n\n  tasks:\n    - fail:\n");
        assert_eq!(
            source(&files, "a.yml:4:7").unwrap(),
            "2\n3   tasks:\n4     - fail:\n        ^ column 7\n"
        );
    }
}
