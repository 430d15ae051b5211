//! What `attribute=` names: a path into an item.

use minijinja::Error;
use minijinja::Value;
use minijinja::value::ObjectRepr;

use crate::template::marker::Undefined;
use crate::template::python;

/// Fetches an attribute of an item; without a path the item itself.
pub(super) struct Getter(Vec<Value>);

impl Getter {
    /// The getter of an `attribute=` argument: `a.b.0`, or an index.
    pub(super) fn of(attribute: Option<&Value>) -> Result<Getter, Error> {
        let Some(attribute) = attribute else {
            return Ok(Getter(Vec::new()));
        };
        let Some(text) = attribute.as_str() else {
            return Ok(Getter(vec![attribute.clone()]));
        };
        let part = |part: &str| {
            part.parse::<u64>()
                .map_or_else(|_| Value::from(part), Value::from)
        };
        Ok(Getter(text.split('.').map(part).collect()))
    }

    /// The attribute of an item, undefined where it has none.
    pub(super) fn get(&self, item: &Value) -> Result<Value, Error> {
        let mut value = item.clone();
        for key in &self.0 {
            value = python::valid(lookup(&value, key))?;
        }
        Ok(value)
    }
}

/// `container[key]`, undefined where there is none.
pub(super) fn lookup(container: &Value, key: &Value) -> Value {
    let found = match container.as_object().map(|object| (object, object.repr())) {
        Some((object, ObjectRepr::Map | ObjectRepr::Plain)) => object.get_value(key),
        Some((_, ObjectRepr::Seq | ObjectRepr::Iterable)) => container.get_item(key).ok(),
        None => container.get_item(key).ok(),
        Some(_) => None,
    };
    match found {
        Some(value) if !value.is_undefined() => value,
        _ => Undefined::key_of(python::type_name(container), None, key, None),
    }
}
