//! Levels 3 to 10 and the magic variables of every host, merged once and shared.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use super::Layer;
use super::Level;
use crate::Scope;
use crate::Var;
use crate::inventory::Host;
use crate::inventory::Inventory;

/// The variables that the inventory and the files beside it and beside the playbook give to one host.
///
/// Hosts of the same groups share everything but their own variables.
#[derive(Debug)]
pub struct HostVariables {
    name: Arc<str>,
    /// The lowest first.
    layers: Vec<(Level, Arc<Layer>)>,
    defaults: Arc<Layer>,
}

impl HostVariables {
    /// The host.
    pub fn host(&self) -> &Arc<str> {
        &self.name
    }

    /// The layers with their levels, the lowest first.
    pub fn layers(&self) -> impl Iterator<Item = (Level, &Arc<Layer>)> {
        self.layers.iter().map(|(level, layer)| (*level, layer))
    }

    /// What holds for the current host where nothing says otherwise, below all levels: `ansible_host`.
    ///
    /// As in Ansible, `hostvars` of another host does not have it.
    pub fn defaults(&self) -> &Arc<Layer> {
        &self.defaults
    }

    /// The winning variable under a name.
    pub fn var(&self, name: &str) -> Option<&Var> {
        self.layers.iter().rev().find_map(|(_, layer)| layer.var(name))
    }
}

impl Scope for HostVariables {
    fn get(&self, name: &str) -> Option<Var> {
        self.var(name).cloned()
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut seen = HashSet::new();
        let all = self
            .layers
            .iter()
            .flat_map(|(_, layer)| layer.iter().map(|(name, _)| name));
        all.filter(|name| seen.insert(Arc::clone(name)))
            .cloned()
            .collect()
    }
}

/// The variables of all hosts.
#[derive(Debug)]
pub(crate) struct Merged {
    hosts: Vec<Arc<HostVariables>>,
    /// The local machine under the names by which the inventory does not know it.
    local: HashMap<&'static str, Arc<HostVariables>>,
    groups: minijinja::Value,
}

/// What hosts of the same groups share.
struct Shared {
    groups: Arc<Layer>,
    files: Arc<Layer>,
    names: minijinja::Value,
}

impl Inventory {
    /// The variables of a host from the inventory, the files beside it and beside the playbook, and the magic
    /// variables that depend on nothing else.
    ///
    /// The names of the local machine always have some.
    pub fn variables(&self, host: &str) -> Option<Arc<HostVariables>> {
        let merged = self.merged();
        match self.host(host) {
            Some(host) => merged.hosts.get(self.hosts.get_index_of(&host.name)?).cloned(),
            None => merged.local.get(host).cloned(),
        }
    }

    /// The magic variable `groups`: every group with its hosts.
    pub fn groups_value(&self) -> minijinja::Value {
        self.merged().groups.clone()
    }

    fn merged(&self) -> &Merged {
        self.merged.get_or_init(|| merge(self))
    }
}

fn merge(inventory: &Inventory) -> Merged {
    let groups = groups_value(inventory);
    let mut magic = Layer::default();
    magic.insert("groups", Var::data(groups.clone()));
    if let Some(folder) = &inventory.playbook_dir {
        magic.insert(
            "playbook_dir",
            Var::data(folder.to_string_lossy().into_owned().into()),
        );
    }
    let magic = Arc::new(magic);
    let all = all_layers(inventory);
    let mut shared: HashMap<Arc<[u32]>, Shared> = HashMap::new();
    let mut one = |host: &Host| {
        let lineage = Arc::clone(&host.lineage);
        let shared = shared
            .entry(lineage)
            .or_insert_with_key(|lineage| share(inventory, lineage));
        let own = [
            (Level::InventoryHost, own_layer(host, shared)),
            (Level::PlaybookHostVars, host_files(inventory, host)),
        ];
        let mut layers = vec![
            (Level::InventoryGroup, Arc::clone(&all.0)),
            (Level::InventoryGroup, Arc::clone(&shared.groups)),
            (Level::PlaybookGroupVarsAll, Arc::clone(&all.1)),
            (Level::PlaybookGroupVars, Arc::clone(&shared.files)),
        ];
        layers.extend(own.map(|(level, layer)| (level, Arc::new(layer))));
        layers.push((Level::Magic, Arc::clone(&magic)));
        layers.retain(|(_, layer)| !layer.is_empty());
        let mut defaults = Layer::default();
        defaults.insert("ansible_host", Var::data(host.name.to_string().into()));
        Arc::new(HostVariables {
            name: Arc::clone(&host.name),
            layers,
            defaults: Arc::new(defaults),
        })
    };
    let hosts = inventory.hosts.values().map(&mut one).collect();
    let local = ["localhost", "127.0.0.1", "::1"].map(|name| (name, one(&Host::new(name.into(), None))));
    let local = local
        .into_iter()
        .map(|(name, vars)| (name, local_connection(&vars)))
        .collect();
    Merged { hosts, local, groups }
}

