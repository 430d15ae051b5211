//! Where computed variables go: a value is written once where the hosts that share it are a group.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_topology::Cluster;
use evenkeel_yaml::Content;
use evenkeel_yaml::Data;
use indexmap::IndexMap;
use indexmap::IndexSet;
use serde_json::Value;

use super::Variables;
use super::used::Used;

/// The variables of a file.
pub(super) type Values<'v> = IndexMap<&'v str, &'v Value>;

/// What `group_vars` and `host_vars` hold.
pub(super) fn spread<'v>(
    cluster: &Cluster,
    groups: &BTreeSet<String>,
    variables: &'v Variables,
) -> BTreeMap<PathBuf, Values<'v>> {
    let mut files: BTreeMap<PathBuf, Values<'v>> = BTreeMap::new();
    let names: IndexSet<&'v str> = variables.values().flatten().map(|(name, _)| &**name).collect();
    for name in names {
        let of = |host: &Arc<str>| variables.get(host).and_then(|own| own.get(name));
        let mut put = |path: String, value: &'v Value| {
            files.entry(path.into()).or_default().insert(name, value);
        };
        let mut open: Vec<&Arc<str>> = variables.keys().filter(|host| of(host).is_some()).collect();
        if let Some(value) = common(cluster.nodes.keys().map(of)) {
            put("group_vars/all.yml".to_owned(), value);
            continue;
        }
        for group in cluster.groups.iter().filter(|group| groups.contains(group.name)) {
            let shared = common(group.hosts.iter().map(of));
            if let Some(value) = shared.filter(|_| open.iter().any(|host| group.hosts.contains(host))) {
                put(format!("group_vars/{}.yml", group.name), value);
                open.retain(|host| !group.hosts.contains(host));
            }
        }
        for host in open {
            if let Some(value) = of(host) {
                put(format!("host_vars/{host}.yml"), value);
            }
        }
    }
    files
}

/// The value that all have.
fn common<'v>(mut values: impl Iterator<Item = Option<&'v Value>>) -> Option<&'v Value> {
    let first = values.next()??;
    values.all(|value| value == Some(first)).then_some(first)
}

/// A file of variables, each with a comment that says what it is for.
pub(super) fn text(values: &Values<'_>, used: &Used, header: &str) -> String {
    let mut file = Data::mapping();
    for (name, value) in values {
        let users: Vec<String> = used.by(name).map(|path| path.display().to_string()).collect();
        let about = match (meaning(name), users.as_slice()) {
            (Some(meaning), _) => meaning.to_owned(),
            (None, []) => "For variables of the inventory.".to_owned(),
            (None, users) => format!("For {}.", users.join(", ")),
        };
        file = file.with(name, data(value).commented(about).spaced());
    }
    evenkeel_yaml::write_block(file.commented(header))
}

/// What the variables of every host say.
fn meaning(name: &str) -> Option<&'static str> {
    Some(match name {
        "kube_apiserver_endpoint" => "Where this host reaches the API server; `evenkeel endpoints` says why.",
        "kube_apiserver_global_endpoint" => "Where clients outside of the cluster reach the API server.",
        "kube_apiserver_address" => "The address that this host has.",
        "kube_apiserver_access_address" => "The address at which others reach this host.",
        "etcd_access_endpoint" => "Where this host reaches etcd; `evenkeel endpoints` says why.",
        "etcd_access_addresses" => "The members of etcd, for its clients.",
        "etcd_access_address" => "The address at which others reach this host.",
        "etcd_client_url" => "Where this host's own etcd listens for clients.",
        _ => return None,
    })
}

/// A value that nobody renders: what looks like a template is none.
fn data(value: &Value) -> Data {
    match value {
        Value::String(text) if ["{{", "{%", "{#"].iter().any(|mark| text.contains(mark)) => {
            Data::from(text.as_str()).tagged("!unsafe")
        }
        Value::Array(items) => Data::list(items.iter().map(data)),
        Value::Object(map) => Data::new(Content::Mapping(
            map.iter()
                .map(|(key, value)| (key.as_str().into(), data(value)))
                .collect(),
        )),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.into(),
    }
}
