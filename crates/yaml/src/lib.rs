//! Ansible's YAML, read and written, with the place of every value.
//!
//! The reader builds a [`Node`] tree from libyaml's events and resolves plain scalars as YAML 1.1
//! (<https://yaml.org/type/>), the way PyYAML and thereby Ansible does.
#![deny(unsafe_code)]

mod node;
mod problem;
mod source;

pub use node::Map;
pub use node::Node;
pub use node::Style;
pub use node::Value;
pub use problem::Problem;
pub use problem::Problems;
pub use problem::Severity;
pub use source::Place;
pub use source::Source;
