//! What a plain scalar means in YAML 1.1, as PyYAML's `SafeLoader` and thereby Ansible decide it.
//!
//! The patterns are those of PyYAML's `resolver.py` and `constructor.py`, not those of the specification:
//! `1e3` is a string, `y` is a string, `0o644` is a string, `08` is a string, `22:30` is 1350.

mod number;
mod time;

use crate::Value;

pub(crate) use number::float_text;

/// What kind of value the text of a scalar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Int,
    Float,
    Timestamp,
    /// `<<`, which merges as a key and has no meaning as a value.
    Merge,
    /// `=`, which is a string as a key and has no meaning as a value.
    Default,
    Str,
}

/// The value of a plain, untagged scalar.
///
/// Texts that look like a number or date but are none (`2024-13-01`) come back as strings here; `load` refuses
/// them as PyYAML does.
///
/// ```
/// use evenkeel_yaml::{Value, resolve};
/// assert_eq!(resolve("yes"), Value::Bool(true));
/// assert_eq!(resolve("0644"), Value::Int(420));
/// assert_eq!(resolve("0o644"), Value::Str("0o644".to_owned()));
/// ```
pub fn resolve(text: &str) -> Value {
    construct(kind(text), text).unwrap_or_else(|_| Value::Str(text.to_owned()))
}

/// Which pattern a plain scalar matches.
pub(crate) fn kind(text: &str) -> Kind {
    match text.as_bytes().first() {
        None => Kind::Null,
        Some(b'~') if text == "~" => Kind::Null,
        Some(b'<') if text == "<<" => Kind::Merge,
        Some(b'=') if text == "=" => Kind::Default,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O') => word(text),
        Some(b'-' | b'+' | b'.' | b'0'..=b'9') => {
            if number::is_float(text) {
                Kind::Float
            } else if number::is_int(text) {
                Kind::Int
            } else if time::is_timestamp(text) {
                Kind::Timestamp
            } else {
                Kind::Str
            }
        }
        Some(_) => Kind::Str,
    }
}

fn word(text: &str) -> Kind {
    match text {
        "yes" | "Yes" | "YES" | "no" | "No" | "NO" | "true" | "True" | "TRUE" | "false" | "False"
        | "FALSE" | "on" | "On" | "ON" | "off" | "Off" | "OFF" => Kind::Bool,
        "null" | "Null" | "NULL" => Kind::Null,
        _ => Kind::Str,
    }
}

/// The value of a text of a known kind; an error says why the text is not of that kind.
pub(crate) fn construct(kind: Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Null => Ok(Value::Null),
        Kind::Bool => boolean(text).map(Value::Bool),
        Kind::Int => number::int(text),
        Kind::Float => number::float(text).map(Value::Float),
        Kind::Timestamp => time::timestamp(text).map(Value::Date),
        Kind::Merge => Err("`<<` is the merge key and cannot be a value".to_owned()),
        Kind::Default => Err("`=` is YAML's default key and cannot be a value".to_owned()),
        Kind::Str => Ok(Value::Str(text.to_owned())),
    }
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(true),
        "no" | "false" | "off" => Ok(false),
        _ => Err(format!("`{text}` is not a boolean")),
    }
}
