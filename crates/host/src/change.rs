//! The closed set of ways in which a machine can change.

use std::sync::Arc;
use std::time::Duration;

use crate::AbsPath;
use crate::AnyFact;
use crate::Entry;
use crate::Fact;
use crate::Known;
use crate::Secret;

/// One mutation. What it was planned on travels with it, and the host refuses when that has moved.
#[derive(Clone, Debug)]
pub enum Change {
    /// Writes a regular file, whole, by renaming a finished temporary file over it.
    Write(Box<Write>),
    /// Makes one folder; its parent exists.
    MakeDirectory {
        /// Where.
        path: AbsPath,
        /// Owner, group, mode; what is not named is what the system gives.
        attributes: Attributes,
    },
    /// Makes a symbolic (`hard: false`) or hard link, replacing what was planned on.
    Link {
        /// Where.
        path: AbsPath,
        /// The target, as written into the link; for a hard link the existing path.
        target: String,
        /// Whether it is a hard link.
        hard: bool,
        /// What was at the path.
        before: Before,
    },
    /// Sets owner, group, mode or context of what is at a path; a link itself when `follow` is false.
    SetAttributes {
        /// Where.
        path: AbsPath,
        /// What to set.
        attributes: Attributes,
        /// Whether a link is followed.
        follow: bool,
        /// What was at the path.
        before: Before,
    },
    /// Sets access and modification time (`touch`); creates nothing.
    SetTimes {
        /// Where.
        path: AbsPath,
        /// Access time as seconds since the epoch; `None`: now is set; see `keep_accessed`.
        accessed: Option<f64>,
        /// Modification time as seconds since the epoch; `None`: now.
        modified: Option<f64>,
        /// Leaves the access time.
        keep_accessed: bool,
        /// Leaves the modification time.
        keep_modified: bool,
    },
    /// Removes what is at a path, a folder with everything below it.
    Remove {
        /// Where.
        path: AbsPath,
        /// What was at the path.
        before: Before,
    },
    /// Runs a program.
    Run(Box<Run>),
}

/// Writes a file.
#[derive(Clone, Debug)]
pub struct Write {
    /// Where; a link at the end has been resolved by the task where its `follow` says so.
    pub path: AbsPath,
    /// All bytes.
    pub content: Arc<[u8]>,
    /// Owner, group, mode, context; what is not named is kept from the old file, or is what the system gives.
    pub attributes: Attributes,
    /// What was at the path.
    pub before: Before,
    /// A check of the finished temporary file before it replaces the old one.
    pub validate: Option<Validate>,
    /// Where the old file is kept.
    pub backup: Option<AbsPath>,
    /// Whether the content must not be shown.
    pub secret: bool,
    /// Writes into the existing file instead of renaming (for mount points); a crash can leave a part.
    pub unsafe_write: bool,
}

/// A command with `%s` where the temporary file's path goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validate {
    /// The command, split by the shell.
    pub command: String,
}

/// Owner, group, mode and context to set. `None` leaves it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Owner: a name or a number.
    pub owner: Option<String>,
    /// Group: a name or a number.
    pub group: Option<String>,
    /// Permission bits (`0o7777`).
    pub mode: Option<u32>,
    /// SELinux context `user:role:type:level`.
    pub context: Option<String>,
    /// Flags for `chattr`, as `=e`, `+i`, ...
    pub flags: Option<String>,
}

impl Attributes {
    /// Whether nothing is to be set.
    pub fn is_empty(&self) -> bool {
        *self == Attributes::default()
    }
}

/// What was at the path when the change was planned.
#[derive(Clone, Debug, PartialEq)]
pub enum Before {
    /// Nothing.
    Absent,
    /// This.
    Was(Arc<Entry>),
    /// Not known: only in a forecast; a host refuses it.
    Unknown,
}

