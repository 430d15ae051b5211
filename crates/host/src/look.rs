//! Reading a machine.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::AbsPath;
use crate::Answer;
use crate::AnyFact;
use crate::Known;
use crate::Result;

/// As whom a question is asked or a change is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Who {
    /// The user who logged in.
    #[default]
    Login,
    /// Another user, through sudo or what else changes users there.
    Become(Arc<str>),
}

/// One thing to know about a machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Want {
    /// What is at a path, or that nothing is: [`Answer::Entry`].
    Entry {
        /// The path.
        path: AbsPath,
        /// Whether a symbolic link at the end is followed.
        follow: bool,
        /// Whether the bytes of a regular file are wanted too (above 100 KiB: size and SHA-256 only).
        content: bool,
    },
    /// The names in a folder, sorted: [`Answer::Paths`]; a missing folder has none.
    List(AbsPath),
    /// Everything below a folder, links not followed, parents before children: [`Answer::Tree`].
    Tree(AbsPath),
    /// The paths that match a shell glob, sorted: [`Answer::Paths`].
    Glob(String),
    /// What a command says: [`Answer::Fact`].
    Fact(AnyFact),
}

impl fmt::Display for Want {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Want::Entry {
                path, content: true, ..
            } => write!(f, "what {path} holds"),
            Want::Entry { path, .. } => write!(f, "what is at {path}"),
            Want::List(path) => write!(f, "the names in {path}"),
            Want::Tree(path) => write!(f, "everything below {path}"),
            Want::Glob(pattern) => write!(f, "the paths that match {pattern}"),
            Want::Fact(fact) => write!(f, "the fact {}", fact.key()),
        }
    }
}

/// A [`Want`] under an identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ask {
    /// As whom.
    pub who: Who,
    /// What.
    pub want: Want,
}

/// Something that can be looked at. Looking changes nothing.
///
/// Implementers answer all questions of one call together, in their order; an implementation over a wire spends
/// one round trip on the whole call. An `Err` means that nothing could be answered (the machine is lost); a single
/// question that failed (permission denied, a command that is missing) is `Answer::Failed`, one of a user who cannot be
/// become `Answer::Refused`.
pub trait Look: Send + Sync {
    /// Answers the questions, one answer each, in order.
    ///
    /// # Errors
    /// When the machine cannot be asked at all.
    fn look(&self, asks: &[Ask]) -> Result<Vec<Known<Answer>>>;

    /// Whether looking is free (in memory), so that announcing questions beforehand saves nothing.
    fn is_free(&self) -> bool {
        false
    }
}
