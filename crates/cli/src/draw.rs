//! Draws findings: what is wrong, where, and the mend.

use std::fmt;

use evenkeel::Problem;
use evenkeel::playbook::inventory::is_secret;
use miette::Diagnostic;
use miette::GraphicalReportHandler;
use miette::GraphicalTheme;
use miette::LabeledSpan;
use miette::SourceCode;

use crate::out;

/// Draws findings on standard error, with colour only on a terminal.
pub(crate) fn problems(problems: &[Problem]) {
    for problem in problems {
        out::aside(&format!("{}\n", text(problem, colours())));
    }
}

/// A finding as standard output shows it.
pub(crate) fn on_stdout(problem: &Problem) -> String {
    let choice = anstream::AutoStream::choice(&std::io::stdout());
    text(problem, choice != anstream::ColorChoice::Never)
}

fn colours() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// One finding as text.
fn text(problem: &Problem, colours: bool) -> String {
    let theme = if colours {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let mut text = String::new();
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(100)
        .with_context_lines(2);
    if handler.render_report(&mut text, &Finding(problem)).is_err() {
        text = problem.to_string();
    }
    text.lines().map(|line| without_secrets(line) + "\n").collect()
}

/// The lines around a finding may hold passwords: what stands after the name of one is blotted out, character by
/// character, so that marks below the line still point at the right place.
pub(crate) fn without_secrets(line: &str) -> String {
    let part_of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut kept = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(part_of_a_name) {
        let (before, named) = rest.split_at(start);
        let (name, after) = named.split_at(named.find(|c| !part_of_a_name(c)).unwrap_or(named.len()));
        kept.push_str(before);
        kept.push_str(name);
        rest = after;
        let value = after.trim_start_matches(['"', '\'', ' ']);
        if (is_secret(name) || is_password(name)) && value.starts_with(['=', ':']) {
            kept.push_str(&after[..=after.len() - value.len()]);
            kept.extend(value.chars().skip(1).map(|c| if c == ' ' { ' ' } else { '*' }));
            return kept;
        }
    }
    kept + rest
}

/// Passwords that no connection needs: VRRP's, `k3s_token`, ...
fn is_password(name: &str) -> bool {
    ["auth_pass", "_password", "_token"]
        .iter()
        .any(|end| name.ends_with(end))
}

/// A problem whose place is told by the drawing alone.
#[derive(Debug)]
struct Finding<'p>(&'p Problem);

impl fmt::Display for Finding<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Finding<'_> {}

impl Diagnostic for Finding<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.code()
    }

    fn severity(&self) -> Option<miette::Severity> {
        self.0.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        self.0.related()
    }
}

#[cfg(test)]
mod tests {
    use super::without_secrets;

    #[test]
    fn passwords_beside_a_finding_are_blotted_out() {
        assert_eq!(
            without_secrets(" 2 │ web1 ansible_user=jo ansible_password=s3c ret=1"),
            " 2 │ web1 ansible_user=jo ansible_password=*** *****"
        );
        assert_eq!(
            without_secrets("\"ansible_become_pass\": 'x'"),
            "\"ansible_become_pass\": ***"
        );
        assert_eq!(
            without_secrets("  keepalived_auth_pass: s3cret, 3"),
            "  keepalived_auth_pass: ******* *"
        );
        assert_eq!(
            without_secrets("{{ ansible_password }} and ansible_host: a"),
            "{{ ansible_password }} and ansible_host: a"
        );
    }
}
