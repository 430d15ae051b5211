//! Inventories in INI: `[group]`, `[group:children]`, `[group:vars]`, host lines.

mod host;
mod section;

use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;
use evenkeel_yaml::nearest;
use indexmap::IndexMap;

use super::build::Builder;
use super::build::Entity;
use super::build::UNGROUPED;
use super::input;
use super::lines::lines;
use super::literal;
use section::Header;
use section::Kind;

/// Reads a text into the builder; what is wrong with it becomes problems there.
pub(super) fn read(source: &Arc<Source>, builder: &mut Builder) {
    let mut reader = Reader {
        source,
        builder,
        group: UNGROUPED,
        kind: Kind::Hosts,
        pending: IndexMap::new(),
    };
    for (start, line) in lines(&source.text) {
        let trimmed = line.trim_start_matches('\u{feff}').trim();
        if trimmed == "---" {
            let place = Place::new(source, start, start + line.len());
            return reader.builder.report(input::yaml_in_ini(&place));
        }
        if !trimmed.is_empty() && !trimmed.starts_with(['#', ';']) {
            let offset = start + (line.len() - line.trim_start_matches('\u{feff}').trim_start().len());
            reader.line(Line {
                text: trimmed,
                start: offset,
            });
        }
    }
    reader.unresolved();
}

/// A line without the space around it, and where it begins.
#[derive(Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    start: usize,
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    builder: &'a mut Builder,
    group: u32,
    kind: Kind,
    /// Groups that were used before they were declared.
    pending: IndexMap<String, Pending>,
}

/// Where a group that is not declared yet was used.
struct Pending {
    kind: Kind,
    place: Place,
    parents: Vec<(u32, Place)>,
}

