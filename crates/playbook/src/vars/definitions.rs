//! Every place that sets a variable.

use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Place;

use super::Level;
use crate::inventory::Host;
use crate::inventory::Inventory;
use crate::inventory::Setting;

/// One place that sets a variable.
#[derive(Clone, Debug)]
pub struct Definition {
    /// How much it counts.
    pub level: Level,
    /// Whose it is: `group web`, `host web1`, `-e`.
    pub owner: Arc<str>,
    /// Where the name stands.
    pub place: Place,
    /// The value, templates not rendered.
    pub node: Arc<Node>,
}

impl Definition {
    fn new(level: Level, owner: String, setting: &Setting) -> Definition {
        let node = Arc::clone(&setting.node);
        Definition {
            level,
            owner: owner.into(),
            place: setting.place.clone(),
            node,
        }
    }
}

impl Inventory {
    /// Every place in the inventory and in the files beside it and beside the playbook that sets a variable of
    /// a host, the winner first.
    pub fn definitions(&self, host: &str, name: &str) -> Vec<Definition> {
        let implicit = Host::new(host.into(), None);
        let host = match self.host(host) {
            Some(host) => host,
            None if crate::inventory::is_local(host) => &implicit,
            None => return Vec::new(),
        };
        let mut found = Vec::new();
        self.group_text(host, name, &mut found);
        self.files(host, name, &mut found);
        // Found from the lowest to the highest, where a level has several.
        found.sort_by_key(|definition| definition.level);
        found.reverse();
        let mut seen: Vec<Place> = Vec::new();
        found.retain(|definition| {
            let new = !seen.contains(&definition.place);
            seen.push(definition.place.clone());
            new
        });
        found
    }

    fn group_text(&self, host: &Host, name: &str, found: &mut Vec<Definition>) {
        let all = self.groups.get("all");
        for group in all.into_iter().chain(self.groups_of(host)) {
            let owner = || format!("group {}", group.name);
            let before = found.len();
            found.extend(
                group
                    .vars
                    .all(name)
                    .map(|at| Definition::new(Level::InventoryGroup, owner(), at)),
            );
            found[before..].reverse();
        }
        let before = found.len();
        let owner = || format!("host {}", host.name);
        found.extend(
            host.vars
                .all(name)
                .map(|at| Definition::new(Level::InventoryHost, owner(), at)),
        );
        found[before..].reverse();
    }

    fn files(&self, host: &Host, name: &str, found: &mut Vec<Definition>) {
        let beside = self.beside.iter().map(|folder| (folder, false));
        let playbook = self.playbook.iter().map(|folder| (folder, true));
        for (folder, playbook) in beside.chain(playbook) {
            let level = |inventory, of_playbook| if playbook { of_playbook } else { inventory };
            let all = level(Level::InventoryGroupVarsAll, Level::PlaybookGroupVarsAll);
            let group = level(Level::InventoryGroupVars, Level::PlaybookGroupVars);
            let own = level(Level::InventoryHostVars, Level::PlaybookHostVars);
            let groups = self
                .groups_of(host)
                .map(|of| (group, "group", &of.name, folder.groups.get(&of.name)));
            let everyone = self
                .groups
                .get("all")
                .map(|of| (all, "group", &of.name, folder.groups.get(&of.name)));
            let itself = (own, "host", &host.name, folder.hosts.get(&host.name));
            for (level, kind, owner, settings) in everyone.into_iter().chain(groups).chain([itself]) {
                let Some(settings) = settings else { continue };
                let before = found.len();
                let owner = || format!("{kind} {owner}");
                found.extend(settings.all(name).map(|at| Definition::new(level, owner(), at)));
                found[before..].reverse();
            }
        }
    }
}
