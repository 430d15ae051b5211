//! Lookups that combine what they are given: `dict`, `indexed_items`, `together`, `nested`.

use minijinja::Error;
use minijinja::Value;

use super::Request;
use super::flattened;
use crate::template::container::list;
use crate::template::container::record;
use crate::template::python;
use crate::template::python::Shape;

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
        if !matches!(python::shape(term), Shape::Map(_)) {
            let kind = python::type_name(term);
            let message =
                format!("the 'dict' lookup plugin expects a dictionary, not a value of type {kind}");
            return Err(python::error(message));
        }
        let entries = python::entries(term)?.into_iter();
        out.extend(entries.map(|(key, value)| record([("key", key), ("value", value)])));
    }
    Ok(out)
}

/// `together`: the first items, the second items, ...; a list that has ended gives nothing.
pub(super) fn together(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    if request.terms.is_empty() {
        return Err(request.error("with_together requires at least one element in each list"));
    }
    let columns = columns(request)?;
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    let row = |index| {
        let cell = |column: &Vec<Value>| column.get(index).cloned().unwrap_or(Value::from(()));
        let cells: Vec<Value> = columns.iter().map(cell).collect();
        list(flattened(&cells, true))
    };
    Ok((0..rows).map(row).collect())
}

/// `nested`: every item with every item of the other lists.
pub(super) fn nested(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut columns = columns(request)?.into_iter();
    let first = columns
        .next()
        .ok_or_else(|| request.error("with_nested requires at least one element in the nested list"))?;
    let mut rows = first;
    for column in columns {
        let longer = |row: &Value| {
            let row = row.clone();
            let with = move |item: &Value| list(flattened(&[row.clone(), item.clone()], true));
            column.iter().map(with).collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    let opened = rows
        .iter()
        .map(|row| Ok(list(flattened(&python::items(row)?, true))));
    opened.collect()
}

fn columns(request: &Request<'_>) -> Result<Vec<Vec<Value>>, Error> {
    request.terms.iter().map(python::items).collect()
}
