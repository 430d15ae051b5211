//! Spans of time as HAProxy writes them.

use std::fmt;

use super::Setting;
use crate::reader;

/// A span of time: `500ms`, `5s`, `10m`, `1h`, `1d`; a bare number is seconds.
///
/// Source: HAProxy's configuration manual, 2.5 "Time format"; there a bare number is milliseconds, so the unit is
/// always written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    milliseconds: u64,
}

const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// The longest that HAProxy takes: its timers are 31 bits of milliseconds.
const LONGEST: u64 = (1 << 31) - 1;

impl Time {
    /// Seconds.
    pub const fn seconds(seconds: u64) -> Time {
        Time {
            milliseconds: seconds * 1000,
        }
    }

    /// Milliseconds.
    pub const fn milliseconds(self) -> u64 {
        self.milliseconds
    }

    fn parse(text: &str) -> Option<Time> {
        let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(end);
        let unit = if unit.is_empty() { "s" } else { unit };
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit)?;
        let milliseconds = number.parse::<u64>().ok()?.checked_mul(*size)?;
        (1..=LONGEST)
            .contains(&milliseconds)
            .then_some(Time { milliseconds })
    }
}

impl fmt::Display for Time {
    /// In the largest unit that leaves a whole number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |size: u64| self.milliseconds.is_multiple_of(size);
        let (unit, size) = UNITS.iter().find(|(_, size)| fits(*size)).unwrap_or(&("ms", 1));
        write!(f, "{}{unit}", self.milliseconds / size)
    }
}

impl Setting for Time {
    const EXPECTED: &'static str = "a time such as `500ms`, `5s`, `10m` or `1h`, of at most 24 days";

    fn read(value: &serde_json::Value) -> Option<Time> {
        Time::parse(reader::text(value)?.trim())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        let shown = |text: &str| Time::parse(text).map(|time| time.to_string());
        for (text, expected) in [
            ("5", "5s"),
            ("500ms", "500ms"),
            ("60s", "1m"),
            ("90s", "90s"),
            ("24h", "1d"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "s",
            "0s",
            "-1s",
            "1.5s",
            "5 s",
            "1w",
            "25d",
            "99999999999999999999s",
        ] {
            assert_eq!(shown(text), None, "{text}");
        }
    }
}
