//! Events as people read them.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel::Event;
use evenkeel::EventKind;
use evenkeel::Files;
use evenkeel::Mode;
use evenkeel::Recap;
use evenkeel::Status;

use super::Look;
use super::Reporter;
use super::grouped::Grouped;
use super::grouped::names;
use super::outcome;
use super::progress::Progress;
use super::style;
use super::style::paint;
use super::summary;
use crate::interrupt;
use crate::out;

/// Draws events for people: tasks that change something, hosts with the same change together.
pub(crate) struct Human {
    look: Look,
    files: Arc<dyn Files>,
    play: Option<Play>,
    task: Option<Grouped>,
    lost: BTreeSet<Arc<str>>,
    failed: BTreeSet<Arc<str>>,
    progress: Progress,
}

/// The play that is being run.
struct Play {
    hosts: Vec<Arc<str>>,
    /// Whether any task came to any host.
    began: bool,
    /// Whether anything was drawn below its name.
    drawn: bool,
}

impl Human {
    /// Draws what `look` wants; places are looked up in the files.
    pub(crate) fn new(look: Look, files: Arc<dyn Files>) -> Human {
        let progress = Progress::new(look.mode == Mode::Apply);
        Human {
            look,
            files,
            play: None,
            task: None,
            lost: BTreeSet::new(),
            failed: BTreeSet::new(),
            progress,
        }
    }

    fn print(&self, text: &str) -> bool {
        self.progress.aside(|| out::text(text))
    }

    /// Prints a line that belongs to no task.
    fn line(&mut self, style: anstyle::Style, text: &str) -> bool {
        let drawn = self.finish_task();
        if let Some(play) = &mut self.play {
            play.drawn = true;
        }
        drawn && self.print(&format!("{}\n", paint(style, text)))
    }

    fn start_play(&mut self, name: &str, hosts: &[Arc<str>]) -> bool {
        let mut text = style::banner(&format!("PLAY [{name}]"));
        let (lost, left): (Vec<_>, Vec<_>) = hosts.iter().cloned().partition(|host| self.lost.contains(host));
        if !lost.is_empty() && !left.is_empty() {
            let lost: Vec<String> = lost.iter().map(ToString::to_string).collect();
            text.push_str(&paint(
                style::FAILED,
                &format!("without {}: unreachable\n", names(&lost)),
            ));
        }
        self.play = Some(Play {
            hosts: hosts.to_vec(),
            began: false,
            drawn: false,
        });
        self.print(&text)
    }

    /// Says why nothing is drawn below the name of the play that just ended.
    fn finish_play(&mut self) -> bool {
        let drawn = self.finish_task();
        let Some(play) = self.play.take().filter(|play| !play.drawn) else {
            return drawn;
        };
        let all_lost = play.hosts.iter().all(|host| self.lost.contains(host));
        let all_out = play
            .hosts
            .iter()
            .all(|host| self.lost.contains(host) || self.failed.contains(host));
        let text = match (play.began, self.look.mode) {
            (false, _) if interrupt::happened() => "not started",
            (false, _) if all_lost => "left out: none of its hosts could be reached",
            (false, _) if all_out => "left out: its hosts failed before",
            (false, _) => "nothing to do: none of its tasks is chosen",
            (true, Mode::Plan) => "nothing to change",
            (true, Mode::Apply) => "nothing changed",
        };
        drawn && self.print(&format!("{}\n", paint(style::FAINT, text)))
    }

    /// Draws the task that just ended.
    fn finish_task(&mut self) -> bool {
        let Some(ended) = self.task.take() else {
            return true;
        };
        let mut text = String::new();
        for group in ended
            .groups()
            .iter()
            .filter(|group| outcome::shows(&group.outcome, self.look))
        {
            outcome::group(group, &ended.task, self.look, self.files.as_ref(), &mut text);
        }
        if text.is_empty() {
            return true;
        }
        if let Some(play) = &mut self.play {
            play.drawn = true;
        }
        let task = &ended.task;
        let word = if task.handler { "RUNNING HANDLER" } else { "TASK" };
        let mut head = style::banner(&format!("{word} [{}]", task.name));
        if self.look.verbosity > 1 {
            head.push_str(&paint(style::FAINT, &format!("{} in {}\n", task.module, task.at)));
        }
        self.print(&format!("{head}{text}"))
    }

    fn end(&mut self, recap: &Recap, elapsed: f64) -> bool {
        self.progress.end();
        let applied = self.look.mode == Mode::Apply;
        let mut text = if applied {
            summary::recap(recap)
        } else {
            String::new()
        };
        text.push_str(&summary::custom(&recap.custom));
        text.push('\n');
        text.push_str(&summary::sentence(recap, self.look.mode, interrupt::happened()));
        if self.look.times && applied {
            text.push_str(&paint(style::FAINT, &format!("elapsed {elapsed:.1} s\n")));
        }
        self.print(&text)
    }
}

impl Reporter for Human {
    fn event(&mut self, event: &Event) -> bool {
        match &event.kind {
            EventKind::RunStarted { .. } | EventKind::BatchStarted { .. } => true,
            EventKind::PlaybookStarted { path, .. } => {
                self.finish_play() && self.print(&style::banner(&format!("PLAYBOOK [{path}]")))
            }
            EventKind::PlayStarted { name, hosts } => self.finish_play() && self.start_play(name, hosts),
            EventKind::PlaySkipped { name, why } => {
                self.finish_play()
                    && self.print(&style::banner(&format!("PLAY [{name}]")))
                    && self.print(&format!("{}\n", paint(style::FAINT, &format!("skipped: {why}"))))
            }
            EventKind::TaskStarted { task } => {
                let drawn = self.finish_task();
                let hosts = self.play.as_ref().map_or(0, |play| play.hosts.len());
                self.progress.task(&task.name, hosts);
                self.task = Some(Grouped::new(task.clone()));
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
                if outcome.status == Status::Failed {
                    self.failed.insert(Arc::clone(host));
                }
                if let Some(play) = &mut self.play {
                    play.began = true;
                }
                let current = self.task.get_or_insert_with(|| Grouped::new(task.clone()));
                current.add(host, item.as_deref(), delegated_to.as_ref(), outcome);
                true
            }
            EventKind::HostRetry {
                task,
                host,
                item,
                left,
                why,
                ..
            } => {
                let item = item
                    .iter()
                    .map(|item| format!(" (item={item})"))
                    .collect::<String>();
                let name = &task.name;
                let text = format!("retrying: [{host}] {name}{item}: {why} ({left} retries left)");
                self.line(style::FAINT, &text)
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
                    "forecast missed on {host}: {module} predicted {fact} = {predicted}, found {found}; this is a defect of Evenkeel"
                );
                self.line(style::FAILED, &text)
            }
            EventKind::HostLost { host, message, help } => {
                self.lost.insert(Arc::clone(host));
                let help = help
                    .iter()
                    .map(|help| format!("\n  help: {help}"))
                    .collect::<String>();
                self.line(style::FAILED, &format!("unreachable: [{host}] {message}{help}"))
            }
            EventKind::HandlersRecovered { host, handlers } => {
                let text = format!(
                    "{host}: an earlier run did not come to these handlers, they run now: {}",
                    handlers.join(", ")
                );
                self.line(style::CHANGED, &text)
            }
            EventKind::Note { text } => self.line(anstyle::Style::new(), text),
            EventKind::RunFinished { recap } => self.finish_play() && self.end(recap, event.elapsed),
        }
    }
}
