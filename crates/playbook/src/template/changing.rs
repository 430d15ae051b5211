//! Lists and mappings that a template changes in place: `{% set _ = names.append(x) %}`.
//!
//! Only templates that call such a method have them: there, every list and mapping that is written, named by `set`, looped
//! over or found in a variable is a copy of its own for this render, which all its names share, as in Ansible.

mod list;
mod mapping;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use indexmap::IndexMap;
use minijinja::Error;
use minijinja::Value;
use minijinja::value::Enumerator;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;

use super::container;
use super::context;
use super::context::Context;
use super::filters;
use super::methods::Args;
use super::python;

use list::OwnList;
use mapping::OwnDict;

/// The methods that change a list or mapping in place.
pub(super) const METHODS: &[&str] = &[
    "append",
    "extend",
    "insert",
    "remove",
    "pop",
    "clear",
    "update",
    "setdefault",
    "popitem",
    "sort",
    "reverse",
];

/// A list or mapping of data as one that can be changed; everything else, and one that can be, stays.
pub(super) fn own(value: Value) -> Value {
    let Some(object) = value.as_object() else {
        return value;
    };
    match object.repr() {
        ObjectRepr::Seq | ObjectRepr::Iterable if is_list(&value) && !object.is::<OwnList>() => {
            let items = object.try_iter().into_iter().flatten().collect();
            Value::from_object(OwnList(Mutex::new(items)))
        }
        ObjectRepr::Map if container::is_data(object) || context::is_tree(object) => {
            let entries = object.try_iter_pairs().into_iter().flatten();
            let entries: IndexMap<Value, Value> = entries.collect();
            Value::from_object(OwnDict(Mutex::new(entries)))
        }
        _ => value,
    }
}

/// Whether a sequence is a list, and no tuple.
fn is_list(value: &Value) -> bool {
    !value.is_tuple() && !filters::is_group(value)
}

/// What a render leaves: a value that nobody can change any more.
pub(super) fn settled(value: Value) -> Value {
    if let Some(own) = value.downcast_object_ref::<OwnList>() {
        let items = own.items().clone();
        return container::list(items.into_iter().map(settled).collect());
    }
    if let Some(own) = value.downcast_object_ref::<OwnDict>() {
        let entries = own.entries().clone();
        return container::dict(entries.into_iter().map(|(key, item)| (key, settled(item))));
    }
    value
}

/// Calls a method that changes a value in place; nothing where the value cannot be changed or has no such method.
pub(super) fn call(value: &Value, args: &Args<'_>) -> Option<Result<Value, Error>> {
    if !METHODS.contains(&args.method) {
        return None;
    }
    if let Some(own) = value.downcast_object_ref::<OwnList>() {
        return list::call(own, value, args);
    }
    let own = value.downcast_object_ref::<OwnDict>()?;
    mapping::call(own, value, args)
}

/// What tells a changeable container from all others.
fn identity(value: &Value) -> Option<usize> {
    let list = value.downcast_object_ref::<OwnList>();
    let address = list.map(|list| std::ptr::from_ref(list).addr());
    address.or_else(|| {
        let dict = value.downcast_object_ref::<OwnDict>();
        dict.map(|dict| std::ptr::from_ref(dict).addr())
    })
}

/// What comes into a container must not hold the container itself: nothing could write it out.
fn enter(value: &Value, container: &Value) -> Result<(), Error> {
    let Some(object) = value.as_object() else {
        return Ok(());
    };
    let own = identity(value);
    if own.is_some() && own == identity(container) {
        return Err(python::error("a list or mapping cannot hold itself"));
    }
    match object.repr() {
        ObjectRepr::Map if own.is_some() || container::is_data(object) => {
            let mut items = object.try_iter_pairs().into_iter().flatten();
            items.try_for_each(|(_, item)| enter(&item, container))
        }
        ObjectRepr::Seq | ObjectRepr::Iterable => {
            let mut items = object.try_iter().into_iter().flatten();
            items.try_for_each(|item| enter(&item, container))
        }
        _ => Ok(()),
    }
}

/// The variables of a render that changes values: each list and mapping is copied once.
#[derive(Debug)]
pub(super) struct Changing {
    context: Arc<Context>,
    kept: Mutex<HashMap<String, Value>>,
}

impl Changing {
    /// Those of a context.
    pub(super) fn new(context: &Arc<Context>) -> Changing {
        Changing {
            context: Arc::clone(context),
            kept: Mutex::default(),
        }
    }
}

impl Object for Changing {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = kept().get(key) {
            return Some(value.clone());
        }
        let value = own(self.context.get_value_by_str(key)?);
        kept().insert(key.to_owned(), value.clone());
        Some(value)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.context.enumerate()
    }
}
