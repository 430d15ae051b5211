//! The commands, one file each.

mod apply;
mod as_ansible;
mod certs;
mod completions;
mod eject;
mod endpoints;
mod explain;
mod generate;
mod inventory;
mod lint;
mod listing;
mod modules;
mod picture;
mod plan;
mod project;
mod roles;
mod vault;
mod verify;
mod walk;

pub(crate) use apply::apply;
pub(crate) use as_ansible::as_ansible;
pub(crate) use certs::certs;
pub(crate) use completions::completions;
pub(crate) use eject::eject;
pub(crate) use endpoints::endpoints;
pub(crate) use explain::explain;
pub(crate) use generate::generate;
pub(crate) use inventory::inventory;
pub(crate) use lint::lint;
pub(crate) use modules::modules;
pub(crate) use picture::picture;
pub(crate) use plan::plan;
pub(crate) use roles::roles;
pub(crate) use vault::vault;
pub(crate) use verify::verify;
