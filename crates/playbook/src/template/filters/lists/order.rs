//! Order: sort, min, max, unique.

use std::cmp::Ordering;

use minijinja::Error;
use minijinja::Value;
use minijinja::value::ValueKind;

use crate::template::call::Call;
use crate::template::container::list;
use crate::template::filters::attribute::Getter;
use crate::template::marker::Undefined;
use crate::template::python;

/// What a value is ordered by: strings without case, unless case matters.
pub(in crate::template::filters) fn key(value: &Value, case_sensitive: bool) -> Value {
    match value.as_str() {
        Some(text) if !case_sensitive => Value::from(text.to_lowercase()),
        _ => value.clone(),
    }
}

/// A stable sort whose comparison may fail.
pub(in crate::template::filters) fn sort_by<T>(
    items: &mut [T],
    compare: impl Fn(&T, &T) -> Result<Ordering, Error>,
) -> Result<(), Error> {
    let mut failure = None;
    items.sort_by(|a, b| {
        compare(a, b).unwrap_or_else(|error| {
            failure.get_or_insert(error);
            Ordering::Equal
        })
    });
    failure.map_or(Ok(()), Err)
}

fn keyed(call: &Call<'_, '_, '_>) -> Result<Vec<(Vec<Value>, Value)>, Error> {
    let sensitive = call.flag("case_sensitive", false)?;
    let mut getters = Vec::new();
    match call.some("attribute") {
        Some(paths) if paths.as_str().is_some_and(|paths| paths.contains(',')) => {
            for path in paths.as_str().unwrap_or_default().split(',') {
                getters.push(Getter::of(Some(&Value::from(path)))?);
            }
        }
        path => getters.push(Getter::of(path)?),
    }
    let mut out = Vec::new();
    for item in call.items("value")? {
        let mut keys = Vec::new();
        for getter in &getters {
            keys.push(key(&getter.get(&item)?, sensitive));
        }
        out.push((keys, item));
    }
    Ok(out)
}

fn compare_keys(a: &[Value], b: &[Value]) -> Result<Ordering, Error> {
    for (a, b) in a.iter().zip(b) {
        let ordering = python::compare(a, b)?;
        if ordering != Ordering::Equal {
            return Ok(ordering);
        }
    }
    Ok(Ordering::Equal)
}

/// `sort`.
pub(super) fn sort(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut items = keyed(call)?;
    let reverse = call.flag("reverse", false)?;
    sort_by(&mut items, |a, b| {
        compare_keys(&a.0, &b.0).map(|ordering| if reverse { ordering.reverse() } else { ordering })
    })?;
    Ok(list(items.into_iter().map(|(_, item)| item).collect()))
}

/// `min` and `max`: the first of equal ones; of nothing it is undefined.
pub(super) fn extreme(call: &Call<'_, '_, '_>, largest: bool) -> Result<Value, Error> {
    let mut best: Option<(Vec<Value>, Value)> = None;
    for (key, item) in keyed(call)? {
        let better = match &best {
            Some((known, _)) => {
                compare_keys(&key, known)?
                    == if largest {
                        Ordering::Greater
                    } else {
                        Ordering::Less
                    }
            }
            None => true,
        };
        if better {
            best = Some((key, item));
        }
    }
    let nothing = || {
        let hint = Some("there is no smallest or largest item: the list is empty".to_owned());
        Value::from_object(Undefined {
            name: String::new(),
            leaf: String::new(),
            hint,
            holder: None,
            in_ansible: None,
            inside: None,
        })
    };
    Ok(best.map_or_else(nothing, |(_, item)| item))
}

/// `unique`: the first of equal ones. Lists and mappings are compared as they are, which goes with no option, as in Ansible.
pub(super) fn unique(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut items = keyed(call)?;
    let has_no_hash = |value: &Value| matches!(value.kind(), ValueKind::Map | ValueKind::Seq);
    if items.iter().any(|(keys, _)| keys.iter().any(has_no_hash)) {
        let insensitive = call.some("case_sensitive").is_some() && !call.flag("case_sensitive", true)?;
        if insensitive || call.some("attribute").is_some() {
            let message = "Jinja2's unique filter failed and we cannot fall back to Ansible's version as it does not support the parameters supplied.";
            return Err(call.error(message));
        }
        items
            .iter_mut()
            .for_each(|(keys, item)| *keys = vec![item.clone()]);
    }
    let mut seen: Vec<Vec<Value>> = Vec::new();
    let mut out = Vec::new();
    for (key, item) in items {
        let mut known = false;
        for other in &seen {
            known |= compare_equal(other, &key)?;
        }
        if !known {
            seen.push(key);
            out.push(item);
        }
    }
    Ok(list(out))
}

fn compare_equal(a: &[Value], b: &[Value]) -> Result<bool, Error> {
    for (a, b) in a.iter().zip(b) {
        if !python::equal(a, b)? {
            return Ok(false);
        }
    }
    Ok(true)
}
