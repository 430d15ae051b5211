//! Events as people read them.

use std::fmt::Write as _;
use std::io::Write as _;

use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Mode;
use evenkeel::Outcome;
use evenkeel::Recap;
use evenkeel::ShownChange;
use evenkeel::Status;

use super::Reporter;
use super::grouped::Group;
use super::grouped::Grouped;
use super::grouped::names;
use super::progress::Progress;
use super::style;
use super::style::paint;

/// What is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// Forecast or real run.
    pub(crate) mode: Mode,
    /// `-v`.
    pub(crate) verbosity: u8,
    /// Whether diffs are shown.
    pub(crate) diffs: bool,
    /// Whether the elapsed time is shown.
    pub(crate) times: bool,
}

/// Draws events for people: tasks that change something, hosts with the same change together.
pub(crate) struct Human {
    look: Look,
    current: Option<Grouped>,
    hosts: usize,
    tasks: Tasks,
    progress: Progress,
}

/// How the run's tasks ended, for the summary.
#[derive(Default)]
struct Tasks {
    sure: usize,
    unknown: usize,
    unchanged: usize,
    failed: usize,
}

impl Human {
    pub(crate) fn new(look: Look) -> Human {
        let progress = Progress::new(look.mode == Mode::Apply);
        Human {
            look,
            current: None,
            hosts: 0,
            tasks: Tasks::default(),
            progress,
        }
    }

    fn print(&self, text: &str) -> bool {
        self.progress.aside(|| {
            let mut out = anstream::stdout().lock();
            write!(out, "{text}").and_then(|()| out.flush()).is_ok()
        })
    }

    /// Draws the task that just ended.
    fn finish_task(&mut self) -> bool {
        let Some(task) = self.current.take() else {
            return true;
        };
        let mut text = String::new();
        for group in task.groups() {
            self.tally(group);
            if self.shows(&group.outcome) {
                self.group(group, &mut text);
            }
        }
        if text.is_empty() {
            return true;
        }
        let word = if task.task.handler {
            "RUNNING HANDLER"
        } else {
            "TASK"
        };
        let head = banner(&format!("{word} [{}]", task.task.name));
        self.print(&format!("{head}{text}"))
    }

    fn tally(&mut self, group: &Group) {
        let counted = match (group.outcome.status, &group.outcome.known_after_apply) {
            (Status::Changed, None) => &mut self.tasks.sure,
            (Status::Changed, Some(_)) => &mut self.tasks.unknown,
            (Status::Failed, _) => &mut self.tasks.failed,
            (Status::Ok | Status::Skipped | Status::Ignored, _) => &mut self.tasks.unchanged,
        };
        *counted += group.hosts.len();
    }

    fn shows(&self, outcome: &Outcome) -> bool {
        match outcome.status {
            Status::Changed | Status::Failed | Status::Ignored => true,
            Status::Ok => {
                self.look.verbosity > 0 || outcome.message.is_some() || !outcome.warnings.is_empty()
            }
            Status::Skipped => self.look.verbosity > 1,
        }
    }

    fn group(&self, group: &Group, text: &mut String) {
        let outcome = &group.outcome;
        let (word, colour) = self.word(outcome);
        let item = group
            .item
            .as_ref()
            .map(|item| format!(" (item={item})"))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "{}",
            paint(colour, &format!("{word}: [{}]{item}", names(&group.hosts)))
        );
        if let Some(why) = &outcome.known_after_apply {
            let _ = writeln!(
                text,
                "  {}",
                paint(style::UNKNOWN, &format!("known after apply: {why}"))
            );
        }
        if self.look.verbosity > 0 && !outcome.why.is_empty() {
            let _ = writeln!(text, "  {}", paint(style::FAINT, &outcome.why));
        }
        for warning in &outcome.warnings {
            let _ = writeln!(
                text,
                "  {}",
                paint(style::CHANGED, &format!("warning: {warning}"))
            );
        }
        if let Some(message) = &outcome.message {
            for line in message.lines() {
                let _ = writeln!(text, "  {line}");
            }
        }
        for change in &outcome.changes {
            self.change(change, text);
        }
        failure(outcome, text);
        if self.look.verbosity > 0 && !outcome.result.is_null() {
            let result = serde_json::to_string_pretty(&outcome.result).unwrap_or_default();
            for line in result.lines() {
                let _ = writeln!(text, "  {}", paint(style::FAINT, line));
            }
        }
    }

    fn word(&self, outcome: &Outcome) -> (&'static str, anstyle::Style) {
        match (outcome.status, self.look.mode, &outcome.known_after_apply) {
            (Status::Changed, Mode::Plan, None) => ("would change", style::CHANGED),
            (Status::Changed, Mode::Plan, Some(_)) => ("may change", style::UNKNOWN),
            (Status::Changed, Mode::Apply, _) => ("changed", style::CHANGED),
            (Status::Ok, _, _) => ("ok", style::OK),
            (Status::Skipped, _, _) => ("skipping", style::UNKNOWN),
            (Status::Failed, Mode::Plan, _) => ("would fail", style::FAILED),
            (Status::Failed, Mode::Apply, _) => ("failed", style::FAILED),
            (Status::Ignored, _, _) => ("failed, ignored", style::CHANGED),
        }
    }

    fn change(&self, change: &ShownChange, text: &mut String) {
        let (mark, colour) = match change.action {
            "create" => ("+", style::OK),
            "delete" => ("-", style::FAILED),
            "run" => ("!", style::CHANGED),
            _ => ("~", style::CHANGED),
        };
        let _ = writeln!(text, "  {}", paint(colour, &format!("{mark} {}", change.subject)));
        if self.look.diffs {
            text.push_str(&style::diff(&change.diff, "    "));
        }
    }

    fn end(&mut self, recap: &Recap, elapsed: f64) -> bool {
        self.progress.end();
        let mut text = String::new();
        if self.look.mode == Mode::Apply {
            text.push_str(&banner("PLAY RECAP"));
            for (host, counts) in &recap.hosts {
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
        let _ = writeln!(text, "\n{}", paint(style::STRONG, &self.summary(recap)));
        if self.look.times && self.look.mode == Mode::Apply {
            let _ = writeln!(
                text,
                "{}",
                paint(style::FAINT, &format!("elapsed {elapsed:.1} s"))
            );
        }
        self.print(&text)
    }

    fn summary(&self, recap: &Recap) -> String {
        let Tasks {
            sure,
            unknown,
            unchanged,
            failed,
        } = &self.tasks;
        let lost = recap
            .hosts
            .values()
            .filter(|counts| counts.unreachable > 0)
            .count();
        let touched = recap.hosts.values().filter(|counts| counts.changed > 0).count();
        let tail = [(*failed, "failed"), (lost, "unreachable")]
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!(", {count} {word}"))
            .collect::<String>();
        if sure + unknown == 0 {
            return format!(
                "Nothing to change on {} ({unchanged} checked){tail}.",
                counted(recap.hosts.len(), "host")
            );
        }
        match self.look.mode {
            Mode::Plan => format!(
                "Plan: {sure} to change, {unknown} known after apply, on {touched} of {}; {unchanged} unchanged{tail}.",
                counted(recap.hosts.len(), "host")
            ),
            Mode::Apply => format!(
                "Applied: {} changed on {touched} of {}; {unchanged} unchanged{tail}.",
                sure + unknown,
                counted(recap.hosts.len(), "host")
            ),
        }
    }
}

