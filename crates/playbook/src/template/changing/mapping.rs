//! A mapping that can be changed.

use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use indexmap::IndexMap;
use minijinja::Error;
use minijinja::Value;
use minijinja::value::Enumerator;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;
use minijinja::value::Tuple;

use super::enter;
use super::own;
use crate::template::marker::Undefined;
use crate::template::methods::Args;
use crate::template::python;
use crate::template::python::Shape;

/// The entries. None is looked at while they are locked.
#[derive(Debug)]
pub(super) struct OwnDict(pub(super) Mutex<IndexMap<Value, Value>>);

impl OwnDict {
    /// The entries, for a moment.
    pub(super) fn entries(&self) -> MutexGuard<'_, IndexMap<Value, Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value of a key, which can be changed from now on.
    fn owned(&self, key: &Value) -> Option<Value> {
        let found = self.entries().get(key).cloned()?;
        let value = own(found);
        self.entries().insert(key.clone(), value.clone());
        Some(value)
    }
}

/// Calls one of the methods that change a mapping.
pub(super) fn call(dict: &OwnDict, value: &Value, args: &Args<'_>) -> Option<Result<Value, Error>> {
    let result = match args.method {
        "update" => update(dict, value, args).map(Value::from),
        "pop" => args.value(0).and_then(|key| {
            let taken = dict.entries().shift_remove(&key);
            let missing = || python::error(format!("`pop`: the mapping has no key `{key}`"));
            taken.or_else(|| args.get(1, "")).ok_or_else(missing)
        }),
        "popitem" => {
            let last = dict.entries().pop();
            let pair = last.map(|(key, item)| Value::from(Tuple::from([key, item])));
            pair.ok_or_else(|| python::error("popitem from an empty mapping"))
        }
        "setdefault" => setdefault(dict, value, args),
        "clear" => {
            dict.entries().clear();
            Ok(Value::from(()))
        }
        _ => return None,
    };
    Some(result)
}

fn setdefault(dict: &OwnDict, value: &Value, args: &Args<'_>) -> Result<Value, Error> {
    let key = args.value(0)?;
    if let Some(known) = dict.owned(&key) {
        return Ok(known);
    }
    let default = own(args.get(1, "default").unwrap_or(Value::from(())));
    enter(&default, value)?;
    dict.entries().insert(key, default.clone());
    Ok(default)
}

fn update(dict: &OwnDict, value: &Value, args: &Args<'_>) -> Result<(), Error> {
    let mut more = Vec::new();
    if let Some(other) = args.args.first() {
        more = match python::shape(other) {
            Shape::Map(_) => python::entries(other)?,
            _ => pairs(other)?,
        };
    }
    if let Some(named) = &args.named {
        for name in named.args() {
            more.push((Value::from(name), named.get(name)?));
        }
    }
    more.iter().try_for_each(|(_, item)| enter(item, value))?;
    dict.entries().extend(more);
    Ok(())
}

fn pairs(value: &Value) -> Result<Vec<(Value, Value)>, Error> {
    let pair = |pair: &Value| {
        let pair: Result<[Value; 2], _> = python::items(pair)?.try_into();
        let [key, item] = pair.map_err(|_| python::error("`update` takes a mapping or pairs"))?;
        Ok((key, item))
    };
    python::items(value)?.iter().map(pair).collect()
}

impl Object for OwnDict {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let holder = || Some(Value::from_dyn_object(Arc::clone(self)));
        let missing = || Undefined::key_of("dict", None, key, holder());
        Some(self.owned(key).unwrap_or_else(missing))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.entries().keys().cloned().collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.entries().len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        python::render(&Value::from_dyn_object(Arc::clone(self)), f)
    }
}
