//! The filters.

mod core;

use minijinja::Environment;

use super::call::Entry;
use super::call::Registry;
use super::call::register as register_entries;

/// All filters that Ansible itself has, by topic.
const BUILTIN: &[&[Entry]] = &[core::FILTERS];

/// Registers all filters.
pub(super) fn register(environment: &mut Environment<'static>) {
    for entries in BUILTIN {
        register_entries(
            environment,
            Registry::Filters,
            entries,
            &["ansible.builtin", "ansible.legacy"],
        );
    }
}

/// The short names of all filters.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let all = BUILTIN.iter().flat_map(|entries| entries.iter());
    all.flat_map(|entry| entry.names.split(' '))
        .filter(|name| !name.starts_with("__"))
}
