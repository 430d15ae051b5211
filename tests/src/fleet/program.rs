//! Running a program to its end.

use std::process::Command;
use std::process::Stdio;

use super::Error;
use super::Result;

/// What a program returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// Runs a program without input, whatever it returns.
pub(crate) fn output(command: &mut Command) -> Result<Output> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Error::failed(name(command), error))?;
    Ok(Output {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// Runs a program that must succeed, and returns its standard output.
pub(crate) fn succeed(command: &mut Command) -> Result<String> {
    let output = output(command)?;
    if output.code == 0 {
        return Ok(output.stdout);
    }
    Err(Error::failed(
        format!("{} ended with {}", name(command), output.code),
        format!("{}{}", output.stdout, output.stderr),
    ))
}

/// Runs `ip` with words separated by spaces.
pub(crate) fn ip(words: &str) -> Result<String> {
    succeed(Command::new("ip").args(words.split_whitespace()))
}

fn name(command: &Command) -> String {
    let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    format!("{} {}", command.get_program().to_string_lossy(), words.join(" "))
}
