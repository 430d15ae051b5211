//! The machine that Evenkeel runs on.
#![expect(clippy::disallowed_types, reason = "transports start programs")]

use std::process::Command;
use std::time::Duration;

use super::Transport;
use super::child;
use super::wake::Cut;
use super::wake::Interrupts;
use crate::Error;
use crate::Output;
use crate::Result;

/// The machine that Evenkeel runs on: `/bin/sh -c COMMAND` as a child process.
///
/// Several threads may `exec` at once; `interrupt` ends all of them, with everything in their process groups.
#[derive(Debug, Default)]
pub struct Local {
    interrupts: Interrupts,
}

impl Local {
    /// The machine itself.
    pub fn new() -> Local {
        Local::default()
    }
}

impl Transport for Local {
    fn exec(&self, command: &str, stdin: &[u8], timeout: Option<Duration>) -> Result<Output> {
        let failed = |cut| match cut {
            Cut::TimedOut => {
                let seconds = timeout.unwrap_or_default().as_secs_f64();
                Error::Unreachable(format!("this machine: the shell did not end within {seconds} s"))
            }
            Cut::Interrupted => Error::Interrupted,
            Cut::Io(error) => Error::Unreachable(format!("this machine: /bin/sh cannot be run: {error}")),
        };
        let mut wait = self.interrupts.enter().map_err(|error| failed(error.into()))?;
        wait.limit(timeout);
        child::run(Command::new("/bin/sh").arg("-c").arg(command), stdin, &wait).map_err(failed)
    }

    fn close(&self) {}

    fn interrupt(&self) {
        self.interrupts.cut();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;

    use super::*;

    fn run(command: &str, stdin: &[u8]) -> Output {
        Local::new()
            .exec(command, stdin, Some(Duration::from_secs(60)))
            .unwrap()
    }

    #[test]
    fn streams_and_code_come_back() {
        let output = run("cat; echo err >&2; exit 7", b"in");
        assert_eq!(
            (output.code, &*output.stdout, &*output.stderr),
            (7, &b"in"[..], &b"err\n"[..])
        );
    }

    #[test]
    fn a_signal_is_a_code_above_128() {
        assert_eq!(run("kill -9 $$", b"").code, 137);
    }

    #[test]
    fn megabytes_flow_in_all_directions_at_once() {
        let stdin = vec![b'x'; 8_000_000];
        let output = run("tee /dev/stderr", &stdin);
        assert_eq!(output.stdout, stdin);
        assert_eq!(output.stderr, stdin);
    }

    #[test]
    fn input_that_nobody_reads_is_no_error() {
        assert_eq!(run("exit 3", &vec![b'x'; 8_000_000]).code, 3);
    }

    #[test]
    fn a_program_left_in_the_background_does_not_hold_the_call() {
        assert_eq!(run("sleep 100 & echo $!", b"").code, 0);
    }

    #[test]
    fn the_time_out_ends_the_group() {
        let error = Local::new().exec("sleep 100 & sleep 100", b"", Some(Duration::from_millis(50)));
        insta::assert_snapshot!(error.unwrap_err(), @"this machine: the shell did not end within 0.05 s");
    }

    #[test]
    fn interrupt_cuts_running_calls_and_no_later_one() {
        let local = Arc::new(Local::new());
        let other = Arc::clone(&local);
        let running = thread::spawn(move || other.exec("sleep 100", b"", None));
        while !running.is_finished() {
            local.interrupt();
            thread::yield_now();
        }
        assert!(matches!(running.join().unwrap(), Err(Error::Interrupted)));
        assert_eq!(local.exec("true", b"", None).unwrap().code, 0);
    }
}
