//! Changing a machine, and finding out what happened when the connection broke.

use std::fmt::Write as _;
use std::time::Duration;

use zeroize::Zeroizing;

use super::Posix;
use super::change::Surroundings;
use super::change::Text;
use super::change::commands;
use super::change::line;
use super::change::path_of;
use super::frame::Frame;
use super::frame::Frames;
use super::question::Question;
use super::script::Part;
use super::shell;
use crate::Answer;
use crate::Change;
use crate::Commit;
use crate::Committed;
use crate::Error;
use crate::Failure;
use crate::Host;
use crate::Known;
use crate::Look;
use crate::Output;
use crate::Result;
use crate::Transport;
use crate::Who;

/// How long one waits for a script that still runs after its connection broke.
const RECALL_TIME: Duration = Duration::from_secs(60);

impl<T: Transport> Host for Posix<T> {
    fn commit(&self, commit: &Commit) -> Result<Committed> {
        if let Some(apart) = &commit.apart {
            return self.begin(commit, apart);
        }
        if commit.changes.is_empty() {
            return Ok(Committed {
                answers: self.look(&commit.then)?,
                ..Committed::default()
            });
        }
        match self.attempt(commit) {
            Ok(committed) => Ok(committed),
            Err((number, Error::Unreachable(why))) if self.was_connected() => {
                self.recover(commit, number, &why)
            }
            Err((_, error)) => Err(error),
        }
    }

    fn finish(&self) -> Result<()> {
        Posix::finish(self)
    }

    fn keep_alive(&self) {
        self.transport.keep_alive();
    }

    fn reset(&self) {
        self.transport.close();
    }
}

impl<T: Transport> Posix<T> {
    /// Removes what this run has written on the machine beside its changes; nothing when no change was made.
    ///
    /// # Errors
    /// When the machine is lost.
    pub fn finish(&self) -> Result<()> {
        let users = std::mem::take(&mut self.state().committed);
        if users.is_empty() {
            return Ok(());
        }
        let part = |who| {
            let body = format!("run={}\n{}{}", self.run, shell::PLACES, shell::FINISH);
            Part {
                who,
                body: Zeroizing::new(body),
                limit: Some(self.look_time),
            }
        };
        let script = self.script(users.into_iter().map(part).collect())?;
        self.run(&script).map(drop)
    }

    /// Sends the changes; on an error with the number under which a journal may exist.
    fn attempt(&self, commit: &Commit) -> Result<Committed, (usize, Error)> {
        let (number, first) = self.state().next_commit(&commit.who);
        let open: Vec<usize> = (0..commit.then.len()).collect();
        let questions = Question::group(&commit.then, &open);
        let mut parts = vec![Part {
            who: commit.who.clone(),
            body: self.body(commit, number, first),
            limit: None,
        }];
        parts.extend(Part::looks(&questions, self.look_time));
        let script = self.script(parts).map_err(|error| (number, error))?;
        let frames = self.run(&script).and_then(|frames| frames.permitted(&commit.who));
        let frames = frames.map_err(|error| (number, error))?;
        let begun = frames.get("begun").map(|frame| frame.note.as_str());
        if begun != Some("0") {
            let said = frames
                .get("begun")
                .map(|frame| String::from_utf8_lossy(&frame.stderr).trim().to_owned());
            let why = format!(
                "the journal of this run cannot be begun: {}",
                said.unwrap_or_default()
            );
            let failed = Failure::Failed(Output {
                code: 1,
                stderr: why.into_bytes(),
                ..Output::default()
            });
            return Ok(Committed {
                failed: Some(failed),
                ..Committed::default()
            });
        }
        let mut committed = self.outcome(&commit.changes, &frames);
        let mut answers: Vec<Option<Answer>> = vec![None; commit.then.len()];
        for question in &questions {
            match (frames.get(&question.label()), frames.refusal(&question.who)) {
                (Some(frame), _) => question.answer(frame, &mut answers),
                (None, Some(why)) => question.settle(&Answer::Refused(why.into()), &mut answers),
                (None, None) => {}
            }
        }
        committed.answers = match answers.iter().all(Option::is_some) {
            true => answers.into_iter().flatten().map(Known::Is).collect(),
            false => self.look(&commit.then).unwrap_or_default(),
        };
        Ok(committed)
    }

    /// The script of a commit; the first one of a user also removes what was left by others.
    fn body(&self, commit: &Commit, number: usize, first: bool) -> Text {
        let (all, environment) = (&commit.changes, &commit.environment);
        let task_time = commit.time.or(self.task_time);
        let most = self.output_limit;
        let mut text = Zeroizing::new(format!("run={} n={number} most={most}\n", self.run));
        text.push_str(shell::PLACES);
        if first {
            text.push_str(shell::SWEEP);
        }
        text.push_str(shell::FUNCTIONS);
        for (index, change) in all.iter().enumerate() {
            let around = Surroundings {
                earlier: &all[..index],
                all,
                environment,
                task_time,
            };
            line!(text, "c{index}() {{\n{}}}", *commands(change, &around));
        }
        text.push_str(shell::BEGIN);
        let calls = all
            .iter()
            .enumerate()
            .map(|(index, change)| format!("change {index} '{}'", accepts(change)));
        line!(text, "{}", calls.collect::<Vec<_>>().join(" && "));
        text.push_str(shell::END);
        text
    }

