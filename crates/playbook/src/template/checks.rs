//! The tests: what stands after `is`.

mod core;

use minijinja::Environment;

use super::call::Entry;
use super::call::Registry;
use super::call::register as register_entries;

/// All tests, by topic.
const BUILTIN: &[&[Entry]] = &[core::TESTS];

/// Registers all tests.
pub(super) fn register(environment: &mut Environment<'static>) {
    for entries in BUILTIN {
        register_entries(
            environment,
            Registry::Tests,
            entries,
            &["ansible.builtin", "ansible.legacy"],
        );
    }
}

/// The short names of all tests.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    BUILTIN
        .iter()
        .flat_map(|entries| entries.iter())
        .flat_map(|entry| entry.names.split(' '))
}