/// The machine that runs the command is reached without a connection.
fn local_connection(vars: &HostVariables) -> Arc<HostVariables> {
    let mut layers = vars.layers.clone();
    let mut connection = Layer::default();
    connection.insert("ansible_connection", Var::data("local".into()));
    let at = layers.partition_point(|(level, _)| *level < Level::InventoryHost);
    layers.insert(at, (Level::InventoryHost, Arc::new(connection)));
    let mut defaults = Layer::default();
    defaults.insert("ansible_host", Var::data("127.0.0.1".into()));
    Arc::new(HostVariables {
        name: Arc::clone(&vars.name),
        layers,
        defaults: Arc::new(defaults),
    })
}

fn groups_value(inventory: &Inventory) -> minijinja::Value {
    let names: Vec<minijinja::Value> = inventory
        .hosts
        .keys()
        .map(|name| minijinja::Value::from(Arc::clone(name)))
        .collect();
    let members = |at: usize| -> minijinja::Value {
        inventory
            .member_indices(at as u32)
            .into_iter()
            .map(|host| names[host as usize].clone())
            .collect()
    };
    let groups = inventory.groups.keys().enumerate();
    minijinja::Value::from_pairs(groups.map(|(at, name)| (Arc::clone(name), members(at))))
}

/// What `all` gives to every host: in the inventory's text, and in files.
fn all_layers(inventory: &Inventory) -> (Arc<Layer>, Arc<Layer>) {
    let (mut text, mut files) = (Layer::default(), Layer::default());
    if let Some(all) = inventory.groups.get("all") {
        text.extend(&all.vars.winners);
    }
    for folder in inventory.beside.iter().chain(&inventory.playbook) {
        if let Some(settings) = folder.groups.get("all") {
            files.extend(&settings.winners);
        }
    }
    (Arc::new(text), Arc::new(files))
}

fn share(inventory: &Inventory, lineage: &[u32]) -> Shared {
    let (mut groups, mut files) = (Layer::default(), Layer::default());
    let lineage: Vec<_> = lineage.iter().map(|at| &inventory.groups[*at as usize]).collect();
    for group in &lineage {
        groups.extend(&group.vars.winners);
    }
    // As in Ansible the source counts more than the group: a parent's file of a later source wins.
    for folder in inventory.beside.iter().chain(&inventory.playbook) {
        for settings in lineage.iter().filter_map(|group| folder.groups.get(&group.name)) {
            files.extend(&settings.winners);
        }
    }
    let mut names: Vec<&Arc<str>> = lineage.iter().map(|group| &group.name).collect();
    names.sort();
    let names = names
        .into_iter()
        .map(|name| minijinja::Value::from(Arc::clone(name)))
        .collect();
    Shared {
        groups: Arc::new(groups),
        files: Arc::new(files),
        names,
    }
}

fn own_layer(host: &Host, shared: &Shared) -> Layer {
    let mut layer = Layer::default();
    let text = |text: &Arc<str>| minijinja::Value::from(Arc::clone(text));
    if host.file.is_some() {
        let or_null =
            |value: &Option<Arc<str>>| value.as_ref().map_or_else(|| minijinja::Value::from(()), text);
        layer.insert("inventory_file", Var::data(or_null(&host.file)));
        layer.insert("inventory_dir", Var::data(or_null(&host.dir)));
    }
    layer.extend(&host.vars.winners);
    layer.insert("inventory_hostname", Var::data(text(&host.name)));
    let short = crate::inventory::short_name(&host.name);
    layer.insert(
        "inventory_hostname_short",
        Var::data(minijinja::Value::from(short)),
    );
    layer.insert("group_names", Var::data(shared.names.clone()));
    layer
}

fn host_files(inventory: &Inventory, host: &Host) -> Layer {
    let mut layer = Layer::default();
    for settings in inventory
        .beside
        .iter()
        .chain(&inventory.playbook)
        .filter_map(|folder| folder.hosts.get(&host.name))
    {
        layer.extend(&settings.winners);
    }
    layer
}
