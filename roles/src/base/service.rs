//! Services.

use evenkeel_playbook::play::Card;
use evenkeel_tasks::types::Service;
use serde_json::json;

use crate::card::task;

/// Starts a service, now and with the machine.
pub(crate) fn start(name: &str, service: &str) -> Card {
    task::<Service>(
        name,
        json!({ "name": service, "enabled": true, "state": "started" }),
    )
}

/// Lets a service read its configuration again, which restarts nothing.
pub(crate) fn reload(name: &str, service: &str) -> Card {
    task::<Service>(name, json!({ "name": service, "state": "reloaded" }))
}
