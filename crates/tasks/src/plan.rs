//! What a task would do.

use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_host::Answer;
use evenkeel_host::Certainty;
use evenkeel_host::Change;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Output;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use indexmap::IndexMap;

use crate::Text;

/// What `register` knows of a task: key to value, in the order in which they are shown.
pub type Returned = IndexMap<String, Known<serde_json::Value>>;

/// What a task would do on a machine, given what was seen there.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The changes, in order; none when the machine is already so.
    pub changes: Vec<Change>,
    /// Whether the changes are sure. An uncertain plan lists the changes that would be needed at most.
    pub certainty: Certainty,
    /// Why nothing is to be done (`haproxy 2.6.12-1 is installed`); with changes it is empty.
    pub unchanged: String,
    /// Reported as changed even where `changes` is empty (`add_host`) or as unchanged although it runs (`None`: a
    /// task is changed when it has changes).
    pub changed: Option<bool>,
    /// Whether it comes to the same where something is there already (a file is written whole).
    pub whole: bool,
    /// What the task does to the run itself.
    pub effects: Effects,
    /// A short text that a person sees (`debug`'s message).
    pub message: Option<String>,
    /// Diff lines for changes that a person could not judge otherwise (packages, units, firewall rules): text before
    /// and after. File changes need none, they carry both contents.
    pub shows: Vec<Shown>,
    /// Hints to a person about this task; shown once.
    pub warnings: Vec<String>,
}

/// A text before and after, to be shown as a unified diff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What it is the state of: `package haproxy`, `unit haproxy.service`.
    pub title: String,
    /// Before, in lines.
    pub before: String,
    /// After, in lines.
    pub after: String,
}

impl Plan {
    /// Nothing to do, because of this.
    pub fn unchanged(why: impl Into<String>) -> Plan {
        Plan {
            changes: Vec::new(),
            certainty: Certainty::Sure,
            unchanged: why.into(),
            changed: None,
            whole: false,
            effects: Effects::default(),
            message: None,
            shows: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// These changes, surely.
    pub fn changes(changes: Vec<Change>) -> Plan {
        Plan {
            changes,
            ..Plan::unchanged("")
        }
    }

    /// These changes at most; whether they are needed is known only after apply.
    pub fn unknown(changes: Vec<Change>, why: impl Into<String>) -> Plan {
        Plan {
            changes,
            certainty: Certainty::Unknown(why.into()),
            ..Plan::unchanged("")
        }
    }

    /// Says that all facts of a family are unknown after each of its programs.
    #[must_use]
    pub fn obscuring(mut self, family: &'static str) -> Plan {
        for change in &mut self.changes {
            if let Change::Run(run) = change {
                run.obscures.push(Obscures::Family(family));
            }
        }
        self
    }

    /// Shows a state before and after.
    #[must_use]
    pub fn show(
        mut self,
        title: impl Into<String>,
        before: impl Into<String>,
        after: impl Into<String>,
    ) -> Plan {
        self.shows.push(Shown {
            title: title.into(),
            before: before.into(),
            after: after.into(),
        });
        self
    }
}

/// What a task does to the run.
#[derive(Clone, Debug, Default)]
pub struct Effects {
    /// Variables of the host at set_fact's level (`set_fact`). Data, never rendered again.
    pub variables: Vec<(String, Known<serde_json::Value>)>,
    /// Variables below set_fact's level (`include_vars`), as they stand in files: templates in them are rendered when used.
    pub included: Vec<(String, Node)>,
    /// Facts of the host (`ansible_facts` in a result).
    pub facts: Vec<(String, Known<serde_json::Value>)>,
    /// Files that are written on the controller (`fetch`), after the changes.
    pub saves: Vec<Saved>,
    /// What happens to the flow.
    pub control: Option<Control>,
    /// What is added to the inventory of the run (`add_host`, `group_by`).
    pub additions: Vec<Addition>,
    /// What the end of the run tells beside its counts (`set_stats`).
    pub stats: Option<Stats>,
    /// What the run waits for instead of making changes; its outcome is one output whose text is a JSON object.
    pub wait: Option<Wait>,
}

/// What a task waits for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wait {
    /// Time, or a person (`pause`).
    Pause {
        /// How long; `None`: until somebody answers.
        seconds: Option<u64>,
        /// What is asked.
        prompt: Option<String>,
        /// Whether what is typed is shown.
        echo: bool,
    },
    /// A machine that can be reached (`wait_for_connection`), all in seconds.
    Connection {
        /// Before the first attempt.
        delay: u64,
        /// Between two attempts.
        sleep: u64,
        /// At most.
        timeout: u64,
    },
    /// Nothing: it says how a job stands that goes on by itself (`async_status`).
    Job {
        /// The name of the job.
        job: String,
        /// Whether its result is removed.
        cleanup: bool,
    },
    /// A machine that starts again: the plan's change makes it do so (`reboot`).
    Boot {
        /// The command that tells one boot from another.
        identity: String,
        /// The command that succeeds when the machine is ready.
        test: String,
        /// Seconds after the change before the first look.
        delay: u64,
        /// Seconds at most.
        timeout: u64,
    },
}

/// What a task adds to the inventory of the run.
#[derive(Clone, Debug, PartialEq)]
pub enum Addition {
    /// A host, its groups and its variables; what exists already is extended.
    Host {
        /// Its name, without a port.
        name: String,
        /// Groups that it becomes a member of.
        groups: Vec<String>,
        /// Variables, data: nothing in them is rendered again.
        variables: Vec<(String, Node)>,
    },
    /// The host that the task is done for becomes a member of a group.
    Member {
        /// The group.
        group: String,
        /// The groups above it.
        parents: Vec<String>,
    },
}

/// Values that the end of the run tells beside its counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// Names and values.
    pub data: Vec<(String, serde_json::Value)>,
    /// Whether they are told for each host rather than for the run.
    pub per_host: bool,
    /// Whether they are added to what was there: numbers summed, texts and lists joined, mappings merged.
    pub aggregate: bool,
}

