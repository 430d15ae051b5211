//! Options inside a term: `key file=table.csv col=2`.

use minijinja::Error;

use super::Request;
use crate::vars::key_value;

/// The words of a term that are options, and the others as they stand.
pub(super) struct Inline {
    /// Name and value of each option.
    pub(super) options: Vec<(String, String)>,
    /// What is left: the key that is looked for.
    pub(super) rest: String,
}

impl Inline {
    /// Divides a term.
    pub(super) fn read(request: &Request<'_>, term: &str) -> Result<Inline, Error> {
        let (options, rest) = key_value::parts(term).map_err(|problem| request.error(problem.message))?;
        Ok(Inline { options, rest })
    }
}
