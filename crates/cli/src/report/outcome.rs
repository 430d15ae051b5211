//! What came of a task on hosts, as people read it.

use std::fmt::Write as _;

use evenkeel::Files;
use evenkeel::Mode;
use evenkeel::Outcome;
use evenkeel::ShownChange;
use evenkeel::Status;
use evenkeel::TaskRef;

use super::Look;
use super::excerpt::excerpt;
use super::grouped::Group;
use super::grouped::names;
use super::style;
use super::style::paint;

/// Whether people want to see it.
pub(super) fn shows(outcome: &Outcome, look: Look) -> bool {
    match outcome.status {
        Status::Changed | Status::Failed | Status::Ignored => true,
        Status::Ok => look.verbosity > 0 || outcome.message.is_some() || !outcome.warnings.is_empty(),
        Status::Skipped => look.verbosity > 1,
    }
}

/// Hosts with the same outcome of a task.
pub(super) fn group(group: &Group, task: &TaskRef, look: Look, files: &dyn Files, text: &mut String) {
    let outcome = &group.outcome;
    let (word, colour) = word(outcome, look.mode);
    let item = group
        .item
        .as_ref()
        .map(|item| format!(" (item={item})"))
        .unwrap_or_default();
    let _ = writeln!(
        text,
        "{}",
        paint(colour, &format!("{word}: [{}]{item}", names(&group.hosts)))
    );
    let mut line = |style, line: &str| {
        let _ = writeln!(text, "  {}", paint(style, line));
    };
    if let Some(why) = &outcome.known_after_apply {
        let word = match look.mode {
            Mode::Plan => "known after apply",
            Mode::Apply => "uncertain",
        };
        line(style::UNKNOWN, &format!("{word}: {why}"));
    }
    if look.verbosity > 0 && !outcome.why.is_empty() {
        line(style::FAINT, &outcome.why);
    }
    for warning in &outcome.warnings {
        line(style::CHANGED, &format!("warning: {warning}"));
    }
    for message in outcome.message.iter().flat_map(|message| message.lines()) {
        line(anstyle::Style::new(), message);
    }
    for change in &outcome.changes {
        shown(change, outcome.diff.unwrap_or(look.diffs), text);
    }
    failure(outcome, task, files, text);
    if look.verbosity > 0 && !outcome.result.is_null() {
        let result = serde_json::to_string_pretty(&outcome.result).unwrap_or_default();
        for line in result.lines() {
            let _ = writeln!(text, "  {}", paint(style::FAINT, line));
        }
    }
}

fn word(outcome: &Outcome, mode: Mode) -> (&'static str, anstyle::Style) {
    match (outcome.status, mode, &outcome.known_after_apply) {
        (Status::Changed, Mode::Plan, None) => ("would change", style::CHANGED),
        (Status::Changed, Mode::Plan, Some(_)) => ("may change", style::UNKNOWN),
        (Status::Changed, Mode::Apply, _) => ("changed", style::CHANGED),
        (Status::Ok, _, _) => ("ok", style::OK),
        (Status::Skipped, _, _) => ("skipped", style::UNKNOWN),
        (Status::Failed, Mode::Plan, _) => ("would fail", style::FAILED),
        (Status::Failed, Mode::Apply, _) => ("failed", style::FAILED),
        (Status::Ignored, _, _) => ("failed, ignored", style::CHANGED),
    }
}

fn shown(change: &ShownChange, diffs: bool, text: &mut String) {
    let (mark, colour) = match change.action {
        "create" => ("+", style::OK),
        "delete" => ("-", style::FAILED),
        "run" => ("!", style::CHANGED),
        _ => ("~", style::CHANGED),
    };
    let _ = writeln!(text, "  {}", paint(colour, &format!("{mark} {}", change.subject)));
    if diffs {
        text.push_str(&style::diff(&change.diff, "    "));
    }
}

fn failure(outcome: &Outcome, task: &TaskRef, files: &dyn Files, text: &mut String) {
    let Some(failure) = &outcome.failure else { return };
    for line in failure.message.lines() {
        let _ = writeln!(text, "  {}", paint(style::FAILED, line));
    }
    if !failure.step.is_empty() {
        let _ = writeln!(text, "  at {}", failure.step);
    }
    for line in failure.stderr.lines() {
        let _ = writeln!(text, "  | {line}");
    }
    let at = failure.at.as_deref();
    let _ = writeln!(text, "  in {}", at.unwrap_or(&task.at));
    text.extend(at.and_then(|at| excerpt(files, at)));
    for help in &failure.help {
        let _ = writeln!(text, "  help: {help}");
    }
}
