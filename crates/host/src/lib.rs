//! What a machine is, and how it can change.
//!
//! Reading goes through [`Look`], writing through the one mutating method of [`Host`]. A question that a command
//! answers is a [`Fact`]; every possible mutation is a [`Change`].
#![forbid(unsafe_code)]

mod answer;
mod apart;
mod captured;
mod catalogue;
mod change;
#[cfg(feature = "contract")]
mod contract;
mod error;
mod fact;
mod fixture;
mod host;
mod known;
mod layer;
mod look;
mod path;
mod posix;
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
pub use apart::Apart;
pub use catalogue::Catalogue;
pub use catalogue::Package;
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
#[cfg(feature = "contract")]
pub use contract::Contract;
pub use error::Error;
pub use error::Result;
pub use fact::AnyFact;
pub use fact::Fact;
pub use fact::Key;
pub use fact::Output;
pub use fixture::Family;
pub use fixture::FamilyCapture;
pub use fixture::Fixture;
pub use fixture::capture;
pub use host::Commit;
pub use host::Committed;
pub use host::Failure;
pub use host::Host;
pub use known::Known;
pub use known::agrees;
pub use layer::Identified;
pub use layer::Identity;
pub use layer::Layer;
pub use layer::prerequisites;
pub use look::Ask;
pub use look::Look;
pub use look::Want;
pub use look::Who;
pub use path::AbsPath;
pub use posix::Method;
pub use posix::Posix;
pub use posix::Privilege;
pub use secret::Secret;
pub use shell::quote;
pub use ssh::ConfigFiles;
pub use ssh::SshSettings;
pub use transport::Local;
pub use transport::OpenSsh;
pub use transport::Ssh2;
pub use transport::Transport;
pub use view::View;
