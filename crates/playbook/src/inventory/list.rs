//! The inventory as `ansible-inventory` prints it.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use serde_json::Value as Json;
use serde_json::json;

use super::Group;
use super::Host;
use super::Inventory;
use super::model::is_local;
use super::names::nearest;
use super::python;
use crate::vars::ExtraVars;

/// What Ansible leaves out of a listing: magic variables and those of a run.
const INTERNAL: [&str; 33] = [
    "ansible_async_path",
    "ansible_collection_name",
    "ansible_config_file",
    "ansible_dependent_role_names",
    "ansible_diff_mode",
    "ansible_facts",
    "ansible_forks",
    "ansible_inventory_sources",
    "ansible_limit",
    "ansible_play_batch",
    "ansible_play_hosts",
    "ansible_play_hosts_all",
    "ansible_play_role_names",
    "ansible_playbook_python",
    "ansible_role_name",
    "ansible_role_names",
    "ansible_run_tags",
    "ansible_skip_tags",
    "ansible_verbosity",
    "ansible_version",
    "group_names",
    "groups",
    "hostvars",
    "inventory_dir",
    "inventory_file",
    "inventory_hostname",
    "inventory_hostname_short",
    "play_hosts",
    "playbook_dir",
    "role_name",
    "role_names",
    "role_path",
    "role_uuid",
];

/// What a listing shows.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListOptions<'a> {
    /// Only these hosts.
    pub hosts: Option<&'a [Arc<str>]>,
    /// Group variables with the groups, and host variables without those of the groups (`--export`).
    pub export: bool,
    /// Variables of `-e`.
    pub extra: Option<&'a ExtraVars>,
}

