//! Why a task could not be planned.

/// Result with [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// Why a task could not be planned.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The machine could not be asked.
    #[error(transparent)]
    Host(#[from] evenkeel_host::Error),
    /// The state of the machine, or the arguments together with it, do not allow the task: the text is the `msg`
    /// that Ansible's module would return, as far as it is worth keeping.
    #[error("{message}")]
    Failed {
        /// What is wrong.
        message: String,
        /// More for the result's dictionary (`rc`, ...).
        returned: Box<crate::Returned>,
        /// What to do.
        help: Option<String>,
    },
    /// An argument, a template or a file of the controller is wrong.
    #[error("{}", .0.message)]
    Problem(Box<evenkeel_yaml::Problem>),
}

impl Error {
    /// The machine's state does not allow the task.
    pub fn failed(message: impl Into<String>) -> Error {
        Error::Failed {
            message: message.into(),
            returned: Box::default(),
            help: None,
        }
    }

    /// Adds to the result's dictionary.
    #[must_use]
    pub fn returning(mut self, key: &str, value: serde_json::Value) -> Error {
        if let Error::Failed { returned, .. } = &mut self {
            returned.insert(key.to_owned(), evenkeel_host::Known::Is(value));
        }
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, hint: impl Into<String>) -> Error {
        if let Error::Failed { help, .. } = &mut self {
            *help = Some(hint.into());
        }
        self
    }
}

impl From<evenkeel_yaml::Problem> for Error {
    fn from(problem: evenkeel_yaml::Problem) -> Error {
        Error::Problem(Box::new(problem))
    }
}