/// A file that is written on the controller, with the folders above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where, from the root on.
    pub path: PathBuf,
    /// All bytes.
    pub bytes: Known<Arc<[u8]>>,
}

/// What a task does to the flow of the run.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// Runs the tasks of a file, or of a role.
    Include(Box<Include>),
    /// Runs the handlers that are notified.
    FlushHandlers,
    /// Ends the play for this host, without failure.
    EndHost,
    /// Ends the play for all hosts.
    EndPlay,
    /// Ends the current batch (`serial`).
    EndBatch,
    /// Ends the role for this host.
    EndRole,
    /// Forgets the facts.
    ClearFacts,
    /// Brings failed and lost hosts back.
    ClearHostErrors,
    /// Closes the connection; the next question opens it again.
    ResetConnection,
    /// Reads the inventory again.
    RefreshInventory,
    /// Nothing.
    Noop,
}

/// What is included, with its options rendered.
#[derive(Clone, Debug, PartialEq)]
pub struct Include {
    /// A file of tasks, or a role.
    pub what: Included,
    /// Keywords for everything that is included, as they stand.
    pub apply: Option<Map>,
}

/// What an include names.
#[derive(Clone, Debug, PartialEq)]
pub enum Included {
    /// A file of tasks.
    Tasks {
        /// Its path: beside the including file, below the role, below the play's folder.
        file: Text,
    },
    /// A role.
    Role(IncludedRole),
}

/// A role that is included.
#[derive(Clone, Debug, PartialEq)]
pub struct IncludedRole {
    /// Its name.
    pub name: Text,
    /// The file below `tasks/` instead of `main.yml`.
    pub tasks_from: Option<String>,
    /// The file below `vars/`.
    pub vars_from: Option<String>,
    /// The file below `defaults/`.
    pub defaults_from: Option<String>,
    /// The file below `handlers/`.
    pub handlers_from: Option<String>,
    /// Whether the rest of the play sees its defaults and variables.
    pub public: bool,
    /// Whether it runs although it ran before.
    pub allow_duplicates: bool,
    /// Whether its `argument_specs` are checked.
    pub rolespec_validate: bool,
}

/// The outputs of a plan's changes: known after they were made, unknown in a forecast.
#[derive(Clone, Debug)]
pub enum Outputs<'a> {
    /// One output for each change that was made; the last may be of a change that failed.
    Made(&'a [Output]),
    /// The changes were only forecast.
    Forecast,
    /// As `Made`, or as `Forecast` where `outputs` is `None`, with the answers to what
    /// [`TaskType::then`](crate::TaskType::then) asked, in its order.
    Seen {
        /// The outputs.
        outputs: Option<&'a [Output]>,
        /// The answers.
        answers: &'a [Known<Answer>],
    },
}

impl Outputs<'_> {
    /// The output of change `index`.
    pub fn get(&self, index: usize) -> Known<Output> {
        match self {
            Outputs::Made(outputs)
            | Outputs::Seen {
                outputs: Some(outputs),
                ..
            } => Known::Is(outputs.get(index).cloned().unwrap_or_default()),
            Outputs::Forecast | Outputs::Seen { outputs: None, .. } => {
                Known::Unknown(Arc::from("running it"))
            }
        }
    }

    /// The answer to question `index` of [`TaskType::then`](crate::TaskType::then), where it was asked.
    pub fn answer(&self, index: usize) -> Option<&Known<Answer>> {
        match self {
            Outputs::Seen { answers, .. } => answers.get(index),
            Outputs::Made(_) | Outputs::Forecast => None,
        }
    }
}
