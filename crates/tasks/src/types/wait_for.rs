//! `wait_for`: waits until a port, a file or connections are as wanted.

mod test;

use std::time::Duration;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Content;
use evenkeel_host::Error as HostError;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use evenkeel_yaml::Problem;
use serde_json::Value;

use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::reached::Reached;
use crate::facts::want;
use crate::files::contents;
use crate::regex::Flags;
use crate::regex::Pattern;
use test::STATES;

words! {
    /// What is waited for.
    pub enum State {
        /// The port answers, or the file exists.
        Started = "started",
        /// As `started`.
        Present = "present",
        /// The port does not answer any more.
        Stopped = "stopped",
        /// As `stopped`; or the file does not exist any more.
        Absent = "absent",
        /// No connection to the port is active any more.
        Drained = "drained",
    }
}

arguments! {
    /// Waits until a condition holds.
    pub struct WaitFor {
        /// The port.
        port: Option<i64>,
        /// Where the port is: a name or an address, seen from the machine.
        host: Text = Text::new("127.0.0.1"),
        /// The file, instead of a port.
        path: Option<AbsPath>,
        /// What is waited for.
        state: State = State::Started,
        /// What must be found in the file, or in what the server says; `^` and `$` match at lines.
        search_regex: Option<Text>,
        /// Seconds to wait at most. Without port and path, the time that is waited.
        timeout: i64 = 300,
        /// Seconds before the first look.
        delay: i64 = 0,
        /// Seconds between two looks.
        sleep: i64 = 1,
        /// Seconds for one attempt to connect.
        connect_timeout: i64 = 5,
        /// The states of connections that count as active, for `drained`.
        active_connection_states: Vec<String> = STATES.iter().map(|(name, _)| (*name).to_owned()).collect(),
        /// Hosts whose connections do not count, for `drained`.
        exclude_hosts: Option<Vec<String>>,
        /// What is said when the time is over.
        msg: Option<String>,
    }
}

/// Whether the condition held when it was looked at.
#[derive(Debug)]
pub struct Seen {
    holds: Known<bool>,
    /// The file's text, for a pattern's groups.
    text: Option<String>,
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".:-_%".contains(c))
}

impl WaitFor {
    fn pattern(&self) -> std::result::Result<Option<Pattern>, Problem> {
        let Some(regex) = &self.search_regex else {
            return Ok(None);
        };
        let flags = Flags {
            multiline: true,
            ..Flags::default()
        };
        Pattern::with(&regex.text, flags).map(Some).map_err(|why| {
            Problem::error(
                "task::value",
                format!("`search_regex` is no regular expression: {why}"),
            )
            .at(&regex.place, "this pattern")
        })
    }

    fn place(&self) -> String {
        match (&self.path, self.port) {
            (Some(path), _) => path.as_str().to_owned(),
            (None, port) if self.host.text.contains(':') => {
                format!("[{}]:{}", self.host.text, port.unwrap_or(0))
            }
            (None, port) => format!("{}:{}", self.host.text, port.unwrap_or(0)),
        }
    }

    /// What is waited for, in words.
    fn wish(&self) -> String {
        if self.path.is_none() && self.port.is_none() {
            return format!("{} s have passed", self.timeout);
        }
        let place = self.place();
        let found = self
            .search_regex
            .as_ref()
            .map(|regex| format!(" has {}", regex.text));
        match (self.state, found) {
            (State::Started | State::Present, Some(found)) => format!("{place}{found}"),
            (State::Started | State::Present, None) if self.path.is_some() => format!("{place} exists"),
            (State::Started | State::Present, None) => format!("{place} answers"),
            (State::Stopped | State::Absent, _) if self.path.is_some() => format!("{place} is gone"),
            (State::Stopped | State::Absent, _) => format!("{place} does not answer any more"),
            (State::Drained, _) => format!("{place} has no active connection"),
        }
    }

