//! What a user of `evenkeel-yaml` sees.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may stop, and says what it skips"
)]

mod dumping;
mod errors;
mod hostile;
mod loading;
mod peer;
mod random;
mod scalars;
mod show;
mod typed;
mod writing;
