//! firewalld: what a host's part in the cluster needs, permanent and at once.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Firewalld;
use evenkeel_topology::Firewall;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::packages;
use super::service;
use crate::card::item;
use crate::card::task;

/// The port that the predefined zones leave open for SSH.
const SSH: u16 = 22;

/// Installs and starts the firewall without locking anybody out.
pub(crate) fn start(firewall: &Firewall) -> Vec<Item> {
    let run = service::start("Start the firewall, now and with the machine", "firewalld");
    if firewall.ssh_port == SSH {
        let install = packages::install("Install the firewall", &["firewalld"]);
        return vec![item(install), item(run)];
    }
    // Debian's package starts firewalld at once, and it would shut the port that this very run uses.
    let install =
        packages::install_without_starting("Install the firewall without starting it", &["firewalld"]);
    let port = format!("{}/tcp", firewall.ssh_port);
    let mut ssh = arguments(firewall, "port", &port);
    ssh.insert("offline".to_owned(), json!(true));
    let ssh = task::<Firewalld>("Keep SSH reachable", Value::Object(ssh));
    vec![item(install), item(ssh), item(run)]
}

/// Puts an interface into the zone that the rules are for.
pub(crate) fn assign(firewall: &Firewall, interface: &str) -> Option<Card> {
    let zone = firewall.zone.as_ref()?;
    let name = format!("Put the interface into the zone {zone}");
    Some(open(firewall, &name, "interface", interface))
}

/// Allows something: a `port`, a `rich_rule`, ...
pub(crate) fn open(firewall: &Firewall, name: &str, kind: &str, what: &str) -> Card {
    task::<Firewalld>(name, Value::Object(arguments(firewall, kind, what)))
}

fn arguments(firewall: &Firewall, kind: &str, what: &str) -> Map<String, Value> {
    let mut arguments = Map::new();
    let mut set = |name: &str, value: Value| drop(arguments.insert(name.to_owned(), value));
    set(kind, what.into());
    if let Some(zone) = &firewall.zone {
        set("zone", zone.as_str().into());
    }
    set("permanent", true.into());
    set("immediate", true.into());
    set("state", "enabled".into());
    arguments
}
