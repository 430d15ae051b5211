//! `evenkeel lint`.

use std::fmt::Write as _;
use std::sync::Arc;

use evenkeel::Options;
use evenkeel::Problem;
use evenkeel::Severity;
use evenkeel::topology::LINTS;
use evenkeel::topology::Lint;
use serde_json::json;

use super::project;
use crate::Context;
use crate::args::LintArgs;
use crate::args::LintFormat;
use crate::draw;
use crate::exit::Outcome;
use crate::findings;
use crate::findings::About;
use crate::out;

/// Checks the cluster that an inventory describes, and a playbook, or tells about the lints themselves.
pub(crate) fn lint(context: &Context, args: &LintArgs) -> Outcome {
    if args.list {
        out::text(&list(args.format));
        return Outcome::Done;
    }
    match &args.explain {
        Some(id) => explain(id, args.format),
        None => check(context, args),
    }
}

fn check(context: &Context, args: &LintArgs) -> Outcome {
    let findings = findings(context, args);
    let count = |severity| findings.iter().filter(|found| found.severity == severity).count();
    match args.format {
        LintFormat::Human => {
            for finding in &findings {
                out::text(&format!("{}\n", draw::on_stdout(finding)));
            }
            out::text(&summary(
                [Severity::Error, Severity::Warning, Severity::Note].map(count),
            ));
        }
        LintFormat::Json => {
            let findings: Vec<serde_json::Value> = findings.iter().map(as_json).collect();
            out::text(&pretty(&json!(findings)));
        }
        LintFormat::Markdown => {
            out::text(&findings.iter().fold(
                "| severity | finding | where | what | why and mend |\n|---|---|---|---|---|\n".to_owned(),
                |text, finding| text + &row(finding),
            ));
        }
    }
    if count(Severity::Error) > 0 {
        Outcome::Input
    } else {
        Outcome::Done
    }
}

/// Everything that reading inventory and playbook tells, notes included, the gravest first.
fn findings(context: &Context, args: &LintArgs) -> Vec<Problem> {
    let playbook = args.playbook.as_deref();
    let mut project = project::of_playbook(context, &args.source, playbook);
    if playbook.is_none() {
        project = project.without_playbook();
    }
    let mut findings = match project.load() {
        Err(problems) => problems,
        Ok(loaded) => {
            let more = match loaded.described_cluster() {
                Ok(cluster) => cluster.notes.clone(),
                // A playbook needs none.
                Err(_) if playbook.is_some() => Vec::new(),
                Err(problem) => vec![problem],
            };
            let hosts: Vec<Arc<str>> = loaded
                .inventory
                .hosts()
                .map(|host| Arc::clone(host.name()))
                .collect();
            let known = match playbook {
                Some(_) => loaded.check(&hosts, &Options::default()),
                None => loaded.unreachable(&hosts),
            };
            loaded.warnings.into_iter().chain(more).chain(known).collect()
        }
    };
    findings.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
    findings
}

