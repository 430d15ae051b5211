//! JSON as Python writes it: a blank after commas and colons, keys in order, characters as they are.

use std::fmt::Write as _;

use serde_json::Value;

/// A value; each entry on a line of its own where there is an indentation, as `json.dumps` takes it.
pub(crate) fn text(value: &Value, indent: Option<usize>) -> String {
    let mut text = String::new();
    write(value, indent, 0, &mut text);
    text
}

fn write(value: &Value, indent: Option<usize>, depth: usize, text: &mut String) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for (number, item) in items.iter().enumerate() {
                begin(number, indent, depth + 1, text);
                write(item, indent, depth + 1, text);
            }
            end(indent, depth, text);
            text.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            text.push('{');
            for (number, (key, value)) in entries.into_iter().enumerate() {
                begin(number, indent, depth + 1, text);
                let _ = write!(text, "{}: ", Value::String(key.clone()));
                write(value, indent, depth + 1, text);
            }
            end(indent, depth, text);
            text.push('}');
        }
        Value::Number(number) if number.is_f64() => text.push_str(&float(&number.to_string())),
        plain => drop(write!(text, "{plain}")),
    }
}

/// A power of ten has a sign and at least two digits.
fn float(text: &str) -> String {
    match text.split_once('e') {
        Some((digits, power)) => {
            let (sign, power) = power.strip_prefix('-').map_or(('+', power), |power| ('-', power));
            let digits = digits.strip_suffix(".0").unwrap_or(digits);
            format!("{digits}e{sign}{:0>2}", power.trim_start_matches('+'))
        }
        None => text.to_owned(),
    }
}

fn begin(number: usize, indent: Option<usize>, depth: usize, text: &mut String) {
    match (number, indent) {
        (0, None) => {}
        (_, None) => text.push_str(", "),
        (0, Some(_)) => end(indent, depth, text),
        (_, Some(_)) => {
            text.push(',');
            end(indent, depth, text);
        }
    }
}

fn end(indent: Option<usize>, depth: usize, text: &mut String) {
    if let Some(width) = indent {
        text.push('\n');
        text.push_str(&" ".repeat(width * depth));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::text;

    #[test]
    fn is_written_as_python_does() {
        let value = json!({"b": [1, {}, []], "a": {"x": "ü\n", "y": null}});
        assert_eq!(
            text(&value, None),
            "{\"a\": {\"x\": \"ü\\n\", \"y\": null}, \"b\": [1, {}, []]}"
        );
        assert_eq!(
            text(&json!({"msg": ["a", 1.0], "n": {}}), Some(4)),
            "{\n    \"msg\": [\n        \"a\",\n        1.0\n    ],\n    \"n\": {}\n}"
        );
        assert_eq!(text(&json!([1e16, 2.5e-7, 1.5]), None), "[1e+16, 2.5e-07, 1.5]");
    }
}
