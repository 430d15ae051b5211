//! An inventory held in maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use evenkeel_topology::Described;
use evenkeel_topology::Value;
use evenkeel_topology::Written;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use serde_json::Map;
use serde_json::Value as Json;
use serde_json::json;

/// Hosts, groups and variables.
#[derive(Default)]
pub(crate) struct Table {
    groups: BTreeMap<&'static str, Vec<Arc<str>>>,
    hosts: Vec<(Arc<str>, Map<String, Json>)>,
    all: Map<String, Json>,
}

impl Table {
    /// Groups with their hosts, and hosts with their `ip`.
    pub(crate) fn of(groups: &[(&'static str, &[&str])], hosts: &[(&str, &str)]) -> Table {
        let mut table = Table::default();
        for (name, ip) in hosts {
            table.hosts.push((Arc::from(*name), object(json!({ "ip": ip }))));
        }
        for (name, members) in groups {
            table.members(name, members);
        }
        table
    }

    /// Sets variables of all hosts.
    pub(crate) fn all(&mut self, vars: Json) {
        self.all.extend(object(vars));
    }

    /// Sets variables of a host.
    pub(crate) fn host(&mut self, name: &str, vars: Json) {
        self.hosts
            .iter_mut()
            .find(|(host, _)| **host == *name)
            .expect("a host")
            .1
            .extend(object(vars));
    }

    /// Sets the variables of a host, and no others.
    pub(crate) fn only(&mut self, name: &str, vars: Json) {
        self.hosts
            .iter_mut()
            .find(|(host, _)| **host == *name)
            .expect("a host")
            .1 = object(vars);
    }

    /// Sets the hosts of a group.
    pub(crate) fn members(&mut self, name: &'static str, members: &[&str]) {
        self.groups
            .insert(name, members.iter().map(|name| Arc::from(*name)).collect());
    }

    /// Gives a host another name.
    pub(crate) fn rename(&mut self, old: &str, new: &str) {
        let names = self
            .hosts
            .iter_mut()
            .map(|(name, _)| name)
            .chain(self.groups.values_mut().flatten());
        for name in names.filter(|name| ***name == *old) {
            *name = new.into();
        }
    }
}

fn object(value: Json) -> Map<String, Json> {
    value.as_object().expect("a mapping").clone()
}

impl Described for Table {
    fn hosts(&self) -> Vec<Arc<str>> {
        self.hosts.iter().map(|(name, _)| Arc::clone(name)).collect()
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
        let own = self
            .hosts
            .iter()
            .find(|(name, _)| **name == *host)
            .and_then(|(_, vars)| vars.get(variable));
        Ok(own.or_else(|| self.all.get(variable)).map(|value| Value {
            value: value.clone(),
            place: None,
        }))
    }

    fn written(&self) -> Vec<Written> {
        let own = self.hosts.iter().flat_map(|(_, vars)| vars);
        let all = self.all.iter().chain(own);
        all.map(|(name, value)| Written {
            name: name.as_str().into(),
            value: value.clone(),
            place: None,
        })
        .collect()
    }
}
