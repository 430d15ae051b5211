//! Values between templates, results and files.

use evenkeel_host::Known;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Var;
use evenkeel_playbook::template;
use evenkeel_yaml::Node;

/// A template's value as JSON.
pub(crate) fn json(value: &minijinja::Value) -> Known<serde_json::Value> {
    serde_json::to_value(value).map_or_else(|error| Known::unknown(error.to_string()), Known::Is)
}

/// A value that may be known only after apply, as a variable.
pub(crate) fn var(value: &Known<serde_json::Value>) -> Var {
    match value {
        Known::Is(value) => Var::data(template::value_of_json(value)),
        Known::Unknown(why) => Var {
            stored: Stored::Unknown(why.clone()),
            secret: false,
        },
    }
}

/// A scalar or expression as it stands in its file.
pub(crate) fn source_text(node: &Node) -> String {
    node.as_str()
        .map_or_else(|| node.place.text().to_owned(), str::to_owned)
}
