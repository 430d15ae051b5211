//! The inventory as `ansible-inventory --graph` draws it.

use std::collections::BTreeMap;

use evenkeel_yaml::Problem;
use evenkeel_yaml::nearest;

use super::Group;
use super::Inventory;
use super::ListOptions;
use super::python;
use super::visible::Vars;
use super::visible::is_internal;

impl Inventory {
    /// The groups and hosts below a group as `ansible-inventory --graph` draws them, with their variables if wanted.
    ///
    /// # Errors
    /// An unknown group.
    pub fn graph(&self, group: &str, vars: Option<ListOptions<'_>>) -> Result<String, Problem> {
        let Some(top) = self.groups.get(group) else {
            let problem = Problem::error("inventory::unknown-group", format!("there is no group `{group}`"));
            return Err(match nearest(group, self.groups.keys().map(|name| &**name)) {
                Some(near) => problem.help(format!("did you mean `{near}`?")),
                None => problem.help("without a name everything is shown"),
            });
        };
        let mut lines = Vec::new();
        self.draw(top, 0, vars, &mut lines);
        Ok(lines.join("\n") + "\n")
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
        if let Some(options) = vars {
            draw_vars(self.group_vars(group, options), group.priority, depth + 1, lines);
        }
    }
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
        .filter(|(name, _)| !is_internal(name))
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
