//! VRRP instances as people describe them: flat variables, or a list or mapping of instances.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use serde_json::Value as Json;

use super::raw;
use super::raw::Raw;

/// A VRRP instance on a host.
pub(super) struct Instance {
    pub(super) host: Arc<str>,
    /// Its name; empty for flat variables.
    pub(super) label: String,
    fields: Vec<(Field, Json, Option<Place>)>,
}

/// What instances say about themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    State,
    Nopreempt,
    Priority,
    Weight,
    AuthPass,
    AuthType,
    RouterId,
    UnicastPeers,
    UnicastSource,
    MulticastSource,
}

/// The words for a field in an instance, and the variables for the flat form.
const FIELDS: [(Field, &[&str], &[&str]); 10] = [
    (
        Field::State,
        &["state"],
        &["keepalived_state", "keepalived_vrrp_state", "vrrp_state"],
    ),
    (
        Field::Nopreempt,
        &["nopreempt"],
        &["keepalived_nopreempt", "vrrp_nopreempt"],
    ),
    (
        Field::Priority,
        &["priority"],
        &["keepalived_priority", "keepalived_vrrp_priority", "vrrp_priority"],
    ),
    (
        Field::Weight,
        &["weight", "check_weight"],
        &[
            "keepalived_weight",
            "keepalived_check_weight",
            "keepalived_script_weight",
        ],
    ),
    (
        Field::AuthPass,
        &["auth_pass", "authentication_password"],
        &[
            "keepalived_auth_pass",
            "keepalived_auth_password",
            "vrrp_auth_pass",
        ],
    ),
    (
        Field::AuthType,
        &["auth_type", "authentication_type"],
        &["keepalived_auth_type", "vrrp_auth_type"],
    ),
    (
        Field::RouterId,
        &["virtual_router_id", "vrid"],
        &[
            "keepalived_virtual_router_id",
            "keepalived_vrid",
            "vrrp_virtual_router_id",
        ],
    ),
    (
        Field::UnicastPeers,
        &["unicast_peers", "unicast_peer"],
        &["keepalived_unicast_peers", "keepalived_unicast_peer"],
    ),
    (
        Field::UnicastSource,
        &["unicast_src_ip"],
        &["keepalived_unicast_src_ip"],
    ),
    (
        Field::MulticastSource,
        &["mcast_src_ip"],
        &["keepalived_mcast_src_ip"],
    ),
];

/// Variables that hold several instances.
const NESTED: [&str; 3] = [
    "keepalived_instances",
    "keepalived_vrrp_instances",
    "vrrp_instances",
];

impl Instance {
    /// All instances of all hosts that say anything.
    pub(super) fn all(raw: &Raw<'_>) -> Vec<Instance> {
        let mut all = Vec::new();
        for host in &raw.hosts {
            all.extend(flat(raw, host));
            for set in NESTED.iter().filter_map(|name| raw.get(host, &[*name])) {
                let entries: Vec<(String, &Json)> = match &set.value {
                    Json::Object(map) => map.iter().map(|(name, entry)| (name.clone(), entry)).collect(),
                    Json::Array(items) => items.iter().map(|entry| (label(entry), entry)).collect(),
                    _ => Vec::new(),
                };
                let read = entries.into_iter().map(|(label, entry)| Instance {
                    host: Arc::clone(host),
                    label,
                    fields: nested(entry, set.place.as_ref()),
                });
                all.extend(read);
            }
        }
        all
    }

    /// A field's value.
    pub(super) fn get(&self, field: Field) -> Option<(&Json, Option<&Place>)> {
        let found = self.fields.iter().find(|(known, ..)| *known == field)?;
        Some((&found.1, found.2.as_ref()))
    }

    pub(super) fn number(&self, field: Field) -> Option<(i64, Option<&Place>)> {
        let (value, place) = self.get(field)?;
        Some((raw::number(value)?, place))
    }

    pub(super) fn flag(&self, field: Field) -> bool {
        self.get(field)
            .is_some_and(|(value, _)| raw::flag(value) == Some(true))
    }

    pub(super) fn is(&self, field: Field, word: &str) -> bool {
        self.get(field)
            .and_then(|(value, _)| value.as_str())
            .is_some_and(|text| text.trim().eq_ignore_ascii_case(word))
    }

    /// The addresses in a field.
    pub(super) fn addresses(&self, field: Field) -> Vec<IpAddr> {
        self.get(field)
            .map(|(value, _)| raw::addresses(value))
            .unwrap_or_default()
    }

    /// `m1`, or `the instance api of m1`.
    pub(super) fn who(&self) -> String {
        if self.label.is_empty() {
            self.host.to_string()
        } else {
            format!("the instance {} of {}", self.label, self.host)
        }
    }
}

fn flat(raw: &Raw<'_>, host: &Arc<str>) -> Option<Instance> {
    let read = FIELDS.iter().filter_map(|(field, _, names)| {
        let set = raw.get(host, names)?;
        Some((*field, set.value, set.place))
    });
    let fields: Vec<_> = read.collect();
    (!fields.is_empty()).then(|| Instance {
        host: Arc::clone(host),
        label: String::new(),
        fields,
    })
}

fn nested(entry: &Json, place: Option<&Place>) -> Vec<(Field, Json, Option<Place>)> {
    let read = FIELDS.iter().filter_map(|(field, words, _)| {
        let value = words.iter().find_map(|word| entry.get(word))?;
        Some((*field, value.clone(), place.cloned()))
    });
    read.collect()
}

fn label(entry: &Json) -> String {
    let name = entry.get("name").or_else(|| entry.get("instance"));
    name.and_then(Json::as_str).unwrap_or("(unnamed)").to_owned()
}
