//! Python's view of values: text, truth, equality, order, membership.

mod float;

use std::cmp::Ordering;
use std::fmt;

use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::Value;
use minijinja::value::DynObject;
use minijinja::value::ObjectRepr;
use minijinja::value::ValueKind;

use super::filters::is_group;
use super::filters::time;
use super::marker::Omit;
use super::marker::is_blank;
use super::marker::usable;

pub(crate) use float::text as float_text;

/// A value by its Python type.
pub(crate) enum Shape<'a> {
    /// `None`.
    None,
    /// `bool`.
    Bool(bool),
    /// `int`.
    Int(i128),
    /// `float`.
    Float(f64),
    /// `str`.
    Str(&'a str),
    /// `list`, `tuple`, or another sequence.
    Seq(&'a DynObject),
    /// `dict`.
    Map(&'a DynObject),
    /// Anything else: a function, a marker.
    Other,
}

/// The Python type of a value.
pub(crate) fn shape(value: &Value) -> Shape<'_> {
    if let Some(text) = value.as_str() {
        return Shape::Str(text);
    }
    match value.kind() {
        ValueKind::None => Shape::None,
        ValueKind::Bool => Shape::Bool(value.is_true()),
        ValueKind::Number => match i128::try_from(value.clone()) {
            Ok(number) if value.is_integer() => Shape::Int(number),
            _ => Shape::Float(f64::try_from(value.clone()).unwrap_or(f64::NAN)),
        },
        ValueKind::Seq | ValueKind::Iterable => value.as_object().map_or(Shape::Other, Shape::Seq),
        ValueKind::Map => value.as_object().map_or(Shape::Other, Shape::Map),
        _ => Shape::Other,
    }
}

/// The name of a value's Python type.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match shape(value) {
        Shape::None => "NoneType",
        Shape::Bool(_) => "bool",
        Shape::Int(_) => "int",
        Shape::Float(_) => "float",
        Shape::Str(_) => "str",
        Shape::Seq(_) if value.is_tuple() => "tuple",
        Shape::Seq(_) => "list",
        Shape::Map(_) => "dict",
        Shape::Other => "object",
    }
}

/// An error about a value.
pub(crate) fn error(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

/// `str(value)`.
pub(crate) fn text(value: &Value) -> Result<String, Error> {
    if let Some(text) = value.as_str() {
        return Ok(text.to_owned());
    }
    if is_blank(value) {
        return Ok(String::new());
    }
    let mut out = String::new();
    write(&mut out, value, false, Tuples::Kept)?;
    Ok(out)
}

/// What `{{ }}` writes of a value between other text: tuples have become lists, as everything that leaves an expression of
/// Ansible's; only the pairs of `groupby` stay what they are.
pub(crate) fn written(value: &Value) -> Result<String, Error> {
    let mut out = String::new();
    write(&mut out, value, false, Tuples::Lists)?;
    Ok(out)
}

/// How tuples are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tuples {
    Kept,
    Lists,
}

/// `repr(value)`.
pub(crate) fn repr(value: &Value) -> Result<String, Error> {
    let mut out = String::new();
    write(&mut out, value, true, Tuples::Kept)?;
    Ok(out)
}

/// Writes a container for minijinja, which cannot pass an error on: a marker inside poisons the render.
pub(crate) fn render(value: &Value, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match repr(value) {
        Ok(text) => f.write_str(&text),
        Err(error) => {
            if let Some(reason) = super::marker::Stopped::of(&error) {
                super::frame::poison(reason.clone());
            }
            Ok(())
        }
    }
}

fn write(out: &mut String, value: &Value, quoted: bool, tuples: Tuples) -> Result<(), Error> {
    usable(value)?;
    match shape(value) {
        Shape::None => out.push_str("None"),
        Shape::Bool(value) => out.push_str(if value { "True" } else { "False" }),
        Shape::Int(value) => out.push_str(&value.to_string()),
        Shape::Float(value) => out.push_str(&float_text(value)),
        Shape::Str(text) if quoted => quote(out, text),
        Shape::Str(text) => out.push_str(text),
        Shape::Seq(_) => {
            let tuple = value.is_tuple() && tuples == Tuples::Kept || is_group(value);
            let items = items(value)?;
            out.push(if tuple { '(' } else { '[' });
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write(out, item, true, tuples)?;
            }
            out.push_str(if tuple && items.len() == 1 {
                ",)"
            } else if tuple {
                ")"
            } else {
                "]"
            });
        }
        Shape::Map(_) => {
            out.push('{');
            for (index, (key, item)) in entries(value)?.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write(out, key, true, tuples)?;
                out.push_str(": ");
                write(out, item, true, tuples)?;
            }
            out.push('}');
        }
        Shape::Other => out.push_str(&value.to_string()),
    }
    Ok(())
}

