//! Variables: where they come from, which one wins, and how an engine looks them up.

mod data;
mod definitions;
mod explain;
mod extra;
pub(crate) mod key_value;
mod layer;
mod level;
mod merged;
mod stack;

pub use data::data;
pub use definitions::Definition;
pub use explain::Explanation;
pub use extra::ExtraVars;
pub use layer::Layer;
pub use level::Level;
pub use merged::HostVariables;
pub(crate) use merged::Merged;
pub use stack::Stack;
