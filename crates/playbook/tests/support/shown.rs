//! A finding as these tests compare it: what, where, the line, the mend.

use std::fmt::Write as _;

use evenkeel_yaml::Problem;

/// A finding with the lines it points at.
pub(crate) fn rendered(problem: &Problem) -> String {
    let mut out = format!("{:?} {}: {}\n", problem.severity, problem.code, problem.message).to_lowercase();
    out.truncate(format!("{:?} {}: ", problem.severity, problem.code).len());
    writeln!(out, "{}", problem.message).unwrap();
    let related = problem
        .related
        .iter()
        .map(|related| (&related.place, &related.label));
    for (place, label) in problem
        .at
        .iter()
        .map(|(place, label)| (place, label))
        .chain(related)
    {
        let (line, column) = place.line_column();
        writeln!(out, "  at {place}").unwrap();
        if let Some(text) = place.source.text.lines().nth(line - 1) {
            let shown = place.text().lines().next().unwrap_or("").chars().count().max(1);
            writeln!(out, "   | {text}").unwrap();
            writeln!(
                out,
                "   | {}{} {label}",
                " ".repeat(column - 1),
                "^".repeat(shown)
            )
            .unwrap();
        } else {
            writeln!(out, "   | {label}").unwrap();
        }
    }
    for help in &problem.help {
        writeln!(out, "  help: {help}").unwrap();
    }
    out
}

pub(crate) fn all_rendered(problems: &[Problem]) -> String {
    problems.iter().map(rendered).collect::<Vec<_>>().join("\n")
}
