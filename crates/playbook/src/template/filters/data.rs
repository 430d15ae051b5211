//! JSON and YAML, read and written.

mod json;

use std::sync::Arc;

use evenkeel_yaml::Content;
use evenkeel_yaml::Data;
use evenkeel_yaml::DumpOptions;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Source;
use evenkeel_yaml::Style;
use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::container::list;
use crate::template::convert;
use crate::template::python;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new(
        "to_json",
        "a indent sort_keys ensure_ascii separators profile",
        |call| json::write(call, None, false),
    ),
    Entry::new(
        "to_nice_json",
        "a indent sort_keys ensure_ascii separators profile",
        |call| json::write(call, Some(4), true),
    ),
    Entry::new("tojson", "value indent", json::for_html),
    Entry::new("from_json", "a profile", from_json),
    Entry::new("to_yaml", DUMP, |call| to_yaml(call, DumpOptions::terse())),
    Entry::new("to_nice_yaml", DUMP, |call| to_yaml(call, DumpOptions::nice())),
    Entry::new("from_yaml", "data", from_yaml),
    Entry::new("from_yaml_all", "data", from_yaml_all),
    Entry::new("pprint", "value", |call| {
        Ok(Value::from(python::repr(call.need("value")?)?))
    }),
];

const DUMP: &str = "a indent width default_flow_style default_style sort_keys allow_unicode explicit_start explicit_end line_break";

fn from_json(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("a")?;
    let json: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| call.error(format!("this is no JSON: {error}")))?;
    Ok(convert::value_of_json(&json))
}

/// The tree of a value, for the writer of YAML.
fn data(value: &Value) -> Result<Data, Error> {
    let node = convert::node_value(value, &Place::nowhere(""))?;
    Ok(node.map_or_else(
        || Data::new(Content::Null),
        |value| Data::from(&Node::new(value, Place::nowhere(""))),
    ))
}

fn to_yaml(call: &mut Call<'_, '_, '_>, mut options: DumpOptions) -> Result<Value, Error> {
    let small = |number: i64| i32::try_from(number).unwrap_or(i32::MAX);
    if let Some(indent) = call.int("indent")? {
        options.indent = small(indent);
    }
    if let Some(width) = call.int("width")? {
        options.width = small(width);
    }
    if let Some(flow) = call.get("default_flow_style") {
        options.default_flow_style = if flow.is_none() {
            None
        } else {
            Some(flow.is_true())
        };
    }
    options.default_style = match call.some("default_style").and_then(Value::as_str) {
        Some("'") => Some(Style::SingleQuoted),
        Some("\"") => Some(Style::DoubleQuoted),
        Some("|") => Some(Style::Literal),
        Some(">") => Some(Style::Folded),
        Some(other) => return Err(call.error(format!("there is no style `{other}`"))),
        None => None,
    };
    options.sort_keys = call.flag("sort_keys", options.sort_keys)?;
    options.allow_unicode = call.flag("allow_unicode", options.allow_unicode)?;
    options.explicit_start = call.flag("explicit_start", options.explicit_start)?;
    options.explicit_end = call.flag("explicit_end", options.explicit_end)?;
    let text = evenkeel_yaml::to_yaml(data(call.need("a")?)?, &options);
    text.map(Value::from)
        .map_err(|problem| call.error(problem.message))
}

fn documents(call: &Call<'_, '_, '_>) -> Result<Option<Vec<Value>>, Error> {
    let value = call.need("data")?;
    let Some(text) = value.as_str() else {
        return Ok(None);
    };
    let source: Arc<Source> = Source::new("from_yaml", text);
    let loaded =
        evenkeel_yaml::load(&source).map_err(|problem| call.error(format!("this is no YAML: {problem}")))?;
    Ok(Some(loaded.documents.iter().map(convert::data_of_node).collect()))
}

fn from_yaml(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    match documents(call)? {
        Some(documents) if documents.len() > 1 => {
            Err(call.error("there is more than one document: use `from_yaml_all`"))
        }
        Some(documents) => Ok(documents.into_iter().next().unwrap_or(Value::from(()))),
        None => Ok(call.need("data")?.clone()),
    }
}

fn from_yaml_all(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    if call.need("data")?.is_none() {
        return Ok(list(Vec::new()));
    }
    Ok(documents(call)?.map_or_else(|| call.values[0].clone(), list))
}
