//! Tasks that wait: for a time, for a person, for a machine that can be reached or starts again.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Commit;
use evenkeel_host::Host as _;
use evenkeel_host::Look as _;
use evenkeel_host::Output;
use evenkeel_host::Run;
use evenkeel_tasks::Outputs;
use evenkeel_tasks::Planned;
use evenkeel_tasks::Wait;
use serde_json::Value;
use serde_json::json;

use crate::Failure;
use crate::Memory;
use crate::Reply;
use crate::announce;
use crate::arguments::Stop;
use crate::attempt::Attempt;
use crate::attempted::Attempted;
use crate::failure;

/// How often one looks whether the run was stopped.
const GLANCE: Duration = Duration::from_millis(100);

/// The longest time between two looks at a machine that starts.
const LONGEST: Duration = Duration::from_secs(12);

/// What a wait ended with.
type Waited = Result<Value, String>;

impl Attempt<'_> {
    /// Waits, and says what came of it. On a simulated host no time passes.
    pub(crate) fn wait(
        &self,
        memory: &Arc<Memory>,
        planned: &Planned,
        wait: &Wait,
    ) -> Result<Attempted, Stop> {
        let plan = &planned.plan;
        if memory.is_free() {
            let returned = planned.result(&Outputs::Forecast);
            let mut attempted = self.ended(plan, returned, None);
            let told = "not run on a simulated host: no time passes there".to_owned();
            attempted.outcome.warnings.push(told);
            return Ok(attempted);
        }
        let began = Instant::now();
        let waited = match wait {
            Wait::Pause {
                seconds,
                prompt,
                echo,
            } => self.pause(*seconds, prompt.as_deref(), *echo),
            Wait::Connection {
                delay,
                sleep,
                timeout,
            } => {
                let end = began + Duration::from_secs(*timeout);
                self.connection(memory, *delay, Duration::from_secs(*sleep), end)
            }
            Wait::Boot { .. } => {
                let (waited, recorded) = self.boot(memory, planned, wait)?;
                return Ok(Attempted {
                    recorded,
                    ..self.waited(planned, wait, began.elapsed(), waited)
                });
            }
            Wait::Job { .. } => Ok(Value::Null),
        };
        Ok(self.waited(planned, wait, began.elapsed(), waited))
    }

    /// What came of it after so much time.
    fn waited(&self, planned: &Planned, wait: &Wait, time: Duration, waited: Waited) -> Attempted {
        let elapsed = time.as_secs();
        match waited {
            Ok(mut told) => {
                if let (Value::Object(map), false) = (&mut told, matches!(wait, Wait::Pause { .. })) {
                    map.insert("elapsed".to_owned(), elapsed.into());
                }
                let output = Output {
                    stdout: told.to_string().into(),
                    ..Output::default()
                };
                let returned = planned.result(&Outputs::Made(&[output]));
                self.ended(&planned.plan, returned, None)
            }
            Err(message) => {
                let mut attempted = self.refused(Failure {
                    message,
                    ..Failure::default()
                });
                attempted.put("elapsed", elapsed);
                attempted
            }
        }
    }

    /// Lets time pass; `false` when the run is stopped.
    fn sleep(&self, time: Duration) -> bool {
        let end = Instant::now() + time;
        while !self.run.world.stop.load(Ordering::Relaxed) {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(GLANCE));
        }
        false
    }

    fn pause(&self, seconds: Option<u64>, prompt: Option<&str>, echo: bool) -> Waited {
        let began = SystemTime::now();
        let person = self.run.world.person.as_deref();
        let title = self.run.task.title();
        let hidden = if echo { "" } else { " (output is hidden)" };
        let mut input = String::new();
        match (seconds, person) {
            (Some(seconds), person) => {
                if let Some(person) = person {
                    person.tell(&format!("Pausing for {seconds} seconds{hidden}\n"));
                    prompt
                        .into_iter()
                        .for_each(|prompt| person.tell(&format!("[{title}]\n{prompt}\n")));
                }
                if !self.sleep(Duration::from_secs(seconds)) {
                    return Err("the run was stopped while it paused".to_owned());
                }
            }
            (None, Some(person)) => {
                let prompt = prompt.unwrap_or("Press enter to continue, Ctrl+C to interrupt");
                match person.ask(&format!("[{title}]\n{prompt}{hidden}:"), echo) {
                    Reply::Line(line) => input = line,
                    Reply::Nobody => {}
                    Reply::Interrupted => return Err("the run was stopped while it paused".to_owned()),
                }
            }
            (None, None) => {}
        }
        let passed = began.elapsed().unwrap_or_default();
        Ok(json!({
            "rc": 0, "stderr": "", "start": self.stamp(began), "stop": self.stamp(SystemTime::now()),
            "stdout": format!("Paused for {:?} seconds", (passed.as_secs_f64() * 100.0).round() / 100.0),
            "delta": passed.as_secs(), "echo": echo, "user_input": input,
        }))
    }

    /// A moment as text, in UTC.
    fn stamp(&self, moment: SystemTime) -> String {
        let since = moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let text = format!("'%Y-%m-%d %H:%M:%S' | strftime({}, utc=true)", since.as_secs());
        let node = evenkeel_yaml::Node::new(
            evenkeel_yaml::Value::Str(text),
            evenkeel_yaml::Place::nowhere("pause"),
        );
        let rendered = self.run.world.templar.expression(&node, &self.scope());
        let text = match rendered.map(|rendered| rendered.value) {
            Ok(evenkeel_host::Known::Is(value)) => value.to_string(),
            Ok(evenkeel_host::Known::Unknown(_)) | Err(_) => since.as_secs().to_string(),
        };
        format!("{text}.{:06}", since.subsec_micros())
    }

    fn connection(&self, memory: &Arc<Memory>, delay: u64, sleep: Duration, end: Instant) -> Waited {
        let stopped = || Err("the run was stopped while it waited".to_owned());
        if !self.sleep(Duration::from_secs(delay)) {
            return stopped();
        }
        loop {
            memory.reset();
            let error = match memory.look(&[announce::recorded(self.run.world)]) {
                Ok(_) => return Ok(json!({})),
                Err(error) => error,
            };
            if Instant::now() >= end {
                return Err(format!("timed out waiting for a connection: {error}"));
            }
            if !self.sleep(sleep) {
                return stopped();
            }
        }
    }

    /// Makes a machine start again, and waits for it; with the handlers that were recorded on the host.
    fn boot(
        &self,
        memory: &Arc<Memory>,
        planned: &Planned,
        wait: &Wait,
    ) -> Result<(Waited, Vec<String>), Stop> {
        let Wait::Boot { identity, .. } = wait else {
            return Ok((Ok(json!({})), Vec::new()));
        };
        let machine = self.on.links.machine(memory);
        if machine.is_some_and(|machine| machine.is_controller()) {
            let why =
                "a machine over a local connection is the controller, which does not start itself again";
            return Ok((Err(why.to_owned()), Vec::new()));
        }
        let before = match self.asked(memory, identity) {
            Ok(before) => before,
            Err(why) => return Ok((Err(why), Vec::new())),
        };
        memory.forget();
        let (record, recorded) = self.run.record(self)?;
        let commit = Commit {
            who: self.who.clone(),
            changes: record
                .into_iter()
                .chain(planned.plan.changes.iter().cloned())
                .collect(),
            environment: self.environment.clone(),
            ..Commit::default()
        };
        let made = memory.commit(&commit).map(|committed| committed.failed);
        if let Ok(Some(evenkeel_host::Failure::Failed(output))) = made {
            self.run.take_back(self, &recorded)?;
            let (out, err) = (
                output.text(),
                String::from_utf8_lossy(&output.stderr).into_owned(),
            );
            let why = format!(
                "Reboot command failed. Error was: '{}, {}'",
                out.trim(),
                err.trim()
            );
            return Ok((Err(why), Vec::new()));
        }
        Ok((self.booted(memory, wait, &before), recorded))
    }

    /// Waits until a machine has started again.
    fn booted(&self, memory: &Arc<Memory>, wait: &Wait, before: &str) -> Waited {
        let Wait::Boot {
            identity,
            test,
            delay,
            timeout,
        } = wait
        else {
            return Ok(json!({}));
        };
        if !self.sleep(Duration::from_secs(*delay)) {
            return Err("the run was stopped while it waited".to_owned());
        }
        let again = || match self.asked(memory, identity) {
            Ok(now) if now.is_empty() || now == before => Err("boot time has not changed".to_owned()),
            other => other,
        };
        self.until(memory, *timeout, "last boot time check", &again)?;
        self.until(memory, *timeout, "post-reboot test command", &|| {
            self.asked(memory, test)
        })?;
        memory.forget();
        Ok(json!({ "rebooted": true }))
    }

    /// Tries until it succeeds, with longer and longer pauses; each time over a new connection.
    fn until(
        &self,
        memory: &Arc<Memory>,
        timeout: u64,
        what: &str,
        attempt: &dyn Fn() -> Result<String, String>,
    ) -> Result<(), String> {
        let end = Instant::now() + Duration::from_secs(timeout);
        let mut pause = Duration::from_secs(1);
        while let Err(error) = attempt() {
            if Instant::now() >= end {
                return Err(format!(
                    "Timed out waiting for {what} (timeout={timeout}): {error}"
                ));
            }
            if !self.sleep(pause) {
                return Err("the run was stopped while it waited".to_owned());
            }
            pause = (pause * 2).min(LONGEST);
            memory.reset();
        }
        Ok(())
    }

    /// What a command on the machine prints.
    fn asked(&self, memory: &Arc<Memory>, command: &str) -> Result<String, String> {
        memory.forget();
        let commit = Commit {
            who: self.who.clone(),
            changes: vec![Change::Run(Box::new(Run::new(command, Command::shell(command))))],
            environment: self.environment.clone(),
            ..Commit::default()
        };
        let committed = memory.commit(&commit).map_err(|error| error.to_string())?;
        match (committed.failed, committed.done.first()) {
            (None, Some(output)) => Ok(output.text().trim().to_owned()),
            (None, None) => Err(format!("`{command}` was not run")),
            (Some(failed), _) => {
                let why = failure::of_change(&failed, None, 0, 1).message;
                Err(format!("`{command}` failed: {why}"))
            }
        }
    }
}