    /// What is said when the time is over: as Ansible does.
    fn over(&self) -> String {
        if let Some(msg) = &self.msg {
            return msg.clone();
        }
        let place = self.place();
        match (self.state, &self.search_regex) {
            (State::Started | State::Present, Some(regex)) => {
                format!("Timeout when waiting for search string {} in {place}", regex.text)
            }
            (State::Started | State::Present, None) if self.path.is_some() => {
                format!("Timeout when waiting for file {place}")
            }
            (State::Started | State::Present, None) => format!("Timeout when waiting for {place}"),
            (State::Stopped | State::Absent, _) if self.path.is_some() => {
                format!("Timeout when waiting for {place} to be absent.")
            }
            (State::Stopped | State::Absent, _) => format!("Timeout when waiting for {place} to stop."),
            (State::Drained, _) => format!("Timeout when waiting for {place} to drain"),
        }
    }

    /// The test that may be asked beforehand: a try to connect to another machine may take its time, and the data of
    /// a connection can be read once only.
    fn is_quick(&self) -> bool {
        let is_local =
            matches!(self.host.text.as_str(), "localhost" | "::1") || self.host.text.starts_with("127.");
        self.delay == 0
            && self.path.is_none()
            && self.port.is_some()
            && is_local
            && self.search_regex.is_none()
    }

    fn look(&self, on: &View<'_>) -> Result<Seen> {
        let unknown = |why: &str| Seen {
            holds: Known::unknown(why),
            text: None,
        };
        if self.delay > 0 {
            return Ok(unknown("the condition is looked at after `delay`"));
        }
        if let Some(path) = &self.path {
            return self.look_at_path(on, path);
        }
        let Some(test) = self.test().filter(|_| self.search_regex.is_none()) else {
            return Ok(unknown("time passes"));
        };
        match on.fact(Reached(test)) {
            Ok(holds) => Ok(Seen { holds, text: None }),
            // A host in memory cannot be connected to.
            Err(HostError::Unanswered { why, .. }) => Ok(unknown(&why)),
            Err(error) => Err(error.into()),
        }
    }

    fn look_at_path(&self, on: &View<'_>, path: &AbsPath) -> Result<Seen> {
        let entry = on.ask(self.path_want(path))?;
        let entry = match entry {
            Known::Is(Answer::Entry(entry)) => entry,
            Known::Is(_) => None,
            Known::Unknown(why) => {
                return Ok(Seen {
                    holds: Known::Unknown(why),
                    text: None,
                });
            }
        };
        let should_exist = matches!(self.state, State::Started | State::Present);
        let (Some(entry), Some(pattern)) = (&entry, self.pattern()?) else {
            return Ok(Seen {
                holds: Known::Is(entry.is_some() == should_exist),
                text: None,
            });
        };
        Ok(match contents(on, path, entry)? {
            Known::Is(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let found = pattern.is_match(&text).unwrap_or(false);
                Seen {
                    holds: Known::Is(found),
                    text: Some(text),
                }
            }
            Known::Unknown(why) => Seen {
                holds: Known::Unknown(why),
                text: None,
            },
        })
    }

    fn path_want(&self, path: &AbsPath) -> Want {
        Want::Entry {
            path: path.clone(),
            follow: true,
            content: self.search_regex.is_some(),
        }
    }

    /// The waiting itself.
    fn run(&self) -> Run {
        let (timeout, delay, sleep) = (self.timeout.max(0), self.delay.max(0), self.sleep.max(0));
        let Some(test) = self.test() else {
            let whole = delay + timeout;
            let mut run = Run::new(
                format!("wait for {whole} s"),
                Command::argv(["sleep".to_owned(), whole.to_string()]),
            );
            run.timeout = seconds(whole + 10);
            return run;
        };
        let script = format!(
            "end=$(($(date +%s) + {timeout}))\nsleep {delay}\n\
             until {test}; do\n[ $(date +%s) -lt $end ] || {{ printf '%s\\n' {} >&2; exit 1; }}\nsleep {sleep}\ndone\n",
            quote(&self.over())
        );
        let mut run = Run::new(format!("wait until {}", self.wish()), Command::shell(script));
        run.timeout = seconds(timeout.max(delay) + sleep + self.connect_timeout.max(1) + 10);
        match &self.path {
            Some(path) => run.obscures.push(Obscures::Path(path.clone())),
            None if self.search_regex.is_none() => run = run.predict(Reached(test), Known::Is(true)),
            None => {}
        }
        run
    }

