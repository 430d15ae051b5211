//! Questions to the person at the terminal.

use std::io::IsTerminal as _;
use std::io::Stdin;

use evenkeel::Person;
use evenkeel::Reply;
use evenkeel::Secret;
use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;
use rustix::termios::LocalModes;
use rustix::termios::OptionalActions;
use rustix::termios::Termios;

use crate::exit::Outcome;
use crate::interrupt;
use crate::out;

/// Asks for yes or no; everything but a clear yes is no.
pub(crate) fn yes(question: &str) -> Result<bool, Outcome> {
    out::text(&format!("{question} [y/N] "));
    let answer = line(&std::io::stdin())?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Asks for a line.
pub(crate) fn text(prompt: &str) -> Result<String, Outcome> {
    out::aside(prompt);
    line(&std::io::stdin())
}

/// All of standard input, without the end of its last line.
pub(crate) fn piped() -> Result<Secret<String>, Outcome> {
    let text = std::io::read_to_string(std::io::stdin()).map_err(|_| Outcome::Missing)?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// Asks for a password without showing it; without a terminal it is read from standard input.
pub(crate) fn password(prompt: &str) -> Result<Secret<String>, Outcome> {
    secret(prompt)?.ok_or_else(|| {
        out::aside("no password was given\n");
        Outcome::Missing
    })
}

/// The same; nothing where the answer is empty.
pub(crate) fn secret(prompt: &str) -> Result<Option<Secret<String>>, Outcome> {
    let stdin = std::io::stdin();
    out::aside(prompt);
    let silence = Silence::over(&stdin);
    let answer = line(&stdin);
    drop(silence);
    Ok(Some(answer?).filter(|answer| !answer.is_empty()).map(Secret::new))
}

/// Who sits at the terminal.
pub(crate) struct Terminal {
    /// Whether what is told while the run waits belongs to its lines, as with Ansible.
    pub(crate) tells_on_output: bool,
}

impl Person for Terminal {
    fn tell(&self, text: &str) {
        match self.tells_on_output {
            true => drop(out::text(text)),
            false => out::aside(text),
        }
    }

    fn ask(&self, question: &str, echo: bool) -> Reply {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            out::aside("warning: nobody is asked, because standard input is no terminal\n");
            return Reply::Nobody;
        }
        out::aside(question);
        let silence = if echo { None } else { Silence::over(&stdin) };
        let answer = line(&stdin);
        drop(silence);
        answer.map_or(Reply::Interrupted, Reply::Line)
    }
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silence<'s> {
    stdin: &'s Stdin,
    before: Termios,
}

impl Silence<'_> {
    fn over(stdin: &Stdin) -> Option<Silence<'_>> {
        let before = rustix::termios::tcgetattr(stdin).ok()?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        rustix::termios::tcsetattr(stdin, OptionalActions::Now, &silent).ok()?;
        Some(Silence { stdin, before })
    }
}

impl Drop for Silence<'_> {
    fn drop(&mut self) {
        let _gone = rustix::termios::tcsetattr(self.stdin, OptionalActions::Now, &self.before);
        out::aside("\n");
    }
}

/// A line without its end. On a terminal a signal ends the wait, which reading alone would not notice.
fn line(stdin: &Stdin) -> Result<String, Outcome> {
    const STEP: Timespec = Timespec {
        tv_sec: 0,
        tv_nsec: 100_000_000,
    };
    while stdin.is_terminal() {
        if interrupt::happened() {
            return Err(Outcome::Interrupted);
        }
        let mut ready = [PollFd::new(stdin, PollFlags::IN)];
        if matches!(rustix::event::poll(&mut ready, Some(&STEP)), Ok(1..)) {
            break;
        }
    }
    let mut line = String::new();
    match stdin.read_line(&mut line) {
        Ok(_) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        Err(_) => Err(Outcome::Input),
    }
}
