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
use crate::certificates;

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
        let value = if *name == certificates::VARIABLE {
            (*value).into()
        } else {
            data(value)
        };
        file = file.with(name, value.commented(about).spaced());
    }
    evenkeel_yaml::write_block(file.commented(header))
}

/// What the variables of every host say.
pub(crate) fn meaning(name: &str) -> Option<&'static str> {
    Some(match name {
        "kube_apiserver_endpoint" => "Where this host reaches the API server; `evenkeel endpoints` says why.",
        "kube_apiserver_global_endpoint" => "Where clients outside of the cluster reach the API server.",
        "kube_apiserver_address" => "The address that this host has.",
        "kube_apiserver_access_address" => "The address at which others reach this host.",
        "etcd_access_endpoint" => "Where this host reaches etcd; `evenkeel endpoints` says why.",
        "etcd_access_addresses" => "The members of etcd, for its clients.",
        "etcd_access_address" => "The address at which others reach this host.",
        certificates::VARIABLE => "Where `evenkeel certs` keeps etcd's certificates on the controller.",
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;
    use crate::Memory;
    use crate::Project;

    const HOSTS: &str = "
[loadbalancer]
lb[1:2]
[kube_control_plane]
m[1:2]
[kube_node]
w[1:2]
[all:vars]
keepalived_interface=eth0
loadbalancer_apiserver={'address': '192.0.2.100', 'port': 6443}
";

    /// A cluster of two load balancers, two masters and two workers.
    fn cluster() -> Cluster {
        let hosts = ["lb1", "lb2", "m1", "m2", "w1", "w2"].iter().enumerate();
        let files = hosts.fold(Memory::default().with("hosts.ini", HOSTS), |files, (at, host)| {
            files.with(
                format!("host_vars/{host}.yml"),
                format!("ip: 192.0.2.{}\n", 11 + at),
            )
        });
        let project = Project::new(Arc::new(files))
            .inventory("hosts.ini")
            .without_playbook();
        let loaded = project.load().unwrap_or_else(|problems| panic!("{problems:#?}"));
        loaded.cluster.unwrap()
    }

    /// Where a variable goes that hosts have with these values, if plays name these groups.
    fn placed(values: &[(&str, i64)], groups: &[&str]) -> Vec<String> {
        let variables: Variables = values
            .iter()
            .map(|(host, value)| (Arc::from(*host), IndexMap::from([("x".into(), json!(value))])))
            .collect();
        let groups = groups.iter().map(|group| (*group).to_owned()).collect();
        let files = spread(&cluster(), &groups, &variables);
        let told = |(path, values): (&PathBuf, &Values<'_>)| format!("{} {}", path.display(), values["x"]);
        files.iter().map(told).collect()
    }

    #[test]
    fn a_value_is_written_once_where_the_hosts_that_share_it_are_a_group() {
        let every = ["loadbalancer", "kube_control_plane", "kube_node"];
        let all = ["lb1", "lb2", "m1", "m2", "w1", "w2"].map(|host| (host, 1));
        assert_eq!(placed(&all, &[]), ["group_vars/all.yml 1"]);
        let mut one_differs = all;
        one_differs[3].1 = 2;
        assert_eq!(
            placed(&one_differs, &every),
            [
                "group_vars/kube_node.yml 1",
                "group_vars/loadbalancer.yml 1",
                "host_vars/m1.yml 1",
                "host_vars/m2.yml 2",
            ]
        );
        let masters = [("m1", 3), ("m2", 3), ("w1", 3)];
        assert_eq!(
            placed(&masters, &every),
            ["group_vars/kube_control_plane.yml 3", "host_vars/w1.yml 3"]
        );
        assert_eq!(
            placed(&masters, &["kube_node"]),
            ["host_vars/m1.yml 3", "host_vars/m2.yml 3", "host_vars/w1.yml 3"],
            "no group that no play names"
        );
    }

    #[test]
    fn what_looks_like_a_template_is_none() {
        let value = json!({"a": ["{{ b }}", "{# c #}", "plain"], "n": null});
        let written = evenkeel_yaml::write_block(data(&value));
        assert_eq!(
            written,
            "---\na:\n  - !unsafe \"{{ b }}\"\n  - !unsafe \"{# c #}\"\n  - plain\nn: null\n"
        );
    }
}
