//! What holds between groups once all sources are read: `all` above everything, `ungrouped`, depths, orders.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use super::Inventory;
use super::build::ALL;
use super::build::Builder;
use super::build::UNGROUPED;

/// No inventory nests its groups like this; a generated one that does is wrong.
const MAX_DEPTH: u32 = 200;

impl Builder {
    /// The finished inventory.
    pub(super) fn finish(mut self) -> Inventory {
        for at in 1..self.inventory.groups.len() as u32 {
            if self.inventory.groups[at as usize].parents.is_empty() {
                let place = self.inventory.groups[at as usize].place.clone();
                self.child(ALL, at, &place.unwrap_or_else(|| Place::nowhere("inventory")));
            }
        }
        self.same_names();
        if self.inventory.problems.iter().any(Problem::is_error) {
            return self.inventory;
        }
        let ancestors = ancestors(&self.inventory);
        self.ungrouped(&ancestors);
        depths(&mut self.inventory);
        self.nesting();
        lineages(&mut self.inventory, &ancestors);
        self.inventory
    }

    /// Listings walk down the groups one call per level, so there must be an end to them.
    fn nesting(&mut self) {
        let groups = self.inventory.groups.values();
        let Some(deepest) = groups
            .filter(|group| group.depth > MAX_DEPTH)
            .min_by_key(|group| group.depth)
        else {
            return;
        };
        let message = format!("group `{}` lies more than {MAX_DEPTH} groups deep", deepest.name);
        let mut problem = Problem::error("inventory::depth", message)
            .help("put groups side by side: a group can be a child of many");
        if let Some(place) = &deepest.place {
            problem = problem.at(place, "this group");
        }
        self.report(problem);
    }

    fn same_names(&mut self) {
        let both: Vec<(Option<Place>, String)> = self
            .inventory
            .hosts
            .values()
            .filter(|host| self.inventory.groups.contains_key(&host.name))
            .map(|host| (host.place.clone(), host.name.to_string()))
            .collect();
        for (place, name) in both {
            let message = format!("`{name}` is the name of a host and of a group");
            let mut problem = Problem::warning("inventory::host-and-group", message)
                .help("in a pattern the name means the host, but its variables go to the group: rename one of the two");
            if let Some(place) = &place {
                problem = problem.at(place, "the host");
            }
            if let Some(group) = self
                .inventory
                .groups
                .get(&*name)
                .and_then(|group| group.place.as_ref())
            {
                problem = problem.related(group, "the group");
            }
            self.report(problem);
        }
    }

    /// Hosts of no group belong to `ungrouped`, the others do not.
    fn ungrouped(&mut self, ancestors: &[Vec<u32>]) {
        let inventory = &mut self.inventory;
        for (at, host) in inventory.hosts.values_mut().enumerate() {
            let grouped = host
                .groups
                .iter()
                .flat_map(|group| std::iter::once(group).chain(&ancestors[*group as usize]))
                .any(|group| !matches!(*group, ALL | UNGROUPED));
            if grouped {
                host.groups.retain(|group| *group != UNGROUPED);
            } else if !host.groups.contains(&UNGROUPED) {
                host.groups.push(UNGROUPED);
                inventory.groups[UNGROUPED as usize].hosts.push(at as u32);
            }
        }
        let hosts = &inventory.hosts;
        inventory.groups[UNGROUPED as usize]
            .hosts
            .retain(|host| hosts[*host as usize].groups.contains(&UNGROUPED));
    }
}

/// All groups above each group.
fn ancestors(inventory: &Inventory) -> Vec<Vec<u32>> {
    (0..inventory.groups.len())
        .map(|at| {
            let mut above: Vec<u32> = inventory.groups[at].parents.clone();
            let mut seen: HashSet<u32> = above.iter().copied().collect();
            let mut next = 0;
            while let Some(parent) = above.get(next).copied() {
                next += 1;
                for further in &inventory.groups[parent as usize].parents {
                    if seen.insert(*further) {
                        above.push(*further);
                    }
                }
            }
            above
        })
        .collect()
}

/// The depth of a group is the longest way from `all` down to it.
fn depths(inventory: &mut Inventory) {
    let mut open: Vec<u32> = vec![ALL];
    let mut waiting: Vec<usize> = inventory
        .groups
        .values()
        .map(|group| group.parents.len())
        .collect();
    while let Some(at) = open.pop() {
        let group = &inventory.groups[at as usize];
        let depth = group.depth + 1;
        for child in group.children.clone() {
            let below = &mut inventory.groups[child as usize];
            below.depth = below.depth.max(depth);
            waiting[child as usize] -= 1;
            if waiting[child as usize] == 0 {
                open.push(child);
            }
        }
    }
}

/// The groups of each host in the order in which their variables are merged; equal lists are shared.
fn lineages(inventory: &mut Inventory, ancestors: &[Vec<u32>]) {
    let mut known: HashMap<Vec<u32>, Arc<[u32]>> = HashMap::new();
    for host in inventory.hosts.values_mut() {
        let groups = &inventory.groups;
        let lineage = known.entry(host.groups.clone()).or_insert_with(|| {
            let mut all: Vec<u32> = host
                .groups
                .iter()
                .flat_map(|at| std::iter::once(at).chain(&ancestors[*at as usize]))
                .copied()
                .filter(|group| *group != ALL)
                .collect();
            all.sort_unstable();
            all.dedup();
            all.sort_by(|a, b| {
                let (a, b) = (&groups[*a as usize], &groups[*b as usize]);
                (a.depth, a.priority, &a.name).cmp(&(b.depth, b.priority, &b.name))
            });
            all.into()
        });
        host.lineage = Arc::clone(lineage);
    }
}
