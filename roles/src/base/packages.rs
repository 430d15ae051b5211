//! Packages of Debian and Ubuntu.

use evenkeel_playbook::play::Card;
use evenkeel_tasks::types::Apt;
use evenkeel_tasks::types::DpkgSelections;
use serde_json::Value;
use serde_json::json;

use crate::card;
use crate::card::task;

/// Seconds for which the package lists count as fresh: a day.
const FRESH: i64 = 86_400;

/// Installs packages.
pub(crate) fn install(name: &str, packages: &[&str]) -> Card {
    task::<Apt>(name, arguments(packages))
}

/// Installs packages whose services must not start yet.
pub(crate) fn install_without_starting(name: &str, packages: &[&str]) -> Card {
    let mut arguments = arguments(packages);
    arguments["policy_rc_d"] = json!(101);
    task::<Apt>(name, arguments)
}

/// Brings packages that are installed to the newest version that their source offers, as far as [`refresh`] has seen.
pub(crate) fn upgrade(name: &str, packages: &[&str]) -> Card {
    task::<Apt>(name, newest(packages))
}

/// The same for packages whose services must not be started by that.
pub(crate) fn upgrade_without_starting(name: &str, packages: &[&str]) -> Card {
    let mut arguments = newest(packages);
    arguments["policy_rc_d"] = json!(101);
    task::<Apt>(name, arguments)
}

/// Installs packages in a version, whatever their source adds to it, also where an earlier run holds them in another.
pub(crate) fn install_version(name: &str, packages: &[&str], version: &str) -> Card {
    let names = in_version(packages, version);
    task::<Apt>(
        name,
        json!({
            "name": names,
            "update_cache": true,
            "cache_valid_time": FRESH,
            "allow_change_held_packages": true,
        }),
    )
}

/// Tells dpkg what to do with installed packages: `hold` keeps their version, `install` lets them be upgraded.
pub(crate) fn select(name: &str, packages: &[&str], selection: &str) -> Card {
    let select = json!({ "name": "{{ item }}", "selection": selection });
    let packages: Vec<String> = packages.iter().map(|name| (*name).to_owned()).collect();
    card::for_each_of(task::<DpkgSelections>(name, select), &packages)
}

/// The same for packages that are installed in another version, also where somebody holds them.
pub(crate) fn of_version(name: &str, packages: &[&str], version: &str) -> Card {
    let names = in_version(packages, version);
    let arguments = json!({ "name": names, "update_cache": true, "allow_change_held_packages": true });
    task::<Apt>(name, arguments)
}

fn in_version(packages: &[&str], version: &str) -> Vec<String> {
    let names = packages.iter();
    names.map(|package| format!("{package}={version}-*")).collect()
}

/// Has apt read what its sources offer; that changes nothing.
pub(crate) fn refresh() -> Card {
    let name = "Look what the package sources offer";
    task::<Apt>(name, json!({ "update_cache": true })).changed_when("false")
}

fn newest(packages: &[&str]) -> Value {
    json!({ "name": packages, "state": "latest", "only_upgrade": true })
}

fn arguments(packages: &[&str]) -> Value {
    json!({ "name": packages, "update_cache": true, "cache_valid_time": FRESH })
}
