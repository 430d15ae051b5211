//! Events as Ansible's default callback prints them, line by line, without colour.

mod diffs;
mod ended;
mod origin;
mod recap;
mod result;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Files;
use evenkeel::Recap;
use evenkeel::Status;
use evenkeel::TaskRef;
use serde_json::json;

use super::Look;
use super::Reporter;
use crate::out;
use crate::python_json;
use ended::Ended;

/// Draws events as Ansible's default callback does.
pub(crate) struct DefaultCallback {
    look: Look,
    files: Arc<dyn Files>,
    /// Whether a task of the play has begun: a host that is lost is told below a task.
    began: bool,
    /// Hosts that were lost before the first task, as they are told.
    lost: String,
    /// The loop that a host is in.
    looped: Option<Looped>,
    included: Vec<Included>,
    /// Tries within loops that were not enough: told before their items, as Ansible does.
    retries: Vec<Retry>,
    /// Errors that were told: the same one, on another host or of another item, is not told again.
    told: BTreeSet<String>,
    /// The heading of a `meta` that a host has begun: each host that follows has its own.
    meta: Option<String>,
}

/// A try of an item that was not enough.
struct Retry {
    host: Arc<str>,
    item: String,
    line: String,
}

/// A loop on a host, whose end is told after its items.
struct Looped {
    host: Arc<str>,
    /// Whether all items were skipped.
    skipped: bool,
    /// Whether a failure is ignored.
    ignored: bool,
}

/// What was included, and by which hosts.
struct Included {
    title: String,
    item: Option<String>,
    hosts: Vec<Arc<str>>,
}

impl DefaultCallback {
    /// Draws what `look` wants; the lines that failures come from are read from the files.
    pub(crate) fn new(look: Look, files: Arc<dyn Files>) -> DefaultCallback {
        DefaultCallback {
            look,
            files,
            began: false,
            lost: String::new(),
            looped: None,
            included: Vec::new(),
            retries: Vec::new(),
            told: BTreeSet::new(),
            meta: None,
        }
    }

    /// What is told before anything else that happens: the end of a loop, and what was included.
    fn before(&mut self, same: Option<&Ended<'_>>) -> String {
        let goes_on =
            |looped: &Looped| same.is_some_and(|end| end.item.is_some() && end.host == &looped.host);
        let mut text = String::new();
        if let Some(looped) = self.looped.take_if(|looped| !goes_on(looped)) {
            if looped.skipped {
                let _ = write!(text, "skipping: [{}]", looped.host);
                if self.look.verbosity > 0 {
                    text.push_str(" => {\"changed\": false, \"msg\": \"All items skipped\"}");
                }
                text.push('\n');
            }
            if looped.ignored {
                text.push_str(IGNORING);
            }
        }
        if same.is_none() {
            for included in self.included.drain(..) {
                let title = origin::absolute_path(&included.title);
                let _ = write!(text, "included: {title} for {}", included.hosts.join(", "));
                if let Some(item) = included.item {
                    let _ = write!(text, " => (item={item})");
                }
                text.push('\n');
            }
        }
        text
    }

    fn task_started(&mut self, task: &TaskRef) -> String {
        self.began = true;
        let mut text = self.heading(task);
        self.meta = None;
        text.push_str(&std::mem::take(&mut self.lost));
        text
    }

    /// The heading of a task, with its place where that is wanted.
    fn heading(&self, task: &TaskRef) -> String {
        let word = if task.handler { "RUNNING HANDLER" } else { "TASK" };
        let mut text = banner(&format!("{word} [{}]", task.name));
        if self.look.verbosity > 1
            && let Some((place, _column)) = origin::absolute(&task.at).rsplit_once(':')
        {
            let _ = writeln!(text, "task path: {place}");
        }
        text
    }

    fn ended(&mut self, end: &Ended<'_>) -> String {
        let outcome = end.outcome;
        for warning in &outcome.warnings {
            warn(warning);
        }
        if end.item.is_some() {
            self.count_item(end);
        }
        if let Some(title) = &outcome.included {
            self.include(title, end);
            return String::new();
        }
        if is_meta(end.task) && outcome.failure.is_none() {
            return self.meta(end);
        }
        let diffs = end.awaited() + &diffs::of(outcome, self.look.diffs);
        match end.item {
            Some(item) => self.retried(end.host, item) + &diffs + &self.item(end, item),
            None => diffs + &self.whole(end),
        }
    }

    /// Notes an item for what is told at the end of its loop.
    fn count_item(&mut self, end: &Ended<'_>) {
        let status = end.outcome.status;
        let looped = self.looped.get_or_insert_with(|| Looped {
            host: Arc::clone(end.host),
            skipped: true,
            ignored: false,
        });
        looped.skipped &= status == Status::Skipped;
        looped.ignored |= status == Status::Ignored;
    }

    /// Of `meta` only the heading is told, once for each host, and whether it was skipped.
    fn meta(&mut self, end: &Ended<'_>) -> String {
        let mut text = self.meta.clone().unwrap_or_default();
        if self.meta.is_none() {
            self.meta = Some(self.heading(end.task));
        }
        if end.outcome.status == Status::Skipped {
            text.push_str(&self.whole(end));
        }
        text
    }

