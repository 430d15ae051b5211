//! Services.

use evenkeel_playbook::play::Card;
use evenkeel_tasks::types::Service;
use evenkeel_tasks::types::SystemdService;
use serde_json::json;

use crate::card::task;

/// The handler that is notified where units were removed or changed.
pub(crate) const RELOAD_UNITS: &str = "Have systemd read its units again";

/// That handler; it runs at the end of a play, which is soon enough.
pub(crate) fn reload_units() -> Card {
    task::<SystemdService>(RELOAD_UNITS, json!({ "daemon_reload": true }))
}

/// Starts a service, now and with the machine.
pub(crate) fn start(name: &str, service: &str) -> Card {
    task::<Service>(
        name,
        json!({ "name": service, "enabled": true, "state": "started" }),
    )
}

/// Starts a service whose unit file a role has written.
pub(crate) fn start_own(name: &str, unit: &str) -> Card {
    task::<SystemdService>(
        name,
        json!({ "name": unit, "enabled": true, "state": "started", "daemon_reload": true }),
    )
}

/// Keeps a service from running: another takes its place.
pub(crate) fn stop(name: &str, service: &str) -> Card {
    task::<Service>(
        name,
        json!({ "name": service, "enabled": false, "state": "stopped" }),
    )
}

/// Lets a service read its configuration again, which restarts nothing.
pub(crate) fn reload(name: &str, service: &str) -> Card {
    task::<Service>(name, json!({ "name": service, "state": "reloaded" }))
}

/// Restarts a service that cannot read its configuration again.
pub(crate) fn restart(name: &str, unit: &str) -> Card {
    task::<SystemdService>(
        name,
        json!({ "name": unit, "state": "restarted", "daemon_reload": true }),
    )
}
