//! `evenkeel completions`.

use clap::CommandFactory as _;

use crate::args::Cli;
use crate::exit::Outcome;
use crate::out;

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "evenkeel", &mut script);
    out::text(&String::from_utf8_lossy(&script));
    Outcome::Done
}
