//! firewalld: what a host's part in the cluster needs, permanent and at once.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Apt;
use evenkeel_tasks::types::Firewalld;
use evenkeel_tasks::types::Service;
use evenkeel_topology::Firewall;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::card::item;
use crate::card::task;

/// The port that the predefined zones leave open for SSH.
const SSH: u16 = 22;

/// Installs and starts the firewall without locking anybody out.
pub(crate) fn start(firewall: &Firewall) -> Vec<Item> {
    let install = json!({ "name": ["firewalld"], "update_cache": true, "cache_valid_time": 86_400 });
    let run = json!({ "name": "firewalld", "enabled": true, "state": "started" });
    let run = task::<Service>("Start the firewall, now and with the machine", run);
    if firewall.ssh_port == SSH {
        return vec![item(task::<Apt>("Install the firewall", install)), item(run)];
    }
    // Debian's package starts firewalld at once, and it would shut the port that this very run uses.
    let mut install = install;
    install["policy_rc_d"] = json!(101);
    let port = format!("{}/tcp", firewall.ssh_port);
    let mut ssh = in_zone(
        firewall,
        json!({ "port": port, "permanent": true, "offline": true }),
    );
    ssh["state"] = json!("enabled");
    vec![
        item(task::<Apt>("Install the firewall without starting it", install)),
        item(task::<Firewalld>("Keep SSH reachable", ssh)),
        item(run),
    ]
}

/// Puts an interface into the zone that the rules are for.
pub(crate) fn assign(firewall: &Firewall, interface: &str) -> Option<Card> {
    let zone = firewall.zone.as_ref()?;
    Some(open(
        firewall,
        &format!("Put the interface into the zone {zone}"),
        "interface",
        interface,
    ))
}

/// Allows something: a `port`, a `rich_rule`, ...
pub(crate) fn open(firewall: &Firewall, name: &str, kind: &str, what: &str) -> Card {
    let mut arguments = Map::new();
    arguments.insert(kind.to_owned(), what.into());
    let mut arguments = in_zone(firewall, Value::Object(arguments));
    for (key, value) in [
        ("permanent", json!(true)),
        ("immediate", json!(true)),
        ("state", json!("enabled")),
    ] {
        arguments[key] = value;
    }
    task::<Firewalld>(name, arguments)
}

fn in_zone(firewall: &Firewall, mut arguments: Value) -> Value {
    if let Some(zone) = &firewall.zone {
        arguments["zone"] = json!(zone);
    }
    arguments
}
