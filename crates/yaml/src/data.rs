//! Values to be written.

use crate::Node;
use crate::Value;

/// A value to be written, with the comment and the empty line that stand before it.
///
/// ```
/// use evenkeel_yaml::{Data, write_block};
/// let play = Data::mapping().with("name", "web").with("become", true).commented("generated");
/// assert_eq!(write_block(&Data::list([play])), "---\n# generated\n- name: web\n  become: true\n");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// The value.
    pub content: Content,
    /// A tag such as `!vault` or `!unsafe`.
    pub tag: Option<Box<str>>,
    /// Lines of comment before the entry or item, without `#`; long ones are broken between words.
    pub comment: Option<String>,
    /// Whether an empty line stands before the entry or item.
    pub spaced: bool,
}

/// What a [`Data`] holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer.
    Int(i128),
    /// A float.
    Float(f64),
    /// A date or time in PyYAML's text.
    Date(String),
    /// A string.
    Str(String),
    /// A list.
    List(Vec<Data>),
    /// A mapping, in the order in which it is written; keys are scalars.
    Mapping(Vec<(Data, Data)>),
}

impl Data {
    /// A value without tag, comment or empty line.
    pub fn new(content: Content) -> Data {
        Data {
            content,
            tag: None,
            comment: None,
            spaced: false,
        }
    }

    /// A list of these items.
    pub fn list<T: Into<Data>>(items: impl IntoIterator<Item = T>) -> Data {
        Data::new(Content::List(items.into_iter().map(Into::into).collect()))
    }

    /// An empty mapping, to be filled by [`Data::with`].
    pub fn mapping() -> Data {
        Data::new(Content::Mapping(Vec::new()))
    }

    /// Appends an entry; what is no mapping becomes one.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Data>) -> Data {
        let entry = (Data::from(key), value.into());
        if let Content::Mapping(entries) = &mut self.content {
            entries.push(entry);
        } else {
            self.content = Content::Mapping(vec![entry]);
        }
        self
    }

    /// Puts a comment before the entry or item that holds this value.
    #[must_use]
    pub fn commented(mut self, comment: impl Into<String>) -> Data {
        self.comment = Some(comment.into());
        self
    }

    /// Puts an empty line before the entry or item that holds this value.
    #[must_use]
    pub fn spaced(mut self) -> Data {
        self.spaced = true;
        self
    }

    /// Gives the value a tag.
    #[must_use]
    pub fn tagged(mut self, tag: &str) -> Data {
        self.tag = Some(tag.into());
        self
    }
}

impl From<&Data> for Data {
    fn from(data: &Data) -> Data {
        data.clone()
    }
}

impl From<&Node> for Data {
    fn from(node: &Node) -> Data {
        let content = match &node.value {
            Value::Null => Content::Null,
            Value::Bool(flag) => Content::Bool(*flag),
            Value::Int(number) => Content::Int(*number),
            Value::Float(number) => Content::Float(*number),
            Value::Date(text) => Content::Date(text.clone()),
            Value::Str(text) => Content::Str(text.clone()),
            Value::Seq(items) => Content::List(items.iter().map(|item| below(node, item)).collect()),
            Value::Map(map) => {
                let entries = map.entries.iter();
                Content::Mapping(
                    entries
                        .map(|(key, value)| (below(node, key), below(node, value)))
                        .collect(),
                )
            }
        };
        Data {
            tag: node.tag.clone(),
            ..Data::new(content)
        }
    }
}

/// A part of a list or mapping, without the tag that it has from there already.
fn below(outer: &Node, inner: &Node) -> Data {
    let data = Data::from(inner);
    if inner.tag == outer.tag {
        Data { tag: None, ..data }
    } else {
        data
    }
}

impl From<&serde_json::Value> for Data {
    fn from(value: &serde_json::Value) -> Data {
        Data::new(match value {
            serde_json::Value::Null => Content::Null,
            serde_json::Value::Bool(flag) => Content::Bool(*flag),
            serde_json::Value::Number(number) => match number.as_i128() {
                Some(integer) => Content::Int(integer),
                None => Content::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            serde_json::Value::String(text) => Content::Str(text.clone()),
            serde_json::Value::Array(items) => Content::List(items.iter().map(Data::from).collect()),
            serde_json::Value::Object(map) => Content::Mapping(
                map.iter()
                    .map(|(key, value)| (key.as_str().into(), value.into()))
                    .collect(),
            ),
        })
    }
}

impl From<&str> for Data {
    fn from(text: &str) -> Data {
        Data::new(Content::Str(text.to_owned()))
    }
}

impl From<String> for Data {
    fn from(text: String) -> Data {
        Data::new(Content::Str(text))
    }
}

impl From<bool> for Data {
    fn from(flag: bool) -> Data {
        Data::new(Content::Bool(flag))
    }
}

impl From<i64> for Data {
    fn from(number: i64) -> Data {
        Data::new(Content::Int(number.into()))
    }
}

impl From<f64> for Data {
    fn from(number: f64) -> Data {
        Data::new(Content::Float(number))
    }
}

impl<T: Into<Data>> From<Vec<T>> for Data {
    fn from(items: Vec<T>) -> Data {
        Data::list(items)
    }
}
