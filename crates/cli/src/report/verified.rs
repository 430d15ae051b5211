//! What hosts said of the endpoints: a matrix, and below it a line for everything that is not up.

mod cells;
mod findings;

use std::fmt::Write as _;

use evenkeel::Checked;
use evenkeel::State;
use evenkeel::Verified;
use evenkeel::topology::ProbeAsk;

use super::style;
use super::style::paint;
use super::summary::counted;
use cells::Cell;

/// The matrix, what is not up, and what it comes to.
pub(crate) fn matrix(verified: &Verified) -> String {
    let mut text = table(verified);
    let findings = findings::all(verified);
    if !findings.is_empty() {
        text.push('\n');
        text.push_str(&findings);
    }
    text.push('\n');
    if let Some(line) = findings::certificates(verified) {
        let _ = writeln!(text, "{}", paint(style::FAINT, &line));
    }
    let _ = writeln!(text, "{}", sentence(verified));
    text
}

/// Rows of hosts under their head, columns as wide as they must be.
fn table(verified: &Verified) -> String {
    let columns = cells::columns(verified);
    let mut rows = vec![cells::head(&columns)];
    rows.extend(
        verified
            .hosts
            .iter()
            .map(|host| cells::row(host, &columns, verified)),
    );
    let mut text = String::new();
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| row.len() > 2 || column == 0);
        cells
            .filter_map(|row| row.get(column))
            .map(Cell::width)
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..=columns.len()).map(width).collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| cell.padded(*width));
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

/// What it comes to.
fn sentence(verified: &Verified) -> String {
    // Who has the virtual address is one question to all hosts, and told apart.
    let is_check =
        |check: &&Checked| !matches!(check.probe.ask, ProbeAsk::Holds { .. }) || check.state != State::Up;
    let checks = || {
        verified
            .hosts
            .iter()
            .flat_map(|host| &host.checks)
            .filter(is_check)
    };
    let wrong = checks().filter(|check| check.state != State::Up).count();
    let all = counted(checks().count(), "check");
    let asked = verified.hosts.iter().filter(|host| host.lost.is_none()).count();
    let lost = verified.hosts.len() - asked;
    let mut text = match verified.is_up() {
        true => format!("Up: {all} on {}", counted(asked, "host")),
        false => format!(
            "Not all up: {wrong} of {all} failed on {}",
            counted(asked, "host")
        ),
    };
    if lost > 0 {
        let _ = write!(text, "; {} not asked", counted(lost, "host"));
    }
    if let Some(address) = &verified.address {
        let _ = write!(text, "; {}", findings::holder(address));
    }
    let style = if verified.is_up() {
        style::OK
    } else {
        style::FAILED
    };
    paint(style, &format!("{text}."))
}

#[cfg(test)]
mod tests;
