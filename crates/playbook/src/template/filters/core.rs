//! Comparisons, defaults, conversions between types.

use std::cmp::Ordering;

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::changing;
use crate::template::container::list;
use crate::template::convert::integer;
use crate::template::functions;
use crate::template::marker::Undefined;
use crate::template::marker::is_undefined;
use crate::template::marker::usable;
use crate::template::python;
use crate::template::python::Number;
use crate::template::python::Shape;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::with_markers("__cmp", "value *", compare),
    Entry::with_markers("__use", "value", |call| {
        usable(call.need("value")?)?;
        Ok(call.need("value")?.clone())
    }),
    Entry::with_markers("__own", "value", |call| {
        Ok(changing::own(call.need("value")?.clone()))
    }),
    Entry::with_markers("__variadic", "value", functions::variadic),
    Entry::with_markers("__text", "value", |call| call.text("value").map(Value::from)),
    Entry::with_markers("__mod", "value other", modulo),
    Entry::with_markers("__sub", "value other", minus),
    Entry::with_markers("default d", "value default_value boolean", default),
    Entry::with_markers("mandatory", "a msg", mandatory),
    Entry::with_markers("ternary", "value true_val false_val none_val", ternary),
    Entry::new("type_debug", "obj", |call| {
        Ok(Value::from(python::type_name(call.need("obj")?)))
    }),
    Entry::new("bool", "value", boolean),
    Entry::new("int", "value default base", int),
    Entry::new("float", "value default", float),
    Entry::new("string", "object", |call| call.text("object").map(Value::from)),
    Entry::new("list", "value", |call| call.items("value").map(list)),
    Entry::new("safe", "value", |call| Ok(call.need("value")?.clone())),
];

/// `a < b <= c`: Python's rules, values that have no order are an error.
fn compare(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut left = call.need("value")?;
    for pair in call.values[1..].chunks_exact(2) {
        let right = &pair[1];
        let holds = match pair[0].as_str().unwrap_or_default() {
            "==" => python::equal(left, right)?,
            "!=" => !python::equal(left, right)?,
            "in" => python::contains(right, left)?,
            "not in" => !python::contains(right, left)?,
            "<" => python::compare(left, right)? == Ordering::Less,
            "<=" => python::compare(left, right)? != Ordering::Greater,
            ">" => python::compare(left, right)? == Ordering::Greater,
            _ => python::compare(left, right)? != Ordering::Less,
        };
        if !holds {
            return Ok(Value::from(false));
        }
        left = right;
    }
    Ok(Value::from(true))
}

/// `a % b`: a remainder, or Python's formatting of a string.
fn modulo(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (a, b) = (call.need("value")?, call.need("other")?);
    usable(a)?;
    usable(b)?;
    if let Some(format) = a.as_str() {
        let args = if b.is_tuple() {
            python::items(b)?
        } else {
            vec![b.clone()]
        };
        return minijinja::formatting::format(minijinja::formatting::FormatStyle::Printf, format, &args)
            .map(Value::from);
    }
    match (python::number(a), python::number(b)) {
        (Some(Number::Int(a)), Some(Number::Int(b))) if b != 0 => Ok(integer((a % b + b) % b)),
        (Some(a), Some(b)) if b.float() != 0.0 => {
            let (a, b) = (a.float(), b.float());
            Ok(Value::from(a - b * (a / b).floor()))
        }
        (Some(_), Some(_)) => Err(python::error("division by zero")),
        _ => Err(python::error(format!(
            "values of type {} and {} have no remainder",
            python::type_name(a),
            python::type_name(b)
        ))),
    }
}

/// `a - b`: of numbers, or the time between two dates.
fn minus(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (a, b) = (call.need("value")?, call.need("other")?);
    usable(a)?;
    usable(b)?;
    if let Some(between) = super::time::between(a, b) {
        return Ok(between);
    }
    match (python::number(a), python::number(b)) {
        (Some(Number::Int(a)), Some(Number::Int(b))) => {
            let difference = a.checked_sub(b);
            difference
                .map(integer)
                .ok_or_else(|| python::error("the difference is too large"))
        }
        (Some(a), Some(b)) => Ok(Value::from(a.float() - b.float())),
        _ => Err(python::error(format!(
            "values of type {} and {} have no difference",
            python::type_name(a),
            python::type_name(b)
        ))),
    }
}