impl Reader<'_> {
    fn place(&self, line: Line<'_>, from: usize, to: usize) -> Place {
        Place::new(self.source, line.start + from, line.start + to)
    }

    fn whole(&self, line: Line<'_>) -> Place {
        self.place(line, 0, line.text.len())
    }

    fn line(&mut self, line: Line<'_>) {
        if line.text.starts_with('[') {
            match section::header(line.text) {
                Ok(Some(header)) => return self.section(&header, line),
                Ok(None) => {}
                Err(bad) => {
                    let place = self.place(line, bad.at.start, bad.at.end);
                    self.kind = Kind::Unknown;
                    self.builder.report(
                        Problem::error("inventory::section", "this is no section header")
                            .at(&place, bad.reason)
                            .help(bad.help),
                    );
                    return;
                }
            }
        }
        match self.kind {
            Kind::Hosts => host::line(self, line),
            Kind::Vars => self.variable(line),
            Kind::Children => self.child(line),
            Kind::Unknown => {}
        }
    }

    fn section(&mut self, header: &Header<'_>, line: Line<'_>) {
        let place = self.place(line, 1, 1 + header.name.len());
        self.kind = header.kind;
        if header.kind == Kind::Unknown {
            let kind = header.kind_text;
            let from = 2 + header.name.len();
            let place = self.place(line, from, from + kind.len());
            let problem = Problem::error("inventory::section", format!("unknown kind of section `{kind}`"))
                .at(&place, "expected `vars` or `children`");
            let kinds = ["vars", "children", "hosts"];
            let begin: String = kind.chars().take(3).collect();
            let begun = kinds.into_iter().find(|known| known.starts_with(&begin));
            let help = match begun.or_else(|| nearest(kind, kinds)) {
                Some(near) => format!("did you mean [{}:{near}]?", header.name),
                None => "sections are [group], [group:vars] and [group:children]".to_owned(),
            };
            return self.builder.report(problem.help(help));
        }
        let declares = header.kind != Kind::Vars;
        let known = self.builder.inventory.groups.contains_key(header.name);
        if !known && !declares && !self.pending.contains_key(header.name) {
            let pending = Pending {
                kind: Kind::Vars,
                place: place.clone(),
                parents: Vec::new(),
            };
            self.pending.insert(header.name.to_owned(), pending);
        }
        self.group = self.builder.group(header.name, Some(&place));
        if declares && let Some(pending) = self.pending.shift_remove(header.name) {
            for (parent, place) in pending.parents {
                self.builder.child(parent, self.group, &place);
            }
        }
    }

    fn variable(&mut self, line: Line<'_>) {
        let Some(equals) = line.text.find('=') else {
            let group = Arc::clone(&self.builder.inventory.groups[self.group as usize].name);
            let mut problem = Problem::error(
                "inventory::expected-variable",
                format!("a line of section [{group}:vars] is no variable"),
            )
            .at(&self.whole(line), "expected name=value");
            problem = match line.text.split_once(':') {
                Some((name, value)) => problem.help(format!("write {}={}", name.trim(), value.trim())),
                None => problem.help(format!("hosts of the group stand below [{group}]")),
            };
            return self.builder.report(problem);
        };
        let name = line.text[..equals].trim_end();
        let value = line.text[equals + 1..].trim_start();
        let place = self.place(line, line.text.len() - value.len(), line.text.len());
        let node = literal::typed(value, &place);
        if let Value::Str(text) = &node.value
            && text == value
        {
            self.kept_characters(value, &place);
        }
        if let Some(read) = retold(&node, value).filter(|read| read != value) {
            self.builder.report(other_value(value, &read, &place));
        }
        let at = self.place(line, 0, name.len());
        self.builder.set(Entity::Group(self.group), name, node, &at);
    }

    /// Warns about what looks like a comment or a quote but is part of the value.
    fn kept_characters(&mut self, value: &str, place: &Place) {
        if value.starts_with(['"', '\'']) {
            let problem = Problem::warning("inventory::quote", "the quote is part of the value")
                .at(place, "this is not one quoted string, so the quotes are kept")
                .help("quote the whole value, or nothing of it");
            self.builder.report(problem);
        } else if let Some(at) = value.find(" #").filter(|_| !value.contains("{{")) {
            let start = place.start as usize + at + 1;
            let place = Place::new(self.source, start, place.end as usize);
            let problem = Problem::warning("inventory::comment-kept", "the comment is part of the value")
                .at(&place, "in a :vars section the whole right side is the value")
                .help("put the comment on a line of its own");
            self.builder.report(problem);
        }
    }

    fn child(&mut self, line: Line<'_>) {
        let name = section::group_name(line.text);
        let Some(name) = name else {
            let group = &self.builder.inventory.groups[self.group as usize].name;
            let message = format!("a line of section [{group}:children] is no name of a group");
            let problem = Problem::error("inventory::expected-group", message)
                .at(&self.whole(line), "expected one name of a group")
                .help("one group per line, without variables");
            return self.builder.report(problem);
        };
        let place = self.place(line, 0, name.len());
        if let Some(child) = self.builder.inventory.groups.get_index_of(name) {
            return self.builder.child(self.group, child as u32, &place);
        }
        let pending = self.pending.entry(name.to_owned()).or_insert_with(|| Pending {
            kind: Kind::Children,
            place: place.clone(),
            parents: Vec::new(),
        });
        pending.parents.push((self.group, place));
    }

    /// Groups that were used and never declared.
    fn unresolved(mut self) {
        for (name, pending) in std::mem::take(&mut self.pending) {
            let groups = &self.builder.inventory.groups;
            let declared = groups
                .keys()
                .map(|name| &**name)
                .filter(|known| *known != name && *known != "all");
            let near = nearest(&name, declared);
            let is_host = self.builder.inventory.hosts.contains_key(&*name);
            let (message, label) = match (pending.kind, pending.parents.last()) {
                (Kind::Vars, _) | (_, None) => (
                    format!("section [{name}:vars] belongs to no group"),
                    "this group is not declared",
                ),
                (_, Some((parent, _))) => {
                    let parent = &groups[*parent as usize].name;
                    (
                        format!("group `{name}` among the children of `{parent}` is not declared"),
                        "unknown group",
                    )
                }
            };
            let header = near
                .filter(|_| !is_host)
                .and_then(|near| groups[near].place.clone());
            let help = match near {
                _ if is_host => format!("`{name}` is a host: hosts stand in a [group] section"),
                Some(near) => {
                    format!("did you mean `{near}`, or has the section [{near}] a slip in its name?")
                }
                None => format!("declare it with a section [{name}]"),
            };
            let mut problem = Problem::error("inventory::unknown-group", message)
                .at(&pending.place, label)
                .help(help);
            if let Some(place) = header {
                problem = problem.related(&place, "declared under this name");
            }
            self.builder.report(problem);
        }
    }
}

/// What a literal that is no text becomes where it is printed; none for what prints as it was written.
fn retold(node: &Node, written: &str) -> Option<String> {
    match &node.value {
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(format!("{number:?}")),
        Value::Null => Some("null".to_owned()),
        Value::Seq(items) if !written.starts_with(['[', '(', '{']) => {
            Some(format!("a list of {}", items.len()))
        }
        Value::Seq(_) | Value::Map(_) | Value::Bool(_) | Value::Str(_) | Value::Date(_) => None,
    }
}

/// Ansible's documentation says that values of `:vars` sections are texts; Ansible reads them as Python's literals.
fn other_value(written: &str, read: &str, place: &Place) -> Problem {
    Problem::warning("inventory::literal", format!("`{written}` is read as {read}"))
        .at(place, "Ansible reads what is a Python literal as one, though its documentation says that it is a text here")
        .help(format!("quote it to keep it as it is written: '{written}'"))
}
