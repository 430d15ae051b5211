//! `add_host`: a host that the inventory of the run has from now on.

use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use serde_json::json;

use crate::Addition;
use crate::Argument;
use crate::Field;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::json;
use crate::plan::Effects;

/// Adds a host to the inventory of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct AddHost {
    /// The name, perhaps with a port behind a colon.
    pub name: String,
    /// The groups that it becomes a member of.
    pub groups: Vec<String>,
    /// All other arguments are the host's variables.
    pub variables: Vec<(Node, Node)>,
}

const NAME: [&str; 3] = ["name", "hostname", "host"];
const GROUPS: [&str; 3] = ["groups", "groupname", "group"];

impl AddHost {
    /// The name and the port in `name:port` and `[address]:port`.
    fn address(&self) -> (&str, Option<u16>) {
        let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
        match self.name.rsplit_once(':') {
            Some((host, digits)) if host.starts_with('[') && host.ends_with(']') => {
                (&host[1..host.len() - 1], port(digits))
            }
            Some((host, digits)) if !host.contains(':') && port(digits).is_some() => (host, port(digits)),
            _ => (&self.name, None),
        }
    }

    fn addition(&self) -> Addition {
        let (name, port) = self.address();
        let named = |(key, value): &(Node, Node)| Some((key.as_str()?.to_owned(), value.clone()));
        let mut variables: Vec<_> = self.variables.iter().filter_map(named).collect();
        let port = port.map(|port| Node::new(Value::Int(port.into()), Place::nowhere("add_host")));
        variables.extend(port.map(|port| ("ansible_ssh_port".to_owned(), port)));
        Addition::Host { name: name.to_owned(), groups: self.groups.clone(), variables }
    }
}

impl TaskType for AddHost {
    const NAME: &'static str = "add_host";
    const ABOUT: &'static str =
        "Adds a host, with groups and variables, to the inventory of the run: later plays can name it.";
    const EXAMPLE: &'static str = "- name: Remember the new machine\n  ansible.builtin.add_host:\n    name: web9\n    groups: [web]\n    ansible_host: 192.0.2.9\n";
    const CHANGES: bool = false;
    type Seen = ();

    fn fields() -> Vec<Field> {
        let field = |name, aliases, kind, required, doc: &str| Field {
            name,
            aliases,
            kind,
            required,
            default: None,
            doc: doc.to_owned(),
        };
        vec![
            field("name", &["hostname", "host"], String::kind(), true, "The host, perhaps with a port: `web9:2222`."),
            field(
                "groups",
                &["groupname", "group"],
                Vec::<String>::kind(),
                false,
                "Groups that it becomes a member of. All other names are those of the host's variables.",
            ),
        ]
    }

    fn parse(arguments: &Map, at: &Place) -> std::result::Result<AddHost, Vec<Problem>> {
        let mut task = AddHost { name: String::new(), groups: Vec::new(), variables: Vec::new() };
        let mut problems = Vec::new();
        for (key, value) in &arguments.entries {
            match key.as_str() {
                Some(name) if NAME.contains(&name) => match String::read(value) {
                    Ok(name) => name.trim().clone_into(&mut task.name),
                    Err(problem) => problems.push(problem),
                },
                Some(name) if GROUPS.contains(&name) => match Vec::<String>::read(value) {
                    Ok(groups) => task.groups = distinct(&groups),
                    Err(problem) => problems.push(problem),
                },
                _ => task.variables.push((key.clone(), value.clone())),
            }
        }
        if task.name.is_empty() && problems.is_empty() {
            let problem = Problem::error("task::missing", "`name` is required");
            problems.push(problem.at(at, "expected the `name:` of a host here"));
        }
        if problems.is_empty() { Ok(task) } else { Err(problems) }
    }

    fn to_map(&self) -> Map {
        let nowhere = || Place::nowhere("");
        let key = |name: &str| Node::new(Value::Str(name.to_owned()), nowhere());
        let mut entries = vec![(key("name"), Node::new(self.name.write(), nowhere()))];
        if !self.groups.is_empty() {
            entries.push((key("groups"), Node::new(self.groups.write(), nowhere())));
        }
        entries.extend(self.variables.iter().cloned());
        Map { entries }
    }

    fn wants(&self) -> Vec<Want> {
        Vec::new()
    }

    fn observe(&self, _on: &View<'_>) -> Result<()> {
        Ok(())
    }

    fn plan(&self, _seen: &()) -> Result<Plan> {
        let effects = Effects { additions: vec![self.addition()], ..Effects::default() };
        Ok(Plan { changed: Some(false), effects, ..Plan::unchanged("the inventory of the run has it already") })
    }

    fn result(&self, _seen: &(), plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let added = plan.effects.additions.iter().find_map(|addition| match addition {
            Addition::Host { name, groups, variables } => {
                let variables: serde_json::Map<_, _> =
                    variables.iter().map(|(name, value)| (name.clone(), json::of_node(value))).collect();
                Some(json!({"host_name": name, "groups": groups, "host_vars": variables}))
            }
            Addition::Member { .. } => None,
        });
        Returned::from_iter(added.map(|added| ("add_host".to_owned(), Known::Is(added))))
    }
}

fn distinct(names: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for name in names.iter().map(|name| name.trim().to_owned()) {
        if !name.is_empty() && !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::AddHost;

    #[test]
    fn a_port_may_follow_the_name() {
        let address = |name: &str| {
            let task = AddHost { name: name.to_owned(), groups: Vec::new(), variables: Vec::new() };
            let (host, port) = task.address();
            (host.to_owned(), port)
        };
        assert_eq!(address("web9"), ("web9".to_owned(), None));
        assert_eq!(address("web9:2222"), ("web9".to_owned(), Some(2222)));
        assert_eq!(address("[2001:db8::1]:22"), ("2001:db8::1".to_owned(), Some(22)));
        assert_eq!(address("2001:db8::1"), ("2001:db8::1".to_owned(), None));
        assert_eq!(address("web9:ssh"), ("web9:ssh".to_owned(), None));
    }
}
