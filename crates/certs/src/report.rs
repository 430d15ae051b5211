//! What was made and what was kept.

use std::path::PathBuf;

use evenkeel_yaml::Problem;
use serde::Serialize;

use crate::Reason;

/// What [`ensure`](crate::ensure) did, or [`plan`](crate::plan) foresees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The folder of the certificates.
    pub folder: PathBuf,
    /// Whether nothing was written.
    pub forecast: bool,
    /// The files that the cluster needs: the CA's, the members', the nodes'.
    pub files: Vec<Entry>,
    /// Files of hosts that are no longer in the cluster; they stay.
    pub unused: Vec<String>,
    /// What is no error, but should be known.
    #[serde(skip)]
    pub warnings: Vec<Problem>,
}

impl Report {
    /// How many files were made, or would be.
    pub fn made(&self) -> usize {
        let made = |entry: &&Entry| entry.action == Action::Made;
        self.files.iter().filter(made).count()
    }
}

/// A file, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name in the folder.
    pub file: String,
    /// Made or kept.
    pub action: Action,
    /// Why it was made; empty for what was kept.
    pub why: Vec<Reason>,
    /// Whole days for which the certificate, or that of the key, is valid from now on.
    pub days: i64,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Written anew.
    Made,
    /// Left as it was.
    Kept,
}
