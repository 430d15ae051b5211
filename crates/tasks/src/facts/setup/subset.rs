//! Which facts are kept.

use serde_json::Map;
use serde_json::Value;

/// Facts of the subset `hardware`, beside those that begin with the first words.
const HARDWARE: (&[&str], &[&str]) = (
    &["processor", "mem", "swap", "product_", "bios_", "system_vendor"],
    &["mounts", "uptime_seconds", "loadavg", "flags"],
);

/// Facts of no subset but `network`; interfaces are those as well.
const NETWORK: &[&str] = &[
    "interfaces",
    "all_ipv4_addresses",
    "all_ipv6_addresses",
    "default_ipv4",
    "default_ipv6",
];

fn subset_of(key: &str, interfaces: &[String]) -> &'static str {
    let (prefixes, names) = HARDWARE;
    if NETWORK.contains(&key) || interfaces.iter().any(|name| name == key) {
        "network"
    } else if prefixes.iter().any(|prefix| key.starts_with(prefix)) || names.contains(&key) {
        "hardware"
    } else if key.starts_with("virtualization_") {
        "virtual"
    } else {
        "min"
    }
}

/// Keeps what `gather_subset` names: like there, `min` is always wanted unless it is left out by name.
pub(super) fn keep(facts: &mut Map<String, Value>, wanted: &str) {
    let words: Vec<&str> = wanted
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .collect();
    let positive = words.iter().any(|word| !word.starts_with('!'));
    let none = words.contains(&"!all");
    let is_wanted = |subset: &str| {
        if words.contains(&format!("!{subset}").as_str()) {
            return false;
        }
        let named = words.contains(&subset) || words.contains(&"all");
        named || subset == "min" || (!positive && !none)
    };
    let interfaces: Vec<String> = facts
        .get("interfaces")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|name| Some(name.as_str()?.replace(['-', ':'], "_")))
        .collect();
    facts.retain(|key, _| is_wanted(subset_of(key, &interfaces)));
}
