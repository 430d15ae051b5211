//! `map`, `select` and their kin: other filters and tests, applied to every item.

use minijinja::Error;
use minijinja::Value;
use minijinja::value::Kwargs;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::container::list;
use crate::template::marker::is_undefined;
use crate::template::marker::usable;
use crate::template::python;

use super::attribute::Getter;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("map", "value * **", map),
    Entry::new("select", "value * **", |call| filter(call, false, true)),
    Entry::new("reject", "value * **", |call| filter(call, false, false)),
    Entry::new("selectattr", "value * **", |call| filter(call, true, true)),
    Entry::new("rejectattr", "value * **", |call| filter(call, true, false)),
    Entry::new("attr", "obj name", |call| {
        Ok(super::attribute::lookup(call.need("obj")?, call.need("name")?))
    }),
];

/// The arguments of the inner call: those after `skip`, and the named ones.
fn inner(call: &Call<'_, '_, '_>, item: Value, skip: usize) -> Vec<Value> {
    let mut args = vec![item];
    args.extend(call.values.iter().skip(skip).cloned());
    if !call.named.is_empty() {
        args.push(Value::from(call.named.iter().cloned().collect::<Kwargs>()));
    }
    args
}

fn map(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let items = call.items("value")?;
    let mut out = Vec::with_capacity(items.len());
    let Some(name) = call.values.get(1).cloned() else {
        let named = |wanted: &str| {
            call.named
                .iter()
                .find(|(name, _)| name == wanted)
                .map(|(_, value)| value)
        };
        let getter = Getter::of(Some(
            named("attribute").ok_or_else(|| call.error("needs a filter or `attribute=`"))?,
        ))?;
        for item in items {
            let value = getter.get(&item)?;
            let default = named("default").filter(|_| is_undefined(&value));
            out.push(default.cloned().unwrap_or(value));
        }
        return Ok(list(out));
    };
    let name = python::text(&name)?;
    for item in items {
        let args = inner(call, item, 2);
        out.push(
            call.state
                .apply_filter(&name, &args)
                .map_err(|error| named_error(error, "filter", &name))?,
        );
    }
    Ok(list(out))
}

/// minijinja does not name a filter that is unknown when it is applied by name.
fn named_error(error: Error, what: &str, name: &str) -> Error {
    use minijinja::ErrorKind;
    match error.kind() {
        kind @ (ErrorKind::UnknownFilter | ErrorKind::UnknownTest) if error.detail().is_none() => {
            Error::new(kind, format!("{what} {name} is unknown"))
        }
        _ => error,
    }
}

fn filter(call: &mut Call<'_, '_, '_>, by_attribute: bool, wanted: bool) -> Result<Value, Error> {
    let items = call.items("value")?;
    let skip = 1 + usize::from(by_attribute);
    let getter = Getter::of(if by_attribute { call.values.get(1) } else { None })?;
    let test = call.values.get(skip).map(python::text).transpose()?;
    let mut out = Vec::new();
    for item in items {
        let value = getter.get(&item)?;
        let holds = match &test {
            Some(test) => {
                let args = inner(call, value, skip + 1);
                call.state
                    .perform_test(test, &args)
                    .map_err(|error| named_error(error, "test", test))?
            }
            None => {
                usable(&value)?;
                value.is_true()
            }
        };
        if holds == wanted {
            out.push(item);
        }
    }
    Ok(list(out))
}