/// Values by name; templates are not rendered.
type Vars<'a> = BTreeMap<&'a str, &'a Node>;

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

    /// The inventory as `ansible-inventory --list --yaml` nests it; to be written as YAML.
    pub fn tree(&self, options: ListOptions<'_>) -> Json {
        let shown = self.shown(options);
        let (mut seen_groups, mut seen_hosts) = (HashSet::new(), HashSet::new());
        let tree = self.groups.get("all").map(|all| {
            let all_below = self.tree_group(all, options, &shown, &mut seen_groups, &mut seen_hosts);
            json!({"all": all_below})
        });
        tree.unwrap_or_default()
    }

    /// The variables of one host as `ansible-inventory --host` prints them.
    ///
    /// # Errors
    /// An unknown host.
    pub fn host_listing(&self, host: &str, extra: Option<&ExtraVars>) -> Result<Json, Problem> {
        let implicit = Host::new(host.into(), None);
        let found = match self.host(host) {
            Some(host) => host,
            None if is_local(host) => &implicit,
            None => {
                let problem = Problem::error("inventory::unknown-host", format!("there is no host `{host}`"));
                return Err(match nearest(host, self.hosts.keys().map(|name| &**name)) {
                    Some(near) => problem.help(format!("did you mean `{near}`?")),
                    None => problem.help("evenkeel inventory --graph shows what there is"),
                });
            }
        };
        let vars = self.host_vars(
            found,
            ListOptions {
                extra,
                ..ListOptions::default()
            },
        );
        let mut vars: BTreeMap<&str, Json> = vars
            .into_iter()
            .map(|(name, node)| (name, json(node, false)))
            .collect();
        if !self.hosts.contains_key(&found.name) {
            vars.entry("ansible_connection").or_insert_with(|| json!("local"));
        }
        Ok(json!(vars))
    }

    /// The groups and hosts below a group as `ansible-inventory --graph` draws them, with their variables if wanted.
    ///
    /// # Errors
    /// An unknown group.
    pub fn graph(&self, group: &str, vars: bool, extra: Option<&ExtraVars>) -> Result<String, Problem> {
        let Some(top) = self.groups.get(group) else {
            let problem = Problem::error("inventory::unknown-group", format!("there is no group `{group}`"));
            return Err(match nearest(group, self.groups.keys().map(|name| &**name)) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help("without a name everything is shown"),
            });
        };
        let mut lines = Vec::new();
        self.draw(
            top,
            0,
            vars.then_some(ListOptions {
                extra,
                ..ListOptions::default()
            }),
            &mut lines,
        );
        Ok(lines.join("\n"))
    }

    fn shown(&self, options: ListOptions<'_>) -> HashSet<Arc<str>> {
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
            entry.extend(listed(self.group_vars(group), group.priority, true).map(|vars| ("vars", vars)));
        }
        if !entry.is_empty() {
            into.insert(group.name.to_string(), json!(entry));
        }
    }

    fn tree_group<'a>(
        &'a self,
        group: &'a Group,
        options: ListOptions<'_>,
        shown: &HashSet<Arc<str>>,
        seen_groups: &mut HashSet<&'a str>,
        seen_hosts: &mut HashSet<&'a str>,
    ) -> Json {
        let mut entry = BTreeMap::new();
        let mut children = BTreeMap::new();
        for child in self.children(group) {
            let below = if seen_groups.contains(&*child.name) {
                json!({})
            } else {
                let below = self.tree_group(child, options, shown, seen_groups, seen_hosts);
                seen_groups.insert(&child.name);
                if below.as_object().is_some_and(serde_json::Map::is_empty) {
                    continue;
                }
                below
            };
            children.insert(&*child.name, below);
        }
        let mut hosts = BTreeMap::new();
        for host in self
            .direct_hosts(group)
            .filter(|host| &*group.name != "all" && shown.contains(&host.name))
        {
            let vars = if seen_hosts.insert(&host.name) {
                self.listed_vars(host, options)
            } else {
                json!({})
            };
            hosts.insert(&*host.name, vars);
        }
        if !children.is_empty() {
            entry.insert("children", json!(children));
        }
        if !hosts.is_empty() {
            entry.insert("hosts", json!(hosts));
        }
        if options.export {
            entry.extend(listed(self.group_vars(group), group.priority, false).map(|vars| ("vars", vars)));
        }
        json!(entry)
    }

    fn draw(&self, group: &Group, depth: usize, vars: Option<ListOptions<'_>>, lines: &mut Vec<String>) {
        lines.push(branch(&format!("@{}:", group.name), depth));
        for child in self.children(group) {
            self.draw(child, depth + 1, vars, lines);
        }
        if &*group.name != "all" {
            for host in self.direct_hosts(group) {
                lines.push(branch(&host.name, depth + 1));
                if let Some(options) = vars {
                    draw_vars(self.host_vars(host, options), 1, depth + 2, lines);
                }
            }
        }
        if vars.is_some() {
            draw_vars(self.group_vars(group), group.priority, depth + 1, lines);
        }
    }

    fn listed_vars(&self, host: &Host, options: ListOptions<'_>) -> Json {
        let vars = self.host_vars(host, options).into_iter();
        json!(
            vars.map(|(name, node)| (name, json(node, true)))
                .collect::<BTreeMap<_, _>>()
        )
    }

    /// What a group gives to its hosts, in the inventory's text and in files.
    fn group_vars<'a>(&'a self, group: &'a Group) -> Vars<'a> {
        let mut vars = Vars::new();
        add(&mut vars, &group.vars);
        for folder in self.beside.iter().chain(&self.playbook) {
            add_all(&mut vars, folder.groups.get(&group.name));
        }
        vars
    }

    fn host_vars<'a>(&'a self, host: &'a Host, options: ListOptions<'a>) -> Vars<'a> {
        let mut vars = Vars::new();
        if !options.export {
            self.inherited(host, &mut vars);
        }
        add(&mut vars, &host.vars);
        for folder in self.beside.iter().chain(&self.playbook) {
            add_all(&mut vars, folder.hosts.get(&host.name));
        }
        if let Some(extra) = options.extra {
            vars.extend(extra.nodes());
        }
        vars.retain(|name, _| !INTERNAL.contains(name));
        vars
    }

    fn inherited<'a>(&'a self, host: &'a Host, vars: &mut Vars<'a>) {
        let all: Vec<&Group> = self.groups.get("all").into_iter().collect();
        let own: Vec<&Group> = self.groups_of(host).collect();
        let folders = || self.beside.iter().chain(&self.playbook);
        for group in all.iter().chain(&own) {
            add(vars, &group.vars);
        }
        for groups in [all, own] {
            for folder in folders() {
                for group in &groups {
                    add_all(vars, folder.groups.get(&group.name));
                }
            }
        }
    }
}

