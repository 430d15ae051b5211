//! Nodes as data for any serde format: JSON output, template variables.

use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeMap;

use crate::Node;
use crate::Value;

/// Dates become their text, tags and places are lost, and a null key becomes `"null"`, as Python's `json` has it.
///
/// JSON knows neither infinity nor "not a number": these become the strings that Python's `json` writes bare
/// (`Infinity`, `-Infinity`, `NaN`) in formats for humans; binary formats keep the float.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Int(number) => integer(*number, serializer),
            Value::Float(number) => float(*number, serializer),
            Value::Date(text) | Value::Str(text) => serializer.serialize_str(text),
            Value::Seq(items) => serializer.collect_seq(items),
            Value::Map(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                for (key, value) in &map.entries {
                    if key.is_null() {
                        out.serialize_entry("null", value)?;
                    } else {
                        out.serialize_entry(key, value)?;
                    }
                }
                out.end()
            }
        }
    }
}

/// In the smallest type that holds it, since many formats know 64 bits only.
fn integer<S: Serializer>(number: i128, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(number) = i64::try_from(number) {
        serializer.serialize_i64(number)
    } else if let Ok(number) = u64::try_from(number) {
        serializer.serialize_u64(number)
    } else {
        serializer.serialize_i128(number)
    }
}

fn float<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if number.is_finite() || !serializer.is_human_readable() {
        return serializer.serialize_f64(number);
    }
    serializer.serialize_str(if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    })
}
