//! Regular expressions as arguments.

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Argument;
use crate::regex::Pattern;

impl Argument for Pattern {
    fn kind() -> String {
        "regular expression".to_owned()
    }

    fn read(node: &Node) -> Result<Pattern, Problem> {
        let text = String::read(node)?;
        Pattern::new(&text).map_err(|why| {
            Problem::error("task::regex", format!("`{text}` is no regular expression: {why}"))
                .at(&node.place, "expected a regular expression of Python")
        })
    }

    fn write(&self) -> Value {
        Value::Str(self.as_str().to_owned())
    }
}

/// Where something is put: at an end of the file, or beside a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Anchor {
    /// `BOF`.
    Beginning,
    /// `EOF`.
    End,
    /// A line that matches.
    Line(Pattern),
}

impl Argument for Anchor {
    fn kind() -> String {
        "BOF, EOF or regular expression".to_owned()
    }

    fn read(node: &Node) -> Result<Anchor, Problem> {
        match node.as_str() {
            Some("BOF") => Ok(Anchor::Beginning),
            Some("EOF") => Ok(Anchor::End),
            _ => Pattern::read(node).map(Anchor::Line),
        }
    }

    fn write(&self) -> Value {
        Value::Str(match self {
            Anchor::Beginning => "BOF".to_owned(),
            Anchor::End => "EOF".to_owned(),
            Anchor::Line(pattern) => pattern.as_str().to_owned(),
        })
    }
}
