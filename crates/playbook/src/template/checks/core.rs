//! Definedness, types, comparisons.

use std::cmp::Ordering;

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::marker::is_undefined;
use crate::template::marker::usable;
use crate::template::python;
use crate::template::python::Number;
use crate::template::python::Shape;

/// The tests of this file.
pub(super) const TESTS: &[Entry] = &[
    Entry::with_markers("defined", "value", |call| {
        Ok(Value::from(!is_undefined(call.need("value")?)))
    }),
    Entry::with_markers("undefined", "value", |call| {
        Ok(Value::from(is_undefined(call.need("value")?)))
    }),
    Entry::with_markers("none", "value", |call| {
        typed(call, |shape| matches!(shape, Shape::None))
    }),
    Entry::with_markers("boolean", "value", |call| {
        typed(call, |shape| matches!(shape, Shape::Bool(_)))
    }),
    Entry::with_markers("true", "value", |call| {
        typed(call, |shape| matches!(shape, Shape::Bool(true)))
    }),
    Entry::with_markers("false", "value", |call| {
        typed(call, |shape| matches!(shape, Shape::Bool(false)))
    }),
    Entry::with_markers("string", "value", |call| {
        typed(call, |shape| matches!(shape, Shape::Str(_)))
    }),
    Entry::with_markers("integer", "value", |call| {
        typed(call, |shape| matches!(shape, Shape::Int(_)))
    }),
    Entry::with_markers("float", "value", |call| {
        typed(call, |shape| matches!(shape, Shape::Float(_)))
    }),
    Entry::with_markers("mapping", "value", |call| {
        typed(call, |shape| matches!(shape, Shape::Map(_)))
    }),
    Entry::with_markers("number", "value", |call| {
        typed(call, |shape| {
            matches!(shape, Shape::Int(_) | Shape::Float(_) | Shape::Bool(_))
        })
    }),
    Entry::with_markers("sequence", "value", |call| {
        typed(call, |shape| {
            matches!(shape, Shape::Str(_) | Shape::Seq(_) | Shape::Map(_))
        })
    }),
    Entry::with_markers("iterable", "value", |call| {
        typed(call, |shape| {
            matches!(shape, Shape::Str(_) | Shape::Seq(_) | Shape::Map(_))
        })
    }),
    Entry::with_markers("escaped", "value", |call| {
        usable(call.need("value")?)?;
        Ok(Value::from(false))
    }),
    Entry::with_markers("filter", "value", |call| {
        let name = call.text("value")?;
        Ok(Value::from(is_one_of(crate::template::filters::names(), &name)))
    }),
    Entry::with_markers("test", "value", |call| {
        let name = call.text("value")?;
        Ok(Value::from(is_one_of(super::names(), &name)))
    }),
    Entry::with_markers("callable", "value", |call| {
        let value = call.need("value")?;
        usable(value)?;
        Ok(Value::from(matches!(python::shape(value), Shape::Other)))
    }),
    Entry::with_markers("eq equalto ==", "a b", |call| ordered(call, "==")),
    Entry::with_markers("ne !=", "a b", |call| ordered(call, "!=")),
    Entry::with_markers("lt lessthan <", "a b", |call| ordered(call, "<")),
    Entry::with_markers("le <=", "a b", |call| ordered(call, "<=")),
    Entry::with_markers("gt greaterthan >", "a b", |call| ordered(call, ">")),
    Entry::with_markers("ge >=", "a b", |call| ordered(call, ">=")),
    Entry::with_markers("in", "value seq", |call| {
        Ok(Value::from(python::contains(
            call.need("seq")?,
            call.need("value")?,
        )?))
    }),
    Entry::with_markers("contains", "seq value", |call| {
        Ok(Value::from(python::contains(
            call.need("seq")?,
            call.need("value")?,
        )?))
    }),
    Entry::with_markers("sameas", "value other", same),
    Entry::with_markers("even", "value", |call| divisible(call, 2, 0)),
    Entry::with_markers("odd", "value", |call| divisible(call, 2, 1)),
    Entry::with_markers("divisibleby", "value num", |call| {
        let by = call
            .int("num")?
            .filter(|by| *by != 0)
            .ok_or_else(|| python::error("division by zero"))?;
        divisible(call, by, 0)
    }),
    Entry::with_markers("lower", "value", |call| {
        let text = call.text("value")?;
        Ok(Value::from(
            text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
        ))
    }),
    Entry::with_markers("upper", "value", |call| {
        let text = call.text("value")?;
        Ok(Value::from(
            text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
        ))
    }),
];

fn is_one_of(mut names: impl Iterator<Item = &'static str>, name: &str) -> bool {
    let short = name
        .strip_prefix("ansible.builtin.")
        .or_else(|| name.strip_prefix("ansible.legacy."));
    names.any(|known| known == short.unwrap_or(name))
}

/// A test of the type; an undefined value has none, so that the use is an error.
fn typed(call: &Call<'_, '_, '_>, test: fn(&Shape<'_>) -> bool) -> Result<Value, Error> {
    let value = call.need("value")?;
    usable(value)?;
    Ok(Value::from(test(&python::shape(value))))
}

fn ordered(call: &Call<'_, '_, '_>, operator: &str) -> Result<Value, Error> {
    let (a, b) = (call.need("a")?, call.need("b")?);
    Ok(Value::from(match operator {
        "==" => python::equal(a, b)?,
        "!=" => !python::equal(a, b)?,
        "<" => python::compare(a, b)? == Ordering::Less,
        "<=" => python::compare(a, b)? != Ordering::Greater,
        ">" => python::compare(a, b)? == Ordering::Greater,
        _ => python::compare(a, b)? != Ordering::Less,
    }))
}

fn same(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (a, b) = (call.need("value")?, call.need("other")?);
    Ok(Value::from(
        python::type_name(a) == python::type_name(b) && python::equal(a, b)?,
    ))
}

fn divisible(call: &Call<'_, '_, '_>, by: i64, rest: i128) -> Result<Value, Error> {
    let value = call.need("value")?;
    usable(value)?;
    match python::number(value) {
        Some(Number::Int(number)) => Ok(Value::from(number.rem_euclid(i128::from(by.abs())) == rest)),
        Some(Number::Float(_)) | None => Err(python::error("a number is needed for this test")),
    }
}
