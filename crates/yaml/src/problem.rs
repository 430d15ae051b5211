//! What is wrong in a text, and how to mend it.

use std::fmt;

use crate::Place;

/// How much a [`Problem`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Probably wrong; the run goes on.
    Warning,
    /// The input cannot be used.
    Error,
}

/// One finding about the input: what, where, and the mend.
///
/// Messages are lowercase fragments that name the object and the step; hints say what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// A stable id such as `inventory::unknown-host`.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// Where, with a few words about that place (`expected a number here`).
    pub at: Option<(Place, String)>,
    /// Other places that belong to it (`first defined here`).
    pub related: Vec<Related>,
    /// What to do.
    pub help: Vec<String>,
    /// How Ansible words it, where playbooks look for its words in a result.
    pub in_ansible: Option<String>,
}

/// A second place that belongs to a [`Problem`], possibly in another text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where it is.
    pub place: Place,
    /// What is there (`first defined here`).
    pub label: String,
}

/// Several findings, in the order in which they were found.
pub type Problems = Vec<Problem>;

impl Problem {
    fn new(severity: Severity, code: &str, message: impl Into<String>) -> Problem {
        let (code, message) = (code.to_owned(), message.into());
        Problem {
            severity,
            code,
            message,
            at: None,
            related: Vec::new(),
            help: Vec::new(),
            in_ansible: None,
        }
    }

    /// An error.
    pub fn error(code: &str, message: impl Into<String>) -> Problem {
        Problem::new(Severity::Error, code, message)
    }

    /// A warning.
    pub fn warning(code: &str, message: impl Into<String>) -> Problem {
        Problem::new(Severity::Warning, code, message)
    }

    /// A note.
    pub fn note(code: &str, message: impl Into<String>) -> Problem {
        Problem::new(Severity::Note, code, message)
    }

    /// Says where it is.
    #[must_use]
    pub fn at(mut self, place: &Place, label: impl Into<String>) -> Problem {
        self.at = Some((place.clone(), label.into()));
        self
    }

    /// Says where it is, unless a place is known already.
    #[must_use]
    pub fn or_at(self, place: &Place, label: impl Into<String>) -> Problem {
        if self.at.is_some() {
            self
        } else {
            self.at(place, label)
        }
    }

    /// Adds a second place.
    #[must_use]
    pub fn related(mut self, place: &Place, label: impl Into<String>) -> Problem {
        self.related.push(Related {
            place: place.clone(),
            label: label.into(),
        });
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn help(mut self, hint: impl Into<String>) -> Problem {
        self.help.push(hint.into());
        self
    }

    /// Says how Ansible words it.
    #[must_use]
    pub fn in_ansible(mut self, words: impl Into<String>) -> Problem {
        self.in_ansible = Some(words.into());
        self
    }

    /// How Ansible words it, as far as that is known.
    pub fn words(&self) -> &str {
        self.in_ansible.as_deref().unwrap_or(&self.message)
    }

    /// Whether the input cannot be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at {
            Some((place, _)) => write!(f, "{place}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Problem {}

/// The label alone: drawing code shows the place.
impl fmt::Display for Related {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl std::error::Error for Related {}
