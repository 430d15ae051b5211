//! How the hosts stand.

use std::fmt::Write as _;

use evenkeel::Counts;
use evenkeel::Recap;

use super::banner;

/// The counts of all hosts for which anything was begun.
pub(super) fn drawn(recap: &Recap) -> String {
    let mut text = banner("PLAY RECAP");
    for (host, counts) in &recap.hosts {
        if *counts != Counts::default() {
            let _ = writeln!(
                text,
                "{host:<26} : ok={:<4} changed={:<4} unreachable={:<4} failed={:<4} skipped={:<4} rescued={:<4} ignored={:<4}",
                counts.ok,
                counts.changed,
                counts.unreachable,
                counts.failed,
                counts.skipped,
                counts.rescued,
                counts.ignored
            );
        }
    }
    text.push('\n');
    text
}
