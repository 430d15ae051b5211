//! Values as plain data.

use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

/// The value of a node as data: nothing in it is rendered.
pub fn data(node: &Node) -> minijinja::Value {
    match &node.value {
        Value::Null => minijinja::Value::from(()),
        Value::Bool(yes) => minijinja::Value::from(*yes),
        Value::Int(int) => {
            i64::try_from(*int).map_or_else(|_| minijinja::Value::from(*int), minijinja::Value::from)
        }
        Value::Float(float) => minijinja::Value::from(*float),
        Value::Date(text) | Value::Str(text) => minijinja::Value::from(text.as_str()),
        Value::Seq(items) => items.iter().map(data).collect(),
        Value::Map(map) => {
            minijinja::Value::from_pairs(map.entries.iter().map(|(key, value)| (data(key), data(value))))
        }
    }
}