/// Runs a program.
#[derive(Clone, Debug)]
pub struct Run {
    /// The program.
    pub command: Command,
    /// What the change does, as a fragment for messages: `install haproxy`.
    pub summary: String,
    /// Facts that will hold afterwards.
    pub predicts: Vec<Prediction>,
    /// What is not known any more afterwards.
    pub obscures: Vec<Obscures>,
    /// Names of packages that arrive, for hosts in memory that know what a package brings.
    pub brings: Vec<String>,
    /// Names of packages that go.
    pub takes: Vec<String>,
    /// Whether the declarations above are complete.
    pub effect: Effect,
    /// A shell test that must succeed just before, else the change is refused as stale; with what it says.
    pub guard: Option<(String, String)>,
    /// How long it may take; `None`: the task's time-out.
    pub timeout: Option<Duration>,
    /// Exit codes that are no failure.
    pub accepts: Vec<i32>,
}

impl Run {
    /// A run with declared effects and no prediction yet.
    pub fn new(summary: impl Into<String>, command: Command) -> Run {
        Run {
            command,
            summary: summary.into(),
            predicts: Vec::new(),
            obscures: Vec::new(),
            brings: Vec::new(),
            takes: Vec::new(),
            effect: Effect::Declared,
            guard: None,
            timeout: None,
            accepts: vec![0],
        }
    }

    /// Declares a fact that will hold afterwards.
    #[must_use]
    pub fn predict<F: Fact>(mut self, fact: F, value: Known<F::Value>) -> Run {
        let value = match value {
            Known::Is(value) => match serde_json::to_value(value) {
                Ok(value) => Known::Is(Arc::new(value)),
                Err(error) => Known::unknown(error.to_string()),
            },
            Known::Unknown(why) => Known::Unknown(why),
        };
        self.predicts.push(Prediction {
            fact: AnyFact::new(fact),
            value,
        });
        self
    }
}

/// A program to run.
#[derive(Clone, Debug)]
pub struct Command {
    /// What to start.
    pub program: Program,
    /// Standard input; nothing when `None`.
    pub stdin: Option<Secret<Vec<u8>>>,
    /// Folder to start in.
    pub directory: Option<AbsPath>,
    /// Environment on top of the login's.
    pub environment: Vec<(String, String)>,
}

impl Command {
    /// A program and its arguments.
    pub fn argv<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Command {
        Command::of(Program::Argv(argv.into_iter().map(Into::into).collect()))
    }

    /// A script for `/bin/sh`.
    pub fn shell(script: impl Into<String>) -> Command {
        Command::of(Program::Shell {
            script: script.into(),
            interpreter: "/bin/sh".to_owned(),
        })
    }

    fn of(program: Program) -> Command {
        Command {
            program,
            stdin: None,
            directory: None,
            environment: Vec::new(),
        }
    }
}

/// What to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A program and its arguments, no shell.
    Argv(Vec<String>),
    /// A script given to `INTERPRETER -c`.
    Shell {
        /// The script.
        script: String,
        /// The interpreter, `/bin/sh` by default.
        interpreter: String,
    },
}

/// Whether a program's effects are declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// `predicts` and `obscures` say everything.
    Declared,
    /// Beside what is declared, it may bring what is not there yet: accounts, files, services (a package).
    Brings,
    /// It may do anything (`command`, `shell`).
    Opaque,
}

/// A fact that will hold after a change, or will have a value that is known only then.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Which.
    pub fact: AnyFact,
    /// Its value, as JSON.
    pub value: Known<Arc<serde_json::Value>>,
}

/// What a change makes unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obscures {
    /// A path and everything below it.
    Path(AbsPath),
    /// One key of a family, e.g. `unit haproxy.service`.
    Fact(&'static str, String),
    /// Every key of a family.
    Family(&'static str),
}

/// How sure a forecast is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// It will happen exactly so.
    Sure,
    /// Whether and how it happens is known only after apply; the text says what it depends on.
    Unknown(String),
}
