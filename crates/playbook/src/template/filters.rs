//! The filters.

mod attribute;
mod core;
mod data;
mod dicts;
mod encode;
mod ip;
mod lists;
mod numbers;
mod paths;
pub(super) mod regex;
mod select;
mod text;
pub(super) mod time;

use minijinja::Environment;

use super::call::Entry;
use super::call::OF_CORE;
use super::call::Registry;
use super::call::is_one_of;
use super::call::parameters_of;
use super::call::register as register_entries;

pub(super) use encode::encrypted;
pub(super) use encode::implicit_ident;
pub(super) use encode::salt;
pub(super) use ip::Network;
pub(super) use lists::DRAWN;
pub(super) use lists::Random;
pub(super) use lists::is_group;
pub(super) use paths::normal;

/// All filters that Ansible and Jinja themselves have, by topic.
const BUILTIN: &[&[Entry]] = &[
    core::FILTERS,
    text::FILTERS,
    lists::FILTERS,
    select::FILTERS,
    dicts::FILTERS,
    data::FILTERS,
    encode::FILTERS,
    numbers::FILTERS,
    paths::FILTERS,
    regex::FILTERS,
    time::FILTERS,
];

/// The collections under which filters of networks are known.
const OF_NETWORKS: &[&str] = &["ansible.utils", "ansible.netcommon"];

/// Registers all filters.
pub(super) fn register(environment: &mut Environment<'static>) {
    for entries in BUILTIN {
        register_entries(environment, Registry::Filters, entries, OF_CORE);
    }
    register_entries(environment, Registry::Filters, ip::FILTERS, OF_NETWORKS);
}

/// The short names of all filters.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let all = BUILTIN.iter().copied().chain([ip::FILTERS]).flatten();
    all.flat_map(|entry| entry.names.split(' '))
        .filter(|name| !name.starts_with("__"))
}

/// Whether a filter of this name is there, with or without its collection.
pub(super) fn is_known(name: &str) -> bool {
    BUILTIN.iter().any(|entries| is_one_of(name, entries, OF_CORE))
        || is_one_of(name, ip::FILTERS, OF_NETWORKS)
}

/// The parameters of a filter, separated by spaces, that of its value first.
pub(super) fn parameters(name: &str) -> Option<&'static str> {
    let builtin = BUILTIN.iter().copied();
    let mut builtin = builtin.filter_map(|entries| parameters_of(name, entries, OF_CORE));
    builtin
        .next()
        .or_else(|| parameters_of(name, ip::FILTERS, OF_NETWORKS))
}