    fn groups(&self, text: Option<Known<String>>) -> (Known<Value>, Known<Value>) {
        let nothing = || {
            (
                Known::Is(Value::Array(Vec::new())),
                Known::Is(Value::Object(serde_json::Map::new())),
            )
        };
        let (Some(text), Ok(Some(pattern))) = (text, self.pattern()) else {
            return nothing();
        };
        let text = match text {
            Known::Is(text) => text,
            Known::Unknown(why) => return (Known::Unknown(why.clone()), Known::Unknown(why)),
        };
        let Ok(Some(found)) = pattern.search(&text) else {
            return nothing();
        };
        let group = |index: usize| found.group(&text, index).map_or(Value::Null, Value::from);
        let groups = (1..=pattern.groups()).map(group).collect();
        let named = names(pattern.as_str())
            .filter_map(|name| Some((name.to_owned(), group(pattern.group_index(name)?))));
        (
            Known::Is(Value::Array(groups)),
            Known::Is(Value::Object(named.collect())),
        )
    }
}

fn seconds(seconds: i64) -> Option<Duration> {
    u64::try_from(seconds).ok().map(Duration::from_secs)
}

/// The names of a pattern's groups.
fn names(pattern: &str) -> impl Iterator<Item = &str> {
    pattern
        .split("(?P<")
        .skip(1)
        .filter_map(|rest| rest.split_once('>').map(|(name, _)| name))
}

