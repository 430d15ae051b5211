//! Why a machine could not be asked.

use crate::Want;

/// Result with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a machine could not be asked or changed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No connection, or it broke.
    #[error("{0}")]
    Unreachable(String),
    /// The machine refused the login.
    #[error("{message}")]
    Authentication {
        /// What was tried and refused.
        message: String,
    },
    /// The host key is unknown or has changed.
    #[error("{message}")]
    HostKey {
        /// What was found.
        message: String,
        /// How to accept it.
        help: String,
    },
    /// sudo refused.
    #[error("{0}")]
    Become(String),
    /// A question could not be answered.
    #[error("{want:?} could not be answered: {why}")]
    Unanswered {
        /// The question.
        want: Want,
        /// Why.
        why: String,
    },
    /// The user stopped the run.
    #[error("interrupted")]
    Interrupted,
    /// The answer does not follow the protocol: a bug, or a login script that prints.
    #[error("{0}")]
    Protocol(String),
}

impl Error {
    /// Whether the host counts as unreachable (as opposed to failed).
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Error::Unreachable(_) | Error::Authentication { .. } | Error::HostKey { .. }
        )
    }
}
