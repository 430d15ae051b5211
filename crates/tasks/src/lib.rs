//! The task types: arguments, what they look at, and what they would change.
//!
//! A task type never acts. It *observes* through a [`View`](evenkeel_host::View), *plans* a list of
//! [`Change`](evenkeel_host::Change) values, and says what `register` knows. Adding one is one file in `types/` and
//! one line in the list in `types.rs`.
#![forbid(unsafe_code)]

#[macro_use]
mod arguments;
#[doc(hidden)]
pub use arguments::private as __private;
mod controller;
mod encoding;
mod error;
pub mod facts;
mod files;
pub mod json;
mod plan;
pub mod regex;
mod task;
pub mod types;

pub use arguments::Anchor;
pub use arguments::Argument;
pub use arguments::Arguments;
pub use arguments::Destination;
pub use arguments::Field;
pub use arguments::FileArguments;
pub use arguments::Mode;
pub use arguments::Origin;
pub use arguments::PathPattern;
pub use arguments::Reader;
pub use arguments::Text;
pub use arguments::Validation;
pub use arguments::Writer;
pub use arguments::first_word;
pub use controller::Controller;
pub use controller::FolderFiles;
pub use controller::Local;
pub use controller::LocalEntry;
pub use controller::Rendered;
pub use controller::TemplateOptions;
pub use controller::VariablesFile;
pub use encoding::Encoding;
pub use error::Error;
pub use error::Result;
pub use plan::Addition;
pub use plan::Control;
pub use plan::Effects;
pub use plan::Include;
pub use plan::Included;
pub use plan::IncludedRole;
pub use plan::Outputs;
pub use plan::Plan;
pub use plan::Returned;
pub use plan::Saved;
pub use plan::Shown;
pub use plan::Stats;
pub use plan::Wait;
pub use task::Module;
pub use task::ParseArguments;
pub use task::Planned;
pub use task::Task;
pub use task::TaskType;
pub use types::HttpRequest;
pub use types::MODULES;
pub use types::module;
