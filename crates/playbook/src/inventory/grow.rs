//! Hosts and groups that a run adds to its inventory.

use std::sync::Arc;
use std::sync::OnceLock;

use evenkeel_tasks::Addition;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Problems;

use super::Inventory;
use super::build::ALL;
use super::build::Builder;
use super::build::Entity;
use super::vars_files::VarsFiles;
use crate::Files;

/// Marks data: nothing in it is rendered.
const DATA: &str = "!unsafe";

impl Inventory {
    /// Whether something that is done for a host would add anything.
    pub fn lacks(&self, addition: &Addition, of: &str) -> bool {
        match addition {
            Addition::Host {
                name,
                groups,
                variables,
            } => match self.hosts.get(&**name) {
                None => true,
                Some(host) => {
                    let set = |name: &str| host.vars.winners.get(name).map(|setting| &setting.node.value);
                    let differs = |(name, node): &(String, Node)| set(name) != Some(&node.value);
                    variables.iter().any(differs) || groups.iter().any(|group| !self.names(group, name))
                }
            },
            Addition::Member { group, parents } => {
                let below = |parent: &String| {
                    let parent = self.groups.get(&**parent);
                    let child = self.groups.get_index_of(&**group);
                    let children = parent
                        .map(|parent| parent.children.as_slice())
                        .unwrap_or_default();
                    child.is_some_and(|child| children.contains(&(child as u32)))
                };
                !self.names(group, of) || !parents.iter().all(below)
            }
        }
    }

    /// Whether a group names a host itself.
    fn names(&self, group: &str, host: &str) -> bool {
        let (group, host) = (self.groups.get(group), self.hosts.get_index_of(host));
        let member = |at: usize| group.is_some_and(|group| group.hosts.contains(&(at as u32)));
        host.is_some_and(member)
    }

    /// The inventory with what tasks added to it, each with the host that its task was done for. New hosts and groups
    /// have the variables of the files beside the inventory and beside the playbook.
    ///
    /// # Errors
    /// A circle of groups, a file of variables that cannot be read.
    pub fn grown(&self, files: &dyn Files, additions: &[(Arc<str>, Addition)]) -> Result<Inventory, Problem> {
        let mut builder = Builder::over(Inventory {
            hosts: self.hosts.clone(),
            groups: self.groups.clone(),
            localhost: self.localhost,
            beside: self.beside.clone(),
            playbook: self.playbook.clone(),
            playbook_dir: self.playbook_dir.clone(),
            allow_empty: self.allow_empty,
            problems: Problems::new(),
            merged: OnceLock::new(),
        });
        for (of, addition) in additions {
            match addition {
                Addition::Host {
                    name,
                    groups,
                    variables,
                } => builder.add_host(name, groups, variables),
                Addition::Member { group, parents } => builder.add_member(of, group, parents),
            }
        }
        builder.more_files(files);
        let mut inventory = builder.finish();
        match inventory.problems.iter().position(Problem::is_error) {
            Some(at) => Err(inventory.problems.swap_remove(at)),
            None => Ok(inventory),
        }
    }
}

impl Builder {
    fn add_host(&mut self, name: &str, groups: &[String], variables: &[(String, Node)]) {
        let place = Place::nowhere("add_host");
        let host = self.host(name, ALL, None, &place);
        for group in groups {
            let group = self.group(group, None);
            self.host(name, group, None, &place);
        }
        for (name, node) in variables {
            let mut node = node.clone();
            node.tag = Some(DATA.into());
            if name == "ansible_ssh_port" {
                self.replace(host, "ansible_port", node.clone(), &place);
            }
            self.replace(host, name, node, &place);
        }
    }

    fn add_member(&mut self, host: &str, group: &str, parents: &[String]) {
        let place = Place::nowhere("group_by");
        let group = self.group(group, None);
        for parent in parents {
            let parent = self.group(parent, None);
            self.child(parent, group, &place);
        }
        let fresh = !self.inventory.hosts.contains_key(host);
        let at = self.host(host, group, None, &place);
        if fresh && super::is_local(host) {
            // The local machine, until now without a place in the inventory, stays what it was.
            let local = Node::new(evenkeel_yaml::Value::Str("local".to_owned()), place.clone());
            self.set(Entity::Host(at), "ansible_connection", local, &place);
        }
    }

    /// Reads the files of variables of hosts and groups that are new.
    fn more_files(&mut self, files: &dyn Files) {
        let mut reading = VarsFiles::new(files);
        let mut beside = std::mem::take(&mut self.inventory.beside);
        let mut playbook = self.inventory.playbook.take();
        for folder in beside.iter_mut().chain(&mut playbook) {
            reading.complete(folder, self);
        }
        self.inventory.beside = beside;
        self.inventory.playbook = playbook;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use evenkeel_tasks::Addition;
    use evenkeel_yaml::Node;
    use evenkeel_yaml::Place;
    use evenkeel_yaml::Value;

    use crate::Memory;
    use crate::Scope as _;
    use crate::inventory::Reading;

    #[test]
    fn new_hosts_and_groups_have_the_variables_of_their_files() {
        let files = Memory::default()
            .with("hosts.ini", "a\nb\n[web]\nb\n")
            .with("group_vars/web.yml", "port: 80\n")
            .with("group_vars/os_Debian.yml", "family: debian\n")
            .with("host_vars/c.yml", "own: yes\n");
        let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
        let text = Node::new(Value::Str("{{ x }}".to_owned()), Place::nowhere("t"));
        let all: Vec<(Arc<str>, Addition)> = vec![
            (
                "a".into(),
                Addition::Host {
                    name: "c".to_owned(),
                    groups: vec!["web".to_owned()],
                    variables: vec![("raw".to_owned(), text)],
                },
            ),
            (
                "a".into(),
                Addition::Member {
                    group: "os_Debian".to_owned(),
                    parents: vec!["all".to_owned()],
                },
            ),
        ];
        for (of, addition) in &all {
            assert!(inventory.lacks(addition, of));
        }
        let grown = inventory.grown(&files, &all).unwrap();
        for (of, addition) in &all {
            assert!(!grown.lacks(addition, of));
        }
        let value = |host: &str, name: &str| {
            let variables = grown.variables(host).unwrap();
            format!("{:?}", variables.get(name).map(|var| var.stored))
        };
        assert!(value("c", "port").contains("80"), "{}", value("c", "port"));
        assert!(value("c", "own").contains("true"), "{}", value("c", "own"));
        assert!(
            value("a", "family").contains("debian"),
            "{}",
            value("a", "family")
        );
        assert!(
            value("c", "raw").starts_with("Some(Data("),
            "{}",
            value("c", "raw")
        );
        let names = |group: &str| grown.members(group).unwrap().join(",");
        assert_eq!(names("web"), "b,c");
        assert_eq!(names("os_Debian"), "a");
        assert_eq!(names("ungrouped"), "");
        assert_eq!(inventory.members("ungrouped").unwrap().join(","), "a");
    }
}
