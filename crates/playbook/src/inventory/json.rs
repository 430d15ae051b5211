//! Values as Ansible's JSON has them.

use std::collections::BTreeMap;

use evenkeel_yaml::Node;
use evenkeel_yaml::Value;
use serde_json::Value as Json;
use serde_json::json;

use super::python;

/// A value as Ansible's JSON has it; with `marks`, data that is no template and encrypted texts are marked.
pub(super) fn json(node: &Node, marks: bool) -> Json {
    match (&node.value, node.tag.as_deref()) {
        (Value::Str(text), Some("!vault" | "!vault-encrypted")) => json!({"__ansible_vault": text}),
        (Value::Str(text), Some("!unsafe")) if marks => json!({"__ansible_unsafe": text}),
        (Value::Str(text), _) => json!(text),
        (Value::Null, _) => Json::Null,
        (Value::Bool(yes), _) => json!(yes),
        (Value::Int(int), _) => integer(*int),
        (Value::Float(float), _) => serde_json::Number::from_f64(*float).map_or_else(
            // JSON has no infinity; Python's spelling is kept as a text.
            || {
                json!(if float.is_nan() {
                    "NaN"
                } else if *float > 0.0 {
                    "Infinity"
                } else {
                    "-Infinity"
                })
            },
            Json::Number,
        ),
        (Value::Date(text), _) => json!(text.replacen(' ', "T", 1)),
        (Value::Seq(items), _) => items.iter().map(|item| json(item, marks)).collect(),
        (Value::Map(map), _) => {
            let entries: BTreeMap<String, Json> = map
                .entries
                .iter()
                .map(|(key, value)| (key_text(key), json(value, marks)))
                .collect();
            json!(entries)
        }
    }
}

/// Integers beyond 64 bits keep their digits as a text.
fn integer(int: i128) -> Json {
    serde_json::Number::from_i128(int).map_or_else(|| json!(int.to_string()), Json::Number)
}

fn key_text(key: &Node) -> String {
    match &key.value {
        Value::Null => "null".to_owned(),
        Value::Bool(yes) => yes.to_string(),
        _ => python::str(key),
    }
}
