//! Tasks that go on by themselves (`async` with `poll: 0`), and what `async_status` says of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use evenkeel_host::Answer;
use evenkeel_host::Apart;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Commit;
use evenkeel_host::Committed;
use evenkeel_host::Host as _;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Look as _;
use evenkeel_host::Output;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::quote;
use evenkeel_tasks::Outputs;
use evenkeel_tasks::Plan;
use evenkeel_tasks::Planned;
use evenkeel_tasks::Returned;
use evenkeel_tasks::facts;
use evenkeel_tasks::facts::job::Journal;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;
use serde_json::json;

use crate::Failure;
use crate::Memory;
use crate::Mode;
use crate::Options;
use crate::Status;
use crate::arguments::Stop;
use crate::attempt::Attempt;
use crate::attempt::assumption;
use crate::attempted::Attempted;
use crate::failure;
use crate::settings;
use crate::time_limit::Limit;

/// Where jobs keep their journals unless the variable says otherwise, as with Ansible.
const FOLDER: &str = "~/.ansible_async";

/// The variable that says so.
const VARIABLE: &str = "ansible_async_dir";

/// The jobs that this run has begun.
#[derive(Default)]
pub(crate) struct Jobs {
    begun: Mutex<HashMap<String, Job>>,
    count: AtomicUsize,
}

/// A job that this run has begun.
struct Job {
    /// What it does, and what its result is made of.
    planned: Planned,
    /// The task type's name.
    module: &'static str,
    /// What came of it, where that was known at once: in memory no time passes.
    committed: Option<Committed>,
    limit: Option<Limit>,
    /// Whether it was only forecast, in a real run.
    forecast: bool,
    /// Whether its end was seen.
    settled: bool,
}

impl Jobs {
    fn begun(&self) -> MutexGuard<'_, HashMap<String, Job>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the end of a job was seen; whether it is the first time.
    fn settle(&self, job: &str) -> bool {
        let mut begun = self.begun();
        begun
            .get_mut(job)
            .is_some_and(|job| !std::mem::replace(&mut job.settled, true))
    }

    /// A name that no other job has, on any machine.
    fn name(&self, options: &Options) -> String {
        let number = self.count.fetch_add(1, Ordering::Relaxed) + 1;
        format!("j{}{:07}.{number}", options.now.unsigned_abs(), options.process)
    }
}

/// What every result of a job has.
fn base(job: &str, path: &str, finished: bool) -> Returned {
    let empty: [&str; 0] = [];
    let entries = [
        ("ansible_job_id", json!(job)),
        ("results_file", json!(path)),
        ("started", json!(true)),
        ("finished", json!(finished)),
        ("stdout", json!("")),
        ("stderr", json!("")),
        ("stdout_lines", json!(empty)),
        ("stderr_lines", json!(empty)),
    ];
    let known = |(key, value): (&str, serde_json::Value)| (key.to_owned(), Known::Is(value));
    entries.into_iter().map(known).collect()
}

