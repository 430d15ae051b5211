//! Rendered arguments as data, and data as Python writes it.

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;
use serde_json::Number;

/// A rendered node as data; keys that are no strings become text, as JSON needs.
pub fn of_node(node: &Node) -> serde_json::Value {
    use serde_json::Value as Json;
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(number) => integer(*number),
        Value::Float(number) => {
            Number::from_f64(*number).map_or_else(|| Json::String(number.to_string()), Json::Number)
        }
        Value::Date(text) | Value::Str(text) => Json::String(text.clone()),
        Value::Seq(items) => items.iter().map(of_node).collect(),
        Value::Map(map) => Json::Object(of_map(map)),
    }
}

/// Data as a node: no text in it is a template.
pub fn data(value: &serde_json::Value, place: &Place) -> Node {
    use serde_json::Value as Json;
    let of = |value: Value| Node::new(value, place.clone());
    match value {
        Json::Null => of(Value::Null),
        Json::Bool(yes) => of(Value::Bool(*yes)),
        Json::Number(number) => of(match number.as_i128() {
            Some(int) => Value::Int(int),
            None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
        }),
        Json::String(text) => Node {
            tag: Some("!unsafe".into()),
            ..of(Value::Str(text.clone()))
        },
        Json::Array(items) => of(Value::Seq(items.iter().map(|item| data(item, place)).collect())),
        Json::Object(map) => {
            let entry = |(name, value): (&String, &Json)| (of(Value::Str(name.clone())), data(value, place));
            let entries = map.iter().map(entry).collect();
            of(Value::Map(Map { entries }))
        }
    }
}

fn integer(number: i128) -> serde_json::Value {
    let exact = i64::try_from(number)
        .map(Number::from)
        .or_else(|_| u64::try_from(number).map(Number::from));
    exact.map_or_else(
        |_| serde_json::Value::String(number.to_string()),
        serde_json::Value::Number,
    )
}

fn of_map(map: &Map) -> serde_json::Map<String, serde_json::Value> {
    let key = |node: &Node| match of_node(node) {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    };
    map.entries.iter().map(|(k, v)| (key(k), of_node(v))).collect()
}

/// The key of a mapping that stands for a value known only after apply; no host, file or template can hold it,
/// because it begins with NUL.
const UNKNOWN: &str = "\0unknown";

/// A part of a result that is known only after apply, with what it depends on.
pub fn unknown_part(why: &str) -> serde_json::Value {
    serde_json::json!({ UNKNOWN: why })
}

/// What a part of a result depends on that is known only after apply; `None` when it is known.
pub fn is_unknown_part(value: &serde_json::Value) -> Option<&str> {
    value
        .as_object()
        .filter(|map| map.len() == 1)?
        .get(UNKNOWN)?
        .as_str()
}

/// The key of a mapping that stands for the lines of a text, which begins with NUL as [`UNKNOWN`] does.
const LINES: &str = "\0lines";

/// From this many bytes on the lines of a text are split only where something uses them: a program may print millions.
const LONG: usize = 1 << 16;

/// The lines of a text, as a result holds them: a list, or what stands for one.
pub(crate) fn lines(text: &str) -> serde_json::Value {
    match text.len() < LONG {
        true => split(text),
        false => serde_json::json!({ LINES: text }),
    }
}

fn split(text: &str) -> serde_json::Value {
    text.lines().collect()
}

/// The text whose lines a part of a result stands for.
pub fn is_lines_part(value: &serde_json::Value) -> Option<&str> {
    value
        .as_object()
        .filter(|map| map.len() == 1)?
        .get(LINES)?
        .as_str()
}

/// A result with something in the place of each part that is known only after apply; `shown` makes it of the reason.
pub fn with_unknown_parts(
    value: &serde_json::Value,
    shown: &impl Fn(&str) -> serde_json::Value,
) -> serde_json::Value {
    use serde_json::Value as Json;
    let each = |part: &Json| with_unknown_parts(part, shown);
    if let Some(text) = is_lines_part(value) {
        return split(text);
    }
    match (is_unknown_part(value), value) {
        (Some(why), _) => shown(why),
        (None, Json::Array(items)) => items.iter().map(each).collect(),
        (None, Json::Object(map)) => {
            let entries = map.iter().map(|(key, part)| (key.clone(), each(part)));
            Json::Object(entries.collect())
        }
        (None, plain) => plain.clone(),
    }
}

/// The text that Python's `json.dumps` gives: blanks after `,` and `:`, ASCII only.
pub(crate) fn python(value: &serde_json::Value) -> String {
    use serde_json::Value as Json;
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Json::Object(map) => {
            let entry = |(k, v): (&String, &Json)| format!("{}: {}", ascii(k), python(v));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Json::String(text) => ascii(text),
        Json::Null | Json::Bool(_) | Json::Number(_) => value.to_string(),
    }
}

fn ascii(text: &str) -> String {
    let quoted = serde_json::Value::String(text.to_owned()).to_string();
    let mut units = [0; 2];
    quoted
        .chars()
        .fold(String::with_capacity(quoted.len()), |mut out, c| {
            if c.is_ascii() {
                out.push(c);
            } else {
                out.extend(
                    c.encode_utf16(&mut units)
                        .iter()
                        .map(|unit| format!("\\u{unit:04x}")),
                );
            }
            out
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_dumps() {
        let value = serde_json::json!({"a": [1, 2.5, null, true], "ü": "a\"\n😀"});
        let expected = r#"{"a": [1, 2.5, null, true], "\u00fc": "a\"\n\ud83d\ude00"}"#;
        assert_eq!(python(&value), expected);
    }

    #[test]
    fn lines_of_a_long_text_are_split_where_they_are_shown() {
        let text = "a\r\n\nb\n".repeat(20_000);
        let held = lines(&text);
        assert_eq!(is_lines_part(&held), Some(text.as_str()));
        let shown = with_unknown_parts(&serde_json::json!({ "x": held }), &|_| serde_json::json!(null));
        assert_eq!(shown["x"].as_array().map(Vec::len), Some(60_000));
        assert_eq!(shown["x"][59_999], "b");
        assert_eq!(lines("a\r\nb\n\nc"), serde_json::json!(["a", "b", "", "c"]));
        assert_eq!(
            (lines("a\n"), lines("")),
            (serde_json::json!(["a"]), serde_json::json!([]))
        );
    }
}