fn quote(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if (c as u32) < 0x20 || (0x7f..0xa0).contains(&(c as u32)) || c as u32 == 0xad => {
                out.push_str(&format!("\\x{:02x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push(quote);
}

/// `bool(value)`.
pub(crate) fn truth(value: &Value) -> Result<bool, Error> {
    usable(value)?;
    Ok(value.is_true())
}

/// What iterating gives: items, keys, or characters.
pub(crate) fn items(value: &Value) -> Result<Vec<Value>, Error> {
    usable(value)?;
    match shape(value) {
        Shape::Str(text) => Ok(text.chars().map(Value::from).collect()),
        Shape::Seq(object) | Shape::Map(object) => match object.try_iter() {
            Some(iter) => iter.map(valid).collect(),
            None => Err(not_iterable(value)),
        },
        Shape::None | Shape::Bool(_) | Shape::Int(_) | Shape::Float(_) | Shape::Other => {
            Err(not_iterable(value))
        }
    }
}

fn not_iterable(value: &Value) -> Error {
    error(format!("'{}' object is not iterable", type_name(value)))
}

/// Keys and values of a mapping.
pub(crate) fn entries(value: &Value) -> Result<Vec<(Value, Value)>, Error> {
    usable(value)?;
    let Shape::Map(object) = shape(value) else {
        return Err(error(format!(
            "expected a mapping, not a value of type {}",
            type_name(value)
        )));
    };
    let pairs = object.try_iter_pairs().into_iter().flatten();
    pairs.map(|(key, item)| Ok((key, valid(item)?))).collect()
}

/// An invalid value is an error that waited for its use.
pub(crate) fn valid(value: Value) -> Result<Value, Error> {
    if value.kind() != ValueKind::Invalid {
        return Ok(value);
    }
    match Value::from(vec![value]).try_iter()?.checked().next() {
        Some(Err(error)) => Err(error),
        Some(Ok(value)) => Ok(value),
        None => Err(error("invalid value")),
    }
}

/// `container[key]` where the key is there.
pub(crate) fn get(container: &Value, key: &Value) -> Option<Value> {
    match container.as_object()?.repr() {
        ObjectRepr::Map => container.as_object()?.get_value(key),
        _ => container.get_item(key).ok(),
    }
    .filter(|value| !super::marker::is_undefined(value))
}

/// `a == b`.
pub(crate) fn equal(a: &Value, b: &Value) -> Result<bool, Error> {
    usable(a)?;
    usable(b)?;
    Ok(match (shape(a), shape(b)) {
        (Shape::Str(a), Shape::Str(b)) => a == b,
        (Shape::None, Shape::None) => true,
        (Shape::Seq(_), Shape::Seq(_)) => {
            let (left, right) = (items(a)?, items(b)?);
            if a.is_tuple() != b.is_tuple() || left.len() != right.len() {
                return Ok(false);
            }
            for (a, b) in left.iter().zip(&right) {
                if !equal(a, b)? {
                    return Ok(false);
                }
            }
            true
        }
        (Shape::Map(left), Shape::Map(_)) => {
            if left.enumerator_len() != b.len() {
                return Ok(false);
            }
            for (key, item) in entries(a)? {
                match get(b, &key) {
                    Some(other) if equal(&item, &other)? => {}
                    _ => return Ok(false),
                }
            }
            true
        }
        _ => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.compare(&b) == Some(Ordering::Equal),
            (None, None) if matches!((shape(a), shape(b)), (Shape::Other, Shape::Other)) => {
                is_omit(a) && is_omit(b) || a == b || time::order(a, b) == Some(Ordering::Equal)
            }
            _ => false,
        },
    })
}

fn is_omit(value: &Value) -> bool {
    value.downcast_object_ref::<Omit>().is_some()
}

/// A number; booleans are numbers in Python.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    /// `int` or `bool`.
    Int(i128),
    /// `float`.
    Float(f64),
}

impl Number {
    /// As a float.
    #[expect(clippy::cast_precision_loss, reason = "Python converts in the same way")]
    pub(crate) fn float(self) -> f64 {
        match self {
            Number::Int(value) => value as f64,
            Number::Float(value) => value,
        }
    }

    fn compare(&self, other: &Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Int(a), Number::Int(b)) => Some(a.cmp(b)),
            (a, b) => a.float().partial_cmp(&b.float()),
        }
    }
}

/// The number a value is.
pub(crate) fn number(value: &Value) -> Option<Number> {
    match shape(value) {
        Shape::Bool(value) => Some(Number::Int(i128::from(value))),
        Shape::Int(value) => Some(Number::Int(value)),
        Shape::Float(value) => Some(Number::Float(value)),
        Shape::None | Shape::Str(_) | Shape::Seq(_) | Shape::Map(_) | Shape::Other => None,
    }
}

/// `a < b` and its kin.
pub(crate) fn compare(a: &Value, b: &Value) -> Result<Ordering, Error> {
    usable(a)?;
    usable(b)?;
    match (shape(a), shape(b)) {
        (Shape::Str(a), Shape::Str(b)) => return Ok(a.cmp(b)),
        (Shape::Seq(_), Shape::Seq(_)) => {
            let (left, right) = (items(a)?, items(b)?);
            for (a, b) in left.iter().zip(&right) {
                if !equal(a, b)? {
                    return compare(a, b);
                }
            }
            return Ok(left.len().cmp(&right.len()));
        }
        _ => {}
    }
    let ordering = number(a)
        .zip(number(b))
        .map(|(a, b)| a.compare(&b).unwrap_or(Ordering::Equal))
        .or_else(|| time::order(a, b));
    ordering.ok_or_else(|| {
        error(format!(
            "values of type {} and {} have no order",
            type_name(a),
            type_name(b)
        ))
    })
}

/// `item in container`.
pub(crate) fn contains(container: &Value, item: &Value) -> Result<bool, Error> {
    usable(container)?;
    usable(item)?;
    match shape(container) {
        Shape::Str(text) => match item.as_str() {
            Some(part) => Ok(text.contains(part)),
            None => Err(error(format!(
                "`in` on a string needs a string on its left, not a value of type {}",
                type_name(item)
            ))),
        },
        Shape::Map(_) => Ok(get(container, item).is_some()),
        Shape::Seq(_) => {
            for candidate in items(container)? {
                if equal(&candidate, item)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Shape::None | Shape::Bool(_) | Shape::Int(_) | Shape::Float(_) | Shape::Other => Err(error(format!(
            "`in` needs a list, mapping or string on its right, not a value of type {}",
            type_name(container)
        ))),
    }
}
