//! Lists: picking, ordering, combining.

mod combine;
mod order;
mod random;

use std::fmt;
use std::sync::Arc;

use minijinja::Error;
use minijinja::Value;
use minijinja::value::Enumerator;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::container::list;
use crate::template::container::record;
use crate::template::convert::integer;
use crate::template::marker::Undefined;
use crate::template::python;
use crate::template::python::Number;
use crate::template::python::Shape;

use super::attribute::Getter;
use super::attribute::lookup;
use super::text::pair;

pub(super) use order::key as fold;
pub(super) use order::sort_by as stable;
pub(in crate::template) use random::DRAWN;
pub(in crate::template) use random::Random;

/// The filters of this file and of the two below it.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("first", "seq", |call| pick(call, <[Value]>::first)),
    Entry::new("last", "seq", |call| pick(call, <[Value]>::last)),
    Entry::new("length count", "obj", length),
    Entry::new("join", "value d attribute", join),
    Entry::new("sum", "iterable attribute start", sum),
    Entry::new("reverse", "value", reverse),
    Entry::new("flatten", "mylist levels skip_nulls", flatten),
    Entry::new("batch", "value linecount fill_with", batch),
    Entry::new("slice", "value slices fill_with", slice),
    Entry::new("groupby", "value attribute default case_sensitive", groupby),
    Entry::new("subelements", "obj subelements skip_missing", subelements),
    Entry::new("sort", "value reverse case_sensitive attribute", order::sort),
    Entry::new("min", "value case_sensitive attribute", |call| {
        order::extreme(call, false)
    }),
    Entry::new("max", "value case_sensitive attribute", |call| {
        order::extreme(call, true)
    }),
    Entry::new("unique", "value case_sensitive attribute", order::unique),
    Entry::new("random", "end start step seed", random::random),
    Entry::new("shuffle", "mylist seed", random::shuffle),
    Entry::new("union", "a b", |call| combine::sets(call, |a, b| a || b)),
    Entry::new("intersect", "a b", |call| combine::sets(call, |a, b| a && b)),
    Entry::new("difference", "a b", |call| combine::sets(call, |a, b| a && !b)),
    Entry::new("symmetric_difference", "a b", |call| {
        combine::sets(call, |a, b| a != b)
    }),
    Entry::new("zip", "value *", combine::zip),
    Entry::new("zip_longest", "value * fillvalue", combine::zip_longest),
    Entry::new("product", "value * repeat", combine::product),
    Entry::new("combinations", "value r", combine::combinations),
    Entry::new("permutations", "value r", combine::permutations),
];

fn pick(call: &Call<'_, '_, '_>, end: fn(&[Value]) -> Option<&Value>) -> Result<Value, Error> {
    let items = call.items("seq")?;
    let nothing = || {
        let hint = Some("the list has no first or last item: it is empty".to_owned());
        Value::from_object(Undefined {
            name: String::new(),
            leaf: String::new(),
            hint,
            holder: None,
            in_ansible: None,
            inside: None,
        })
    };
    Ok(end(&items).cloned().unwrap_or_else(nothing))
}

fn length(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("obj")?;
    let known = if matches!(
        python::shape(value),
        Shape::Seq(_) | Shape::Map(_) | Shape::Str(_)
    ) {
        value.len()
    } else {
        None
    };
    match known {
        Some(length) => Ok(Value::from(length)),
        None => Ok(Value::from(python::items(value)?.len())),
    }
}

fn join(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let separator = call.text_or("d", "")?;
    let getter = Getter::of(call.some("attribute"))?;
    let mut parts = Vec::new();
    for item in call.items("value")? {
        parts.push(python::text(&getter.get(&item)?)?);
    }
    Ok(Value::from(parts.join(&separator)))
}

