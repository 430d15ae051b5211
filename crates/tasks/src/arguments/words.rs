//! Names and words: how they are shown, and which one was probably meant.

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use evenkeel_yaml::nearest;

use super::Argument;

/// The name without `r#`.
pub const fn bare(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// Whether a type without a default must be given: everything but options.
pub const fn is_required<T: Argument>() -> bool {
    !T::OPTIONAL
}

/// A default as it would be written.
pub fn shown_default<T: Argument>(default: Option<T>) -> Option<String> {
    default.map(|value| shown(&value.write()))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Date(text) | Value::Str(text) => text.clone(),
        Value::Seq(items) => {
            format!(
                "[{}]",
                items
                    .iter()
                    .map(|item| shown(&item.value))
                    .collect::<Vec<_>>()
                    .join(", ")
            )
        }
        Value::Map(_) => "{}".to_owned(),
    }
}

/// The word of a scalar; booleans as YAML 1.1 words are given back as they were most likely written.
pub fn word(node: &Node) -> String {
    match &node.value {
        Value::Bool(_) if !node.place.text().is_empty() => node.place.text().to_owned(),
        value => shown(value),
    }
}

/// A word that is none of the known ones.
pub fn bad_word(node: &Node, words: &[&str]) -> Problem {
    let given = word(node);
    let problem = Problem::error(
        "task::value",
        format!("`{given}` is none of {}", words.join(", ")),
    )
    .at(&node.place, "not one of the known words");
    match nearest(&given, words.iter().copied()) {
        Some(best) => problem.help(format!("did you mean `{best}`?")),
        None => problem,
    }
}
