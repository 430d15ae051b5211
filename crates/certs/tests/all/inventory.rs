//! Inventories built in tests.

use std::sync::Arc;

use evenkeel_topology::Cluster;
use evenkeel_topology::Described;
use evenkeel_topology::Value;
use evenkeel_topology::Written;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use indexmap::IndexMap;

/// Hosts with their `ip` and `access_ip`, and groups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inventory {
    pub(crate) hosts: IndexMap<String, (String, Option<String>)>,
    pub(crate) groups: IndexMap<String, Vec<String>>,
}

impl Inventory {
    pub(crate) fn host(mut self, name: &str, ip: &str) -> Inventory {
        self.hosts.insert(name.to_owned(), (ip.to_owned(), None));
        self
    }

    pub(crate) fn access(mut self, name: &str, access: &str) -> Inventory {
        self.hosts[name].1 = Some(access.to_owned());
        self
    }

    pub(crate) fn group(mut self, name: &str, hosts: &[&str]) -> Inventory {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        self.groups.insert(name.to_owned(), hosts);
        self
    }

    pub(crate) fn cluster(&self) -> Cluster {
        Cluster::build(self).unwrap().unwrap()
    }
}

impl Described for Inventory {
    fn hosts(&self) -> Vec<Arc<str>> {
        self.hosts.keys().map(|name| Arc::from(name.as_str())).collect()
    }

    fn group(&self, name: &str) -> Option<Vec<Arc<str>>> {
        let hosts = self.groups.get(name)?;
        Some(hosts.iter().map(|name| Arc::from(name.as_str())).collect())
    }

    fn group_place(&self, _: &str) -> Option<Place> {
        None
    }

    fn host_place(&self, _: &str) -> Option<Place> {
        None
    }

    fn value(&self, host: &str, variable: &str) -> Result<Option<Value>, Problem> {
        let (ip, access) = &self.hosts[host];
        let text = match variable {
            "ip" => Some(ip),
            "access_ip" => access.as_ref(),
            _ => None,
        };
        Ok(text.map(|text| Value {
            value: text.as_str().into(),
            place: None,
        }))
    }

    fn written(&self) -> Vec<Written> {
        Vec::new()
    }
}
