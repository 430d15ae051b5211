//! Values in the notation of `pyyaml.py`.

use evenkeel_yaml::Node;
use evenkeel_yaml::Value;

/// The form in which `pyyaml.py` writes values.
pub(crate) fn show(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => format!("int {number}"),
        Value::Float(number) if number.is_nan() => "float nan".to_owned(),
        Value::Float(number) => format!("float {:016x}", number.to_bits()),
        Value::Date(text) => format!("date {text}"),
        Value::Str(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Seq(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let entries = map
                .entries
                .iter()
                .map(|(key, value)| format!("{}: {}", show(key), show(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}