impl TaskType for WaitFor {
    const NAME: &'static str = "wait_for";
    const ABOUT: &'static str = "Waits until a port answers, a file exists, or connections have ended.";
    const EXAMPLE: &'static str = "\
- name: The API server answers
  ansible.builtin.wait_for:
    host: 192.0.2.10
    port: 6443
    timeout: 60
";
    const CHANGES: bool = false;
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |is: bool, code: &str, what: &str, help: &str| {
            if is {
                problems.push(Problem::error(code, what).help(help));
            }
        };
        let (has_path, has_port) = (self.path.is_some(), self.port.is_some());
        wrong(
            has_path && has_port,
            "task::exclusive",
            "`port` and `path` exclude each other",
            "write a task for each",
        );
        wrong(
            has_path && self.state == State::Stopped,
            "task::exclusive",
            "`state: stopped` is for ports",
            "write `absent` for a file",
        );
        wrong(
            has_path && self.state == State::Drained,
            "task::exclusive",
            "`state: drained` is for ports",
            "give `port` instead of `path`",
        );
        wrong(
            self.state == State::Drained && !has_port && !has_path,
            "task::needs",
            "`state: drained` needs `port`",
            "name the port whose connections are to end",
        );
        wrong(
            self.exclude_hosts.is_some() && self.state != State::Drained,
            "task::exclusive",
            "`exclude_hosts` is for `state: drained`",
            "remove it",
        );
        let searches = matches!(self.state, State::Started | State::Present) && (has_path || has_port);
        wrong(
            self.search_regex.is_some() && !searches,
            "task::exclusive",
            "`search_regex` has nothing to search here",
            "it works with `port` or `path`, and `state: started` or `present`",
        );
        wrong(
            self.port.is_some_and(|port| !(1..=65535).contains(&port)),
            "task::value",
            "`port` is no port",
            "ports go from 1 to 65535",
        );
        let times = [self.timeout, self.delay, self.sleep, self.connect_timeout];
        wrong(
            times.iter().any(|time| *time < 0),
            "task::value",
            "a time is negative",
            "write seconds from 0 on",
        );
        for host in std::iter::once(&self.host.text).chain(self.exclude_hosts.iter().flatten()) {
            if !is_host(host) {
                problems.push(
                    Problem::error(
                        "task::value",
                        format!("`{host}` is neither a name nor an address"),
                    )
                    .at(&self.host.place, "expected a host"),
                );
            }
        }
        for state in &self.active_connection_states {
            if !STATES.iter().any(|(name, _)| name == state) {
                let known: Vec<&str> = STATES.iter().map(|(name, _)| *name).collect();
                problems.push(
                    Problem::error("task::value", format!("`{state}` is no state of a connection"))
                        .help(format!("known are {}", known.join(", "))),
                );
            }
        }
        problems.extend(self.pattern().err());
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        match (&self.path, self.test()) {
            (Some(path), _) if self.delay == 0 => vec![self.path_want(path)],
            (None, Some(test)) if self.is_quick() => vec![want(Reached(test))],
            _ => Vec::new(),
        }
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        self.look(on)
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        if seen.holds == Known::Is(true) {
            return Ok(Plan {
                changed: Some(false),
                ..Plan::unchanged(self.wish())
            });
        }
        let plan = Plan::unknown(
            vec![Change::Run(Box::new(self.run()))],
            format!("will wait until {}", self.wish()),
        );
        Ok(Plan {
            changed: Some(false),
            ..plan
        })
    }

    fn then(&self, _seen: &Seen, plan: &Plan) -> Vec<Want> {
        match (&self.path, plan.changes.is_empty()) {
            (Some(path), false) if self.search_regex.is_some() => vec![self.path_want(path)],
            _ => Vec::new(),
        }
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let waits = !plan.changes.is_empty();
        let text = match (&self.search_regex, waits, &self.path) {
            (None, ..) => None,
            (Some(_), false, _) => seen.text.clone().map(Known::Is),
            (Some(_), true, None) => Some(outputs.get(0).map(|output| output.text().into_owned())),
            (Some(_), true, Some(_)) => Some(match outputs.answer(0) {
                Some(Known::Is(Answer::Entry(Some(entry)))) => match &entry.content {
                    Some(Content::Bytes(bytes)) => Known::Is(String::from_utf8_lossy(bytes).into_owned()),
                    _ => Known::unknown("the file's content"),
                },
                _ => Known::unknown("waiting"),
            }),
        };
        let (groups, named) = self.groups(text);
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a wait")]
        let elapsed = if waits {
            outputs.get(0).map(|output| (output.seconds as i64).into())
        } else {
            Known::Is(0.into())
        };
        let state = crate::Argument::write(&self.state);
        let state = if let evenkeel_yaml::Value::Str(word) = state {
            Value::from(word)
        } else {
            Value::Null
        };
        let text = |text: &Option<Text>| {
            text.as_ref()
                .map_or(Value::Null, |text| text.text.as_str().into())
        };
        let late = match outputs.get(0) {
            Known::Is(output) if waits && output.code != 0 => {
                Some(Known::Is(String::from_utf8_lossy(&output.stderr).trim().into()))
            }
            Known::Is(_) | Known::Unknown(_) => None,
        };
        let mut returned = Returned::from_iter([
            ("state".to_owned(), Known::Is(state)),
            (
                "port".to_owned(),
                Known::Is(self.port.map_or(Value::Null, Into::into)),
            ),
            ("search_regex".to_owned(), Known::Is(text(&self.search_regex))),
            ("match_groups".to_owned(), groups),
            ("match_groupdict".to_owned(), named),
            (
                "path".to_owned(),
                Known::Is(
                    self.path
                        .as_ref()
                        .map_or(Value::Null, |path| path.as_str().into()),
                ),
            ),
            ("elapsed".to_owned(), elapsed),
        ]);
        returned.extend(late.map(|why| ("msg".to_owned(), why)));
        returned
    }
}
