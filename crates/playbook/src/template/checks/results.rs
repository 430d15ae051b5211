//! What a registered result says.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::marker::usable;
use crate::template::python;
use crate::template::python::Shape;

/// The tests of this file.
pub(super) const TESTS: &[Entry] = &[
    Entry::with_markers("failed failure", "result", |call| says(call, "failed")),
    Entry::with_markers("succeeded success successful", "result", |call| {
        says_not(call, "failed")
    }),
    Entry::with_markers("unreachable", "result", |call| says(call, "unreachable")),
    Entry::with_markers("reachable", "result", |call| says_not(call, "unreachable")),
    Entry::with_markers("skipped skip", "result", |call| says(call, "skipped")),
    Entry::with_markers("changed change", "result", changed),
    Entry::with_markers("finished", "result", |call| says_or_true(call, "finished")),
    Entry::with_markers("started", "result", |call| says_or_true(call, "started")),
    Entry::with_markers("timedout", "result", |call| {
        let timed_out = field(call.need("result")?, "timedout")?;
        Ok(Value::from(
            timed_out
                .and_then(|value| python::get(&value, &Value::from("period")))
                .is_some_and(|period| period.is_true()),
        ))
    }),
];

fn field(result: &Value, name: &str) -> Result<Option<Value>, Error> {
    usable(result)?;
    if !matches!(python::shape(result), Shape::Map(_)) {
        return Err(python::error(format!(
            "this test needs a registered result, not a value of type {}",
            python::type_name(result)
        )));
    }
    let found = python::get(result, &Value::from(name));
    found.map(|value| usable(&value).map(|()| value)).transpose()
}

fn says(call: &Call<'_, '_, '_>, name: &str) -> Result<Value, Error> {
    Ok(Value::from(
        field(call.need("result")?, name)?.is_some_and(|value| value.is_true()),
    ))
}

fn says_not(call: &Call<'_, '_, '_>, name: &str) -> Result<Value, Error> {
    Ok(Value::from(!says(call, name)?.is_true()))
}

fn says_or_true(call: &Call<'_, '_, '_>, name: &str) -> Result<Value, Error> {
    Ok(Value::from(
        field(call.need("result")?, name)?.is_none_or(|value| value.is_true()),
    ))
}

/// Without `changed` of its own, a result is changed when one of its items is.
fn changed(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let result = call.need("result")?;
    if let Some(value) = field(result, "changed")? {
        return Ok(Value::from(value.is_true()));
    }
    let items = field(result, "results")?.map_or_else(|| Ok(Vec::new()), |items| python::items(&items))?;
    for item in items {
        if field(&item, "changed")?.is_some_and(|value| value.is_true()) {
            return Ok(Value::from(true));
        }
    }
    Ok(Value::from(false))
}
