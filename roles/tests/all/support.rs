//! Clusters for tests: the inventories of the project, with other hosts and variables where a test needs them.

mod render;

use std::path::Path;
use std::sync::Arc;

use evenkeel_playbook::Disk;
use evenkeel_playbook::inventory::ListOptions;
use evenkeel_playbook::inventory::Reading;
use evenkeel_roles::Generated;
use evenkeel_topology::Cluster;
use evenkeel_topology::Described;
use evenkeel_topology::Value;
use evenkeel_topology::Written;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;
use serde_json::Map;
use serde_json::Value as Json;
use serde_json::json;

pub(crate) use render::render;
pub(crate) use render::scope;

/// An inventory, read and then changed.
pub(crate) struct Changed {
    hosts: IndexMap<Arc<str>, Map<String, Json>>,
    groups: IndexMap<String, Vec<Arc<str>>>,
}

impl Changed {
    /// The inventory of the project under a name.
    pub(crate) fn inventory(name: &str) -> Changed {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../inventories")
            .join(name);
        let folder = folder.to_string_lossy().into_owned();
        let inventory = Reading::new(&Disk)
            .sources(&[folder])
            .expect("the inventory reads");
        let listing = inventory.list(ListOptions::default());
        let variables = |host: &str| {
            listing["_meta"]["hostvars"][host]
                .as_object()
                .cloned()
                .unwrap_or_default()
        };
        let names = inventory.hosts().map(|host| Arc::clone(host.name()));
        let groups = inventory.groups().map(|group| &**group.name());
        let members = |group: &str| (group.to_owned(), inventory.members(group).unwrap_or_default());
        Changed {
            hosts: names.map(|name| (Arc::clone(&name), variables(&name))).collect(),
            groups: groups.map(members).collect(),
        }
    }

    /// Sets variables of all hosts.
    pub(crate) fn all(mut self, variables: Json) -> Changed {
        for own in self.hosts.values_mut() {
            own.extend(variables.as_object().expect("a mapping").clone());
        }
        self
    }

    /// Sets variables of a host.
    pub(crate) fn host(mut self, name: &str, variables: Json) -> Changed {
        let own = self.hosts.entry(name.into()).or_default();
        own.extend(variables.as_object().expect("a mapping").clone());
        self
    }

    /// Sets the hosts of a group.
    pub(crate) fn members(mut self, group: &str, names: &[&str]) -> Changed {
        self.groups.insert(
            group.to_owned(),
            names.iter().map(|name| Arc::from(*name)).collect(),
        );
        self
    }

    /// The playbook.
    pub(crate) fn generated(&self) -> Generated {
        evenkeel_roles::playbook(&self.cluster())
    }

    /// The model.
    pub(crate) fn cluster(&self) -> Cluster {
        Cluster::build(self).expect("no problem").expect("a cluster")
    }
}

impl Described for Changed {
    fn hosts(&self) -> Vec<Arc<str>> {
        self.hosts.keys().cloned().collect()
    }

    fn group(&self, name: &str) -> Option<Vec<Arc<str>>> {
        self.groups.get(name).cloned()
    }

    fn group_place(&self, _: &str) -> Option<Place> {
        None
    }

    fn host_place(&self, _: &str) -> Option<Place> {
        None
    }

    fn value(&self, host: &str, variable: &str) -> Result<Option<Value>, Problem> {
        let value = self.hosts.get(host).and_then(|own| own.get(variable));
        Ok(value.map(|value| Value {
            value: value.clone(),
            place: None,
        }))
    }

    fn written(&self) -> Vec<Written> {
        Vec::new()
    }
}

/// The playbook as it would be read by people and by Ansible.
pub(crate) fn plays(generated: &Generated) -> String {
    generated.playbook.to_yaml()
}

/// The inventory `external-lb` with IPv6 addresses.
pub(crate) fn ipv6() -> Changed {
    let inventory = Changed::inventory("external-lb").all(json!({
        "loadbalancer_apiserver": {"address": "2001:db8::100", "port": 6443},
        "loadbalancer_apiserver_prefix": 64,
    }));
    let names = ["lb1", "lb2", "m1", "m2", "m3", "w1", "w2"];
    names
        .iter()
        .enumerate()
        .fold(inventory, |inventory, (index, name)| {
            inventory.host(name, json!({ "ip": format!("2001:db8::{}", index + 1) }))
        })
}
