//! Inventories: hosts, groups and their variables, read as Ansible reads them.

mod address;
mod build;
mod finish;
mod folder;
pub(crate) mod glob;
mod graph;
mod grow;
mod ini;
mod input;
mod json;
mod lines;
mod list;
mod literal;
mod model;
mod names;
mod pattern;
mod python;
#[cfg(test)]
mod random;
mod range;
mod read;
mod script;
mod select;
mod shlex;
mod tree;
mod vars_files;
mod visible;
mod yaml;

pub(crate) use address::short_name;
pub use list::ListOptions;
pub use model::Group;
pub use model::Host;
pub use model::Inventory;
pub(crate) use model::Setting;
pub(crate) use model::is_local;
pub use names::is_secret;
pub use pattern::Pattern;
pub use read::Reading;
pub use select::Selection;
pub(crate) use vars_files::Entries;
pub(crate) use vars_files::check_name;
pub(crate) use vars_files::mapping;
pub(crate) use vars_files::read_vars;
