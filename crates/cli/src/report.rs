//! Draws a run's events: for people, or as JSON lines.

mod grouped;
mod human;
mod json;
mod progress;
mod style;

pub(crate) use human::Human;
pub(crate) use human::Look;
pub(crate) use json::Json;

use evenkeel::Event;

/// Takes every event of a run, in order.
pub(crate) trait Reporter {
    /// Draws an event; `false` when nobody reads any more.
    fn event(&mut self, event: &Event) -> bool;
}
