//! Mappings: combining, listing, keys.

use indexmap::IndexMap;
use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::container::Dict;
use crate::template::container::list;
use crate::template::marker::usable;
use crate::template::python;
use crate::template::python::Shape;

use super::lists;
use super::lists::is_list;
use super::text::pair;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("combine", "value * **", combine),
    Entry::new("dict2items", "mydict key_name value_name", lists::dict_to_items),
    Entry::new("items2dict", "mylist key_name value_name", items_to_dict),
    Entry::new("items", "value", |call| {
        let entries = python::entries(call.need("value")?)?;
        Ok(list(
            entries.into_iter().map(|(key, value)| pair(key, value)).collect(),
        ))
    }),
    Entry::new("dictsort", "value case_sensitive by reverse", dictsort),
    Entry::with_markers("extract", "item container morekeys", lists::extract),
    Entry::new("rekey_on_member", "data key duplicates", rekey),
];

type Entries = IndexMap<Value, Value>;

/// How lists under the same key are combined.
#[derive(Clone, Copy)]
enum Lists {
    Replace,
    Keep,
    Append,
    Prepend,
    AppendNew,
    PrependNew,
}

fn combine(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (mut recursive, mut lists) = (false, Lists::Replace);
    for (name, value) in &call.named {
        match name.as_str() {
            "recursive" => recursive = python::truth(value)?,
            "list_merge" => {
                lists = match value.as_str() {
                    Some("replace") => Lists::Replace,
                    Some("keep") => Lists::Keep,
                    Some("append") => Lists::Append,
                    Some("prepend") => Lists::Prepend,
                    Some("append_rp") => Lists::AppendNew,
                    Some("prepend_rp") => Lists::PrependNew,
                    _ => {
                        return Err(call.error(
                            "list_merge is one of replace, keep, append, prepend, append_rp, prepend_rp",
                        ));
                    }
                }
            }
            _ => {
                return Err(call.error(format!(
                    "'recursive' and 'list_merge' are the only valid keyword arguments, not '{name}'"
                )));
            }
        }
    }
    let mut parts = Vec::new();
    lists::flatten_into(&mut parts, call.values.clone(), Some(1), true, 0)?;
    let mut result = Entries::new();
    for (index, part) in parts.iter().enumerate() {
        if !matches!(python::shape(part), Shape::Map(_)) {
            usable(part)?;
            let kind = python::type_name(part);
            return Err(call.error(format!(
                "failed to combine variables, expected dicts but got a '{kind}'"
            )));
        }
        let entries: Entries = python::entries(part)?.into_iter().collect();
        result = if index == 0 {
            entries
        } else {
            merge(result, entries, recursive, lists)?
        };
    }
    Ok(Value::from_object(Dict(result)))
}

fn merge(mut low: Entries, high: Entries, recursive: bool, lists: Lists) -> Result<Entries, Error> {
    for (key, new) in high {
        let Some(old) = low.get(&key).cloned() else {
            low.insert(key, new);
            continue;
        };
        let both = |shape: fn(&Shape<'_>) -> bool| shape(&python::shape(&old)) && shape(&python::shape(&new));
        let merged = if recursive && both(|shape| matches!(shape, Shape::Map(_))) {
            let (old, new) = (
                python::entries(&old)?.into_iter().collect(),
                python::entries(&new)?.into_iter().collect(),
            );
            Value::from_object(Dict(merge(old, new, recursive, lists)?))
        } else if is_list(&old) && is_list(&new) {
            merge_lists(old, new, lists)?
        } else {
            new
        };
        low.insert(key, merged);
    }
    Ok(low)
}

fn merge_lists(old: Value, new: Value, lists: Lists) -> Result<Value, Error> {
    let without = |items: Vec<Value>, others: &[Value]| -> Result<Vec<Value>, Error> {
        let mut kept = Vec::new();
        for item in items {
            let mut known = false;
            for other in others {
                known |= python::equal(other, &item)?;
            }
            if !known {
                kept.push(item);
            }
        }
        Ok(kept)
    };
    let (a, b) = (python::items(&old)?, python::items(&new)?);
    Ok(match lists {
        Lists::Replace => new,
        Lists::Keep => old,
        Lists::Append => list([a, b].concat()),
        Lists::Prepend => list([b, a].concat()),
        Lists::AppendNew => list([without(a, &b)?, b].concat()),
        Lists::PrependNew => list([b.clone(), without(a, &b)?].concat()),
    })
}

fn items_to_dict(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let key_name = Value::from(call.text_or("key_name", "key")?);
    let value_name = Value::from(call.text_or("value_name", "value")?);
    let mut out = Entries::new();
    if !is_list(call.need("mylist")?) {
        return Err(call.error("items2dict requires a list"));
    }
    for item in call.items("mylist")? {
        if !matches!(python::shape(&item), Shape::Map(_)) {
            return Err(call.error("items2dict requires a list of dictionaries"));
        }
        let field = |name: &Value| {
            python::get(&item, name).ok_or_else(|| {
                call.error(format!(
                    "items2dict requires each dictionary in the list to contain the keys '{key_name}' and '{value_name}'"
                ))
            })
        };
        out.insert(field(&key_name)?, field(&value_name)?);
    }
    Ok(Value::from_object(Dict(out)))
}

fn dictsort(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let sensitive = call.flag("case_sensitive", false)?;
    let by_value = match call.text_or("by", "key")?.as_str() {
        "key" => false,
        "value" => true,
        other => return Err(call.error(format!("`by` is `key` or `value`, not `{other}`"))),
    };
    let reverse = call.flag("reverse", false)?;
    let mut entries = python::entries(call.need("value")?)?;
    let of = |entry: &(Value, Value)| lists::fold(if by_value { &entry.1 } else { &entry.0 }, sensitive);
    lists::stable(&mut entries, |a, b| {
        python::compare(&of(a), &of(b)).map(|ordering| if reverse { ordering.reverse() } else { ordering })
    })?;
    Ok(list(
        entries.into_iter().map(|(key, value)| pair(key, value)).collect(),
    ))
}

fn rekey(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let data = call.need("data")?;
    let key = call.need("key")?.clone();
    let overwrite = match call.text_or("duplicates", "error")?.as_str() {
        "error" => false,
        "overwrite" => true,
        _ => {
            return Err(call.error(
                "duplicates parameter to rekey_on_member has unknown value: it is `error` or `overwrite`",
            ));
        }
    };
    let items = match python::shape(data) {
        Shape::Map(_) => python::entries(data)?.into_iter().map(|(_, item)| item).collect(),
        Shape::Seq(_) => python::items(data)?,
        _ => return Err(call.error("Type is not a valid list, set, or dict")),
    };
    let mut out = Entries::new();
    for item in items {
        if !matches!(python::shape(&item), Shape::Map(_)) {
            return Err(call.error("List item is not a valid dict"));
        }
        let member = python::get(&item, &key);
        let member = member.ok_or_else(|| call.error(format!("Key {key} was not found in a list item")))?;
        if out.insert(member.clone(), item).is_some() && !overwrite {
            return Err(call.error(format!("Key {member} is not unique, cannot convert to dict")));
        }
    }
    Ok(Value::from_object(Dict(out)))
}