fn sum(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let getter = Getter::of(call.some("attribute"))?;
    let start = call.get("start").cloned().unwrap_or_else(|| Value::from(0));
    let (mut whole, mut float, mut lists) = (0_i128, None::<f64>, None::<Vec<Value>>);
    if matches!(python::shape(&start), Shape::Seq(_)) {
        lists = Some(python::items(&start)?);
    } else {
        add(&mut whole, &mut float, &start)?;
    }
    for item in call.items("iterable")? {
        let item = getter.get(&item)?;
        match &mut lists {
            Some(lists) => lists.extend(python::items(&item)?),
            None => add(&mut whole, &mut float, &item)?,
        }
    }
    Ok(lists.map_or_else(|| float.map_or_else(|| integer(whole), Value::from), list))
}

fn add(whole: &mut i128, float: &mut Option<f64>, item: &Value) -> Result<(), Error> {
    match (python::number(item), &float) {
        (Some(Number::Int(number)), None) => {
            *whole = whole
                .checked_add(number)
                .ok_or_else(|| python::error("the sum is too large"))?;
            Ok(())
        }
        (Some(number), _) => {
            *float = Some(float.unwrap_or(Number::Int(*whole).float()) + number.float());
            Ok(())
        }
        (None, _) => Err(python::error(format!(
            "`sum` adds numbers, not values of type {}",
            python::type_name(item)
        ))),
    }
}

fn reverse(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("value")?;
    if let Some(text) = value.as_str() {
        return Ok(Value::from(text.chars().rev().collect::<String>()));
    }
    Ok(list(python::items(value)?.into_iter().rev().collect()))
}

fn flatten(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut out = Vec::new();
    let skip = call.flag("skip_nulls", true)?;
    flatten_into(&mut out, call.items("mylist")?, call.int("levels")?, skip, 0)?;
    Ok(list(out))
}

/// Whether a value is a list or tuple.
pub(super) fn is_list(value: &Value) -> bool {
    matches!(python::shape(value), Shape::Seq(_))
}

/// Takes lists apart, `levels` deep.
pub(super) fn flatten_into(
    out: &mut Vec<Value>,
    items: Vec<Value>,
    levels: Option<i64>,
    skip_nulls: bool,
    depth: usize,
) -> Result<(), Error> {
    if depth > 200 {
        return Err(python::error("the lists are nested too deeply"));
    }
    for item in items {
        let null = item.is_none() || matches!(item.as_str(), Some("None" | "null"));
        if null && skip_nulls {
            continue;
        }
        if is_list(&item) && levels.is_none_or(|levels| levels >= 1) {
            flatten_into(
                out,
                python::items(&item)?,
                levels.map(|levels| levels - 1),
                skip_nulls,
                depth + 1,
            )?;
        } else {
            out.push(item);
        }
    }
    Ok(())
}

fn batch(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let size = usize::try_from(call.int_or("linecount", 1)?).unwrap_or(0).max(1);
    let mut rows: Vec<Vec<Value>> = call.items("value")?.chunks(size).map(<[Value]>::to_vec).collect();
    if let (Some(fill), Some(last)) = (call.some("fill_with"), rows.last_mut()) {
        last.resize(size, fill.clone());
    }
    Ok(list(rows.into_iter().map(list).collect()))
}

fn slice(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let items = call.items("value")?;
    let slices = usize::try_from(call.int_or("slices", 1)?).unwrap_or(0).max(1);
    let (each, extra) = (items.len() / slices, items.len() % slices);
    let mut rest = items.into_iter();
    let mut rows = Vec::new();
    for index in 0..slices {
        let mut row: Vec<Value> = rest.by_ref().take(each + usize::from(index < extra)).collect();
        if let Some(fill) = call.some("fill_with").filter(|_| index >= extra && extra > 0) {
            row.push(fill.clone());
        }
        rows.push(list(row));
    }
    Ok(list(rows))
}

/// What `groupby` gives for each value: a pair whose parts also have names, `grouper` and `list`.
#[derive(Debug)]
struct Group([Value; 2]);

