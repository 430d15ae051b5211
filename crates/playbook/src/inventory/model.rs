//! What an inventory holds.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::OnceLock;

use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Problems;
use indexmap::IndexMap;

use super::vars_files::FolderVars;
use crate::vars::Merged;

/// Hosts, groups and their variables, read from one or more sources.
///
/// The order of hosts and groups is that in which the sources name them first.
#[derive(Debug, Default)]
pub struct Inventory {
    pub(crate) hosts: IndexMap<Arc<str>, Host>,
    pub(crate) groups: IndexMap<Arc<str>, Group>,
    /// Which host of the inventory stands for `localhost`, `127.0.0.1` and `::1`.
    pub(crate) localhost: Option<u32>,
    /// The `group_vars` and `host_vars` beside each source, in the order of the sources.
    pub(crate) beside: Vec<FolderVars>,
    /// Those beside the playbook.
    pub(crate) playbook: Option<FolderVars>,
    /// The folder of the playbook.
    pub(crate) playbook_dir: Option<PathBuf>,
    pub(crate) allow_empty: bool,
    pub(crate) problems: Problems,
    pub(crate) merged: OnceLock<Merged>,
}

/// A host of the inventory.
#[derive(Clone, Debug)]
pub struct Host {
    pub(crate) name: Arc<str>,
    pub(crate) place: Option<Place>,
    pub(crate) groups: Vec<u32>,
    /// Its groups and all above them but `all`, in the order in which their variables are merged.
    pub(crate) lineage: Arc<[u32]>,
    pub(crate) vars: Settings,
    pub(crate) file: Option<Arc<str>>,
    pub(crate) dir: Option<Arc<str>>,
}

/// A group of the inventory.
#[derive(Clone, Debug)]
pub struct Group {
    pub(crate) name: Arc<str>,
    pub(crate) place: Option<Place>,
    pub(crate) hosts: Vec<u32>,
    pub(crate) children: Vec<u32>,
    pub(crate) parents: Vec<u32>,
    pub(crate) vars: Settings,
    pub(crate) priority: i64,
    pub(crate) depth: u32,
}

/// A value that a text gives to a name.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    /// The value.
    pub(crate) node: Arc<Node>,
    /// Where the name stands.
    pub(crate) place: Place,
    /// Which source argument it comes from.
    pub(crate) source: u32,
}

/// The variables that an inventory's own text gives to one host or group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) winners: IndexMap<Arc<str>, Setting>,
    /// Earlier definitions, oldest first.
    pub(crate) shadowed: Vec<(Arc<str>, Setting)>,
}

impl Settings {
    /// Every definition of a name, the winner first.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Setting> {
        let earlier = self
            .shadowed
            .iter()
            .rev()
            .filter(move |(known, _)| &**known == name);
        self.winners
            .get(name)
            .into_iter()
            .chain(earlier.map(|(_, setting)| setting))
    }
}

impl Host {
    pub(crate) fn new(name: Arc<str>, place: Option<Place>) -> Host {
        Host {
            name,
            place,
            groups: Vec::new(),
            lineage: Arc::new([]),
            vars: Settings::default(),
            file: None,
            dir: None,
        }
    }

    /// The name in the inventory.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Where it is named first; nothing for a host list and the implicit localhost.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// The source file that names it first.
    pub fn inventory_file(&self) -> Option<&Arc<str>> {
        self.file.as_ref()
    }

    /// The folder of that file.
    pub fn inventory_dir(&self) -> Option<&Arc<str>> {
        self.dir.as_ref()
    }
}

impl Group {
    /// The name.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Where it is named first; nothing for `all` and `ungrouped`.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// `ansible_group_priority`: of two groups of one depth the higher one's variables win.
    pub fn priority(&self) -> i64 {
        self.priority
    }

    /// The longest way from `all` down to it.
    pub fn depth(&self) -> u32 {
        self.depth
    }
}

impl Inventory {
    /// All hosts; the implicit localhost is none of them.
    pub fn hosts(&self) -> impl ExactSizeIterator<Item = &Host> {
        self.hosts.values()
    }

    /// All groups, `all` and `ungrouped` first.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Group> {
        self.groups.values()
    }

    /// A host by its name; the names of the local machine always give one.
    ///
    /// When the inventory names the local machine itself, under any of its names, that host is meant.
    pub fn host(&self, name: &str) -> Option<&Host> {
        self.hosts.get(name).or_else(|| match self.localhost {
            Some(at) if is_local(name) => Some(&self.hosts[at as usize]),
            _ => None,
        })
    }

    /// A group by its name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// The groups directly below a group.
    pub fn children<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a Group> {
        group.children.iter().map(|at| &self.groups[*at as usize])
    }

    /// The groups directly above a group.
    pub fn parents<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a Group> {
        group.parents.iter().map(|at| &self.groups[*at as usize])
    }

    /// The hosts that a group names itself.
    pub fn direct_hosts<'a>(&'a self, group: &'a Group) -> impl Iterator<Item = &'a Host> {
        group.hosts.iter().map(|at| &self.hosts[*at as usize])
    }

    /// The groups of a host, those above them included, without `all`, in the order of their variables' precedence.
    pub fn groups_of<'a>(&'a self, host: &'a Host) -> impl Iterator<Item = &'a Group> {
        host.lineage.iter().map(|at| &self.groups[*at as usize])
    }

    /// The hosts of a group and of all groups below it, each once, the group's own first.
    pub fn members(&self, group: &str) -> Option<Vec<Arc<str>>> {
        let at = self.groups.get_index_of(group)?;
        Some(
            self.member_indices(at as u32)
                .into_iter()
                .map(|host| self.host_name(host))
                .collect(),
        )
    }

    /// What was found while reading: warnings and notes.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(crate) fn host_name(&self, at: u32) -> Arc<str> {
        Arc::clone(&self.hosts[at as usize].name)
    }

    pub(crate) fn member_indices(&self, group: u32) -> Vec<u32> {
        let mut seen = vec![false; self.hosts.len()];
        let mut members = Vec::new();
        for group in self.descendants(group) {
            for host in &self.groups[group as usize].hosts {
                if !std::mem::replace(&mut seen[*host as usize], true) {
                    members.push(*host);
                }
            }
        }
        members
    }

    /// A group and all below it, level by level.
    fn descendants(&self, group: u32) -> Vec<u32> {
        let mut order = vec![group];
        let mut seen = vec![false; self.groups.len()];
        seen[group as usize] = true;
        let mut next = 0;
        while let Some(at) = order.get(next).copied() {
            next += 1;
            for child in &self.groups[at as usize].children {
                if !std::mem::replace(&mut seen[*child as usize], true) {
                    order.push(*child);
                }
            }
        }
        order
    }
}

/// Whether a name means the machine that runs the command.
pub(crate) fn is_local(name: &str) -> bool {
    matches!(name, "localhost" | "127.0.0.1" | "::1")
}
