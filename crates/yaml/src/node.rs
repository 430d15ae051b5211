//! The tree a YAML text becomes.

use crate::Place;

/// A value with its place, as it stands in a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The value, resolved as YAML 1.1.
    pub value: Value,
    /// Where it stands.
    pub place: Place,
    /// How it was written.
    pub style: Style,
    /// An explicit tag such as `!vault` or `!unsafe`, as written.
    pub tag: Option<Box<str>>,
}

/// A resolved value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `~`, `null`, or nothing.
    Null,
    /// `true`, `yes`, `on`, ...
    Bool(bool),
    /// An integer of any base.
    Int(i128),
    /// A float.
    Float(f64),
    /// A date or time, in the text PyYAML prints for it (`2024-01-15`).
    Date(String),
    /// A string.
    Str(String),
    /// A list.
    Seq(Vec<Node>),
    /// A mapping, in the order of the text.
    Map(Map),
}

/// How a node was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// A plain scalar.
    #[default]
    Plain,
    /// In single quotes.
    SingleQuoted,
    /// In double quotes.
    DoubleQuoted,
    /// A block scalar `|`.
    Literal,
    /// A block scalar `>`.
    Folded,
    /// An indented list or mapping.
    Block,
    /// A list or mapping in brackets.
    Flow,
}

/// A mapping: keys are unique, the order is that of the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Map {
    /// Keys and values.
    pub entries: Vec<(Node, Node)>,
}

impl Map {
    /// The value under a string key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value under a string key.
    pub fn entry(&self, key: &str) -> Option<(&Node, &Node)> {
        self.entries
            .iter()
            .find(|(k, _)| k.as_str() == Some(key))
            .map(|(k, v)| (k, v))
    }

    /// Keys and values whose key is a string.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node, &Node)> {
        self.entries
            .iter()
            .filter_map(|(k, v)| k.as_str().map(|name| (name, k, v)))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Node {
    /// A node made by a program: plain or block style, no tag.
    pub fn new(value: Value, place: Place) -> Node {
        let style = if matches!(value, Value::Seq(_) | Value::Map(_)) {
            Style::Block
        } else {
            Style::Plain
        };
        Node {
            value,
            place,
            style,
            tag: None,
        }
    }

    /// The same place and style with another value.
    pub fn with(&self, value: Value) -> Node {
        Node {
            value,
            place: self.place.clone(),
            style: self.style,
            tag: None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Value::Str(text) = &self.value {
            Some(text)
        } else {
            None
        }
    }

    /// The items of a list.
    pub fn as_seq(&self) -> Option<&[Node]> {
        if let Value::Seq(items) = &self.value {
            Some(items)
        } else {
            None
        }
    }

    /// The entries of a mapping.
    pub fn as_map(&self) -> Option<&Map> {
        if let Value::Map(map) = &self.value {
            Some(map)
        } else {
            None
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Null)
    }

    /// What a message calls this kind of value: `a list`, `a string`, ...
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing (null)",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Date(_) => "a date",
            Value::Str(_) => "a string",
            Value::Seq(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}
