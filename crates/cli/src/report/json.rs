//! Events as JSON lines; the schema's version is in the first event.

use std::io::Write as _;

use evenkeel::Event;

use super::Reporter;

/// Prints each event as one line of JSON.
pub(crate) struct Json;

impl Reporter for Json {
    fn event(&mut self, event: &Event) -> bool {
        let Ok(line) = serde_json::to_string(event) else {
            return false;
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).is_ok()
    }
}
