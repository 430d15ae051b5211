//! The end of a run: PLAY RECAP, and what it comes to in a sentence.

use std::fmt::Write as _;

use evenkeel::Counts;
use evenkeel::Custom;
use evenkeel::Mode;
use evenkeel::Recap;

use super::grouped::names;
use super::style;
use super::style::paint;

/// Ansible's lines, one a host.
pub(super) fn recap(recap: &Recap) -> String {
    let mut text = style::banner("PLAY RECAP");
    for (host, counts) in &recap.hosts {
        let _ = writeln!(
            text,
            "{} : ok={:<4} changed={:<4} unreachable={:<4} failed={:<4} skipped={:<4} rescued={:<4} ignored={:<4}",
            paint(colour(counts), &format!("{host:<26}")),
            counts.ok,
            counts.changed,
            counts.unreachable,
            counts.failed,
            counts.skipped,
            counts.rescued,
            counts.ignored
        );
    }
    text
}

/// What tasks told with `set_stats`: a line for each host, then one for the run.
pub(super) fn custom(custom: &Custom) -> String {
    if custom.is_empty() {
        return String::new();
    }
    let line = |(of, values): (&String, &_)| {
        let values = serde_json::to_string(values).unwrap_or_default();
        let of = if of == Custom::RUN { "RUN" } else { of };
        format!("\t{of}: {values}\n")
    };
    let (run, hosts): (Vec<_>, Vec<_>) = custom.values.iter().partition(|(of, _)| *of == Custom::RUN);
    let lines: String = hosts.into_iter().chain(run).map(line).collect();
    format!("{}{lines}", style::banner("CUSTOM STATS"))
}

fn colour(counts: &Counts) -> anstyle::Style {
    match counts {
        Counts { failed, rescued, .. } if failed > rescued => style::FAILED,
        Counts { unreachable: 1.., .. } => style::FAILED,
        Counts { changed: 1.., .. } => style::CHANGED,
        _ => style::OK,
    }
}

/// What the run comes to: how much on how many hosts, and which hosts need somebody.
pub(super) fn sentence(recap: &Recap, mode: Mode, interrupted: bool) -> String {
    let mut text = paint(style::STRONG, &changes(recap, mode));
    let which = |picked: fn(&Counts) -> bool| {
        let hosts = recap.hosts.iter().filter(|(_, counts)| picked(counts));
        hosts.map(|(host, _)| host.to_string()).collect::<Vec<_>>()
    };
    let word = match mode {
        Mode::Plan => "Would fail",
        Mode::Apply => "Failed",
    };
    let failed = which(|counts| counts.failed > counts.rescued);
    let lost = which(|counts| counts.unreachable > 0);
    for (word, hosts) in [(word, failed), ("Unreachable", lost)] {
        if !hosts.is_empty() {
            let _ = write!(
                text,
                "\n{}",
                paint(style::FAILED, &format!("{word}: {}", names(&hosts)))
            );
        }
    }
    if interrupted {
        text.push('\n');
        text.push_str(&paint(
            style::FAILED,
            "Interrupted: what came after was not started.",
        ));
    }
    text + "\n"
}

fn changes(recap: &Recap, mode: Mode) -> String {
    let sum = |count: fn(&Counts) -> usize| recap.hosts.values().map(count).sum::<usize>();
    let (changed, unknown) = (sum(|counts| counts.changed), sum(|counts| counts.unknown));
    let unchanged = sum(|counts| counts.ok - counts.changed);
    let reached = recap
        .hosts
        .values()
        .filter(|counts| counts.unreachable == 0)
        .count();
    let touched = recap.hosts.values().filter(|counts| counts.changed > 0).count();
    let trouble = recap
        .hosts
        .values()
        .any(|counts| counts.failed > counts.rescued || counts.unreachable > 0);
    let hosts = counted(recap.hosts.len(), "host");
    if changed == 0 {
        return match (reached, mode) {
            (0, _) if !recap.hosts.is_empty() => "No host was reached.".to_owned(),
            (_, Mode::Plan) if trouble => {
                format!(
                    "No changes found: {} checked on {hosts}.",
                    counted(unchanged, "task")
                )
            }
            (_, Mode::Plan) => format!(
                "Nothing to change: {} checked on {hosts}.",
                counted(unchanged, "task")
            ),
            (_, Mode::Apply) => format!(
                "Nothing changed: {} checked on {hosts}.",
                counted(unchanged, "task")
            ),
        };
    }
    let (word, doubt) = match mode {
        Mode::Plan => ("Plan", "known only after apply"),
        Mode::Apply => ("Applied", "uncertain"),
    };
    let doubt = match unknown {
        0 => String::new(),
        unknown => format!(", {unknown} of them {doubt}"),
    };
    format!(
        "{word}: {} on {touched} of {hosts}{doubt}; {unchanged} unchanged.",
        counted(changed, "change")
    )
}

/// A count with its noun: `1 host`, `2 hosts`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(hosts: &[(&str, Counts)], mode: Mode) -> String {
        let hosts = hosts
            .iter()
            .map(|(name, counts)| ((*name).into(), *counts))
            .collect();
        anstream::adapter::strip_str(&sentence(
            &Recap {
                hosts,
                ..Recap::default()
            },
            mode,
            false,
        ))
        .to_string()
    }

    #[test]
    fn the_end_names_the_hosts_that_need_somebody() {
        let lost = Counts {
            unreachable: 1,
            ..Counts::default()
        };
        let same = Counts {
            ok: 4,
            ..Counts::default()
        };
        let changed = Counts {
            ok: 4,
            changed: 3,
            unknown: 1,
            ..Counts::default()
        };
        let failed = Counts {
            failed: 1,
            ..Counts::default()
        };
        let rescued = Counts {
            ok: 2,
            failed: 1,
            rescued: 1,
            ..Counts::default()
        };
        assert_eq!(
            told(&[("a", same)], Mode::Plan),
            "Nothing to change: 4 tasks checked on 1 host.\n"
        );
        assert_eq!(
            told(&[("a", lost), ("b", lost)], Mode::Plan),
            "No host was reached.\nUnreachable: a, b\n"
        );
        assert_eq!(
            told(&[("a", changed), ("b", lost), ("c", failed)], Mode::Plan),
            "Plan: 3 changes on 1 of 3 hosts, 1 of them known only after apply; 1 unchanged.\nWould fail: c\nUnreachable: b\n"
        );
        assert_eq!(
            told(&[("a", rescued)], Mode::Apply),
            "Nothing changed: 2 tasks checked on 1 host.\n"
        );
    }
}
