//! Several lists at once: sets, pairs, products.

use minijinja::Error;
use minijinja::Value;
use minijinja::value::Tuple;

use crate::template::call::Call;
use crate::template::container::list;
use crate::template::python;

/// The most rows that a product may have.
const LIMIT: usize = 1_000_000;

fn contains(items: &[Value], wanted: &Value) -> Result<bool, Error> {
    for item in items {
        if python::equal(item, wanted)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Set operations that keep the order of the lists: `keep` sees in which of the two an item is.
pub(super) fn sets(call: &Call<'_, '_, '_>, keep: fn(bool, bool) -> bool) -> Result<Value, Error> {
    let (a, b) = (call.items("a")?, call.items("b")?);
    let mut out: Vec<Value> = Vec::new();
    for item in a.iter().chain(&b) {
        if keep(contains(&a, item)?, contains(&b, item)?) && !contains(&out, item)? {
            out.push(item.clone());
        }
    }
    Ok(list(out))
}

fn tuple(items: Vec<Value>) -> Value {
    Value::from(Tuple::from(items))
}

fn columns(call: &Call<'_, '_, '_>) -> Result<Vec<Vec<Value>>, Error> {
    call.values.iter().map(python::items).collect()
}

/// `zip`: as long as the shortest.
pub(super) fn zip(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let columns = columns(call)?;
    let rows = columns.iter().map(Vec::len).min().unwrap_or(0);
    Ok(list(
        (0..rows)
            .map(|row| tuple(columns.iter().map(|column| column[row].clone()).collect()))
            .collect(),
    ))
}

/// `zip_longest`: shorter ones are filled.
pub(super) fn zip_longest(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let columns = columns(call)?;
    let fill = call
        .named
        .iter()
        .find(|(name, _)| name == "fillvalue")
        .map_or(Value::from(()), |(_, value)| value.clone());
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let at = |column: &Vec<Value>, row: usize| column.get(row).unwrap_or(&fill).clone();
    Ok(list(
        (0..rows)
            .map(|row| tuple(columns.iter().map(|column| at(column, row)).collect()))
            .collect(),
    ))
}

/// `product`: every combination of one item each.
pub(super) fn product(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut columns = columns(call)?;
    let repeat = call
        .named
        .iter()
        .find(|(name, _)| name == "repeat")
        .and_then(|(_, value)| value.as_usize())
        .unwrap_or(1);
    columns = std::iter::repeat_n(columns, repeat.min(20)).flatten().collect();
    let size = columns
        .iter()
        .try_fold(1_usize, |size, column| size.checked_mul(column.len()));
    if size.is_none_or(|size| size > LIMIT) {
        return Err(call.error(format!("more than {LIMIT} combinations")));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for column in &columns {
        rows = rows
            .iter()
            .flat_map(|row| {
                column
                    .iter()
                    .map(move |item| [row.as_slice(), std::slice::from_ref(item)].concat())
            })
            .collect();
    }
    Ok(list(rows.into_iter().map(tuple).collect()))
}

/// Picks `r` of the items, in order; `free` also lets a later pick come before an earlier one.
fn picks(call: &Call<'_, '_, '_>, free: bool) -> Result<Value, Error> {
    let items = call.items("value")?;
    let count = call
        .int("r")?
        .map_or(items.len(), |r| usize::try_from(r).unwrap_or(0));
    let mut rows: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..count {
        let next = |row: &Vec<usize>| -> Vec<Vec<usize>> {
            let fits = |index: &usize| {
                if free {
                    !row.contains(index)
                } else {
                    row.last().is_none_or(|last| index > last)
                }
            };
            (0..items.len())
                .filter(fits)
                .map(|index| [row.as_slice(), &[index]].concat())
                .collect()
        };
        rows = rows.iter().flat_map(next).collect();
        if rows.len() > LIMIT {
            return Err(call.error(format!("more than {LIMIT} combinations")));
        }
    }
    Ok(list(
        rows.into_iter()
            .map(|row| tuple(row.into_iter().map(|index| items[index].clone()).collect()))
            .collect(),
    ))
}

/// `combinations`.
pub(super) fn combinations(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    picks(call, false)
}

/// `permutations`.
pub(super) fn permutations(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    picks(call, true)
}