    /// Finds out what commit `number` did after its connection broke; sends it again when it surely did not run.
    fn recover(&self, commit: &Commit, number: usize, why: &str) -> Result<Committed> {
        self.transport.close();
        let frames = match self.recall(&commit.who, number) {
            Ok(frames) => frames,
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(error) => {
                return Ok(unknown(format!(
                    "the connection broke ({why}) and there is no new one: {error}"
                )));
            }
        };
        if frames.get("never").is_some() {
            return match self.attempt(commit) {
                Err((_, Error::Unreachable(again))) => Ok(unknown(format!(
                    "the connection broke twice: {why}; then {again}"
                ))),
                other => other.map_err(|(_, error)| error),
            };
        }
        let mut committed = self.outcome(&commit.changes, &frames);
        if frames.get("ended").is_none() && committed.failed.is_none() {
            committed.failed = Some(broken(&commit.changes, &committed, &frames, why));
        }
        committed.answers = self.look(&commit.then).unwrap_or_default();
        Ok(committed)
    }

    /// What the script said of each change, up to the first that failed.
    fn outcome(&self, changes: &[Change], frames: &Frames) -> Committed {
        let mut committed = Committed::default();
        for (index, change) in changes.iter().enumerate() {
            let Some(frame) = frames.get(&format!("c{index}")) else {
                break;
            };
            let (output, status) = read(frame);
            let failed = match (status, change) {
                ("ok", Change::Run(_)) => {
                    committed.done.push(output);
                    continue;
                }
                ("ok", _) => {
                    committed.done.push(Output::default());
                    continue;
                }
                ("stale", _) => Failure::Stale(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
                ("invalid", _) => Failure::Invalid(output),
                ("large", _) => Failure::Failed(too_large(output, self.output_limit)),
                _ => Failure::Failed(output),
            };
            committed.failed = Some(failed);
            break;
        }
        committed
    }

    fn recall(&self, who: &Who, number: usize) -> Result<Frames> {
        let mut body = Zeroizing::new(format!(
            "run={} n={number} t={}\n",
            self.run,
            RECALL_TIME.as_secs()
        ));
        body.push_str(shell::PLACES);
        body.push_str(shell::FUNCTIONS);
        body.push_str(shell::RECALL);
        let limit = Some(RECALL_TIME + self.look_time);
        let script = self.script(vec![Part {
            who: who.clone(),
            body,
            limit,
        }])?;
        self.run(&script)?.permitted(who)
    }
}

/// What the journal says of the change that was being made when the connection broke.
fn broken(changes: &[Change], committed: &Committed, frames: &Frames, why: &str) -> Failure {
    let next = committed.done.len();
    let what = changes.get(next).map(describe).unwrap_or_default();
    let started = frames.get("started").and_then(|frame| frame.note.parse().ok()) == Some(next);
    let running = frames.get("begun").is_some_and(|frame| frame.note == "1");
    match (started, running) {
        (_, true) => Failure::OutcomeUnknown(format!("the connection broke ({why}); {what} still runs")),
        (true, false) => Failure::OutcomeUnknown(format!("the connection broke ({why}) during: {what}")),
        (false, false) => {
            let stderr = format!("the connection broke ({why}) before: {what}").into_bytes();
            Failure::Failed(Output {
                code: 1,
                stderr,
                ..Output::default()
            })
        }
    }
}

fn unknown(why: String) -> Committed {
    Committed {
        failed: Some(Failure::OutcomeUnknown(why)),
        ..Committed::default()
    }
}

/// A change as a fragment for messages.
fn describe(change: &Change) -> String {
    match change {
        Change::Run(run) => run.summary.clone(),
        other => path_of(other).map_or_else(String::new, |path| format!("changing {path}")),
    }
}

pub(super) fn accepts(change: &Change) -> String {
    match change {
        Change::Run(run) => run
            .accepts
            .iter()
            .map(i32::to_string)
            .collect::<Vec<_>>()
            .join(" "),
        _ => "0".to_owned(),
    }
}

/// Why the output of a program was not taken over, whose length is all that `output` has; it was run to its end.
fn too_large(output: Output, limit: u64) -> Output {
    let bytes = String::from_utf8_lossy(&output.stderr).into_owned();
    let why = format!(
        "it printed {bytes} bytes, and at most {limit} are taken over: write them to a file (`> FILE`, and `creates: FILE` \
         where that is enough), or shorten them (`| tail -n 100`)"
    );
    Output {
        stdout: Vec::new(),
        stderr: why.into_bytes(),
        ..output
    }
}

/// Reads `CODE BEGIN END STATUS`, the times as seconds since the machine started.
fn read(frame: &Frame) -> (Output, &str) {
    let mut words = frame.note.split(' ');
    let code = words.next().and_then(|word| word.parse().ok()).unwrap_or(-1);
    let mut time = || {
        words
            .next()
            .and_then(|word| word.parse::<f64>().ok())
            .unwrap_or_default()
    };
    let (begin, end) = (time(), time());
    let seconds = ((end - begin) * 100.0).round() / 100.0;
    let (stdout, stderr) = (frame.stdout.clone(), frame.stderr.clone());
    (
        Output {
            code,
            stdout,
            stderr,
            seconds,
        },
        words.next().unwrap_or_default(),
    )
}
