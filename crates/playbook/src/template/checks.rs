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
use super::call::OF_CORE;
use super::call::Registry;
use super::call::is_one_of;
use super::call::parameters_of;
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

/// The collection under which tests of addresses are known.
const OF_NETWORKS: &[&str] = &["ansible.utils"];

/// Registers all tests.
pub(super) fn register(environment: &mut Environment<'static>) {
    for entries in BUILTIN {
        register_entries(environment, Registry::Tests, entries, OF_CORE);
    }
    register_entries(environment, Registry::Tests, address::TESTS, OF_NETWORKS);
}

/// The short names of all tests.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let all = BUILTIN.iter().copied().chain([address::TESTS]).flatten();
    all.flat_map(|entry| entry.names.split(' '))
}

/// Whether a test of this name is there, with or without its collection.
pub(super) fn is_known(name: &str) -> bool {
    BUILTIN.iter().any(|entries| is_one_of(name, entries, OF_CORE))
        || is_one_of(name, address::TESTS, OF_NETWORKS)
}

/// The parameters of a test, separated by spaces, that of its value first.
pub(super) fn parameters(name: &str) -> Option<&'static str> {
    let builtin = BUILTIN.iter().copied();
    let mut builtin = builtin.filter_map(|entries| parameters_of(name, entries, OF_CORE));
    builtin
        .next()
        .or_else(|| parameters_of(name, address::TESTS, OF_NETWORKS))
}