fn add<'a>(vars: &mut Vars<'a>, settings: &'a super::model::Settings) {
    vars.extend(
        settings
            .winners
            .iter()
            .map(|(name, setting)| (&**name, &*setting.node)),
    );
}

fn add_all<'a>(vars: &mut Vars<'a>, settings: Option<&'a super::model::Settings>) {
    if let Some(settings) = settings {
        add(vars, settings);
    }
}

fn listed(vars: Vars<'_>, priority: i64, marks: bool) -> Option<Json> {
    let mut vars: BTreeMap<&str, Json> = vars
        .into_iter()
        .filter(|(name, _)| !INTERNAL.contains(name))
        .map(|(name, node)| (name, json(node, marks)))
        .collect();
    if priority != 1 {
        vars.insert("ansible_group_priority", json!(priority));
    }
    (!vars.is_empty()).then(|| json!(vars))
}

fn branch(name: &str, depth: usize) -> String {
    if depth == 0 {
        name.to_owned()
    } else {
        format!("{}--{name}", "  |".repeat(depth))
    }
}

fn draw_vars(vars: Vars<'_>, priority: i64, depth: usize, lines: &mut Vec<String>) {
    let mut shown: BTreeMap<&str, String> = vars
        .into_iter()
        .filter(|(name, _)| !INTERNAL.contains(name))
        .map(|(name, node)| (name, python::str(node)))
        .collect();
    if priority != 1 {
        shown.insert("ansible_group_priority", priority.to_string());
    }
    lines.extend(
        shown
            .into_iter()
            .map(|(name, value)| branch(&format!("{{{name} = {value}}}"), depth)),
    );
}

/// A value as Ansible's JSON has it; with `marks`, data that is no template and encrypted texts are marked.
fn json(node: &Node, marks: bool) -> Json {
    match (&node.value, node.tag.as_deref()) {
        (Value::Str(text), Some("!vault" | "!vault-encrypted")) => json!({"__ansible_vault": text}),
        (Value::Str(text), Some("!unsafe")) if marks => json!({"__ansible_unsafe": text}),
        (Value::Str(text), _) => json!(text),
        (Value::Null, _) => Json::Null,
        (Value::Bool(yes), _) => json!(yes),
        (Value::Int(int), _) => integer(*int),
        (Value::Float(float), _) => serde_json::Number::from_f64(*float).map_or_else(
            // JSON has no infinity; Python's spelling is kept as a text.
            || {
                json!(if float.is_nan() {
                    "NaN"
                } else if *float > 0.0 {
                    "Infinity"
                } else {
                    "-Infinity"
                })
            },
            Json::Number,
        ),
        (Value::Date(text), _) => json!(text.replacen(' ', "T", 1)),
        (Value::Seq(items), _) => items.iter().map(|item| json(item, marks)).collect(),
        (Value::Map(map), _) => {
            let entries: BTreeMap<String, Json> = map
                .entries
                .iter()
                .map(|(key, value)| (key_text(key), json(value, marks)))
                .collect();
            json!(entries)
        }
    }
}

/// Integers beyond 64 bits keep their digits as a text.
fn integer(int: i128) -> Json {
    serde_json::Number::from_i128(int).map_or_else(|| json!(int.to_string()), Json::Number)
}

fn key_text(key: &Node) -> String {
    match &key.value {
        Value::Null => "null".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        _ => python::str(key),
    }
}
