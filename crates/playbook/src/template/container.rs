//! Lists and mappings as templates see them: a missing key is an undefined value that knows its name.

use std::fmt;
use std::sync::Arc;
use std::sync::OnceLock;

use indexmap::Equivalent;
use indexmap::IndexMap;
use minijinja::Value;
use minijinja::value::DynObject;
use minijinja::value::Enumerator;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;

use super::marker::Undefined;
use super::python;

/// A mapping.
#[derive(Debug, Default)]
pub(crate) struct Dict(pub(crate) IndexMap<Value, Value>);

/// A list.
#[derive(Debug, Default)]
pub(crate) struct List(pub(crate) Vec<Value>);

/// A string that is looked up without becoming a value.
struct Key<'a>(&'a str);

impl std::hash::Hash for Key<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Equivalent<Value> for Key<'_> {
    fn equivalent(&self, key: &Value) -> bool {
        key.as_str() == Some(self.0)
    }
}

/// A list value.
pub(crate) fn list(items: Vec<Value>) -> Value {
    Value::from_object(List(items))
}

/// A mapping value.
pub(crate) fn dict(entries: impl IntoIterator<Item = (Value, Value)>) -> Value {
    Value::from_object(Dict(entries.into_iter().collect()))
}

/// A mapping value with string keys.
pub(crate) fn record<const N: usize>(entries: [(&str, Value); N]) -> Value {
    dict(entries.into_iter().map(|(key, value)| (Value::from(key), value)))
}

/// Containers that others made get ours around them; everything else stays.
pub(crate) fn adopt(value: Value) -> Value {
    let Some(object) = value.as_object() else {
        return value;
    };
    let foreign = object.is::<IndexMap<Value, Value>>() || object.is::<Vec<Value>>();
    if foreign {
        Value::from_object(Foreign(object.clone()))
    } else {
        value
    }
}

/// Whether it is a list or mapping of finished values.
pub(crate) fn is_data(object: &DynObject) -> bool {
    object.is::<List>()
        || object.is::<Dict>()
        || object.is::<Lines>()
        || object.is::<Foreign>()
        || object.is::<IndexMap<Value, Value>>()
        || object.is::<Vec<Value>>()
}

/// A container of minijinja's own, which may be large and shared between renders.
#[derive(Debug)]
struct Foreign(DynObject);

impl Object for Foreign {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        self.0.repr()
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let holder = (self.0.repr() == ObjectRepr::Map).then(|| Value::from_dyn_object(self.0.clone()));
        let kind = if holder.is_some() { "dict" } else { "list" };
        Some(
            self.0
                .get_value(key)
                .map_or_else(|| Undefined::key_of(kind, None, key, holder), adopt),
        )
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        match self.0.repr() {
            ObjectRepr::Map => Enumerator::Values(self.0.try_iter().into_iter().flatten().collect()),
            _ => Enumerator::Seq(self.0.enumerator_len().unwrap_or(0)),
        }
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.0.enumerator_len()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        python::render(&Value::from_dyn_object(Arc::clone(self)), f)
    }
}

impl Object for Dict {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let holder = || Some(Value::from_dyn_object(Arc::clone(self)));
        let missing = || Undefined::key_of("dict", None, key, holder());
        Some(self.0.get(key).cloned().unwrap_or_else(missing))
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0
            .get(&Key(key))
            .cloned()
            .or_else(|| self.get_value(&Value::from(key)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.keys().cloned().collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.0.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        python::render(&Value::from_dyn_object(Arc::clone(self)), f)
    }
}

/// The lines of a text, split when something asks for them.
#[derive(Debug)]
struct Lines {
    text: Box<str>,
    list: OnceLock<Arc<List>>,
}

/// The lines of a text as a list value.
pub(crate) fn lines(text: &str) -> Value {
    Value::from_object(Lines {
        text: text.into(),
        list: OnceLock::new(),
    })
}

impl Lines {
    fn list(&self) -> &Arc<List> {
        self.list
            .get_or_init(|| Arc::new(List(self.text.lines().map(Value::from).collect())))
    }
}

impl Object for Lines {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.list().get_value(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        self.list().enumerate()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list().render(f)
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let found = key.as_usize().and_then(|index| self.0.get(index)).cloned();
        Some(found.unwrap_or_else(|| Undefined::key_of("list", None, key, None)))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Seq(self.0.len())
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        python::render(&Value::from_dyn_object(Arc::clone(self)), f)
    }
}

#[cfg(test)]
mod tests {
    use minijinja::Value;

    use super::lines;
    use super::list;

    #[test]
    fn lines_are_a_list_like_any_other() {
        let (lazy, plain) = (lines("a\nb\r\n"), list(vec![Value::from("a"), Value::from("b")]));
        assert_eq!(lazy, plain);
        assert_eq!(lazy.len(), Some(2));
        assert_eq!(lazy.get_item(&Value::from(1)).unwrap(), Value::from("b"));
        assert_eq!(lazy.to_string(), plain.to_string());
        assert_eq!(
            serde_json::to_value(&lazy).unwrap(),
            serde_json::json!(["a", "b"])
        );
    }
}
