//! Lists as sets, truth.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::marker::usable;
use crate::template::python;

/// The tests of this file.
pub(super) const TESTS: &[Entry] = &[
    Entry::with_markers("subset issubset", "a b", |call| all_in(call, "a", "b")),
    Entry::with_markers("superset issuperset", "a b", |call| all_in(call, "b", "a")),
    Entry::with_markers("any", "value", |call| {
        let mut any = false;
        for item in call.items("value")? {
            any |= python::truth(&item)?;
        }
        Ok(Value::from(any))
    }),
    Entry::with_markers("all", "value", |call| {
        let mut all = true;
        for item in call.items("value")? {
            all &= python::truth(&item)?;
        }
        Ok(Value::from(all))
    }),
    Entry::with_markers("truthy", "value convert_bool", |call| {
        Ok(Value::from(truthy(call)?))
    }),
    Entry::with_markers("falsy", "value convert_bool", |call| {
        Ok(Value::from(!truthy(call)?))
    }),
    Entry::with_markers("nan isnan", "x", |call| {
        usable(call.need("x")?)?;
        Ok(Value::from(
            matches!(python::number(call.need("x")?), Some(python::Number::Float(number)) if number.is_nan()),
        ))
    }),
    Entry::with_markers("vault_encrypted", "value", |call| {
        let value = call.need("value")?;
        usable(value)?;
        Ok(Value::from(
            value
                .as_str()
                .is_some_and(|text| text.starts_with("$ANSIBLE_VAULT;")),
        ))
    }),
];

fn all_in(call: &Call<'_, '_, '_>, small: &str, large: &str) -> Result<Value, Error> {
    let large = call.items(large)?;
    for item in call.items(small)? {
        let mut found = false;
        for other in &large {
            found |= python::equal(&item, other)?;
        }
        if !found {
            return Ok(Value::from(false));
        }
    }
    Ok(Value::from(true))
}

fn truthy(call: &Call<'_, '_, '_>) -> Result<bool, Error> {
    let value = call.need("value")?;
    let truth = python::truth(value)?;
    if !call.flag("convert_bool", false)? {
        return Ok(truth);
    }
    Ok(match value.as_str().map(str::to_lowercase).as_deref() {
        Some("y" | "yes" | "on" | "1" | "true" | "t" | "1.0") => true,
        Some("n" | "no" | "off" | "0" | "false" | "f" | "0.0") => false,
        _ => truth,
    })
}
