//! The inventory as `ansible-inventory` prints it.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;
use serde_json::Value as Json;
use serde_json::json;

use super::Group;
use super::Host;
use super::Inventory;
use super::json::json;
use super::model::is_local;
use super::visible::Vars;
use super::visible::is_internal;
use crate::vars::ExtraVars;

/// What a listing shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListOptions<'a> {
    /// Only these hosts.
    pub hosts: Option<&'a [Arc<str>]>,
    /// Group variables with the groups, and host variables without those of the groups (`--export`).
    pub export: bool,
    /// Variables of `-e`.
    pub extra: Option<&'a ExtraVars>,
    /// Whether nobody named the folder of playbooks: what lies in it counts for what hosts have in the end, and is left out
    /// where variables are shown where they are defined.
    pub unnamed_folder: bool,
}

impl Inventory {
    /// The inventory as `ansible-inventory --list` prints it: groups with hosts and children, and the variables
    /// of every host below `_meta.hostvars`; keys are sorted.
    pub fn list(&self, options: ListOptions<'_>) -> Json {
        let shown = self.shown(options);
        let mut groups = BTreeMap::new();
        if let Some(all) = self.groups.get("all") {
            self.list_group(all, options, &shown, &mut HashSet::new(), &mut groups);
        }
        let hosts: BTreeMap<&str, Json> = self
            .hosts
            .values()
            .filter(|host| shown.contains(&host.name))
            .map(|host| (&*host.name, self.listed_vars(host, options)))
            .filter(|(_, vars)| vars.as_object().is_some_and(|vars| !vars.is_empty()))
            .collect();
        groups.insert(
            "_meta".to_owned(),
            json!({"hostvars": hosts, "profile": "inventory_legacy"}),
        );
        json!(groups)
    }

    /// The variables of one host as `ansible-inventory --host` prints them.
    ///
    /// # Errors
    /// An unknown host.
    pub fn host_listing(&self, host: &str, options: ListOptions<'_>) -> Result<Json, Problem> {
        let implicit = Host::new(host.into(), None);
        let found = self.listed_host(host, &implicit)?;
        let vars = self.host_vars(found, options);
        let mut vars: BTreeMap<&str, Json> = vars
            .into_iter()
            .map(|(name, node)| (name, json(node, false)))
            .collect();
        if !self.hosts.contains_key(&found.name) {
            vars.entry("ansible_connection").or_insert_with(|| json!("local"));
        }
        Ok(json!(vars))
    }

    /// A host, or the controller, which needs not be named.
    pub(super) fn listed_host<'a>(&'a self, host: &str, implicit: &'a Host) -> Result<&'a Host, Problem> {
        match self.host(host) {
            Some(host) => Ok(host),
            None if is_local(host) => Ok(implicit),
            None => {
                let problem = Problem::error("inventory::unknown-host", format!("there is no host `{host}`"));
                Err(match nearest(host, self.hosts.keys().map(|name| &**name)) {
                    Some(near) => problem.help(format!("did you mean `{near}`?")),
                    None => problem.help("evenkeel inventory --graph shows what there is"),
                })
            }
        }
    }

    pub(super) fn shown(&self, options: ListOptions<'_>) -> HashSet<Arc<str>> {
        let all = self.members("all").unwrap_or_default();
        match options.hosts {
            Some(only) => only.iter().cloned().collect(),
            None => all.into_iter().collect(),
        }
    }

    fn list_group<'a>(
        &'a self,
        group: &'a Group,
        options: ListOptions<'_>,
        shown: &HashSet<Arc<str>>,
        seen: &mut HashSet<&'a str>,
        into: &mut BTreeMap<String, Json>,
    ) {
        let mut entry = BTreeMap::new();
        let hosts: Vec<&str> = self
            .direct_hosts(group)
            .map(|host| &host.name)
            .filter(|name| shown.contains(*name))
            .map(|n| &**n)
            .collect();
        if &*group.name != "all" && !hosts.is_empty() {
            entry.insert("hosts", json!(hosts));
        }
        let mut children: Vec<&str> = Vec::new();
        for child in self.children(group) {
            children.push(&child.name);
            if seen.insert(&child.name) {
                self.list_group(child, options, shown, seen, into);
            }
        }
        if !children.is_empty() {
            entry.insert("children", json!(children));
        }
        if options.export {
            entry.extend(
                listed(self.group_vars(group, options), group.priority, true).map(|vars| ("vars", vars)),
            );
        }
        if !entry.is_empty() {
            into.insert(group.name.to_string(), json!(entry));
        }
    }

    fn listed_vars(&self, host: &Host, options: ListOptions<'_>) -> Json {
        let vars = self.host_vars(host, options).into_iter();
        json!(
            vars.map(|(name, node)| (name, json(node, true)))
                .collect::<BTreeMap<_, _>>()
        )
    }
}

fn listed(vars: Vars<'_>, priority: i64, marks: bool) -> Option<Json> {
    let mut vars: BTreeMap<&str, Json> = vars
        .into_iter()
        .filter(|(name, _)| !is_internal(name))
        .map(|(name, node)| (name, json(node, marks)))
        .collect();
    if priority != 1 {
        vars.insert("ansible_group_priority", json!(priority));
    }
    (!vars.is_empty()).then(|| json!(vars))
}
