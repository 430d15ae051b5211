//! `subelements`: every item of a list inside each record, beside its record.

use indexmap::IndexMap;
use minijinja::Error;
use minijinja::Value;

use super::Request;
use crate::template::container::dict;
use crate::template::container::list;
use crate::template::python;
use crate::template::python::Shape;

/// Pairs of a record, without the list, and an item of the list.
pub(super) fn pairs(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let wrong = |what: &str| {
        request.error(format!(
            "subelements lookup expects a list of two or three items, {what}"
        ))
    };
    let (records, path, flags) = match request.terms.as_slice() {
        [records, path] => (records, path, None),
        [records, path, flags] => (records, path, Some(flags)),
        _ => return Err(wrong("which are records, the path to a list in them, and flags")),
    };
    let is_container = matches!(python::shape(records), Shape::Seq(_) | Shape::Map(_));
    let Some(path) = path.as_str().filter(|_| is_container) else {
        return Err(wrong(
            "first a dict or a list, second a string pointing to the subkey",
        ));
    };
    if flags.is_some_and(|flags| !matches!(python::shape(flags), Shape::Map(_))) {
        return Err(wrong(
            "the optional third item must be a dict with flags: `{'skip_missing': true}`",
        ));
    }
    let skips = match flags.and_then(|flags| python::get(flags, &Value::from("skip_missing"))) {
        Some(flag) => is_yes(&flag)?,
        None => false,
    };
    let path: Vec<&str> = path.split('.').collect();
    let mut out = Vec::new();
    for record in records_of(records)? {
        let Shape::Map(_) = python::shape(&record) else {
            let text = python::text(&record)?;
            return Err(request.error(format!("subelements lookup expects a dictionary, got '{text}'")));
        };
        if was_skipped(&record)? {
            continue;
        }
        let (rest, items) = taken(request, &record, &path, skips)?;
        out.extend(items.into_iter().map(|item| list(vec![rest.clone(), item])));
    }
    Ok(out)
}

fn is_yes(value: &Value) -> Result<bool, Error> {
    Ok(match value.as_str() {
        Some(text) => matches!(
            text.to_lowercase().as_str(),
            "y" | "yes" | "on" | "1" | "true" | "t" | "1.0"
        ),
        None => python::truth(value)?,
    })
}

/// The records of a list, or the values of a mapping; none of a result whose task was skipped.
fn records_of(records: &Value) -> Result<Vec<Value>, Error> {
    if !matches!(python::shape(records), Shape::Map(_)) {
        return python::items(records);
    }
    if was_skipped(records)? {
        return Ok(Vec::new());
    }
    Ok(python::entries(records)?
        .into_iter()
        .map(|(_, record)| record)
        .collect())
}

fn was_skipped(record: &Value) -> Result<bool, Error> {
    match python::get(record, &Value::from("skipped")) {
        Some(skipped) => Ok(!matches!(python::shape(&skipped), Shape::Bool(false))),
        None => Ok(false),
    }
}

/// A record without the list at a path, and the items of that list.
fn taken(
    request: &Request<'_>,
    record: &Value,
    path: &[&str],
    skips: bool,
) -> Result<(Value, Vec<Value>), Error> {
    let unchanged = || Ok((record.clone(), Vec::new()));
    let (key, deeper) = match path {
        [] => return unchanged(),
        [key, deeper @ ..] => (*key, deeper),
    };
    let Some(value) = python::get(record, &Value::from(key)) else {
        if skips {
            return unchanged();
        }
        let text = python::text(record)?;
        return Err(request.error(format!("could not find '{key}' key in iterated item '{text}'")));
    };
    let mut entries: IndexMap<Value, Value> = python::entries(record)?.into_iter().collect();
    let wrong = |kind: &str| {
        let text = python::text(&value)?;
        Err(request.error(format!("the key {key} should point to a {kind}, got '{text}'")))
    };
    match (python::shape(&value), deeper) {
        (Shape::Seq(_), []) => {
            entries.shift_remove(&Value::from(key));
            Ok((dict(entries), python::items(&value)?))
        }
        (_, []) => wrong("list"),
        (Shape::Map(_), _) => {
            let (inner, items) = taken(request, &value, deeper, skips)?;
            entries.insert(Value::from(key), inner);
            Ok((dict(entries), items))
        }
        (_, _) if skips => unchanged(),
        (_, _) => wrong("dictionary"),
    }
}
