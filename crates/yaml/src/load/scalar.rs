//! Tags: which type a scalar or collection has, and which tags stay on the node.

use super::advice;
use crate::Map;
use crate::Node;
use crate::Place;
use crate::Problem;
use crate::Value;
use crate::libyaml::Properties;
use crate::libyaml::Scalar;
use crate::resolve;
use crate::resolve::Kind;

/// The prefix that `!!` stands for.
pub(super) const CORE: &str = "tag:yaml.org,2002:";

/// The value of a scalar, and what kind its text was taken for unless a tag said so.
///
/// `<<` and `=` come back as strings with their kind, since they mean something as keys.
pub(super) fn value(written: &Scalar, place: &Place) -> Result<(Value, Option<Kind>), Problem> {
    let text = written.text.as_str();
    let kind = match written.properties.tag.as_deref() {
        None | Some("!") if written.plain_implicit => resolve::kind(text),
        None | Some("!") => Kind::Str,
        // Ansible resolves the text again, quoted or not.
        Some("!unsafe") => return construct(resolve::kind(text), text, place).map(|value| (value, None)),
        Some(tag @ ("!vault" | "!vault-encrypted")) => match resolve::kind(text) {
            Kind::Str => Kind::Str,
            _ => {
                return Err(
                    Problem::error("yaml::tag", format!("the `{tag}` tag requires a string value"))
                        .at(place, "this is no ciphertext")
                        .help("write `!vault |` and the lines that begin with $ANSIBLE_VAULT below it"),
                );
            }
        },
        Some("tag:yaml.org,2002:merge") => Kind::Merge,
        Some(tag) => return tagged(tag, text, place).map(|value| (value, None)),
    };
    if matches!(kind, Kind::Merge | Kind::Default) {
        return Ok((Value::Str(text.to_owned()), Some(kind)));
    }
    construct(kind, text, place).map(|value| (value, Some(kind)))
}

fn construct(kind: Kind, text: &str, place: &Place) -> Result<Value, Problem> {
    resolve::construct(kind, text).map_err(|message| {
        let problem = Problem::error("yaml::value", message).at(place, "this value");
        if text.is_empty() {
            problem
        } else {
            problem.help(format!("if it is text, quote it: \"{text}\""))
        }
    })
}

fn tagged(tag: &str, text: &str, place: &Place) -> Result<Value, Problem> {
    let kind = match tag.strip_prefix(CORE) {
        Some("str") => Kind::Str,
        Some("int") => Kind::Int,
        Some("float") => Kind::Float,
        Some("bool") => Kind::Bool,
        Some("null") => Kind::Null,
        Some("timestamp") => Kind::Timestamp,
        Some("seq" | "omap" | "pairs") => return Err(wrong_kind(tag, "a list", "a scalar", place)),
        Some("map" | "set") => return Err(wrong_kind(tag, "a mapping", "a scalar", place)),
        _ => return Err(advice::unknown_tag(tag, place)),
    };
    construct(kind, text, place)
}

/// The value of a list or mapping under its tag.
pub(super) fn collection(value: Value, properties: &Properties, place: &Place) -> Result<Value, Problem> {
    let Some(tag) = properties.tag.as_deref() else {
        return Ok(value);
    };
    let Some(core) = tag.strip_prefix(CORE) else {
        return match tag {
            "!" | "!unsafe" => Ok(value),
            "!vault" | "!vault-encrypted" => Err(wrong_kind(tag, "a string", kind(&value), place)),
            _ => Err(advice::unknown_tag(tag, place)),
        };
    };
    match (core, value) {
        ("seq", value @ Value::Seq(_)) | ("map", value @ Value::Map(_)) => Ok(value),
        ("set", Value::Map(map)) => Ok(Value::Seq(map.entries.into_iter().map(|(key, _)| key).collect())),
        ("omap" | "pairs", Value::Seq(items)) => items
            .into_iter()
            .map(|item| pair(tag, item))
            .collect::<Result<_, _>>()
            .map(Value::Seq),
        ("str" | "int" | "float" | "bool" | "null" | "timestamp", value) => {
            Err(wrong_kind(tag, "a scalar", kind(&value), place))
        }
        ("seq" | "omap" | "pairs", value) => Err(wrong_kind(tag, "a list", kind(&value), place)),
        ("map" | "set", value) => Err(wrong_kind(tag, "a mapping", kind(&value), place)),
        _ => Err(advice::unknown_tag(tag, place)),
    }
}

/// An item of `!!omap` or `!!pairs` as the list of key and value that Ansible makes of it.
fn pair(tag: &str, item: Node) -> Result<Node, Problem> {
    let Node {
        value, place, style, ..
    } = item;
    match value {
        Value::Map(Map { mut entries }) if entries.len() == 1 => {
            let items = entries
                .pop()
                .map_or_else(Vec::new, |(key, value)| vec![key, value]);
            Ok(Node {
                value: Value::Seq(items),
                place,
                style,
                tag: None,
            })
        }
        other => Err(wrong_kind(tag, "mappings of one entry", kind(&other), &place)),
    }
}

/// The tag that stays on the node, as written.
pub(super) fn kept_tag(properties: &Properties) -> Option<Box<str>> {
    let tag = properties.tag.as_deref()?;
    matches!(tag, "!unsafe" | "!vault" | "!vault-encrypted").then(|| tag.into())
}

/// Warns of an integer that stays a string because no machine integer holds it.
pub(super) fn too_long(place: &Place) -> Problem {
    Problem::warning(
        "yaml::value",
        "the integer has more than 38 digits and is read as a string",
    )
    .at(place, "this value")
    .help("quote it")
}

fn wrong_kind(tag: &str, expected: &str, found: &str, place: &Place) -> Problem {
    let tag = tag.replacen(CORE, "!!", 1);
    Problem::error(
        "yaml::tag",
        format!("`{tag}` expects {expected}, but found {found}"),
    )
    .at(place, format!("expected {expected}"))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Seq(_) => "a list",
        Value::Map(_) => "a mapping",
        _ => "a scalar",
    }
}
