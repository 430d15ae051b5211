//! A list that can be changed.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use minijinja::Error;
use minijinja::Value;
use minijinja::value::Enumerator;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;

use super::enter;
use super::own;
use crate::template::marker::Undefined;
use crate::template::methods::Args;
use crate::template::python;

/// The items. None is looked at while they are locked.
#[derive(Debug)]
pub(super) struct OwnList(pub(super) Mutex<Vec<Value>>);

impl OwnList {
    /// The items, for a moment.
    pub(super) fn items(&self) -> MutexGuard<'_, Vec<Value>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Orders the items as Python does.
    fn sort(&self, reverse: bool) -> Result<(), Error> {
        let mut items = self.items().clone();
        let mut failed = None;
        items.sort_by(|a, b| {
            let (a, b) = if reverse { (b, a) } else { (a, b) };
            python::compare(a, b).unwrap_or_else(|error| {
                failed.get_or_insert(error);
                Ordering::Equal
            })
        });
        if let Some(error) = failed {
            return Err(error);
        }
        *self.items() = items;
        Ok(())
    }

    /// Where an index points; a negative one counts from the end.
    fn place(&self, index: i64) -> i64 {
        let length = i64::try_from(self.items().len()).unwrap_or(i64::MAX);
        if index < 0 { index + length } else { index }
    }

    fn pop(&self, index: i64) -> Result<Value, Error> {
        let place = usize::try_from(self.place(index)).ok();
        let mut items = self.items();
        match place.filter(|place| *place < items.len()) {
            Some(place) => Ok(items.remove(place)),
            None if items.is_empty() => Err(python::error("pop from an empty list")),
            None => Err(python::error(format!("`pop`: the list has no item {index}"))),
        }
    }

    fn remove(&self, item: &Value) -> Result<(), Error> {
        let items = self.items().clone();
        for (at, candidate) in items.iter().enumerate() {
            if python::equal(candidate, item)? {
                self.items().remove(at);
                return Ok(());
            }
        }
        let item = python::repr(item)?;
        Err(python::error(format!("`remove`: {item} is not in the list")))
    }
}

/// Calls one of the methods that change a list.
pub(super) fn call(list: &OwnList, value: &Value, args: &Args<'_>) -> Option<Result<Value, Error>> {
    let done = match args.method {
        "append" => append(list, value, args),
        "extend" => extend(list, value, args),
        "insert" => insert(list, value, args),
        "pop" => return Some(list.pop(args.int(0, "").unwrap_or(-1))),
        "remove" => args.value(0).and_then(|item| list.remove(&item)),
        "clear" => {
            list.items().clear();
            Ok(())
        }
        "sort" if args.get(0, "key").is_some_and(|key| !key.is_none()) => Err(python::error(
            "`sort` takes no key here: write `list | sort(attribute=...)`",
        )),
        "sort" => list.sort(args.get(1, "reverse").is_some_and(|reverse| reverse.is_true())),
        "reverse" => {
            list.items().reverse();
            Ok(())
        }
        _ => return None,
    };
    Some(done.map(Value::from))
}

fn append(list: &OwnList, value: &Value, args: &Args<'_>) -> Result<(), Error> {
    if args.args.len() > 1 {
        return Err(python::error(
            "`append` takes one value: `extend` takes a list of them",
        ));
    }
    let item = args.value(0)?;
    enter(&item, value)?;
    list.items().push(item);
    Ok(())
}

fn extend(list: &OwnList, value: &Value, args: &Args<'_>) -> Result<(), Error> {
    let more = python::items(&args.value(0)?)?;
    more.iter().try_for_each(|item| enter(item, value))?;
    list.items().extend(more);
    Ok(())
}

fn insert(list: &OwnList, value: &Value, args: &Args<'_>) -> Result<(), Error> {
    let (index, item) = (args.int(0, ""), args.value(1)?);
    let index = index.ok_or_else(|| python::error("`insert` takes an index and a value"))?;
    enter(&item, value)?;
    let place = usize::try_from(list.place(index)).unwrap_or(0);
    let mut items = list.items();
    let place = place.min(items.len());
    items.insert(place, item);
    Ok(())
}

impl Object for OwnList {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let at = key.as_usize();
        let found = at.and_then(|at| self.items().get(at).cloned());
        let (Some(at), Some(found)) = (at, found) else {
            return Some(Undefined::key_of("list", None, key, None));
        };
        let item = own(found);
        if let Some(slot) = self.items().get_mut(at) {
            slot.clone_from(&item);
        }
        Some(item)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.items().len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        python::render(&Value::from_dyn_object(Arc::clone(self)), f)
    }
}
