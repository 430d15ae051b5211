//! The functions and other globals.

mod lipsum;
mod turns;
mod variadic;

use minijinja::Environment;
use minijinja::Error;
use minijinja::Value;

use super::call::Call;
use super::call::Entry;
use super::call::Registry;
use super::call::register as register_entries;
use super::container::dict;
use super::container::list;
use super::filters;
use super::lookups;
use super::marker::Blank;
use super::marker::Omit;
use super::marker::Undefined;
use super::python;

/// The most items that `range` gives.
const RANGE_LIMIT: i64 = 1_000_000;

pub(super) use variadic::variadic;

const FUNCTIONS: &[Entry] = &[
    Entry::new("range", "start stop step", range),
    Entry::new("dict", "value **", make_dict),
    Entry::with_markers("lookup", "name * **", lookups::lookup),
    Entry::with_markers("query q", "name * **", lookups::query),
    Entry::new("now", "utc fmt", filters::time::now),
    Entry::new("cycler", "*", turns::cycler),
    Entry::new("joiner", "sep", turns::joiner),
    Entry::new("lipsum", "n html min max", lipsum::lipsum),
    Entry::new("undef", "hint", |call| {
        let hint = call.text_or("hint", "Mandatory variable has not been overridden")?;
        let (name, leaf, holder, inside) = (String::new(), String::new(), None, None);
        Ok(Value::from_object(Undefined {
            name,
            leaf,
            hint: Some(hint),
            holder,
            in_ansible: None,
            inside,
        }))
    }),
];

/// Registers all globals.
pub(super) fn register(environment: &mut Environment<'static>) {
    register_entries(environment, Registry::Functions, FUNCTIONS, &[]);
    environment.add_global("__blank", Value::from_object(Blank));
    environment.add_global("omit", Value::from_object(Omit));
    environment.add_function("namespace", minijinja::functions::namespace);
}

fn range(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let first = call.int("start")?.ok_or_else(|| call.error("needs a number"))?;
    let (start, stop) = call.int("stop")?.map_or((0, first), |stop| (first, stop));
    let step = call.int_or("step", 1)?;
    if step == 0 {
        return Err(call.error("the step must not be zero"));
    }
    let count = if step > 0 {
        stop.saturating_sub(start)
    } else {
        start.saturating_sub(stop)
    };
    if count / step.abs() > RANGE_LIMIT {
        return Err(call.error(format!("more than {RANGE_LIMIT} items")));
    }
    let items = std::iter::successors(Some(start), |at| at.checked_add(step));
    let items = items.take_while(|at| if step > 0 { *at < stop } else { *at > stop });
    Ok(list(items.map(Value::from).collect()))
}

fn make_dict(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut entries = match call.get("value") {
        Some(value) if value.kind() == minijinja::value::ValueKind::Map => python::entries(value)?,
        Some(value) => {
            let pairs = python::items(value)?.into_iter().map(|pair| {
                let pair = python::items(&pair)?;
                <[Value; 2]>::try_from(pair)
                    .map(|[key, value]| (key, value))
                    .map_err(|_| call.error("needs pairs"))
            });
            pairs.collect::<Result<_, _>>()?
        }
        None => Vec::new(),
    };
    entries.extend(
        call.named
            .iter()
            .filter(|(name, _)| name != "value")
            .map(|(name, value)| (Value::from(name.as_str()), value.clone())),
    );
    Ok(dict(entries))
}
