//! The types that arguments have.

use evenkeel_host::AbsPath;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use super::Argument;
use super::Text;

pub(crate) fn wrong(node: &Node, expected: &str) -> Problem {
    Problem::error("task::value", format!("expected {expected}, not {}", node.kind()))
        .at(&node.place, format!("expected {expected}"))
}

/// A scalar as text, the way Ansible's `str` arguments convert.
pub(crate) fn scalar_text(node: &Node) -> Option<String> {
    Some(match &node.value {
        Value::Str(text) | Value::Date(text) => text.clone(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e16 => format!("{number:.1}"),
        Value::Float(number) => number.to_string(),
        Value::Null => String::new(),
        Value::Seq(_) | Value::Map(_) => return None,
    })
}

impl Argument for String {
    fn kind() -> String {
        "string".to_owned()
    }

    fn read(node: &Node) -> Result<String, Problem> {
        scalar_text(node)
            .filter(|_| !node.is_null())
            .ok_or_else(|| wrong(node, "a string"))
    }

    fn write(&self) -> Value {
        Value::Str(self.clone())
    }
}

impl Argument for Text {
    fn kind() -> String {
        "string".to_owned()
    }

    fn read(node: &Node) -> Result<Text, Problem> {
        Ok(Text {
            text: String::read(node)?,
            place: node.place.clone(),
        })
    }

    fn write(&self) -> Value {
        Value::Str(self.text.clone())
    }
}

impl Text {
    /// A text made by a program.
    pub fn new(text: impl Into<String>) -> Text {
        Text {
            text: text.into(),
            place: Place::nowhere(""),
        }
    }
}

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

/// The node as it stands: for expressions and values of any type.
impl Argument for Node {
    fn kind() -> String {
        "any value".to_owned()
    }

    fn read(node: &Node) -> Result<Node, Problem> {
        Ok(node.clone())
    }

    fn write(&self) -> Value {
        self.value.clone()
    }
}

impl Argument for bool {
    fn kind() -> String {
        "bool".to_owned()
    }

    fn read(node: &Node) -> Result<bool, Problem> {
        let text = match &node.value {
            Value::Bool(value) => return Ok(*value),
            Value::Int(0) => return Ok(false),
            Value::Int(1) => return Ok(true),
            Value::Str(text) => text.to_lowercase(),
            Value::Float(_)
            | Value::Int(_)
            | Value::Null
            | Value::Date(_)
            | Value::Seq(_)
            | Value::Map(_) => {
                return Err(wrong(node, "a boolean"));
            }
        };
        match text.as_str() {
            "y" | "yes" | "on" | "1" | "true" | "t" | "1.0" => Ok(true),
            "n" | "no" | "off" | "0" | "false" | "f" | "0.0" => Ok(false),
            _ => Err(wrong(node, "a boolean").help("write `true` or `false`")),
        }
    }

    fn write(&self) -> Value {
        Value::Bool(*self)
    }
}

impl Argument for i64 {
    fn kind() -> String {
        "integer".to_owned()
    }

    fn read(node: &Node) -> Result<i64, Problem> {
        let number = match &node.value {
            Value::Int(number) => i64::try_from(*number).ok(),
            Value::Str(text) => text.trim().parse().ok(),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "only whole numbers of a size that i64 holds"
            )]
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            _ => None,
        };
        number.ok_or_else(|| wrong(node, "an integer"))
    }

    fn write(&self) -> Value {
        Value::Int(i128::from(*self))
    }
}

impl Argument for f64 {
    fn kind() -> String {
        "number".to_owned()
    }

    fn read(node: &Node) -> Result<f64, Problem> {
        let number = match &node.value {
            #[expect(clippy::cast_precision_loss, reason = "a number of seconds or bytes")]
            Value::Int(number) => Some(*number as f64),
            Value::Float(number) => Some(*number),
            Value::Str(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.ok_or_else(|| wrong(node, "a number"))
    }

    fn write(&self) -> Value {
        Value::Float(*self)
    }
}

/// A list; a single string is split at commas, as Ansible's `list` arguments are.
impl<T: Argument> Argument for Vec<T> {
    fn kind() -> String {
        format!("list of {}s", T::kind())
    }

    fn read(node: &Node) -> Result<Vec<T>, Problem> {
        match &node.value {
            Value::Seq(items) => items.iter().map(T::read).collect(),
            Value::Str(text) if text.is_empty() => Ok(Vec::new()),
            Value::Str(text) => text
                .split(',')
                .map(|part| T::read(&node.with(Value::Str(part.trim().to_owned()))))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Date(_) => {
                Ok(vec![T::read(node)?])
            }
            Value::Map(_) => Ok(vec![T::read(node)?]),
        }
    }

    fn write(&self) -> Value {
        let nowhere = Place::nowhere("");
        Value::Seq(
            self.iter()
                .map(|item| Node::new(item.write(), nowhere.clone()))
                .collect(),
        )
    }

    fn paths(&mut self, visit: &mut dyn FnMut(&mut AbsPath)) {
        self.iter_mut().for_each(|item| item.paths(visit));
    }
}

impl<T: Argument> Argument for Option<T> {
    const OPTIONAL: bool = true;

    fn kind() -> String {
        T::kind()
    }

    fn read(node: &Node) -> Result<Option<T>, Problem> {
        let is_empty = T::EMPTY_IS_NONE && node.as_str() == Some("");
        if node.is_null() || is_empty {
            Ok(None)
        } else {
            T::read(node).map(Some)
        }
    }

    fn write(&self) -> Value {
        self.as_ref().map_or(Value::Null, Argument::write)
    }

    fn paths(&mut self, visit: &mut dyn FnMut(&mut AbsPath)) {
        if let Some(value) = self {
            value.paths(visit);
        }
    }
}
