//! What a package brings, without what installing it merely stirs up.

use evenkeel_host::Fixture;
use evenkeel_host::Package;

/// Files that every package with a user, a library or a unit rewrites, and the records of package management: as a package's
/// own they would undo those of the package before.
const SHARED: [&str; 12] = [
    "/etc/passwd",
    "/etc/group",
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/subuid",
    "/etc/subgid",
    "/etc/.pwd.lock",
    "/etc/ld.so.cache",
    "/etc/mailcap",
    "/var/lib/dpkg/",
    "/var/lib/apt/",
    "/var/lib/systemd/",
];

/// What a host has after a package was installed and had not before.
pub(super) fn brought(name: &str, before: &Fixture, after: &Fixture) -> Package {
    let mut package = Package::between(name, Vec::new(), before, after);
    package.files.retain(|path, _| {
        let path = path.as_str();
        !SHARED
            .iter()
            .any(|shared| path == shared.trim_end_matches('/') || path.starts_with(shared))
    });
    if let Some(units) = package.facts.get_mut("unit") {
        // A unit that was there before has only been restarted.
        let old = before.families().get("unit");
        units.retain(|unit, _| !old.is_some_and(|old| old.values.contains_key(unit)));
    }
    // The kernel is the machine's, shared by all hosts; what moves in it was not brought.
    package.facts.remove("sysctl");
    // Of the host as a whole, not of the package.
    for family in ["setup", "apt-cache", "unit-files-changed"] {
        package.facts.remove(family);
    }
    // What apt would still do for other packages depends on what else is installed.
    if let Some(calls) = package.facts.get_mut("apt-simulation") {
        calls.retain(|_, call| call.get("steps") == Some(&serde_json::json!([])));
    }
    package
}
