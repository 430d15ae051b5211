//! Why there is no fleet.

use std::fmt;

/// Result with [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a fleet could not be had, or something in it not be done.
#[derive(Clone, Debug)]
pub enum Error {
    /// Not possible on this machine; the text says what is missing.
    Skip(String),
    /// It should have worked.
    Failed(String),
}

impl Error {
    /// Something that should have worked.
    pub(crate) fn failed(what: impl fmt::Display, why: impl fmt::Display) -> Error {
        Error::Failed(format!("{what}: {why}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Skip(why) => write!(f, "no real hosts here: {why}"),
            Error::Failed(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Error {}
