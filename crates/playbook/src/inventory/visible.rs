//! What a listing shows of hosts and groups: the values that win, without those of a run.

use std::collections::BTreeMap;

use evenkeel_yaml::Node;

use super::Group;
use super::Host;
use super::Inventory;
use super::ListOptions;
use super::model::Settings;

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

/// Values by name; templates are not rendered.
pub(super) type Vars<'a> = BTreeMap<&'a str, &'a Node>;

/// Whether a listing leaves a variable out.
pub(super) fn is_internal(name: &str) -> bool {
    INTERNAL.contains(&name)
}

impl Inventory {
    /// What a group gives to its hosts, in the inventory's text and in files.
    pub(super) fn group_vars<'a>(&'a self, group: &'a Group, options: ListOptions<'_>) -> Vars<'a> {
        let mut vars = Vars::new();
        add(&mut vars, &group.vars);
        let named = self.playbook.iter().filter(|_| !options.unnamed_folder);
        for folder in self.beside.iter().chain(named) {
            add_all(&mut vars, folder.groups.get(&group.name));
        }
        vars
    }

    pub(super) fn host_vars<'a>(&'a self, host: &'a Host, options: ListOptions<'a>) -> Vars<'a> {
        let mut vars = Vars::new();
        if !options.export {
            self.inherited(host, &mut vars);
        }
        add(&mut vars, &host.vars);
        let unnamed = options.export && options.unnamed_folder;
        let playbook = self.playbook.iter().filter(|_| !unnamed);
        for folder in self.beside.iter().chain(playbook) {
            add_all(&mut vars, folder.hosts.get(&host.name));
        }
        if let Some(extra) = options.extra {
            vars.extend(extra.nodes());
        }
        vars.retain(|name, _| !is_internal(name));
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

fn add<'a>(vars: &mut Vars<'a>, settings: &'a Settings) {
    vars.extend(
        settings
            .winners
            .iter()
            .map(|(name, setting)| (&**name, &*setting.node)),
    );
}

fn add_all<'a>(vars: &mut Vars<'a>, settings: Option<&'a Settings>) {
    if let Some(settings) = settings {
        add(vars, settings);
    }
}
