//! Typed arguments with their documentation, from one declaration.

use evenkeel_host::AbsPath;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

#[macro_use]
mod declare;
mod file;
pub(crate) mod free_form;
mod kinds;
mod mode;
mod paths;
mod pattern;
pub(crate) mod pending;
mod reader;
mod words;
mod writer;

pub use file::FileArguments;
pub use free_form::first_word;
pub(crate) use kinds::scalar_text;
pub use mode::Mode;
pub use paths::Destination;
pub use paths::Origin;
pub use paths::PathPattern;
pub use paths::Validation;
pub use pattern::Anchor;
pub use reader::Reader;
pub use writer::Writer;

/// A field of a task type, for documentation and completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What it takes: `bool`, `string`, `list of strings`, `present or absent`.
    pub kind: String,
    /// Whether it must be given.
    pub required: bool,
    /// The default as it would be written.
    pub default: Option<String>,
    /// What it is for.
    pub doc: String,
}

/// A type that an argument can have: read from a rendered node, and written back.
pub trait Argument: Sized {
    /// Whether it may be left out, and then is read from null.
    const OPTIONAL: bool = false;

    /// Whether an empty text means that an argument which may be left out is not given, as with Ansible.
    const EMPTY_IS_NONE: bool = false;

    /// What documentation calls it.
    fn kind() -> String;
    /// Reads it.
    ///
    /// # Errors
    /// With the place and what was expected.
    fn read(node: &Node) -> Result<Self, Problem>;
    /// Writes it.
    fn write(&self) -> Value;
    /// Shows each path in it to `visit`, which may complete it.
    fn paths(&mut self, visit: &mut dyn FnMut(&mut AbsPath)) {
        let _ = visit;
    }
}

/// A string argument that remembers where it stands, for arguments that name files or hold expressions.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Its place.
    pub place: Place,
}

/// A struct that [`arguments!`](crate::arguments) declared: a task type's arguments, or a group that several share.
pub trait Arguments: Sized {
    /// The fields, those of groups included.
    fn fields() -> &'static [Field];

    /// Reads the fields; `None` when the reader noted a problem.
    fn take(reader: &mut Reader<'_>) -> Option<Self>;

    /// Writes the fields that differ from their default.
    fn put(&self, writer: &mut Writer);

    /// Shows each path in the fields to `visit`, which may complete it.
    fn paths(&mut self, visit: &mut dyn FnMut(&mut AbsPath));
}

/// What the macros expand to; not for other use.
#[doc(hidden)]
pub mod private {
    pub use super::words::bad_word;
    pub use super::words::bare;
    pub use super::words::is_required;
    pub use super::words::shown_default;
    pub use super::words::word;
}