impl Reporter for Human {
    fn event(&mut self, event: &Event) -> bool {
        match &event.kind {
            EventKind::RunStarted { .. } => true,
            EventKind::PlayStarted { name, hosts } => {
                self.hosts = hosts.len();
                self.finish_task() && self.print(&banner(&format!("PLAY [{name}]")))
            }
            EventKind::PlaySkipped { name, why } => {
                self.finish_task()
                    && self.print(&format!(
                        "{}{}\n",
                        banner(&format!("PLAY [{name}]")),
                        paint(style::FAINT, &format!("skipped: {why}"))
                    ))
            }
            EventKind::TaskStarted { task } => {
                let drawn = self.finish_task();
                self.progress.task(&task.name, self.hosts);
                self.current = Some(Grouped::new(task.clone()));
                drawn
            }
            EventKind::HostTask {
                task,
                host,
                item,
                delegated_to,
                outcome,
            } => {
                self.progress.host();
                let current = self.current.get_or_insert_with(|| Grouped::new(task.clone()));
                current.add(host, item.as_deref(), delegated_to.as_ref(), outcome);
                true
            }
            EventKind::ForecastMissed {
                task,
                host,
                fact,
                predicted,
                found,
            } => {
                let module = &task.module;
                let text = format!(
                    "forecast missed on {host}: {module} predicted {fact} = {predicted}, found {found}"
                );
                self.print(&format!("{}\n", paint(style::FAILED, &text)))
            }
            EventKind::HostLost { host, message, help } => {
                let mut text = paint(style::FAILED, &format!("unreachable: [{host}] {message}"));
                if let Some(help) = help {
                    let _ = write!(text, "\n  {help}");
                }
                self.finish_task() && self.print(&format!("{text}\n"))
            }
            EventKind::HandlersRecovered { host, handlers } => {
                let text = format!(
                    "{host}: an earlier run did not come to these handlers, they run now: {}",
                    handlers.join(", ")
                );
                self.print(&format!("{}\n", paint(style::CHANGED, &text)))
            }
            EventKind::Note { text } => self.print(&format!("{text}\n")),
            EventKind::RunFinished { recap } => self.finish_task() && self.end(recap, event.elapsed),
        }
    }
}

fn failure(outcome: &Outcome, text: &mut String) {
    let Some(failure) = &outcome.failure else { return };
    let _ = writeln!(text, "  {}", paint(style::FAILED, &failure.message));
    if !failure.step.is_empty() {
        let _ = writeln!(text, "  at {}", failure.step);
    }
    for line in failure.stderr.lines() {
        let _ = writeln!(text, "  | {line}");
    }
    if let Some(at) = &failure.at {
        let _ = writeln!(text, "  in {at}");
    }
    for help in &failure.help {
        let _ = writeln!(text, "  help: {help}");
    }
}

/// A heading, filled with stars as Ansible's are.
fn banner(text: &str) -> String {
    let stars = 79usize.saturating_sub(text.chars().count() + 1).max(3);
    format!("\n{} {}\n", paint(style::STRONG, text), "*".repeat(stars))
}

/// A count with its noun: `1 host`, `2 hosts`.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