fn summary(counts: [usize; 3]) -> String {
    let words = ["error", "warning", "note"];
    let told: Vec<String> = counts
        .iter()
        .zip(words)
        .filter(|(count, _)| **count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if told.is_empty() {
        format!("nothing found by {} lints\n", LINTS.len())
    } else {
        format!("{}\n", told.join(", "))
    }
}

const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn as_json(problem: &Problem) -> serde_json::Value {
    let place = |place: &evenkeel::Place, label: &str| {
        let (line, column) = place.line_column();
        json!({"file": place.source.name, "line": line, "column": column, "label": label})
    };
    let lint = Lint::named(&problem.code).filter(|_| problem.code.starts_with("cluster::"));
    let mends = problem
        .help
        .iter()
        .filter(|help| lint.is_none_or(|lint| lint.sentence != help.as_str()));
    json!({
        "id": lint.map_or(&*problem.code, |lint| lint.id),
        "severity": word(problem.severity),
        "message": problem.message,
        "explanation": lint.map(|lint| lint.sentence),
        "mend": mends.cloned().collect::<Vec<_>>().join(" "),
        "place": problem.at.as_ref().map(|(at, label)| place(at, label)),
        "related": problem.related.iter().map(|related| place(&related.place, &related.label)).collect::<Vec<_>>(),
    })
}

fn row(problem: &Problem) -> String {
    let place = problem
        .at
        .as_ref()
        .map(|(place, _)| place.to_string())
        .unwrap_or_default();
    let cells = [
        word(problem.severity).to_owned(),
        format!("`{}`", problem.code),
        place,
        problem.message.clone(),
        problem.help.join(" "),
    ];
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
    format!("| {} |\n", cells.join(" | "))
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn lint_json(lint: &Lint) -> serde_json::Value {
    json!({
        "id": lint.id,
        "severity": word(lint.severity),
        "explanation": lint.sentence,
        "mend": lint.mend,
        "source": lint.source,
    })
}

/// The table of all lints.
fn list(format: LintFormat) -> String {
    match format {
        LintFormat::Human => LINTS.iter().fold(String::new(), |mut text, lint| {
            let _ = writeln!(
                text,
                "{:<20} {:<7}  {}\n{:<28}  {}",
                lint.id,
                word(lint.severity),
                lint.sentence,
                "",
                lint.mend
            );
            text
        }),
        LintFormat::Json => pretty(&json!(LINTS.iter().map(lint_json).collect::<Vec<_>>())),
        LintFormat::Markdown => markdown(),
    }
}

/// `docs/lints.md`.
fn markdown() -> String {
    let mut text = format!(
        "# Lints\n\nWhat `evenkeel lint -i INVENTORY` looks for, before anything connects: {} lints. Errors stop every \
         command that\nneeds the cluster (exit code 5), warnings are printed once, notes are told by `evenkeel lint` \
         alone. A finding's code is\n`cluster::ID`. A warning that is known and meant is named in the inventory, `lint_accepted: [ID]`, and is a \
         note from then on.\n\nThis file is written by `evenkeel lint --list --format markdown`.\n\n\
         | id | severity | why | mend | known from |\n|---|---|---|---|---|\n",
        LINTS.len()
    );
    for lint in LINTS {
        let cells = [lint.sentence, lint.mend, lint.source].map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(
            text,
            "| `{}` | {} | {} |",
            lint.id,
            word(lint.severity),
            cells.join(" | ")
        );
    }
    text
}

fn explain(id: &str, format: LintFormat) -> Outcome {
    let Some(lint) = Lint::named(id) else {
        if let Some(about) = findings::about(id) {
            out::text(&of_finding(id, about, format));
            return Outcome::Done;
        }
        let problem = Problem::error("lint::unknown", format!("there is no lint `{id}`"));
        let near = evenkeel::yaml::nearest(id, LINTS.iter().map(|lint| lint.id));
        draw::problems(&[match near {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("`evenkeel lint --list` lists all"),
        }]);
        return Outcome::Input;
    };
    out::text(&match format {
        LintFormat::Json => pretty(&lint_json(lint)),
        LintFormat::Human | LintFormat::Markdown => format!(
            "{} ({})\n\n  {}\n  {}\n\nKnown from: {}\n",
            lint.id,
            word(lint.severity),
            lint.sentence,
            lint.mend,
            lint.source
        ),
    });
    Outcome::Done
}

/// A finding that is no lint.
fn of_finding(id: &str, about: About, format: LintFormat) -> String {
    let (title, text) = match about {
        About::Id(text) => (id.to_owned(), text),
        About::Family(text) => (
            format!("findings `{}::...`", id.split("::").next().unwrap_or(id)),
            text,
        ),
    };
    match format {
        LintFormat::Json => pretty(&json!({"id": id, "explanation": text})),
        LintFormat::Human | LintFormat::Markdown => {
            format!(
                "{title}\n\n  {text}\n  Message and help of the finding say what is wrong in its place, and the mend.\n"
            )
        }
    }
}
