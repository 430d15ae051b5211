//! From nodes, JSON and results to template values, and back.

use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_tasks::Returned;
use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use minijinja::Error;
use minijinja::Value;

use super::container::dict;
use super::container::lines;
use super::container::list;
use super::marker::Omit;
use super::marker::Unknown;
use super::marker::usable;
use super::python;
use super::python::Shape;

/// A template value from JSON.
pub fn value_of_json(json: &serde_json::Value) -> Value {
    if let Some(why) = evenkeel_tasks::json::is_unknown_part(json) {
        return unknown(why);
    }
    if let Some(text) = evenkeel_tasks::json::is_lines_part(json) {
        return lines(text);
    }
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(value) => Value::from(*value),
        serde_json::Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => Value::from(value),
            (None, Some(value)) => Value::from(value),
            (None, None) => Value::from(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::from(text.as_str()),
        serde_json::Value::Array(items) => list(items.iter().map(value_of_json).collect()),
        serde_json::Value::Object(map) => dict(
            map.iter()
                .map(|(key, item)| (Value::from(key.as_str()), value_of_json(item))),
        ),
    }
}

/// A template value from a value that may be known only after apply.
pub fn value_of_known(known: &Known<serde_json::Value>) -> Value {
    match known {
        Known::Is(json) => value_of_json(json),
        Known::Unknown(why) => Unknown::value(why),
    }
}

/// The dictionary that `register` knows; its unknown parts stay unknown.
pub fn dictionary(returned: &Returned) -> Value {
    dict(
        returned
            .iter()
            .map(|(key, known)| (Value::from(key.as_str()), value_of_known(known))),
    )
}

/// A value that is known after apply, with what it depends on.
pub fn unknown(why: impl Into<Arc<str>>) -> Value {
    Unknown::value(&why.into())
}

/// A template value from a node whose strings are data.
pub fn data_of_node(node: &Node) -> Value {
    match &node.value {
        evenkeel_yaml::Value::Null => Value::from(()),
        evenkeel_yaml::Value::Bool(value) => Value::from(*value),
        evenkeel_yaml::Value::Int(value) => integer(*value),
        evenkeel_yaml::Value::Float(value) => Value::from(*value),
        evenkeel_yaml::Value::Date(text) | evenkeel_yaml::Value::Str(text) => Value::from(text.as_str()),
        evenkeel_yaml::Value::Seq(items) => list(items.iter().map(data_of_node).collect()),
        evenkeel_yaml::Value::Map(map) => dict(
            map.entries
                .iter()
                .map(|(key, item)| (data_of_node(key), data_of_node(item))),
        ),
    }
}

/// An integer value, in the small form where it fits.
pub(crate) fn integer(value: i128) -> Value {
    i64::try_from(value).map_or_else(|_| Value::from(value), Value::from)
}

/// What a template value is as part of a tree; `None` where it was omitted.
pub(crate) fn node_value(value: &Value, place: &Place) -> Result<Option<evenkeel_yaml::Value>, Error> {
    usable(value)?;
    Ok(Some(match python::shape(value) {
        Shape::None => evenkeel_yaml::Value::Null,
        Shape::Bool(value) => evenkeel_yaml::Value::Bool(value),
        Shape::Int(value) => evenkeel_yaml::Value::Int(value),
        Shape::Float(value) => evenkeel_yaml::Value::Float(value),
        Shape::Str(text) => evenkeel_yaml::Value::Str(text.to_owned()),
        Shape::Seq(_) => {
            let mut items = Vec::new();
            for item in python::items(value)? {
                items.extend(node_value(&item, place)?.map(|item| Node::new(item, place.clone())));
            }
            evenkeel_yaml::Value::Seq(items)
        }
        Shape::Map(_) => {
            let mut map = Map::default();
            for (key, item) in python::entries(value)? {
                if let (Some(key), Some(item)) = (node_value(&key, place)?, node_value(&item, place)?) {
                    map.entries
                        .push((Node::new(key, place.clone()), Node::new(item, place.clone())));
                }
            }
            evenkeel_yaml::Value::Map(map)
        }
        Shape::Other if value.downcast_object_ref::<Omit>().is_some() => return Ok(None),
        Shape::Other => return Err(no_data(value)),
    }))
}

/// A finished value, such as [`super::Templar::expression`] gives, as JSON.
///
/// # Errors
/// When the value is no data (a function, for instance).
pub fn json_of(value: &Value) -> Result<serde_json::Value, Problem> {
    let refused = |error: Error| Problem::error("template::value", error.detail().unwrap_or("no data"));
    json(value).map(Option::unwrap_or_default).map_err(refused)
}

/// A template value as JSON; `None` where it was omitted. Keys become strings as `json.dumps` writes them.
fn json(value: &Value) -> Result<Option<serde_json::Value>, Error> {
    usable(value)?;
    Ok(Some(match python::shape(value) {
        Shape::None => serde_json::Value::Null,
        Shape::Bool(value) => serde_json::Value::Bool(value),
        Shape::Int(value) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => value.into(),
            (Err(_), Ok(value)) => value.into(),
            (Err(_), Err(_)) => serde_json::Value::String(value.to_string()),
        },
        Shape::Float(value) => serde_json::Number::from_f64(value).map_or_else(
            || serde_json::Value::String(python::float_text(value)),
            serde_json::Value::Number,
        ),
        Shape::Str(text) => serde_json::Value::String(text.to_owned()),
        Shape::Seq(_) => {
            let mut items = Vec::new();
            for item in python::items(value)? {
                items.extend(json(&item)?);
            }
            serde_json::Value::Array(items)
        }
        Shape::Map(_) => {
            let mut map = serde_json::Map::new();
            for (key, item) in python::entries(value)? {
                if let Some(item) = json(&item)? {
                    map.insert(json_key(&key)?, item);
                }
            }
            serde_json::Value::Object(map)
        }
        Shape::Other if value.downcast_object_ref::<Omit>().is_some() => return Ok(None),
        Shape::Other => return Err(no_data(value)),
    }))
}

/// A key as `json.dumps` writes it.
pub(crate) fn json_key(key: &Value) -> Result<String, Error> {
    match python::shape(key) {
        Shape::None => Ok("null".to_owned()),
        Shape::Bool(value) => Ok(value.to_string()),
        _ => python::text(key),
    }
}

/// A value of which nothing is lazy any more: what minijinja's own types and ours hold, in ours.
pub(crate) fn finished(value: &Value) -> Result<Value, Error> {
    usable(value)?;
    Ok(match python::shape(value) {
        Shape::Seq(_) => {
            let items = python::items(value)?;
            let kept = items
                .iter()
                .filter(|item| item.downcast_object_ref::<Omit>().is_none());
            list(kept.map(finished).collect::<Result<_, _>>()?)
        }
        Shape::Map(_) => {
            let mut entries = Vec::new();
            for (key, item) in python::entries(value)? {
                if item.downcast_object_ref::<Omit>().is_none() {
                    entries.push((key, finished(&item)?));
                }
            }
            dict(entries)
        }
        _ => value.clone(),
    })
}

fn no_data(value: &Value) -> Error {
    python::error(format!("`{value}` is no data: a variable cannot hold it"))
}
