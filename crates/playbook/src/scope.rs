//! Variables as templates see them.

use std::fmt;
use std::sync::Arc;

use evenkeel_yaml::Node;

/// The value of a variable, before it is used.
#[derive(Clone, Debug)]
pub struct Var {
    /// The value.
    pub stored: Stored,
    /// Whether it must never be shown.
    pub secret: bool,
}

/// What a variable holds.
#[derive(Clone, Debug)]
pub enum Stored {
    /// From the project's own files, the inventory or `-e`: strings in it are templates, rendered when used.
    Template(Arc<Node>),
    /// From a host, a command, a lookup, or marked `!unsafe`: data for ever, never rendered.
    Data(minijinja::Value),
    /// Known after apply; the text says what it depends on.
    Unknown(Arc<str>),
}

impl Var {
    /// A template from the project's files; what was encrypted there is secret.
    pub fn template(node: Arc<Node>) -> Var {
        let vaulted = matches!(node.tag.as_deref(), Some("!vault" | "!vault-encrypted"));
        Var {
            secret: vaulted || node.place.source.secret,
            stored: Stored::Template(node),
        }
    }

    /// Data.
    pub fn data(value: minijinja::Value) -> Var {
        Var {
            stored: Stored::Data(value),
            secret: false,
        }
    }
}

/// The variables of one host at one task, highest precedence decided.
pub trait Scope: Send + Sync + fmt::Debug {
    /// The variable under a name.
    fn get(&self, name: &str) -> Option<Var>;

    /// All names, in any order: for suggestions and for `vars`.
    fn names(&self) -> Vec<Arc<str>>;

    /// Why a name may be defined that is not found here; `None` where it surely is not. A forecast does not know all names
    /// once a task has set a variable whose name is known only after apply.
    fn unnamed(&self) -> Option<Arc<str>> {
        None
    }
}
