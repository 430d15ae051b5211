//! Colours: green for what is well, yellow for changes, red for failures, cyan for what is not known yet.

use anstyle::AnsiColor;
use anstyle::Style;

const fn colour(colour: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(colour)))
}

pub(super) const OK: Style = colour(AnsiColor::Green);
pub(super) const CHANGED: Style = colour(AnsiColor::Yellow);
pub(super) const FAILED: Style = colour(AnsiColor::Red);
pub(super) const UNKNOWN: Style = colour(AnsiColor::Cyan);
pub(super) const STRONG: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();

/// A text in a style.
pub(super) fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A heading, filled with stars as Ansible's are.
pub(super) fn banner(text: &str) -> String {
    let stars = 79usize.saturating_sub(text.chars().count() + 1).max(3);
    format!("\n{} {}\n", paint(STRONG, text), "*".repeat(stars))
}

/// A unified diff with its lines coloured, indented.
pub(super) fn diff(text: &str, indent: &str) -> String {
    let mut drawn = String::new();
    for line in text.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => OK,
            Some(b'-') => FAILED,
            Some(b'@') => UNKNOWN,
            _ => Style::new(),
        };
        drawn.push_str(indent);
        drawn.push_str(&paint(style, line));
        drawn.push('\n');
    }
    drawn
}
