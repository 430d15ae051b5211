//! The tests: what stands after `is`.

mod address;
mod core;
mod files;
mod patterns;
mod results;
mod sets;
mod version;

use minijinja::Environment;

use super::call::Entry;
use super::call::Registry;
use super::call::register as register_entries;

/// All tests of Ansible and Jinja themselves, by topic.
const BUILTIN: &[&[Entry]] = &[
    core::TESTS,
    results::TESTS,
    patterns::TESTS,
    sets::TESTS,
    version::TESTS,
    files::TESTS,
];

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
    register_entries(environment, Registry::Tests, address::TESTS, &["ansible.utils"]);
}

/// The short names of all tests.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let all = BUILTIN.iter().copied().chain([address::TESTS]).flatten();
    all.flat_map(|entry| entry.names.split(' '))
}
