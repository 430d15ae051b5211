//! What a machine is, and how it can change.
//!
//! Reading goes through [`Look`], writing through the one mutating method of [`Host`]. A question that a command
//! answers is a [`Fact`]; every possible mutation is a [`Change`].
#![forbid(unsafe_code)]

mod answer;
mod change;
mod error;
mod fact;
mod host;
mod known;
mod look;
mod path;
mod secret;
mod shell;
mod ssh;
mod transport;
mod view;

pub use answer::Answer;
pub use answer::Content;
pub use answer::Entry;
pub use answer::Kind;
pub use answer::Stat;
pub use change::Attributes;
pub use change::Before;
pub use change::Certainty;
pub use change::Change;
pub use change::Command;
pub use change::Effect;
pub use change::Obscures;
pub use change::Prediction;
pub use change::Program;
pub use change::Run;
pub use change::Validate;
pub use change::Write;
pub use error::Error;
pub use error::Result;
pub use fact::AnyFact;
pub use fact::Fact;
pub use fact::Key;
pub use fact::Output;
pub use host::Commit;
pub use host::Committed;
pub use host::Failure;
pub use host::Host;
pub use known::Known;
pub use known::agrees;
pub use look::Ask;
pub use look::Look;
pub use look::Want;
pub use look::Who;
pub use path::AbsPath;
pub use secret::Secret;
pub use shell::quote;
pub use ssh::ConfigFiles;
pub use ssh::SshSettings;
pub use transport::Local;
pub use transport::Ssh2;
pub use transport::Transport;
pub use view::View;
