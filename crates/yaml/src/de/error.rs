//! What does not fit a type, and where.

use std::fmt;

use serde::de::Error;
use serde::de::Expected;
use serde::de::Unexpected;

use crate::Node;
use crate::Place;
use crate::Problem;
use crate::Value;
use crate::nearest;

/// serde's error type: a problem that gets the place of the innermost node it passes on its way out.
#[derive(Debug)]
pub(super) struct Mismatch(Box<Problem>);

impl Mismatch {
    pub(super) fn new(message: impl Into<String>) -> Mismatch {
        Mismatch(Box::new(Problem::error("yaml::type", message)))
    }

    pub(super) fn at(self, node: &Node) -> Mismatch {
        Mismatch(Box::new(self.0.or_at(&head(node), "here")))
    }

    /// As [`Mismatch::at`], for a key: `on` and `80` are no strings unless quoted.
    pub(super) fn at_key(mut self, key: &Node) -> Mismatch {
        if self.0.help.is_empty() && key.as_str().is_none() {
            self.0
                .help
                .push(format!("quote the key: \"{}\"", key.place.text()));
        }
        self.at(key)
    }

    pub(super) fn into_problem(self, root: &Node) -> Problem {
        self.0.or_at(&head(root), "here")
    }
}

/// A place to point at: of a collection only its first key or item, since all of it would be underlined.
fn head(node: &Node) -> Place {
    if !node.place.text().contains('\n') {
        return node.place.clone();
    }
    let first = match &node.value {
        Value::Seq(items) => items.first(),
        Value::Map(map) => map.entries.first().map(|(key, _)| key),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Date(_) | Value::Str(_) => {
            None
        }
    };
    match first {
        Some(first) if first.place.source == node.place.source && first.place.start >= node.place.start => {
            Place::new(
                &node.place.source,
                node.place.start as usize,
                head(first).end as usize,
            )
        }
        _ => node.place.clone(),
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Mismatch {}

impl Error for Mismatch {
    fn custom<T: fmt::Display>(message: T) -> Mismatch {
        Mismatch::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Mismatch {
        let found = match found {
            Unexpected::Unit => "nothing (null)".to_owned(),
            Unexpected::Seq => "a list".to_owned(),
            Unexpected::Map => "a mapping".to_owned(),
            other => other.to_string(),
        };
        Mismatch::new(format!("expected {}, but found {found}", wish(expected)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Mismatch {
        Mismatch::new(format!("expected {}, but found {found}", wish(expected)))
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Mismatch {
        unknown("key", name, known)
    }

    fn unknown_variant(name: &str, known: &'static [&'static str]) -> Mismatch {
        unknown("value", name, known)
    }

    fn missing_field(name: &'static str) -> Mismatch {
        Mismatch::new(format!("the key `{name}` is missing"))
    }

    fn duplicate_field(name: &'static str) -> Mismatch {
        Mismatch::new(format!("the key `{name}` occurs twice, perhaps under two names"))
    }
}

/// What a type wants, in the words of YAML rather than Rust.
fn wish(expected: &dyn Expected) -> String {
    let text = expected.to_string();
    let range = |least: &str, most: &str| format!("an integer from {least} to {most}");
    match text.as_str() {
        "u8" => range("0", "255"),
        "u16" => range("0", "65535"),
        "u32" => range("0", "4294967295"),
        "u64" | "u128" | "usize" => "an integer from 0 on".to_owned(),
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "an integer".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "a mapping".to_owned(),
        "unit" => "nothing (null)".to_owned(),
        "field identifier" => "a key that is a string".to_owned(),
        "variant identifier" => "a name".to_owned(),
        _ if text.starts_with("struct ") => "a mapping".to_owned(),
        _ => text,
    }
}

fn unknown(what: &str, name: &str, known: &[&str]) -> Mismatch {
    let hint = match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None if known.is_empty() => "none is allowed here".to_owned(),
        None => format!("known: {}", known.join(", ")),
    };
    Mismatch(Box::new(
        Problem::error("yaml::unknown", format!("unknown {what} `{name}`")).help(hint),
    ))
}
