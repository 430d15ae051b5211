//! The inventory as the cluster model sees it: its variables rendered without any host.

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::Var;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::template;
use evenkeel_playbook::vars::Definition;
use evenkeel_playbook::vars::ExtraVars;
use evenkeel_topology::Described;
use evenkeel_topology::Value;
use evenkeel_topology::Written;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

/// The variables that hold a host's address, which nothing but the host's own entry can give it.
const ADDRESSES: [&str; 3] = ["access_ip", "ansible_host", "ip"];

/// An inventory with extra variables, rendered where it is asked.
pub(crate) struct Rendered<'a> {
    pub(crate) inventory: &'a Arc<Inventory>,
    pub(crate) extra: &'a ExtraVars,
    pub(crate) templar: &'a Templar,
}

impl Rendered<'_> {
    /// The variables of a host, as templates see them.
    pub(crate) fn scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        let scopes = Scopes {
            inventory: Arc::clone(self.inventory),
            extra: self.extra.layer().clone(),
        };
        let hostvars = template::hostvars(Arc::new(scopes.clone()));
        let magic = BTreeMap::from([("hostvars", Var::data(hostvars))]);
        Some(Arc::new(HostScope {
            magic,
            below: template::HostScopes::scope(&scopes, host)?,
        }))
    }

    /// A variable's value, rendered.
    pub(crate) fn rendered(&self, host: &str, variable: &str) -> Result<Option<serde_json::Value>, Problem> {
        if self.scope(host).is_none_or(|scope| scope.get(variable).is_none()) {
            return Ok(None);
        }
        let node = Node::new(
            evenkeel_yaml::Value::Str(format!("{{{{ {variable} }}}}")),
            Place::nowhere(variable),
        );
        self.rendered_node(host, &node)
    }

    /// A value that may hold templates, rendered with a host's variables.
    pub(crate) fn rendered_node(
        &self,
        host: &str,
        node: &Node,
    ) -> Result<Option<serde_json::Value>, Problem> {
        let Some(scope) = self.scope(host) else {
            return Ok(None);
        };
        match self.templar.node(node, &scope)?.value {
            Known::Is(node) => Ok(serde_json::to_value(&node).ok()),
            Known::Unknown(_) => Ok(None),
        }
    }

    /// Names the host whose value cannot be rendered, and where it stands when that is where the mend belongs.
    fn of_host(&self, host: &str, variable: &str, mut problem: Problem) -> Problem {
        if problem.code != "template::undefined" {
            problem.message = format!("`{variable}` of {host}: {}", problem.message);
            return problem;
        }
        problem.message = format!("{} on {host}", problem.message);
        let name = problem.at.as_ref().map(|(place, _)| place.text().to_owned());
        let Some(name) = name.filter(|name| ADDRESSES.contains(&name.as_str())) else {
            return problem;
        };
        problem.help = vec![format!("set `{name}` of {host} to its address")];
        match self.host_place(host) {
            Some(place) => problem.related(&place, format!("has no `{name}`")),
            None => problem,
        }
    }

    fn place(&self, host: &str, variable: &str) -> Option<Place> {
        let extra = self.extra.definitions(variable).into_iter().next();
        let own = || self.inventory.definitions(host, variable).into_iter().next();
        extra.or_else(own).map(|definition| definition.place)
    }
}

impl Described for Rendered<'_> {
    fn hosts(&self) -> Vec<Arc<str>> {
        self.inventory
            .hosts()
            .map(|host| Arc::clone(host.name()))
            .collect()
    }

    fn groups(&self) -> Vec<Arc<str>> {
        self.inventory
            .groups()
            .map(|group| Arc::clone(group.name()))
            .collect()
    }

    fn group(&self, name: &str) -> Option<Vec<Arc<str>>> {
        self.inventory.members(name)
    }

    fn group_place(&self, name: &str) -> Option<Place> {
        self.inventory
            .group(name)
            .and_then(|group| group.place().cloned())
    }

    fn host_place(&self, name: &str) -> Option<Place> {
        self.inventory.host(name).and_then(|host| host.place().cloned())
    }

    fn value(&self, host: &str, variable: &str) -> Result<Option<Value>, Problem> {
        let place = self.place(host, variable);
        let value = self.rendered(host, variable).map_err(|problem| {
            let problem = self.of_host(host, variable, problem);
            match &place {
                Some(place) => problem.or_at(place, "set here"),
                None => problem,
            }
        })?;
        Ok(value.map(|value| Value { value, place }))
    }

    fn written(&self) -> Vec<Written> {
        let mut seen: HashSet<(Arc<str>, Place)> = HashSet::new();
        let mut written = Vec::new();
        let mut take = |name: &Arc<str>, definitions: Vec<Definition>| {
            for definition in definitions {
                if seen.insert((Arc::clone(name), definition.place.clone())) {
                    let value = serde_json::to_value(&*definition.node).unwrap_or_default();
                    written.push(Written {
                        name: Arc::clone(name),
                        value,
                        place: Some(definition.place),
                    });
                }
            }
        };
        for host in self.hosts() {
            let names = self.inventory.variables(&host).map(|scope| scope.names());
            for name in names.unwrap_or_default() {
                take(&name, self.inventory.definitions(&host, &name));
            }
        }
        for (name, _) in self.extra.layer().iter() {
            take(name, self.extra.definitions(name));
        }
        written
    }
}

#[derive(Clone, Debug)]
struct Scopes {
    inventory: Arc<Inventory>,
    extra: Arc<evenkeel_playbook::vars::Layer>,
}

impl template::HostScopes for Scopes {
    fn scope(&self, host: &str) -> Option<Arc<dyn Scope>> {
        let below = self.inventory.variables(host)?;
        Some(Arc::new(Over {
            extra: Arc::clone(&self.extra),
            below,
        }))
    }

    fn hosts(&self) -> Vec<Arc<str>> {
        self.inventory
            .hosts()
            .map(|host| Arc::clone(host.name()))
            .collect()
    }
}

/// Extra variables over a host's own.
#[derive(Debug)]
struct Over {
    extra: Arc<evenkeel_playbook::vars::Layer>,
    below: Arc<dyn Scope>,
}

impl Scope for Over {
    fn get(&self, name: &str) -> Option<Var> {
        self.extra.var(name).cloned().or_else(|| self.below.get(name))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.below.names();
        names.extend(self.extra.iter().map(|(name, _)| Arc::clone(name)));
        names
    }
}

/// A host's variables with those that concern all hosts.
#[derive(Debug)]
struct HostScope {
    magic: BTreeMap<&'static str, Var>,
    below: Arc<dyn Scope>,
}

impl Scope for HostScope {
    fn get(&self, name: &str) -> Option<Var> {
        self.magic.get(name).cloned().or_else(|| self.below.get(name))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.below.names();
        names.extend(self.magic.keys().map(|name| Arc::from(*name)));
        names
    }
}