fn default(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("value")?;
    let other = || {
        call.get("default_value")
            .cloned()
            .unwrap_or_else(|| Value::from(""))
    };
    if is_undefined(value) {
        return Ok(other());
    }
    if call.flag("boolean", false)? && usable(value).is_ok() && !value.is_true() {
        return Ok(other());
    }
    Ok(value.clone())
}

fn mandatory(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("a")?;
    if !is_undefined(value) {
        return Ok(value.clone());
    }
    if let Some(message) = call.some("msg") {
        return Err(python::error(python::text(message)?));
    }
    let name = value
        .downcast_object_ref::<Undefined>()
        .map(|undefined| format!(" '{}'", undefined.name));
    Err(python::error(format!(
        "Mandatory variable{} not defined.",
        name.unwrap_or_default()
    )))
}

fn ternary(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("value")?;
    let chosen = match call.some("none_val") {
        Some(none) if value.is_none() => none,
        _ if python::truth(value)? => call.need("true_val")?,
        _ => call.need("false_val")?,
    };
    Ok(chosen.clone())
}

fn boolean(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("value")?;
    let text = match python::shape(value) {
        Shape::Bool(value) => return Ok(Value::from(value)),
        Shape::Int(number) => number.to_string(),
        Shape::Str(text) => text.to_lowercase(),
        Shape::Float(number) => return Ok(Value::from((number - 1.0).abs() < f64::EPSILON)),
        Shape::None | Shape::Seq(_) | Shape::Map(_) | Shape::Other => return Ok(Value::from(false)),
    };
    Ok(Value::from(matches!(text.as_str(), "yes" | "on" | "true" | "1")))
}

/// Python's `int(text, base)`: underscores between digits, a prefix where the base allows it.
fn parse_int(text: &str, base: u32) -> Option<i128> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| {
            let rest = digits.to_ascii_lowercase();
            (base == radix || base == 0)
                .then(|| rest.strip_prefix(prefix).map(|rest| (rest.to_owned(), radix)))
                .flatten()
        });
    let (digits, base) = prefixed.unwrap_or((digits.to_owned(), if base == 0 { 10 } else { base }));
    let tidy = !digits.starts_with('_') && !digits.ends_with('_') && !digits.contains("__");
    let number = i128::from_str_radix(&digits.replace('_', ""), base)
        .ok()
        .filter(|_| tidy && !digits.starts_with(['+', '-']))?;
    Some(if negative { -number } else { number })
}

fn int(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let base = u32::try_from(call.int_or("base", 10)?).unwrap_or(10).min(36);
    let value = call.need("value")?;
    let found = match (python::number(value), value.as_str()) {
        (Some(Number::Int(number)), _) => Some(number),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the fraction is cut off, as Python does"
        )]
        (Some(Number::Float(number)), _) => number.is_finite().then_some(number as i128),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the fraction is cut off, as Jinja does"
        )]
        (None, Some(text)) => {
            parse_int(text, base).or_else(|| parse_float(text).filter(|f| f.is_finite()).map(|f| f as i128))
        }
        (None, None) => None,
    };
    Ok(found.map_or_else(
        || call.get("default").cloned().unwrap_or_else(|| Value::from(0)),
        integer,
    ))
}

/// Python's `float(text)`.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let text = text.trim();
    let tidy = !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    text.replace('_', "")
        .parse()
        .ok()
        .filter(|_| tidy && !text.is_empty())
}

fn float(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("value")?;
    let found = python::number(value)
        .map(Number::float)
        .or_else(|| parse_float(value.as_str()?));
    Ok(found.map_or_else(
        || call.get("default").cloned().unwrap_or_else(|| Value::from(0.0)),
        Value::from,
    ))
}
