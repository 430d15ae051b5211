//! What the task types that make files share: looking, comparing, and the changes that close the gap.

mod attributes;
mod contents;
mod deliver;
mod digest;
mod edit;
mod folders;
mod links;
mod returned;
mod shell;
mod steps;
mod target;
mod write;

pub(crate) use attributes::describe;
pub(crate) use contents::contents;
pub(crate) use deliver::Delivery;
pub(crate) use deliver::backup_suffix;
pub(crate) use deliver::unknown_content;
pub(crate) use digest::digest;
pub(crate) use digest::md5;
pub(crate) use digest::sha1;
pub(crate) use edit::Edit;
pub(crate) use edit::Edited;
pub(crate) use edit::NewText;
pub(crate) use folders::make_folder;
pub(crate) use folders::make_missing;
pub(crate) use folders::set_attributes;
pub(crate) use links::make_link;
pub(crate) use returned::backup_key;
pub(crate) use returned::diff_key;
pub(crate) use returned::entry_keys;
pub(crate) use returned::state_of;
pub(crate) use steps::Steps;
pub(crate) use target::Target;
pub(crate) use target::Wanted;
pub(crate) use write::NewFile;
pub(crate) use write::same_content;
