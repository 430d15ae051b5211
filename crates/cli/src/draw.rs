//! Draws findings: what is wrong, where, and the mend.

use evenkeel::Problem;
use miette::GraphicalReportHandler;
use miette::GraphicalTheme;

/// Draws findings for standard error, with colour only on a terminal.
pub(crate) fn problems(problems: &[Problem]) {
    for problem in problems {
        anstream::eprintln!("{}", text(problem, colours()));
    }
}

fn colours() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// One finding as text.
pub(crate) fn text(problem: &Problem, colours: bool) -> String {
    let theme = if colours {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(100)
        .with_context_lines(2);
    if handler.render_report(&mut text, problem).is_err() {
        text = problem.to_string();
    }
    text
}
