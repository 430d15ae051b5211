//! `evenkeel certs`.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::SystemTime;

use evenkeel::Draft;
use evenkeel::Loaded;
use evenkeel::Problem;
use evenkeel::certs::Action;
use evenkeel::certs::Entry;
use evenkeel::certs::Report;

use super::project;
use crate::Context;
use crate::args::CertsArgs;
use crate::args::Format;
use crate::draw;
use crate::exit::Outcome;
use crate::out;

/// Makes the certificates of the cluster's etcd, or keeps them.
pub(crate) fn certs(context: &Context, args: &CertsArgs) -> Outcome {
    try_certs(context, args).unwrap_or_else(|outcome| outcome)
}

fn try_certs(context: &Context, args: &CertsArgs) -> Result<Outcome, Outcome> {
    let loaded = project::load(project::of_source(context, &args.source).without_playbook())?;
    let wrong = |problems: Vec<Problem>| {
        draw::problems(&problems);
        Outcome::Input
    };
    let folder = match &args.dir {
        Some(folder) => folder.clone(),
        None => loaded
            .certificate_folder()
            .map_err(|problem| wrong(vec![problem]))?,
    };
    let now = SystemTime::now();
    let report = if args.dry_run {
        loaded.plan_certificates(&folder, now)
    } else {
        loaded.ensure_certificates(&folder, now)
    };
    let report = report.map_err(wrong)?;
    draw::problems(&report.warnings);
    out::text(&match args.format {
        Format::Human | Format::Ansible => human(&report),
        Format::Json => serde_json::to_string(&report).unwrap_or_default() + "\n",
    });
    Ok(Outcome::Done)
}

/// Certificates that the generated playbook copies to the hosts, made but not yet written.
pub(super) struct Drafted {
    report: Report,
    draft: Arc<Draft>,
}

/// Makes or keeps the certificates that the generated playbook needs, for the run to read.
pub(super) fn drafted(loaded: &mut Loaded) -> Result<Option<Drafted>, Outcome> {
    let drafted = loaded.draft_certificates(SystemTime::now());
    let drafted = drafted.map_err(|problems| {
        draw::problems(&problems);
        Outcome::Input
    })?;
    Ok(drafted.map(|(report, draft)| {
        draw::problems(&report.warnings);
        Drafted { report, draft }
    }))
}

impl Drafted {
    /// Writes what was made, and says so.
    pub(super) fn write(&self) -> Result<(), Outcome> {
        let folder = self.report.folder.display();
        self.draft.commit().map_err(|error| {
            let text = format!("etcd's certificates cannot be written to {folder}: {error}");
            draw::problems(&[Problem::error("certs::write", text)]);
            Outcome::Input
        })?;
        let made = self.report.made();
        if made > 0 {
            out::aside(&format!("made {made} files of etcd's certificates in {folder}\n"));
        }
        Ok(())
    }
}

/// A line for each file.
fn human(report: &Report) -> String {
    let mut text = format!("etcd's certificates in {}\n", report.folder.display());
    let width = report
        .files
        .iter()
        .map(|entry| entry.file.len())
        .max()
        .unwrap_or(0);
    for entry in &report.files {
        let verb = verb(entry.action, report.forecast);
        let _ = writeln!(text, "{verb}  {:width$}  {}", entry.file, validity(entry));
    }
    for file in &report.unused {
        let _ = writeln!(
            text,
            "unused  {file:width$}  the cluster does not need it any more"
        );
    }
    let made = report.made();
    let (action, kept) = (verb(Action::Made, report.forecast), report.files.len() - made);
    let _ = writeln!(
        text,
        "{action} {made}, {} {kept}",
        verb(Action::Kept, report.forecast)
    );
    text
}

fn verb(action: Action, forecast: bool) -> &'static str {
    match (action, forecast) {
        (Action::Made, false) => "made",
        (Action::Made, true) => "would make",
        (Action::Kept, false) => "kept",
        (Action::Kept, true) => "would keep",
    }
}

fn validity(entry: &Entry) -> String {
    let days = format!("valid for {} days", entry.days);
    if entry.why.is_empty() {
        return days;
    }
    let why: Vec<String> = entry.why.iter().map(ToString::to_string).collect();
    format!("{days}: {}", why.join("; "))
}