impl Attempt<'_> {
    /// The folder of the journals, as the variable says.
    fn journals(&self) -> Result<String, Stop> {
        let scope = self.scope();
        let node = scope.get(VARIABLE).map(|_| {
            let text = Value::Str(format!("{{{{ {VARIABLE} }}}}"));
            Arc::new(Node::new(text, Place::nowhere(VARIABLE)))
        });
        let folder = settings::text(&self.run.world.templar, node.as_ref(), &scope);
        let folder = folder.map_err(|failure| Stop::Failed(Box::new(failure), Returned::new()))?;
        Ok(folder.unwrap_or_else(|| FOLDER.to_owned()))
    }

    /// Begins the changes of a task and does not wait for them.
    pub(crate) fn begin(&self, memory: &Arc<Memory>, planned: Planned) -> Result<Attempted, Stop> {
        let jobs = &self.run.world.jobs;
        let apart = Apart {
            folder: self.journals()?,
            job: jobs.name(&self.run.world.options),
        };
        let (record, _) = self.run.record(self)?;
        if let Some(change) = record {
            memory.commit(&self.commit(vec![change]))?;
        }
        let commit = Commit {
            environment: self.environment.clone(),
            time: self.limit.map(|limit| limit.time),
            apart: Some(apart.clone()),
            ..self.commit(planned.plan.changes.clone())
        };
        let committed = memory.commit(&commit);
        self.on.links.changed_over(memory);
        let committed = committed?;
        if let (None, Some(evenkeel_host::Failure::Failed(output))) = (&committed.apart, &committed.failed)
            && !memory.is_free()
        {
            let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Ok(self.refused(Failure {
                message,
                ..Failure::default()
            }));
        }
        let path = committed.apart.clone();
        let path = path.unwrap_or_else(|| format!("{}/{}", apart.folder, apart.job));
        let mut attempted = self.began(&planned.plan, Known::Is(apart.job.as_str()), Known::Is(&path));
        let not_run = committed.not_run.iter();
        let told = not_run.map(|what| format!("not run on a simulated host: {what}"));
        attempted.outcome.warnings.extend(told);
        let job = Job {
            planned,
            module: self.run.task.card.body.module.name,
            committed: committed.apart.is_none().then_some(committed),
            limit: self.limit,
            forecast: false,
            settled: false,
        };
        jobs.begun().insert(apart.job, job);
        Ok(attempted)
    }

    /// Forecasts that a task is begun: what it does comes at a time that is not known.
    pub(crate) fn may_begin(&self, layer: &Layer, planned: Planned) -> Result<Attempted, Stop> {
        let plan = &planned.plan;
        let why = format!("`{}` goes on by itself", self.run.task.title());
        let commit = self.commit(plan.changes.clone());
        match &self.undecided {
            _ if commit.changes.is_empty() => {}
            Some(why) => layer.commit_possible(&commit, why)?,
            None => layer.commit_uncertain(&commit, &why)?,
        }
        if self.run.world.options.mode != Mode::Plan {
            let jobs = &self.run.world.jobs;
            let (name, folder) = (jobs.name(&self.run.world.options), self.journals()?);
            let path = format!("{folder}/{name}");
            let attempted = self.began(plan, Known::Is(name.as_str()), Known::Is(&path));
            let job = Job {
                planned,
                module: self.run.task.card.body.module.name,
                committed: Some(Committed::default()),
                limit: None,
                forecast: true,
                settled: true,
            };
            jobs.begun().insert(name, job);
            return Ok(attempted);
        }
        let why = "beginning it";
        let mut attempted = self.began(plan, Known::unknown(why), Known::unknown(why));
        attempted.assumes = assumption(plan);
        Ok(attempted)
    }

    /// How a task ends that was begun.
    fn began(&self, plan: &Plan, job: Known<&str>, path: Known<&String>) -> Attempted {
        let mut attempted = self.begun(Status::Changed);
        attempted.put("changed", true);
        attempted.put("failed", false);
        attempted.put("started", true);
        attempted.put("finished", false);
        let mut put = |key: &str, value| drop(attempted.returned.insert(key.to_owned(), value));
        put("ansible_job_id", job.map(|job| json!(job)));
        put("results_file", path.map(|path| json!(path)));
        let outcome = &mut attempted.outcome;
        outcome.changes = self.shown(plan);
        outcome.diff = self.diff;
        outcome.warnings.clone_from(&plan.warnings);
        outcome.known_after_apply = self.doubt(plan);
        attempted
    }

    fn commit(&self, changes: Vec<Change>) -> Commit {
        Commit {
            who: self.who.clone(),
            changes,
            ..Commit::default()
        }
    }

    /// How a job stands.
    pub(crate) fn job(&self, memory: &Arc<Memory>, job: &str, cleanup: bool) -> Result<Attempted, Stop> {
        let folder = self.journals()?;
        let known = self
            .run
            .world
            .jobs
            .begun()
            .get(job)
            .map(|job| job.committed.clone());
        if let Some(Some(committed)) = known {
            let path = format!("{folder}/{job}");
            return match cleanup {
                true => {
                    self.run.world.jobs.begun().remove(job);
                    Ok(self.erased(job, &path))
                }
                false => self.ended_job(memory, job, &path, &committed),
            };
        }
        if memory.is_free() {
            return Ok(self.no_job(job, &format!("{folder}/{job}"), cleanup));
        }
        let journal = self.journal(memory, folder, job)?;
        match (journal.exists, cleanup) {
            (false, _) => Ok(self.no_job(job, &journal.path, cleanup)),
            (true, true) => self.erase(memory, job, &journal.path),
            (true, false) if !journal.ended && journal.alive => Ok(self.runs(job, &journal.path)),
            (true, false) => {
                if self.run.world.jobs.settle(job) {
                    memory.settle();
                }
                let committed = committed(&journal);
                self.ended_job(memory, job, &journal.path, &committed)
            }
        }
    }

    /// Reads the journal of a job, as it is now.
    fn journal(&self, memory: &Arc<Memory>, folder: String, job: &str) -> Result<Journal, Stop> {
        let fact = facts::job::Job(Apart {
            folder,
            job: job.to_owned(),
        });
        memory.forget();
        let view = View::new(memory.as_ref(), self.who.clone());
        match view.fact(fact)? {
            Known::Is(journal) => Ok(journal),
            Known::Unknown(_) => Ok(Journal::default()),
        }
    }

    fn runs(&self, job: &str, path: &str) -> Attempted {
        let mut attempted = self.begun(Status::Ok);
        attempted.returned.extend(base(job, path, false));
        attempted.put("failed", false);
        attempted.outcome.why = "the job still runs".to_owned();
        attempted
    }

    fn no_job(&self, job: &str, path: &str, cleanup: bool) -> Attempted {
        let message = "could not find job".to_owned();
        let mut attempted = self.refused(Failure {
            message,
            help: vec!["a job is known to the user who began it, until its result is removed".to_owned()],
            ..Failure::default()
        });
        attempted.returned.extend(base(job, path, true));
        if cleanup {
            attempted.returned.shift_remove("results_file");
            attempted.put("erased", path);
        }
        attempted
    }

    /// Removes the result of a job.
    fn erase(&self, memory: &Arc<Memory>, job: &str, path: &str) -> Result<Attempted, Stop> {
        if !self.forecasts {
            let command = Command::shell(format!("rm -rf -- {}", quote(path)));
            let run = Run::new(format!("remove the result of job {job}"), command);
            memory.commit(&self.commit(vec![Change::Run(Box::new(run))]))?;
            self.run.world.jobs.begun().remove(job);
        }
        Ok(self.erased(job, path))
    }

    fn erased(&self, job: &str, path: &str) -> Attempted {
        let mut attempted = self.begun(Status::Ok);
        attempted.returned.extend(base(job, path, false));
        attempted.returned.shift_remove("results_file");
        attempted.put("started", false);
        attempted.put("erased", path);
        attempted.put("failed", false);
        attempted.outcome.why = "the result of the job is removed".to_owned();
        attempted
    }

    /// The result of a job that has ended: that of its task, where this run has begun it.
    fn ended_job(
        &self,
        memory: &Arc<Memory>,
        name: &str,
        path: &str,
        committed: &Committed,
    ) -> Result<Attempted, Stop> {
        let jobs = &self.run.world.jobs;
        let then = jobs.begun().get(name).map(|job| self.asks(&job.planned.then));
        let answers = memory.look(&then.unwrap_or_default())?;
        let job = jobs.begun().remove(name);
        let mut attempted = match &job {
            Some(job) => self.of_job(job, committed, &answers),
            None => self.foreign(committed),
        };
        jobs.begun().extend(job.map(|job| (name.to_owned(), job)));
        // What it changed was shown when it began.
        attempted.outcome.changes.clear();
        for (key, value) in base(name, path, true) {
            attempted.returned.entry(key).or_insert(value);
        }
        Ok(attempted)
    }

    /// The result of a job that this run has begun.
    fn of_job(&self, job: &Job, committed: &Committed, answers: &[Known<Answer>]) -> Attempted {
        match &committed.failed {
            Some(failed) if job.limit.is_some_and(|limit| limit.is_over(failed)) => return self.too_long(),
            Some(failed) => {
                let done = committed.done.clone();
                return self.broken(&job.planned, done, failed.clone(), job.module);
            }
            None => {}
        }
        if let (true, Some(returned)) = (job.forecast, &job.planned.checked) {
            return self.checked(&job.planned.plan, returned.clone());
        }
        let ran = committed.unknown.is_empty() && !job.forecast;
        let outputs = ran.then_some(committed.done.as_slice());
        self.made(&job.planned, &Outputs::Seen { outputs, answers })
    }

    fn too_long(&self) -> Attempted {
        self.refused(Failure {
            message: "Timeout exceeded".to_owned(),
            help: vec!["give it more time with `async`, or find out what it waits for".to_owned()],
            ..Failure::default()
        })
    }

    /// The result of a job that another run has begun: what its last program said.
    fn foreign(&self, committed: &Committed) -> Attempted {
        let failed = committed.failed.as_ref();
        let output = match failed {
            Some(evenkeel_host::Failure::Failed(output) | evenkeel_host::Failure::Invalid(output)) => {
                Some(output)
            }
            Some(_) => None,
            None => committed.done.last(),
        };
        let mut attempted = self.begun(Status::Changed);
        attempted.put("changed", true);
        let output = output.cloned().unwrap_or_default();
        for (key, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
            let text = String::from_utf8_lossy(bytes).trim_end_matches('\n').to_owned();
            let lines: Vec<&str> = text.lines().collect();
            attempted.put(&format!("{key}_lines"), lines);
            attempted.put(key, text);
        }
        attempted.put("rc", output.code);
        match failed {
            Some(failed) => attempted.fail(Failure {
                step: String::new(),
                ..failure::of_change(failed, None, 0, 1)
            }),
            None => attempted.put("failed", false),
        }
        attempted
    }
}

/// What a journal says of the changes, up to the first that failed.
fn committed(journal: &Journal) -> Committed {
    let mut committed = Committed::default();
    for made in &journal.made {
        let output = made.output();
        if made.word == "ok" {
            committed.done.push(output);
            continue;
        }
        committed.failed = Some(match made.word.as_str() {
            "stale" => evenkeel_host::Failure::Stale(said(&output)),
            "invalid" => evenkeel_host::Failure::Invalid(output),
            _ => evenkeel_host::Failure::Failed(output),
        });
    }
    if !journal.ended && committed.failed.is_none() {
        let why = "the job is gone and has told no end: was it killed, or the machine started again?";
        committed.failed = Some(evenkeel_host::Failure::OutcomeUnknown(why.to_owned()));
    }
    committed
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}
