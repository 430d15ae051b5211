//! The inventory nested as YAML inventories are.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_yaml::Data;
use evenkeel_yaml::Problem;

use super::Group;
use super::Host;
use super::Inventory;
use super::ListOptions;
use super::visible::Vars;
use super::visible::is_internal;

/// What was written already: a group's content and a host's variables appear once.
struct Seen<'a> {
    groups: HashSet<&'a str>,
    hosts: HashSet<&'a str>,
    shown: HashSet<Arc<str>>,
    options: ListOptions<'a>,
}

impl Inventory {
    /// The inventory as `ansible-inventory --list --yaml` nests it, which is an inventory again.
    ///
    /// To be written with [`evenkeel_yaml::to_yaml`] in block style.
    pub fn tree<'a>(&'a self, options: ListOptions<'a>) -> Data {
        let shown = self.shown(options);
        let mut seen = Seen {
            groups: HashSet::new(),
            hosts: HashSet::new(),
            shown,
            options,
        };
        let all = self.groups.get("all").map(|all| self.below(all, &mut seen));
        Data::mapping().with("all", all.unwrap_or_else(Data::mapping))
    }

    /// The variables of one host as `ansible-inventory --host --yaml` prints them.
    ///
    /// # Errors
    /// An unknown host.
    pub fn host_tree(&self, host: &str, options: ListOptions<'_>) -> Result<Data, Problem> {
        let implicit = Host::new(host.into(), None);
        let found = self.listed_host(host, &implicit)?;
        let vars = mapping(self.host_vars(found, options));
        let known = self.host(host).is_some();
        Ok(if known {
            vars
        } else {
            vars.with("ansible_connection", "local")
        })
    }

    fn below<'a>(&'a self, group: &'a Group, seen: &mut Seen<'a>) -> Data {
        let mut children = BTreeMap::new();
        for child in self.children(group) {
            if seen.groups.contains(&*child.name) {
                children.insert(&*child.name, Data::mapping());
                continue;
            }
            let content = self.below(child, seen);
            seen.groups.insert(&child.name);
            if content != Data::mapping() {
                children.insert(&*child.name, content);
            }
        }
        let mut hosts = BTreeMap::new();
        for host in self.direct_hosts(group).filter(|_| &*group.name != "all") {
            if seen.shown.contains(&host.name) {
                let first = seen.hosts.insert(&host.name);
                let vars = if first {
                    mapping(self.host_vars(host, seen.options))
                } else {
                    Data::mapping()
                };
                hosts.insert(&*host.name, vars);
            }
        }
        let vars = if seen.options.export {
            self.group_vars(group, seen.options)
        } else {
            Vars::new()
        };
        let prioritised = seen.options.export && group.priority != 1;
        let hidden = |name: &str| is_internal(name) || (prioritised && name == "ansible_group_priority");
        let mut vars = mapping(vars.into_iter().filter(|(name, _)| !hidden(name)).collect());
        if prioritised {
            vars = vars.with("ansible_group_priority", group.priority);
        }
        let sections = [
            ("children", collected(children)),
            ("hosts", collected(hosts)),
            ("vars", vars),
        ];
        let filled = sections
            .into_iter()
            .filter(|(_, content)| *content != Data::mapping());
        filled.fold(Data::mapping(), |data, (name, content)| data.with(name, content))
    }
}

fn collected(entries: BTreeMap<&str, Data>) -> Data {
    entries
        .into_iter()
        .fold(Data::mapping(), |data, (name, content)| data.with(name, content))
}

fn mapping(vars: Vars<'_>) -> Data {
    vars.into_iter()
        .fold(Data::mapping(), |data, (name, node)| data.with(name, node))
}
