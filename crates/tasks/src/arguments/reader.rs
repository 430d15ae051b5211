//! Reads the fields of a mapping.

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Argument;
use super::Arguments;
use super::Field;
use super::words::nearest;
use super::words::word;

/// Reads the fields of a mapping and collects all findings.
pub struct Reader<'a> {
    map: &'a Map,
    at: &'a Place,
    fields: &'a [Field],
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// Reads a mapping that stands at a place.
    ///
    /// # Errors
    /// Unknown, repeated, missing and wrong arguments, each with its place.
    pub fn read<T: Arguments>(map: &'a Map, at: &'a Place) -> Result<T, Vec<Problem>> {
        let mut reader = Reader {
            map,
            at,
            fields: T::fields(),
            problems: Vec::new(),
        };
        reader.refuse_unknown();
        match T::take(&mut reader) {
            Some(arguments) if reader.problems.is_empty() => Ok(arguments),
            _ => Err(reader.problems),
        }
    }

    fn refuse_unknown(&mut self) {
        let known = || {
            self.fields
                .iter()
                .flat_map(|f| f.aliases.iter().copied().chain([f.name]))
        };
        for (key, _) in &self.map.entries {
            let name = word(key);
            if known().any(|k| k == name) {
                continue;
            }
            let problem = Problem::error(
                "task::parameter",
                format!("`{name}` is no parameter of this task"),
            )
            .at(&key.place, "unknown parameter");
            self.problems.push(match nearest(&name, known()) {
                Some(best) => problem.help(format!("did you mean `{best}`?")),
                None => problem.help(format!("known are {}", known().collect::<Vec<_>>().join(", "))),
            });
        }
    }

    /// Reads a field; `None` means that a problem was noted.
    pub fn take<T: Argument>(&mut self, name: &'static str, default: Option<fn() -> T>) -> Option<T> {
        match self.find(name) {
            Some(node) if !(node.is_null() && (default.is_some() || T::OPTIONAL)) => T::read(node)
                .map_err(|problem| self.note(name, node, problem))
                .ok(),
            _ => self.absent(name, default),
        }
    }

    fn find(&mut self, name: &str) -> Option<&'a Node> {
        let map = self.map;
        let field = self.fields.iter().find(|field| field.name == name)?;
        let mut found: Option<(&Node, &Node)> = None;
        for (key, value) in &map.entries {
            let given = key.as_str().unwrap_or_default();
            if given != name && !field.aliases.contains(&given) {
                continue;
            }
            if let Some((first, _)) = found {
                self.problems.push(
                    Problem::error("task::twice", format!("`{name}` is given twice"))
                        .at(&key.place, "second")
                        .related(&first.place, "first"),
                );
            }
            found = Some((key, value));
        }
        found.map(|(_, value)| value)
    }

    fn note(&mut self, name: &str, node: &Node, mut problem: Problem) {
        problem.message = format!("`{name}`: {}", problem.message);
        self.problems
            .push(problem.or_at(&node.place, format!("for `{name}`")));
    }

    fn absent<T: Argument>(&mut self, name: &str, default: Option<fn() -> T>) -> Option<T> {
        if let Some(default) = default {
            return Some(default());
        }
        if T::OPTIONAL {
            return T::read(&Node::new(Value::Null, self.at.clone())).ok();
        }
        self.problems.push(
            Problem::error("task::missing", format!("the parameter `{name}` is missing"))
                .at(self.at, format!("needs `{name}`")),
        );
        None
    }
}
