//! Packages of Debian and Ubuntu.

use evenkeel_playbook::play::Card;
use evenkeel_tasks::types::Apt;
use serde_json::Value;
use serde_json::json;

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

fn arguments(packages: &[&str]) -> Value {
    json!({ "name": packages, "update_cache": true, "cache_valid_time": FRESH })
}