    /// The tries of an item that were not enough.
    fn retried(&mut self, host: &Arc<str>, item: &str) -> String {
        let mine = |retry: &mut Retry| &retry.host == host && retry.item == item;
        self.retries
            .extract_if(.., mine)
            .map(|retry| retry.line)
            .collect()
    }

    fn include(&mut self, title: &str, end: &Ended<'_>) {
        let item = end.item.map(str::to_owned);
        let known = self.included.iter_mut();
        let mut alike = known.filter(|known| known.title == title && known.item == item);
        match alike.next() {
            Some(known) => known.hosts.push(Arc::clone(end.host)),
            None => self.included.push(Included {
                title: title.to_owned(),
                item,
                hosts: vec![Arc::clone(end.host)],
            }),
        }
    }

    fn finished(&mut self, recap: &Recap) -> String {
        std::mem::take(&mut self.lost) + &recap::drawn(recap)
    }

    fn lost(&mut self, host: &str, message: &str, help: Option<&str>) -> String {
        let message = help.map_or_else(|| message.to_owned(), |help| format!("{message}; {help}"));
        let result = json!({"changed": false, "msg": message, "unreachable": true});
        let indent = (self.look.verbosity > 2).then_some(4);
        let line = format!(
            "fatal: [{host}]: UNREACHABLE! => {}\n",
            python_json::text(&result, indent)
        );
        if self.began {
            return line;
        }
        self.lost.push_str(&line);
        String::new()
    }
}

const IGNORING: &str = "...ignoring\n";

impl Reporter for DefaultCallback {
    fn event(&mut self, event: &Event) -> bool {
        let text = self.drawn(event);
        text.is_empty() || out::text(&text)
    }
}

impl DefaultCallback {
    /// What an event adds to the output.
    fn drawn(&mut self, event: &Event) -> String {
        match &event.kind {
            EventKind::HostTask {
                task,
                host,
                item,
                delegated_to,
                outcome,
            } => {
                let end = Ended {
                    task,
                    host,
                    item: item.as_deref(),
                    delegated_to: delegated_to.as_ref(),
                    outcome,
                };
                self.before(Some(&end)) + &self.ended(&end)
            }
            EventKind::HostRetry {
                task,
                host,
                item,
                left,
                delegated_to,
                ..
            } => {
                let on = delegated_to.iter().filter(|other| *other != host);
                let on: String = on.map(|other| format!(" -> {other}")).collect();
                let name = &task.name;
                let line = format!("FAILED - RETRYING: [{host}{on}]: {name} ({left} retries left).\n");
                let Some(item) = item.clone() else {
                    return line;
                };
                let host = Arc::clone(host);
                self.retries.push(Retry { host, item, line });
                String::new()
            }
            EventKind::RunStarted { .. } => String::new(),
            EventKind::PlaybookStarted { path, plays, recap } => {
                let heading = match self.look.verbosity {
                    0 | 1 => String::new(),
                    _ => playbook_heading(path, *plays),
                };
                self.before(None) + &self.finished(recap) + &heading
            }
            EventKind::PlayStarted { name, .. } => {
                let before = self.before(None);
                self.began = false;
                before + &banner(&format!("PLAY [{name}]"))
            }
            EventKind::BatchStarted { number: 0, .. } => String::new(),
            EventKind::BatchStarted { name, .. } => self.before(None) + &banner(&format!("PLAY [{name}]")),
            EventKind::PlaySkipped { name, .. } => {
                self.before(None) + &banner(&format!("PLAY [{name}]")) + "skipping: no hosts matched\n"
            }
            EventKind::TaskStarted { task } => self.before(None) + &self.task_started(task),
            EventKind::HostLost { host, message, help } => {
                self.before(None) + &self.lost(host, message, help.as_deref())
            }
            EventKind::ForecastMissed { host, fact, .. } => {
                warn(&format!(
                    "the forecast of {fact} on {host} was missed: a defect of Evenkeel"
                ));
                String::new()
            }
            EventKind::HandlersRecovered { host, handlers } => {
                let names = handlers.join(", ");
                warn(&format!(
                    "an earlier run did not come to these handlers of {host}, they run now: {names}"
                ));
                String::new()
            }
            EventKind::Note { text } => {
                warn(text);
                String::new()
            }
            EventKind::RunFinished { recap } => self.before(None) + &self.finished(recap),
        }
    }
}

/// A heading: 79 columns, at least three stars.
fn banner(text: &str) -> String {
    let text = text.trim();
    let stars = 79usize.saturating_sub(text.chars().count()).max(3);
    format!("\n{text} {}\n", "*".repeat(stars))
}

/// What `-vv` tells of a playbook before its plays.
pub(crate) fn playbook_heading(path: &str, plays: usize) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let heading = banner(&format!("PLAYBOOK: {name}"));
    format!("{heading}{plays} plays in {path}\n")
}

fn warn(text: &str) {
    out::aside(&format!("[WARNING]: {text}\n"));
}

fn is_meta(task: &TaskRef) -> bool {
    &*task.module == "ansible.builtin.meta"
}
