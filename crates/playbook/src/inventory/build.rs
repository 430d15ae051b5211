//! An inventory while its sources are read.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Group;
use super::Host;
use super::Inventory;
use super::Setting;
use super::model::Settings;
use super::model::is_local;
use super::names;

/// The index of `all` and of `ungrouped`, which every inventory has.
pub(super) const ALL: u32 = 0;
pub(super) const UNGROUPED: u32 = 1;

/// Collects hosts, groups, variables and findings; [`Builder::finish`] makes the inventory.
pub(super) struct Builder {
    pub(super) inventory: Inventory,
    /// The source argument that is being read, counted from 0.
    pub(super) source: u32,
    /// What `inventory_file` and `inventory_dir` are for hosts of this source.
    pub(super) file: Option<Arc<str>>,
    pub(super) dir: Option<Arc<str>>,
    names: HashSet<Arc<str>>,
    /// Names of variables that were already warned about.
    warned: HashSet<Arc<str>>,
}

/// Host or group, by index.
#[derive(Clone, Copy)]
pub(super) enum Entity {
    Host(u32),
    Group(u32),
}

impl Builder {
    pub(super) fn new() -> Builder {
        let mut builder = Builder::over(Inventory::default());
        builder.group("all", None);
        builder.group("ungrouped", None);
        builder.link(ALL, UNGROUPED);
        builder
    }

    /// Adds to what is there.
    pub(super) fn over(inventory: Inventory) -> Builder {
        Builder {
            inventory,
            source: 0,
            file: None,
            dir: None,
            names: HashSet::new(),
            warned: HashSet::new(),
        }
    }

    /// Remembers a finding.
    pub(super) fn report(&mut self, problem: Problem) {
        self.inventory.problems.push(problem);
    }

    /// One shared copy of a name.
    pub(super) fn intern(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.names.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = name.into();
        self.names.insert(Arc::clone(&name));
        name
    }

    /// The group of a name, added when it is new.
    pub(super) fn group(&mut self, name: &str, place: Option<&Place>) -> u32 {
        if let Some(at) = self.inventory.groups.get_index_of(name) {
            return at as u32;
        }
        if let Some(place) = place {
            self.check_group_name(name, place);
        }
        let name = self.intern(name);
        let group = Group {
            name: Arc::clone(&name),
            place: place.cloned(),
            hosts: Vec::new(),
            children: Vec::new(),
            parents: Vec::new(),
            vars: Settings::default(),
            priority: 1,
            depth: 0,
        };
        self.inventory.groups.insert_full(name, group).0 as u32
    }

