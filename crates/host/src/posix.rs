//! A machine with a POSIX shell, over any transport.

mod entries;
mod frame;
mod privilege;
mod question;
mod records;
mod script;

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
use crate::Output;
use crate::Result;
use crate::Transport;
use frame::Frames;
use question::Question;
use script::Part;
use script::Script;

/// How long all questions of one round trip may take together on the machine.
const LOOK_TIME: Duration = Duration::from_secs(60);

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
    execs: AtomicUsize,
    state: Mutex<State>,
}

/// What is known of the machine.
#[derive(Debug, Default)]
struct State {
    /// The number of the user who logged in.
    login: Option<u32>,
}

impl<T: Transport> Posix<T> {
    /// A machine where other users are become through sudo without a password.
    pub fn new(transport: T) -> Posix<T> {
        let (execs, state) = (AtomicUsize::new(0), Mutex::default());
        Posix {
            transport,
            privilege: Privilege::default(),
            look_time: LOOK_TIME,
            execs,
            state,
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

    fn exec(&self, command: &str, stdin: &[u8], timeout: Option<Duration>) -> Result<Output> {
        self.execs.fetch_add(1, Ordering::Relaxed);
        self.transport.exec(command, stdin, timeout)
    }

    fn script(&self, parts: Vec<Part>) -> Result<Script> {
        Script::new(parts, &self.privilege, self.state().login)
    }

    /// Runs the parts of one script, and sorts what it printed.
    fn run(&self, script: &Script, timeout: Option<Duration>) -> Result<Frames> {
        let output = self.exec(&script.command, &script.stdin, timeout)?;
        let frames = Frames::read(&script.mark, &output)?;
        if let Some(login) = frames.login() {
            self.state().login = Some(login);
        }
        script.check(&frames)?;
        Ok(frames)
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
            let script = self.script(Part::looks(&questions, self.look_time))?;
            let spare = self.look_time * (script.parts() as u32 + 1);
            let frames = self.run(&script, Some(spare))?;
            let mut hung = false;
            for question in &questions {
                match frames.get(&question.label()) {
                    Some(frame) => question.answer(frame, &mut answers),
                    None if !hung => {
                        hung = true;
                        let seconds = self.look_time.as_secs();
                        question.fail(&format!("no answer within {seconds} s"), &mut answers);
                    }
                    None => {}
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
