//! Inventories that a program prints: it is run with `--list`, and with `--host NAME` where it gives no `_meta`.

use std::path::Path;

use evenkeel_host::Transport;
use evenkeel_host::quote;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use serde_json::Value as Json;

use super::Reading;
use super::build::Builder;
use super::build::Entity;

/// The bits that say that somebody may run a file.
const EXECUTABLE: u32 = 0o111;

/// A program that prints an inventory.
pub(super) struct Script<'r> {
    programs: &'r dyn Transport,
    path: String,
    /// What it prints has no place in a file.
    place: Place,
}

/// What `--list` printed.
pub(super) type Groups = serde_json::Map<String, Json>;

impl<'r> Script<'r> {
    /// The program at a path, where programs may be run and this is one.
    pub(super) fn at(reading: &'r Reading<'_>, path: &Path) -> Option<Script<'r>> {
        let programs = reading.programs.as_deref()?;
        let mode = reading.files.permissions(path).ok()?;
        (mode & EXECUTABLE != 0).then(|| Script {
            programs,
            path: from_here(&reading.absolute(path)),
            place: Place::nowhere(&path.display().to_string()),
        })
    }

    /// What it prints for `--list`.
    ///
    /// # Errors
    /// When it cannot be run, fails, or prints something else than JSON.
    pub(super) fn groups(&self) -> Result<Groups, Problem> {
        match self.printed("--list")? {
            Json::Object(groups) => Ok(groups),
            other => Err(self.no_inventory(&format!("--list prints {}, not groups", kind(&other)))),
        }
    }

    /// Takes over what it printed; a finding is about what is no group, no host or no variable.
    pub(super) fn read(&self, mut groups: Groups, builder: &mut Builder) {
        let meta = groups.shift_remove("_meta");
        let mut hosts = Vec::new();
        for (name, data) in groups {
            if let Err(problem) = self.group(&name, data, &mut hosts, builder) {
                return builder.report(problem);
            }
        }
        let of_hosts = match meta.map(|meta| meta.get("hostvars").cloned()) {
            None => None,
            Some(Some(Json::Object(of_hosts))) => Some(of_hosts),
            Some(other) => {
                let found = other.as_ref().map_or("missing", kind);
                return builder.report(self.no_inventory(&format!("`hostvars` of `_meta` is {found}")));
            }
        };
        for (name, at) in hosts {
            let variables = match &of_hosts {
                Some(of_hosts) => Ok(of_hosts.get(&name).cloned().unwrap_or(Json::Null)),
                None => self.printed(&format!("--host {}", quote(&name))),
            };
            match variables {
                Ok(Json::Object(variables)) => self.set(Entity::Host(at), variables, builder),
                Ok(Json::Null) => {}
                Ok(other) => {
                    let found = kind(&other);
                    let problem = self.no_inventory(&format!("the variables of host `{name}` are {found}"));
                    return builder.report(problem);
                }
                Err(problem) => return builder.report(problem),
            }
        }
    }

    fn group(
        &self,
        name: &str,
        data: Json,
        hosts: &mut Vec<(String, u32)>,
        builder: &mut Builder,
    ) -> Result<(), Problem> {
        let at = builder.group(name, Some(&self.place));
        let mut data = match data {
            Json::Object(map)
                if ["hosts", "vars", "children"]
                    .iter()
                    .any(|key| map.contains_key(*key)) =>
            {
                map
            }
            // Ansible takes a group that is only variables for a host of that name with these variables.
            Json::Object(map) => Groups::from_iter([
                ("hosts".to_owned(), Json::Array(vec![name.into()])),
                ("vars".to_owned(), Json::Object(map)),
            ]),
            other => Groups::from_iter([("hosts".to_owned(), other)]),
        };
        for host in self.names(name, "hosts", data.shift_remove("hosts"))? {
            let host_at = builder.host(&host, at, None, &self.place);
            if !hosts.iter().any(|(known, _)| *known == host) {
                hosts.push((host, host_at));
            }
        }
        match data.shift_remove("vars") {
            None => {}
            Some(Json::Object(variables)) => self.set(Entity::Group(at), variables, builder),
            Some(other) => {
                let found = kind(&other);
                return Err(self.no_inventory(&format!("`vars` of group `{name}` is {found}")));
            }
        }
        for child in self.names(name, "children", data.shift_remove("children"))? {
            let child = builder.group(&child, Some(&self.place));
            builder.child(at, child, &self.place);
        }
        Ok(())
    }

    fn names(&self, group: &str, key: &str, names: Option<Json>) -> Result<Vec<String>, Problem> {
        let refused = |found: &str| self.no_inventory(&format!("`{key}` of group `{group}` is {found}"));
        match names {
            None => Ok(Vec::new()),
            Some(Json::Array(names)) => {
                let text = |name: Json| match name {
                    Json::String(name) => Ok(name),
                    other => Err(refused(&format!("a list with {}", kind(&other)))),
                };
                names.into_iter().map(text).collect()
            }
            Some(other) => Err(refused(kind(&other))),
        }
    }

    fn set(&self, entity: Entity, variables: Groups, builder: &mut Builder) {
        for (name, value) in variables {
            builder.set(entity, &name, node(value, &self.place), &self.place);
        }
    }

    fn printed(&self, options: &str) -> Result<Json, Problem> {
        let failed = |why: String, said: &[u8]| {
            let message = format!("{} {options}: {why}", self.path);
            let problem = Problem::error("inventory::script", message);
            match String::from_utf8_lossy(said).trim_end() {
                "" => problem.help("run it by hand: it has to print JSON and end with 0"),
                said => problem.help(format!("it said: {said}")),
            }
        };
        let command = format!("{} {options}", quote(&self.path));
        let output = self
            .programs
            .exec(&command, b"", None)
            .map_err(|error| failed(format!("cannot be run: {error}"), b""))?;
        if output.code != 0 {
            return Err(failed(
                format!("ends with exit code {}", output.code),
                &output.stderr,
            ));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        if text.trim().is_empty() && options != "--list" {
            return Ok(Json::Null);
        }
        serde_json::from_str(&text)
            .map_err(|error| failed(format!("prints no JSON ({error})"), &output.stderr))
    }

    fn no_inventory(&self, why: &str) -> Problem {
        Problem::error(
            "inventory::script",
            format!("{} prints no inventory: {why}", self.path),
        )
        .help("`--list` prints groups with `hosts`, `vars` and `children`, and `_meta` with `hostvars`")
    }
}

fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "a mapping",
    }
}

/// A value as if a file held it; Ansible's marks for data and for encrypted texts are known.
fn node(value: Json, place: &Place) -> Node {
    let of = |value: Value| Node::new(value, place.clone());
    match value {
        Json::Null => of(Value::Null),
        Json::Bool(yes) => of(Value::Bool(yes)),
        Json::Number(number) => of(match number.as_i128() {
            Some(int) => Value::Int(int),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        Json::String(text) => of(Value::Str(text)),
        Json::Array(items) => of(Value::Seq(
            items.into_iter().map(|item| node(item, place)).collect(),
        )),
        Json::Object(map) => marked(&map, place).unwrap_or_else(|| {
            let entry = |(name, value)| (of(Value::Str(name)), node(value, place));
            let entries = map.into_iter().map(entry).collect();
            of(Value::Map(Map { entries }))
        }),
    }
}

fn marked(map: &Groups, place: &Place) -> Option<Node> {
    let (mark, Json::String(text)) = map.iter().next().filter(|_| map.len() == 1)? else {
        return None;
    };
    let tag = match mark.as_str() {
        "__ansible_unsafe" => "!unsafe",
        "__ansible_vault" => "!vault",
        _ => return None,
    };
    let mut node = Node::new(Value::Str(text.clone()), place.clone());
    node.tag = Some(tag.into());
    Some(node)
}

/// A path that is never looked for in `$PATH`.
fn from_here(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains('/') {
        text
    } else {
        format!("./{text}")
    }
}
