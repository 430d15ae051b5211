//! Lookups that combine what they are given: `dict`, `indexed_items`, `together`, `nested`.

use minijinja::Error;
use minijinja::Value;

use super::Request;
use super::flattened;
use crate::template::container::list;
use crate::template::container::record;
use crate::template::python;

/// `indexed_items`: each item behind its number.
pub(super) fn indexed(request: &Request<'_>) -> Vec<Value> {
    let items = flattened(&request.terms, true).into_iter().enumerate();
    items
        .map(|(index, item)| list(vec![Value::from(index), item]))
        .collect()
}

/// `dict`: a record of key and value for each entry.
pub(super) fn entries(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut out = Vec::new();
    for term in &request.terms {
        let entries = python::entries(term)?.into_iter();
        out.extend(entries.map(|(key, value)| record([("key", key), ("value", value)])));
    }
    Ok(out)
}

/// `together`: the first items, the second items, ...; a list that has ended gives nothing.
pub(super) fn together(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let columns = columns(request)?;
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let row = |index| {
        let cell = |column: &Vec<Value>| column.get(index).cloned().unwrap_or(Value::from(()));
        list(columns.iter().map(cell).collect())
    };
    Ok((0..rows).map(row).collect())
}

/// `nested`: every item with every item of the other lists.
pub(super) fn nested(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for column in columns(request)? {
        let longer = |row: &Vec<Value>| {
            let row = row.clone();
            let cell = move |item: &Value| [row.clone(), vec![item.clone()]].concat();
            column.iter().map(cell).collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    Ok(rows.into_iter().map(list).collect())
}

fn columns(request: &Request<'_>) -> Result<Vec<Vec<Value>>, Error> {
    request.terms.iter().map(python::items).collect()
}