    fn check_group_name(&mut self, name: &str, place: &Place) {
        let awkward = name
            .chars()
            .find(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')));
        if let Some(c) = awkward {
            let problem = Problem::warning(
                "inventory::group-name",
                format!("group `{name}` has the character `{c}` in its name"),
            );
            self.report(
                problem
                    .at(place, "a pattern cannot name this group")
                    .help("use letters, digits and underscores in names of groups"),
            );
        }
    }

    /// The host of a name, added when it is new, as a member of a group.
    ///
    /// As in Ansible, a port counts only where the host is named first.
    pub(super) fn host(&mut self, name: &str, group: u32, port: Option<u32>, place: &Place) -> u32 {
        let at = match self.inventory.hosts.get_index_of(name) {
            Some(at) => {
                self.check_second_port(at as u32, port, place);
                at as u32
            }
            None => self.new_host(name, port, place),
        };
        let host = &mut self.inventory.hosts[at as usize];
        if !host.groups.contains(&group) {
            host.groups.push(group);
            self.inventory.groups[group as usize].hosts.push(at);
        }
        at
    }

    fn new_host(&mut self, name: &str, port: Option<u32>, place: &Place) -> u32 {
        let name = self.intern(name);
        let mut host = Host::new(
            Arc::clone(&name),
            (!place.source.text.is_empty()).then(|| place.clone()),
        );
        host.file = self.file.clone();
        host.dir = self.dir.clone();
        let at = self.inventory.hosts.insert_full(Arc::clone(&name), host).0 as u32;
        if is_local(&name) {
            match self.inventory.localhost {
                None => self.inventory.localhost = Some(at),
                Some(first) => {
                    let first = self.inventory.host_name(first);
                    let message = format!("`{name}` and `{first}` are both the local machine");
                    let problem = Problem::warning("inventory::two-localhosts", message)
                        .at(place, "the second name")
                        .help(format!("`{first}` stands for it, because it is named first"));
                    self.report(problem);
                }
            }
        }
        if let Some(port) = port.filter(|port| *port != 0) {
            let node = Node::new(Value::Int(i128::from(port)), place.clone());
            let setting = Setting {
                node: Arc::new(node),
                place: place.clone(),
                source: self.source,
            };
            let port = self.intern("ansible_port");
            self.inventory.hosts[at as usize]
                .vars
                .winners
                .insert(port, setting);
        }
        at
    }

    fn check_second_port(&mut self, at: u32, port: Option<u32>, place: &Place) {
        let Some(port) = port else { return };
        let host = &self.inventory.hosts[at as usize];
        let known = host.vars.winners.get("ansible_port");
        if known.is_some_and(|known| known.node.value == Value::Int(i128::from(port))) {
            return;
        }
        let name = &host.name;
        let mut problem = Problem::warning(
            "inventory::port-ignored",
            format!("port {port} of host `{name}` does not count: the host is already known"),
        )
        .at(place, "a port counts only where a host is named first")
        .help(format!("write `ansible_port={port}` instead"));
        if let Some(first) = &host.place {
            problem = problem.related(first, "named first here");
        }
        self.report(problem);
    }

    /// Gives a variable to a host or a group.
    ///
    /// As in Ansible, what is said of a host whose name is also a group's goes to the group.
    pub(super) fn set(&mut self, entity: Entity, name: &str, node: impl Into<Arc<Node>>, place: &Place) {
        let node: Arc<Node> = node.into();
        self.check_variable(name, place);
        let entity = match entity {
            Entity::Host(at) => self.namesake(at).map_or(entity, Entity::Group),
            Entity::Group(_) => entity,
        };
        if let (Entity::Group(group), "ansible_group_priority") = (entity, name) {
            return self.set_priority(group, &node);
        }
        let key = self.intern(name);
        let setting = Setting {
            node,
            place: place.clone(),
            source: self.source,
        };
        let vars = match entity {
            Entity::Host(at) => &mut self.inventory.hosts[at as usize].vars,
            Entity::Group(at) => &mut self.inventory.groups[at as usize].vars,
        };
        let Some(known) = vars.winners.get_mut(&key) else {
            vars.winners.insert(key, setting);
            return;
        };
        let before = std::mem::replace(known, setting.clone());
        vars.shadowed.push((key, before.clone()));
        if before.source == setting.source && before.node.value != setting.node.value {
            self.contradiction(entity, name, &before, &setting);
        }
    }

    /// Gives a variable of a host another value, which contradicts nothing: the run goes on with it.
    pub(super) fn replace(&mut self, host: u32, name: &str, node: Node, place: &Place) {
        self.inventory.hosts[host as usize]
            .vars
            .winners
            .shift_remove(name);
        self.set(Entity::Host(host), name, node, place);
    }

    fn namesake(&self, host: u32) -> Option<u32> {
        let name = &self.inventory.hosts[host as usize].name;
        self.inventory.groups.get_index_of(name).map(|at| at as u32)
    }

    fn contradiction(&mut self, entity: Entity, name: &str, before: &Setting, now: &Setting) {
        let of = match entity {
            Entity::Host(at) => format!("host `{}`", self.inventory.hosts[at as usize].name),
            Entity::Group(at) => format!("group `{}`", self.inventory.groups[at as usize].name),
        };
        let problem = Problem::warning(
            "inventory::contradiction",
            format!("variable `{name}` of {of} is set twice, with different values"),
        )
        .at(&now.place, "this one counts")
        .related(&before.place, "set to something else here")
        .help("remove one of the two");
        self.report(problem);
    }

    fn set_priority(&mut self, group: u32, node: &Node) {
        let priority = match &node.value {
            Value::Int(int) => i64::try_from(*int).ok(),
            Value::Float(float) => Some(*float as i64),
            Value::Bool(yes) => Some(i64::from(*yes)),
            Value::Str(text) => text.trim().parse().ok(),
            Value::Null | Value::Date(_) | Value::Seq(_) | Value::Map(_) => None,
        };
        match priority {
            Some(priority) => self.inventory.groups[group as usize].priority = priority,
            None => {
                let name = &self.inventory.groups[group as usize].name;
                let message = format!("`ansible_group_priority` of group `{name}` is {}", node.kind());
                let problem = Problem::error("inventory::group-priority", message)
                    .at(&node.place, "expected a whole number")
                    .help("the variables of the group with the higher number win; the default is 1");
                self.report(problem);
            }
        }
    }

    /// Warns once per name about names that cannot or should not be variables.
    pub(super) fn check_variable(&mut self, name: &str, place: &Place) {
        if names::is_valid(name) && !names::is_reserved(name) {
            return;
        }
        let name = self.intern(name);
        if self.warned.insert(Arc::clone(&name))
            && let Some(problem) = super::check_name(&name, place)
        {
            self.report(problem);
        }
    }

    /// Puts a group below another; refuses what would close a circle.
    pub(super) fn child(&mut self, parent: u32, child: u32, place: &Place) {
        if self.inventory.groups[parent as usize].children.contains(&child) {
            return;
        }
        match self.way_down(child, parent) {
            None => self.link(parent, child),
            Some(way) => self.circle(&way, place),
        }
    }

    pub(super) fn link(&mut self, parent: u32, child: u32) {
        self.inventory.groups[parent as usize].children.push(child);
        self.inventory.groups[child as usize].parents.push(parent);
    }

    /// The groups on a way from one group down to another, both included.
    fn way_down(&self, from: u32, to: u32) -> Option<Vec<u32>> {
        let mut came: HashMap<u32, Option<u32>> = HashMap::from([(from, None)]);
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            if at == to {
                let mut way = vec![at];
                while let Some(before) = way.last().and_then(|at| came[at]) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            for child in &self.inventory.groups[at as usize].children {
                if !came.contains_key(child) {
                    came.insert(*child, Some(at));
                    open.push(*child);
                }
            }
        }
        None
    }

    fn circle(&mut self, way: &[u32], place: &Place) {
        let names: Vec<&str> = way
            .iter()
            .map(|at| &*self.inventory.groups[*at as usize].name)
            .collect();
        let (first, last) = (names[0], names[names.len() - 1]);
        let problem = if names.len() == 1 {
            Problem::error(
                "inventory::cycle",
                format!("group `{first}` is made a child of itself"),
            )
        } else {
            Problem::error(
                "inventory::cycle",
                format!("group `{first}` is made a child of `{last}`, which is below it"),
            )
        };
        let mut circle = vec![last];
        circle.extend(&names);
        let problem = problem
            .at(place, format!("closes the circle {}", circle.join(" > ")))
            .help("a group cannot be above and below another: remove one of these lines");
        self.report(problem);
    }
}
