//! Reads the fields of a mapping.

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use evenkeel_yaml::nearest;

use super::Argument;
use super::Arguments;
use super::Field;
use super::words::word;

/// How the message about missing arguments begins.
const MISSING: &str = "missing required arguments: ";

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
        // Ansible's words, and in one message as there: what is registered of a task that fails so has them.
        let known = self
            .problems
            .iter_mut()
            .find(|known| known.message.starts_with(MISSING));
        match known {
            Some(known) => {
                known.message += &format!(", {name}");
                if let Some((_, label)) = &mut known.at {
                    *label += &format!(", `{name}`");
                }
            }
            None => self.problems.push(
                Problem::error("task::missing", format!("{MISSING}{name}"))
                    .at(self.at, format!("needs `{name}`")),
            ),
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use evenkeel_yaml::Source;

    use super::*;
    use crate::FileArguments;
    use crate::Writer;

    words! {
        /// A word.
        enum Word {
            /// One.
            One = "one" | "1",
            /// Two.
            Two = "two",
        }
    }

    arguments! {
        /// A test.
        struct Sample {
            /// A name.
            name | "title": String,
            /// A word.
            word: Word = Word::One,
            /// A number.
            count: Option<i64>,
            /// A keyword.
            r#type: bool = false;
            ..file: FileArguments;
            /// Its own.
            own: Option<String>,
        }
    }

    fn read(text: &str) -> Result<Sample, String> {
        let source = Source::new("t.yml", text);
        let (node, _) = evenkeel_yaml::load_one(&source).expect("YAML");
        let map = node.as_map().cloned().unwrap_or_default();
        let described = |problem: &Problem| {
            let at = problem
                .at
                .as_ref()
                .map(|(place, label)| format!("{place} {label}"))
                .unwrap_or_default();
            format!("{} [{at}] {}", problem.message, problem.help.join("; "))
                .trim_end()
                .to_owned()
        };
        Reader::read(&map, &node.place)
            .map_err(|problems| problems.iter().map(described).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn all_findings_come_at_once() {
        insta::assert_snapshot!(
            read("nmae: x\nword: thre\ncount: [1]\ntype: maybe\nmode: 755\nmod: 1\n").expect_err("problems"),
            @r#"
        `nmae` is no parameter of this task [t.yml:1:1 unknown parameter] did you mean `name`?
        `mod` is no parameter of this task [t.yml:6:1 unknown parameter] did you mean `mode`?
        missing required arguments: name [t.yml:1:1 needs `name`]
        `word`: `thre` is none of one, two [t.yml:2:7 not one of the known words]
        `count`: expected an integer, not a list [t.yml:3:8 expected an integer]
        `type`: expected a boolean, not a string [t.yml:4:7 expected a boolean] write `true` or `false`
        `mode`: decimal 755 would be octal 1363 [t.yml:5:7 a decimal number] write octal permissions in quotes: `mode: "0755"`
        "#
        );
    }

    #[test]
    fn an_alias_counts_as_the_name() {
        insta::assert_snapshot!(read("name: x\ntitle: y\n").expect_err("problems"), @"`name` is given twice [t.yml:2:1 second]");
        assert_eq!(read("title: 5\n").map(|sample| sample.name), Ok("5".to_owned()));
    }

    #[test]
    fn defaults_are_not_written() {
        let sample =
            read("name: x\nword: 1\ntype: yes\ncount:\nowner: root\nmode: 0640\n").expect("arguments");
        let written = Writer::write(&sample);
        let written: Vec<String> = written
            .iter()
            .map(|(key, _, value)| format!("{key}={:?}", value.value))
            .collect();
        insta::assert_snapshot!(written.join(" "), @r#"name=Str("x") type=Bool(true) mode=Str("0640") owner=Str("root")"#);
    }

    #[test]
    fn fields_document_themselves() {
        let shown = |field: &Field| {
            format!(
                "{} {:?} {} {}",
                field.name, field.default, field.kind, field.required
            )
        };
        let fields: Vec<String> = Sample::fields().iter().take(5).map(shown).collect();
        insta::assert_snapshot!(fields.join("\n"), @r#"
        name None string true
        word Some("one") one or two false
        count None integer false
        type Some("false") bool false
        mode None mode false
        "#);
    }
}