impl Object for Group {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let index = match key.as_str() {
            Some("grouper") => Some(0),
            Some("list") => Some(1),
            _ => key.as_usize(),
        };
        let found = index.and_then(|index| self.0.get(index)).cloned();
        Some(found.unwrap_or_else(|| Undefined::key_of("tuple", None, key, None)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        python::render(&Value::from_dyn_object(Arc::clone(self)), f)
    }
}

/// Whether a value is a group of `groupby`, which is written as a tuple.
pub(in crate::template) fn is_group(value: &Value) -> bool {
    value.downcast_object_ref::<Group>().is_some()
}

fn groupby(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let getter = Getter::of(Some(call.need("attribute")?))?;
    let sensitive = call.flag("case_sensitive", false)?;
    let default = call.some("default");
    let mut keyed = Vec::new();
    for item in call.items("value")? {
        let mut key = getter.get(&item)?;
        if let Some(default) = default.filter(|_| crate::template::marker::is_undefined(&key)) {
            key = default.clone();
        }
        keyed.push((order::key(&key, sensitive), key, item));
    }
    order::sort_by(&mut keyed, |a, b| python::compare(&a.0, &b.0))?;
    let mut groups: Vec<(Value, Value, Vec<Value>)> = Vec::new();
    for (folded, key, item) in keyed {
        match groups.last_mut() {
            Some((last, _, members)) if python::equal(last, &folded)? => members.push(item),
            _ => groups.push((folded, key, vec![item])),
        }
    }
    Ok(list(
        groups
            .into_iter()
            .map(|(_, key, members)| Value::from_object(Group([key, list(members)])))
            .collect(),
    ))
}

fn subelements(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let object = call.need("obj")?;
    let elements = match python::shape(object) {
        Shape::Map(_) => python::entries(object)?
            .into_iter()
            .map(|(_, item)| item)
            .collect(),
        Shape::Seq(_) => python::items(object)?,
        _ => return Err(call.error("obj must be a list of dicts or a nested dict")),
    };
    let path = call.need("subelements")?;
    let path: Vec<Value> = match python::shape(path) {
        Shape::Str(text) => text.split('.').map(Value::from).collect(),
        Shape::Seq(_) => python::items(path)?,
        _ => return Err(call.error("subelements must be a list or a string")),
    };
    let skip = call.flag("skip_missing", false)?;
    let mut out = Vec::new();
    'elements: for element in elements {
        let mut found = element.clone();
        for key in &path {
            if !matches!(python::shape(&found), Shape::Map(_)) {
                return Err(call.error(format!("the key {key} should point to a dictionary")));
            }
            found = match python::get(&found, key) {
                Some(found) => found,
                None if skip => continue 'elements,
                None => {
                    return Err(call.error(format!(
                        "could not find {} key in iterated item",
                        python::repr(key)?
                    )));
                }
            };
        }
        if !is_list(&found) {
            let kind = python::type_name(&found);
            return Err(call.error(format!(
                "the key should point to a list, not to a value of type {kind}"
            )));
        }
        out.extend(
            python::items(&found)?
                .into_iter()
                .map(|item| pair(element.clone(), item)),
        );
    }
    Ok(list(out))
}

/// `extract`: what the key leads to in a container, and further keys in that.
pub(super) fn extract(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut value = lookup(call.need("container")?, call.need("item")?);
    let more = match call.some("morekeys") {
        Some(keys) if is_list(keys) => python::items(keys)?,
        Some(key) => vec![key.clone()],
        None => Vec::new(),
    };
    for key in more {
        value = lookup(&value, &key);
    }
    Ok(value)
}

/// `dict2items`.
pub(super) fn dict_to_items(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (key_name, value_name) = (
        call.text_or("key_name", "key")?,
        call.text_or("value_name", "value")?,
    );
    let mapping = call.need("mydict")?;
    if !matches!(python::shape(mapping), Shape::Map(_)) {
        return Err(call.error("dict2items requires a dictionary"));
    }
    Ok(list(
        python::entries(mapping)?
            .into_iter()
            .map(|(key, value)| record([(&key_name, key), (&value_name, value)]))
            .collect(),
    ))
}
