//! Draws a run's events: for people, or as JSON lines.

mod default_callback;
mod excerpt;
mod grouped;
mod human;
mod json;
mod outcome;
mod progress;
mod style;
mod summary;
mod verified;

pub(crate) use default_callback::DefaultCallback;
pub(crate) use default_callback::playbook_heading;
pub(crate) use human::Human;
pub(crate) use json::Json;
pub(crate) use verified::matrix;

use evenkeel::Event;
use evenkeel::Mode;

/// Takes every event of a run, in order.
pub(crate) trait Reporter {
    /// Draws an event; `false` when nobody reads any more.
    fn event(&mut self, event: &Event) -> bool;
}

/// What people are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Forecast or real run.
    pub(crate) mode: Mode,
    /// `-v` is 1.
    pub(crate) verbosity: u8,
    /// Whether diffs are shown.
    pub(crate) diffs: bool,
    /// Whether the elapsed time is shown.
    pub(crate) times: bool,
}
