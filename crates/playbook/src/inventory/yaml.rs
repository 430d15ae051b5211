//! Inventories in YAML and JSON: groups with `hosts`, `vars` and `children`.

use std::sync::Arc;

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;
use evenkeel_yaml::nearest;

use super::build::Builder;
use super::build::Entity;
use super::input;

/// Reads a document that was loaded from a text; what is wrong with it becomes problems in the builder.
pub(super) fn read(document: Node, source: &Arc<Source>, builder: &mut Builder) {
    let kind = document.kind();
    let Value::Map(groups) = document.value else {
        let problem = Problem::error("inventory::format", format!("{} is no inventory", source.name))
            .at(&document.place, format!("expected groups, found {kind}"))
            .help("a YAML inventory begins with `all:` or the name of another group");
        return builder.report(problem);
    };
    if let Some((key, plugin)) = groups.entry("plugin")
        && !plugin.is_null()
    {
        let name = plugin.as_str().unwrap_or("...");
        let problem = Problem::error(
            "inventory::plugin",
            format!("inventory plugins are not supported (`{name}`)"),
        )
        .at(&key.place, "this file configures a plugin")
        .help("write what the plugin finds into a file: ansible-inventory -i FILE --list --export -y");
        return builder.report(problem);
    }
    for (key, data) in groups.entries {
        group(&key, data, builder);
    }
}

/// Reads a group and all below it; gives its index.
fn group(key: &Node, data: Node, builder: &mut Builder) -> Option<u32> {
    let name = text_key(key, "group", builder)?;
    let sections = match data.value {
        Value::Map(map) => map,
        Value::Null => Map::default(),
        _ => {
            let problem = Problem::error(
                "inventory::nesting",
                format!("group `{name}` holds {}", data.kind()),
            )
            .at(&data.place, "expected `hosts:`, `vars:` or `children:` here")
            .help(match data.value {
                Value::Seq(_) => {
                    format!("write the hosts below `{name}:` and `hosts:`, each followed by a colon")
                }
                _ => format!("is `{name}` a host? hosts stand below `hosts:` of a group"),
            });
            builder.report(problem);
            return None;
        }
    };
    let at = builder.group(name, Some(&key.place));
    for (section, content) in sections.entries {
        match section.as_str() {
            Some("vars") => vars(name, at, content, builder),
            Some("children") => children(name, at, content, builder),
            Some("hosts") => hosts(name, at, content, builder),
            _ => unexpected(name, &section, &content, builder),
        }
    }
    Some(at)
}

fn vars(group: &str, at: u32, content: Node, builder: &mut Builder) {
    if let Some(map) = section(group, "vars", content, builder) {
        for (key, value) in map.entries {
            if let Some(name) = text_key(&key, "variable", builder) {
                builder.set(Entity::Group(at), name, value, &key.place);
            }
        }
    }
}

fn children(group_name: &str, at: u32, content: Node, builder: &mut Builder) {
    if let Some(map) = section(group_name, "children", content, builder) {
        for (key, data) in map.entries {
            if let Some(child) = group(&key, data, builder) {
                builder.child(at, child, &key.place);
            }
        }
    }
}

fn hosts(group: &str, at: u32, content: Node, builder: &mut Builder) {
    if let Some(map) = section(group, "hosts", content, builder) {
        for (key, data) in map.entries {
            host(at, &key, data, builder);
        }
    }
}

fn host(group: u32, key: &Node, data: Node, builder: &mut Builder) {
    let Some(pattern) = text_key(key, "host", builder) else {
        return;
    };
    let (names, port) = match input::hosts(pattern, &key.place) {
        Ok(found) => found,
        Err(problem) => return builder.report(problem),
    };
    let kind = data.kind();
    let variables = match data.value {
        Value::Map(map) => map,
        Value::Null => Map::default(),
        _ => {
            let help = match &data.value {
                Value::Str(address) => format!("write `ansible_host: {address}` below `{pattern}:`"),
                _ => format!("write name: value lines below `{pattern}:`, or nothing"),
            };
            let problem = Problem::error("inventory::nesting", format!("host `{pattern}` holds {kind}"))
                .at(&data.place, "expected variables of the host")
                .help(help);
            return builder.report(problem);
        }
    };
    let indices: Vec<u32> = names
        .iter()
        .map(|name| builder.host(name, group, port, &key.place))
        .collect();
    for (key, value) in variables.entries {
        let Some(name) = text_key(&key, "variable", builder) else {
            continue;
        };
        let value = Arc::new(value);
        for host in &indices {
            builder.set(Entity::Host(*host), name, Arc::clone(&value), &key.place);
        }
    }
}

/// The entries of a section; a single name without a colon counts as one entry, as in Ansible.
fn section(group: &str, name: &str, content: Node, builder: &mut Builder) -> Option<Map> {
    let kind = content.kind();
    match content.value {
        Value::Null => None,
        Value::Map(map) => Some(map),
        Value::Str(ref text) if name != "vars" && !text.contains(char::is_whitespace) => {
            let nothing = Node::new(Value::Null, content.place.clone());
            Some(Map {
                entries: vec![(content, nothing)],
            })
        }
        _ => {
            let message = format!("`{name}` of group `{group}` is {kind}");
            let help = match (&content.value, name) {
                (Value::Seq(items), "hosts" | "children") => {
                    let first = items.first().and_then(Node::as_str).unwrap_or("web1");
                    format!("write each as a key: `{first}:` instead of `- {first}`")
                }
                (_, "vars") => "write name: value lines below `vars:`".to_owned(),
                _ => format!("write one name per line below `{name}:`, each followed by a colon"),
            };
            let problem = Problem::error("inventory::nesting", message)
                .at(&content.place, "expected a mapping")
                .help(help);
            builder.report(problem);
            None
        }
    }
}

fn unexpected(group: &str, key: &Node, content: &Node, builder: &mut Builder) {
    let name = key.as_str().unwrap_or(key.place.text());
    let holds_group = content.as_map().is_some_and(|map| {
        map.iter()
            .any(|(key, ..)| matches!(key, "hosts" | "children" | "vars"))
    });
    let help = match nearest(name, ["hosts", "children", "vars"]) {
        _ if holds_group => format!("if `{name}` is a group, it stands below `children:`"),
        Some(near) => format!("did you mean `{near}`?"),
        None if content.is_null() || content.as_map().is_some() => {
            format!("if `{name}` is a host, it stands below `hosts:`")
        }
        None => format!("if `{name}` is a variable, it stands below `vars:`"),
    };
    let problem = Problem::error(
        "inventory::nesting",
        format!("unexpected key `{name}` in group `{group}`"),
    )
    .at(&key.place, "expected `hosts`, `children` or `vars`")
    .help(help);
    builder.report(problem);
}

/// A key that must be a string; a note says to quote it otherwise.
fn text_key<'a>(key: &'a Node, what: &str, builder: &mut Builder) -> Option<&'a str> {
    if let Some(text) = key.as_str() {
        return Some(text);
    }
    let written = key.place.text();
    let problem = Problem::error(
        "inventory::name",
        format!("the name of a {what} is {}", key.kind()),
    )
    .at(&key.place, "expected a string")
    .help(format!("quote it: \"{written}\""));
    builder.report(problem);
    None
}
