//! Ansible's YAML, read and written, with the place of every value.
//!
//! The reader builds a [`Node`] tree from libyaml's events and resolves plain scalars as YAML 1.1
//! (<https://yaml.org/type/>), the way PyYAML and thereby Ansible does.
#![deny(unsafe_code)]

mod data;
mod de;
mod diagnostic;
mod dump;
#[expect(unsafe_code, reason = "the one door to libyaml, which has a C interface")]
mod libyaml;
mod load;
mod nearest;
mod node;
mod problem;
mod resolve;
mod ser;
mod source;
mod write;

pub use data::Content;
pub use data::Data;
pub use de::from_node;
pub use dump::DumpOptions;
pub use dump::to_yaml;
pub use load::Loaded;
pub use load::MAX_BYTES;
pub use load::MAX_COPIES;
pub use load::MAX_DEPTH;
pub use load::load;
pub use load::load_one;
pub use nearest::nearest;
pub use node::Map;
pub use node::Node;
pub use node::Style;
pub use node::Value;
pub use problem::Problem;
pub use problem::Problems;
pub use problem::Related;
pub use problem::Severity;
pub use resolve::resolve;
pub use source::Place;
pub use source::Source;
pub use write::write_block;
