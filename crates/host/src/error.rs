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
    /// The program that changes users refused.
    #[error("{0}")]
    Become(String),
    /// A question could not be answered.
    #[error("{want} cannot be found out: {why}")]
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
    /// What to do, where that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Error::HostKey { help, .. } => Some(help.clone()),
            Error::Authentication { .. } => Some(
                "name the user (-u, `ansible_user`) and the key (--private-key), or ask for the password with -k"
                    .to_owned(),
            ),
            Error::Become(message) => Some(become_help(message).to_owned()),
            Error::Unreachable(_) | Error::Unanswered { .. } | Error::Interrupted | Error::Protocol(_) => None,
        }
    }

    /// Whether the host counts as unreachable (as opposed to failed).
    pub fn is_unreachable(&self) -> bool {
        matches!(
            self,
            Error::Unreachable(_) | Error::Authentication { .. } | Error::HostKey { .. }
        )
    }
}

fn become_help(message: &str) -> &'static str {
    if message.contains("uthentication failure") {
        "su asks for the password of the user to become: give it with -K or `ansible_become_password`"
    } else if message.contains("doas") {
        "let this user become the other without a password in doas.conf(5), or use sudo"
    } else if message.contains("password is required") {
        "give sudo's password with -K or `ansible_become_password`, or allow NOPASSWD in sudoers(5)"
    } else if message.contains("incorrect password") || message.contains("try again") {
        "sudo's password is wrong: give the right one with -K or `ansible_become_password`"
    } else {
        "let this user become the other in sudoers(5), or name another `become_user`"
    }
}
