//! Failures as a person reads them.

use evenkeel_host::Change;
use evenkeel_yaml::Problem;

use crate::Failure;
use crate::diff;

/// What to do about a file that its own program refuses.
const REFUSED: &str = "mend the variable or the template behind the line that the program names: `plan` shows the file as it would be";

/// A finding in the project's files that shows only on a host.
pub(crate) fn of_problem(problem: &Problem) -> Failure {
    Failure {
        message: problem.message.clone(),
        at: problem.at.as_ref().map(|(place, _)| place.to_string()),
        help: problem.help.clone(),
        in_result: problem
            .in_ansible
            .as_ref()
            .map(|words| format!("Task failed: {words}")),
        ..Failure::default()
    }
}

/// An argument that cannot be rendered.
pub(crate) fn of_argument(module: &str, name: &str, problem: &Problem) -> Failure {
    let name = if name == "free_form" { "_raw_params" } else { name };
    let words = problem.words();
    let in_result = format!(
        "Task failed: Finalization of task args for '{module}' failed: Error while resolving value for '{name}': {words}"
    );
    Failure {
        in_result: Some(in_result),
        ..of_problem(problem)
    }
}

/// A condition that cannot be evaluated.
pub(crate) fn of_condition(problem: &Problem) -> Failure {
    Failure {
        in_result: Some(format!(
            "Task failed: Error while evaluating conditional: {}",
            problem.words()
        )),
        ..of_problem(problem)
    }
}

/// A change that was not made: which one of how many, and why.
pub(crate) fn of_change(
    failed: &evenkeel_host::Failure,
    change: Option<&Change>,
    index: usize,
    of: usize,
) -> Failure {
    let shown = change.map(diff::shown);
    let what = shown.map_or_else(
        || "bookkeeping".to_owned(),
        |shown| match shown.subject.starts_with(shown.action) {
            true => shown.subject,
            false => format!("{} {}", shown.action, shown.subject),
        },
    );
    let step = format!("change {} of {of}: {what}", index + 1);
    let (message, stderr) = match failed {
        evenkeel_host::Failure::Stale(found) => (format!("the plan is stale: {found}"), String::new()),
        evenkeel_host::Failure::Failed(output) => {
            let stderr = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
            let stdout = output.text().trim_end().to_owned();
            let first = stderr
                .lines()
                .next()
                .or_else(|| stdout.lines().last())
                .unwrap_or("no message")
                .to_owned();
            (
                format!("{first} (exit code {})", output.code),
                if stderr.is_empty() { stdout } else { stderr },
            )
        }
        evenkeel_host::Failure::Invalid(output) => {
            let text = format!("{}{}", output.text(), String::from_utf8_lossy(&output.stderr));
            (
                "the check of the new file failed; the old file is untouched".to_owned(),
                text.trim_end().to_owned(),
            )
        }
        evenkeel_host::Failure::OutcomeUnknown(why) => (format!("outcome unknown: {why}"), String::new()),
    };
    let refused = matches!(failed, evenkeel_host::Failure::Invalid(_));
    let help = refused.then(|| REFUSED.to_owned());
    Failure {
        message,
        step,
        stderr,
        help: help.into_iter().collect(),
        ..Failure::default()
    }
}

/// What is left of a failure that must not be shown.
pub(crate) fn censored(because: &str) -> Failure {
    Failure {
        message: format!("the output is hidden because {because}"),
        ..Failure::default()
    }
}
