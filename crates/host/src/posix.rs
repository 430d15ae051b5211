//! A machine with a POSIX shell, over any transport.

mod apart;
mod change;
mod commit;
mod entries;
mod frame;
mod privilege;
mod program;
mod question;
mod records;
mod script;
mod shell;

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

pub use privilege::Method;
pub use privilege::Privilege;

use crate::Answer;
use crate::Ask;
use crate::Error;
use crate::Known;
use crate::Look;
use crate::Result;
use crate::Transport;
use crate::Who;
use frame::Frames;
use question::Question;
use script::Delivery;
use script::Part;
use script::Script;

/// How long all questions of one round trip may take together on the machine.
const LOOK_TIME: Duration = Duration::from_secs(60);

/// The most bytes of each output stream of a program that are taken over.
const OUTPUT_LIMIT: u64 = 64 << 20;

/// How much longer than the machine itself one waits for it to give up.
const SPARE_TIME: Duration = Duration::from_secs(15);

/// How often a look is continued after a question hung or a file changed while it was read.
const LOOK_ROUNDS: usize = 4;

/// A machine with a POSIX shell, GNU coreutils and findutils, over a transport.
///
/// One [`Look::look`] and one [`Host::commit`](crate::Host::commit) cost one [`Transport::exec`] each; a look costs
/// another one only when a question hung, or a file changed while it was read. A look writes nothing on the machine.
pub struct Posix<T: Transport> {
    transport: T,
    privilege: Privilege,
    look_time: Duration,
    task_time: Option<Duration>,
    output_limit: u64,
    /// Names this run in its journal.
    run: String,
    execs: AtomicUsize,
    state: Mutex<State>,
}

/// What is known of the machine.
#[derive(Debug, Default)]
struct State {
    /// The number of the user who logged in.
    login: Option<u32>,
    /// Whether the login user's shell is no relative of `sh`.
    odd_shell: bool,
    /// Whether the machine has ever answered.
    connected: bool,
    /// How many commits were sent.
    commits: usize,
    /// The users who have a journal there.
    committed: Vec<Who>,
}

impl State {
    /// The number of the next commit, and whether it is the first of this user.
    fn next_commit(&mut self, who: &Who) -> (usize, bool) {
        let first = !self.committed.contains(who);
        if first {
            self.committed.push(who.clone());
        }
        self.commits += 1;
        (self.commits, first)
    }
}

impl<T: Transport> Posix<T> {
    /// A machine where other users are become through sudo without a password.
    pub fn new(transport: T) -> Posix<T> {
        Posix {
            transport,
            privilege: Privilege::default(),
            look_time: LOOK_TIME,
            task_time: None,
            output_limit: OUTPUT_LIMIT,
            run: script::random(),
            execs: AtomicUsize::new(0),
            state: Mutex::default(),
        }
    }

    /// Sets how other users are become.
    #[must_use]
    pub fn with_privilege(self, privilege: Privilege) -> Posix<T> {
        Posix { privilege, ..self }
    }

    /// Sets how long all questions of one round trip may take together on the machine; 60 s by default.
    #[must_use]
    pub fn with_look_time(self, look_time: Duration) -> Posix<T> {
        Posix { look_time, ..self }
    }

    /// Sets how long a changing program may take that does not say it itself; without a limit by default.
    #[must_use]
    pub fn with_task_time(self, task_time: Option<Duration>) -> Posix<T> {
        Posix { task_time, ..self }
    }

    /// Sets how many bytes of standard output, and of standard error, of a changing program are taken over; 64 MiB by
    /// default. A change whose program prints more has failed, though the program ran to its end: what it printed is held
    /// in memory several times over, as text and by line.
    #[must_use]
    pub fn with_output_limit(self, output_limit: u64) -> Posix<T> {
        Posix { output_limit, ..self }
    }

    /// How many programs have been started on the machine through the transport.
    pub fn execs(&self) -> usize {
        self.execs.load(Ordering::Relaxed)
    }

    /// The transport.
    pub fn transport(&self) -> &T {
        &self.transport
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn was_connected(&self) -> bool {
        self.state().connected
    }

    fn script(&self, parts: Vec<Part>) -> Result<Script> {
        let state = self.state();
        let delivery = Delivery {
            login: state.login,
            inline: !state.odd_shell,
        };
        Script::new(parts, &self.privilege, delivery)
    }

    /// Asks the questions of one round trip; once more when the login shell did not understand the script.
    fn ask(&self, questions: &[Question]) -> Result<Frames> {
        let script = || self.script(Part::looks(questions, self.look_time));
        let first = script()?;
        match self.run(&first) {
            Err(Error::Protocol(_)) if first.inline => {
                self.state().odd_shell = true;
                self.run(&script()?)
            }
            other => other,
        }
    }

    /// Runs the parts of one script, and sorts what it printed.
    fn run(&self, script: &Script) -> Result<Frames> {
        self.execs.fetch_add(1, Ordering::Relaxed);
        let timeout = script.limit.map(|limit| limit + SPARE_TIME);
        let output = self.transport.exec(&script.command, &script.stdin, timeout)?;
        self.state().connected = true;
        let frames = Frames::read(&script.mark, &output)?;
        if let Some(login) = frames.login() {
            self.state().login = Some(login);
        }
        let refused = script.refused(&frames);
        Ok(frames.refusing(refused))
    }
}

impl<T: Transport> Look for Posix<T> {
    fn look(&self, asks: &[Ask]) -> Result<Vec<Known<Answer>>> {
        let mut answers: Vec<Option<Answer>> = vec![None; asks.len()];
        for _ in 0..LOOK_ROUNDS {
            let open: Vec<usize> = (0..asks.len())
                .filter(|index| answers[*index].is_none())
                .collect();
            if open.is_empty() {
                break;
            }
            let questions = Question::group(asks, &open);
            let frames = self.ask(&questions)?;
            let mut hung = false;
            for question in &questions {
                match (frames.get(&question.label()), frames.refusal(&question.who)) {
                    (Some(frame), _) => question.answer(frame, &mut answers),
                    (None, Some(why)) => question.settle(&Answer::Refused(why.into()), &mut answers),
                    (None, None) if !hung => {
                        hung = true;
                        let why = format!("no answer within {} s", self.look_time.as_secs());
                        question.settle(&Answer::Failed(why.into()), &mut answers);
                    }
                    (None, None) => {}
                }
            }
        }
        let unanswered = || Answer::Failed("it kept changing, or other questions hung".into());
        Ok(answers
            .into_iter()
            .map(|answer| Known::Is(answer.unwrap_or_else(unanswered)))
            .collect())
    }
}

/// An answer that cannot be understood.
fn protocol(why: impl Into<String>) -> Error {
    Error::Protocol(why.into())
}
