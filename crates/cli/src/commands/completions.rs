//! `evenkeel completions`.

use clap::CommandFactory as _;

use crate::args::Cli;
use crate::exit::Outcome;

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> Outcome {
    clap_complete::generate(shell, &mut Cli::command(), "evenkeel", &mut std::io::stdout());
    Outcome::Done
}
