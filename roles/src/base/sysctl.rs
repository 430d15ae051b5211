//! Kernel settings, in a file of their own.

use evenkeel_playbook::play::Card;
use evenkeel_tasks::types::Sysctl;
use serde_json::json;

use crate::card::task;

/// The file that holds them; no package and no person writes to it.
pub(crate) const FILE: &str = "/etc/sysctl.d/60-evenkeel.conf";

/// Sets a value, now and after the next start.
pub(crate) fn set(name: &str, key: &str, value: &str) -> Card {
    task::<Sysctl>(
        name,
        json!({ "name": key, "value": value, "sysctl_file": FILE, "sysctl_set": true }),
    )
}
