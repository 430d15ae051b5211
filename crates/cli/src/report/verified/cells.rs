//! The cells of the matrix.

use std::collections::BTreeSet;

use anstyle::Style;
use evenkeel::Checked;
use evenkeel::State;
use evenkeel::Verified;
use evenkeel::VerifiedHost;
use evenkeel::topology::ProbeAsk;

use crate::report::style;
use crate::report::style::paint;

/// A text in a colour.
pub(super) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    fn new(text: impl Into<String>, style: Style) -> Cell {
        Cell {
            text: text.into(),
            style,
        }
    }

    pub(super) fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// Filled up with blanks, which have no colour.
    pub(super) fn padded(&self, width: usize) -> String {
        let blanks = " ".repeat(width.saturating_sub(self.width()));
        if self.text.is_empty() {
            return blanks;
        }
        paint(self.style, &self.text) + &blanks
    }
}

/// A column: all ports, one path by its short name, or the virtual address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Ports,
    Path(String),
    Address,
}

impl Column {
    fn of(check: &Checked) -> Column {
        match &check.probe.ask {
            ProbeAsk::Listens { .. } => Column::Ports,
            ProbeAsk::Ready(_) | ProbeAsk::Health(_) => Column::Path(check.probe.name.clone()),
            ProbeAsk::Holds { .. } => Column::Address,
        }
    }
}

/// The columns that any host has: ports, paths in the order in which they are asked, the address.
pub(super) fn columns(verified: &Verified) -> Vec<Column> {
    let checks = verified.hosts.iter().flat_map(|host| &host.checks);
    let mut columns: Vec<Column> = Vec::new();
    let mut seen = BTreeSet::new();
    for column in checks.map(Column::of) {
        if seen.insert(column.clone()) {
            columns.push(column);
        }
    }
    columns.sort_by_key(|column| match column {
        Column::Ports => 0,
        Column::Path(_) => 1,
        Column::Address => 2,
    });
    columns
}

pub(super) fn head(columns: &[Column]) -> Vec<Cell> {
    let name = |column: &Column| match column {
        Column::Ports => "ports".to_owned(),
        Column::Path(name) => name.clone(),
        Column::Address => "address".to_owned(),
    };
    let names = std::iter::once("host".to_owned()).chain(columns.iter().map(name));
    names.map(|name| Cell::new(name, style::STRONG)).collect()
}

/// A host's row; one that could not be asked says so instead.
pub(super) fn row(host: &VerifiedHost, columns: &[Column], verified: &Verified) -> Vec<Cell> {
    let name = Cell::new(&*host.host, Style::new());
    if let Some(lost) = &host.lost {
        let word = if lost.unreachable {
            "unreachable"
        } else {
            "not asked"
        };
        return vec![name, Cell::new(word, style::FAILED)];
    }
    let cell = |column: &Column| {
        let checks = host.checks.iter().filter(|check| Column::of(check) == *column);
        let checks: Vec<&Checked> = checks.collect();
        match column {
            Column::Ports => ports(&checks),
            Column::Path(_) => path(&checks),
            Column::Address => address(host, verified),
        }
    };
    std::iter::once(name).chain(columns.iter().map(cell)).collect()
}

/// How many of the ports are listened on.
fn ports(checks: &[&Checked]) -> Cell {
    let up = checks.iter().filter(|check| check.state == State::Up).count();
    match checks.len() {
        0 => Cell::new("", Style::new()),
        all if all == up => Cell::new(format!("{up}/{all}"), style::OK),
        all => Cell::new(format!("{up}/{all}"), style::FAILED),
    }
}

/// The status that came back; `-` for none, `?` where nobody could ask.
fn path(checks: &[&Checked]) -> Cell {
    let wrong = checks.iter().find(|check| check.state != State::Up);
    let Some(check) = wrong.or(checks.first()) else {
        return Cell::new("", Style::new());
    };
    let code = check.code.map(|code| code.to_string());
    match check.state {
        State::Up => Cell::new(code.unwrap_or_default(), style::OK),
        State::Down => Cell::new(code.unwrap_or("-".to_owned()), style::FAILED),
        State::Unknown => Cell::new("?", style::UNKNOWN),
    }
}

fn address(host: &VerifiedHost, verified: &Verified) -> Cell {
    let is_well = verified
        .address
        .as_ref()
        .is_some_and(|address| address.state == State::Up);
    match host.has_address {
        Some(true) if is_well => Cell::new("here", style::OK),
        Some(true) => Cell::new("here", style::FAILED),
        Some(false) => Cell::new("", Style::new()),
        None => Cell::new("?", style::UNKNOWN),
    }
}
