//! Values that are no values: undefined, known after apply, omitted.

use std::fmt;
use std::sync::Arc;

use evenkeel_yaml::Place;
use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::State;
use minijinja::Value;
use minijinja::value::Enumerator;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;

use super::frame;
use super::frame::Poison;

/// A name or key that is not there: lookups below it are allowed, every use is an error.
#[derive(Debug)]
pub(crate) struct Undefined {
    /// How a message calls it: `lb.vip`.
    pub(crate) name: String,
    /// Its last part: what is looked for in the text, and what suggestions are for.
    pub(crate) leaf: String,
    /// A text that replaces the message (`undef(hint=...)`).
    pub(crate) hint: Option<String>,
    /// Where it was looked for: a mapping, or the context. Suggestions come from its keys.
    pub(crate) holder: Option<Value>,
    /// How Ansible words a use, where it names no variable.
    pub(crate) in_ansible: Option<String>,
    /// The variable whose template used it and the place there, where that is another text than the rendered one.
    pub(crate) inside: Option<(Arc<str>, Place)>,
}

impl Undefined {
    /// A name that no variable has.
    pub(crate) fn name(name: &str, context: Value) -> Value {
        let (leaf, name) = (name.to_owned(), name.to_owned());
        Value::from_object(Undefined {
            name,
            leaf,
            hint: None,
            holder: Some(context),
            in_ansible: None,
            inside: None,
        })
    }

    /// A key that is not there; Ansible says it in these words.
    pub(crate) fn key(path: Option<&str>, key: &Value, holder: Option<Value>, words: String) -> Value {
        let leaf = key.to_string();
        let name = match (path, key.as_str()) {
            (Some(path), Some(key)) if is_identifier(key) => format!("{path}.{key}"),
            (Some(path), Some(key)) => format!("{path}['{key}']"),
            (Some(path), None) => format!("{path}[{key}]"),
            (None, _) => leaf.clone(),
        };
        Value::from_object(Undefined {
            name,
            leaf,
            hint: None,
            holder,
            in_ansible: Some(words),
            inside: None,
        })
    }

    /// A key that a value of this Python type does not have.
    pub(crate) fn key_of(kind: &str, path: Option<&str>, key: &Value, holder: Option<Value>) -> Value {
        let shown = key
            .as_str()
            .map_or_else(|| key.to_string(), |key| format!("'{key}'"));
        let words = format!("object of type '{kind}' has no attribute {shown}");
        Undefined::key(path, key, holder, words)
    }

    /// The same, used by the template of a variable.
    pub(crate) fn inside(&self, inside: (Arc<str>, Place)) -> Undefined {
        let (name, leaf, hint) = (self.name.clone(), self.leaf.clone(), self.hint.clone());
        Undefined {
            name,
            leaf,
            hint,
            holder: self.holder.clone(),
            in_ansible: self.in_ansible.clone(),
            inside: Some(inside),
        }
    }

    /// The message without hints.
    pub(crate) fn message(&self) -> String {
        self.hint
            .clone()
            .unwrap_or_else(|| format!("`{}` is undefined", self.name))
    }

    /// The message in Ansible's words.
    pub(crate) fn words(&self) -> String {
        let own = self.in_ansible.as_ref().or(self.hint.as_ref());
        own.cloned()
            .unwrap_or_else(|| format!("'{}' is undefined", self.name))
    }

    /// The error of a use.
    pub(crate) fn used(self: &Arc<Self>) -> Error {
        Error::new(ErrorKind::UndefinedError, self.message())
            .with_source(Stopped(Poison::Undefined(Arc::clone(self))))
    }
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// A value that is known after apply: whatever is made of it is unknown too.
#[derive(Debug)]
pub(crate) struct Unknown(pub(crate) Arc<str>);

impl Unknown {
    /// A value of it.
    pub(crate) fn value(why: &Arc<str>) -> Value {
        Value::from_object(Unknown(Arc::clone(why)))
    }

    /// The error of a use.
    pub(crate) fn used(&self) -> Error {
        let stopped = Stopped(Poison::Unknown(Arc::clone(&self.0)));
        Error::new(ErrorKind::InvalidOperation, "known after apply").with_source(stopped)
    }
}

/// What an inline `if` without `else` gives when its condition does not hold: undefined, yet an empty text.
#[derive(Debug)]
pub(crate) struct Blank;

/// Drops the key or item that holds it.
#[derive(Debug)]
pub(crate) struct Omit;

/// Travels inside a minijinja error: the render ended for one of our reasons.
#[derive(Clone, Debug)]
pub(crate) struct Stopped(pub(crate) Poison);

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("stopped")
    }
}

impl std::error::Error for Stopped {}

impl Stopped {
    /// The reason inside an error, if it is one of ours.
    pub(crate) fn of(error: &Error) -> Option<&Poison> {
        let mut source = std::error::Error::source(error);
        while let Some(error) = source {
            if let Some(stopped) = error.downcast_ref::<Stopped>() {
                return Some(&stopped.0);
            }
            source = error.source();
        }
        None
    }
}

impl Object for Undefined {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let mut child = Undefined {
            name: self.name.clone(),
            leaf: self.leaf.clone(),
            hint: self.hint.clone(),
            holder: self.holder.clone(),
            in_ansible: Some(self.words()),
            inside: self.inside.clone(),
        };
        if self.hint.is_none() && self.name.len() < 200 {
            child.name = format!("{}.{key}", self.name);
            child.hint = Some(self.message());
        }
        Some(Value::from_object(child))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(vec![Value::from(self.used())])
    }

    fn is_true(self: &Arc<Self>) -> bool {
        frame::poison(Poison::Undefined(Arc::clone(self)));
        false
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _args: &[Value]) -> Result<Value, Error> {
        Err(self.used())
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        _method: &str,
        _args: &[Value],
    ) -> Result<Value, Error> {
        Err(self.used())
    }

    fn render(self: &Arc<Self>, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        frame::poison(Poison::Undefined(Arc::clone(self)));
        Ok(())
    }
}

impl Object for Unknown {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, _key: &Value) -> Option<Value> {
        Some(Unknown::value(&self.0))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(vec![Value::from(self.used())])
    }

    fn is_true(self: &Arc<Self>) -> bool {
        frame::poison(Poison::Unknown(Arc::clone(&self.0)));
        false
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _args: &[Value]) -> Result<Value, Error> {
        Ok(Unknown::value(&self.0))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        _method: &str,
        _args: &[Value],
    ) -> Result<Value, Error> {
        Ok(Unknown::value(&self.0))
    }

    fn render(self: &Arc<Self>, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        frame::poison(Poison::Unknown(Arc::clone(&self.0)));
        Ok(())
    }
}

impl Object for Blank {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Empty
    }

    fn is_true(self: &Arc<Self>) -> bool {
        false
    }

    fn render(self: &Arc<Self>, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl Object for Omit {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<<Omit>>")
    }
}

/// The error that a use of this value gives, if it is undefined or unknown.
pub(crate) fn usable(value: &Value) -> Result<(), Error> {
    if value.as_object().is_none() && !value.is_undefined() {
        return Ok(());
    }
    if let Some(undefined) = value.downcast_object::<Undefined>() {
        return Err(undefined.used());
    }
    if let Some(unknown) = value.downcast_object_ref::<Unknown>() {
        return Err(unknown.used());
    }
    if is_blank(value) {
        let message = "the value is undefined: its `if` does not hold and has no `else`";
        return Err(Error::new(ErrorKind::UndefinedError, message));
    }
    if value.is_undefined() {
        return Err(Error::new(ErrorKind::UndefinedError, "the value is undefined"));
    }
    Ok(())
}

/// Whether a value is undefined, in either form.
pub(crate) fn is_undefined(value: &Value) -> bool {
    value.is_undefined() || is_blank(value) || value.downcast_object_ref::<Undefined>().is_some()
}

/// Whether a value is that of an inline `if` without `else`.
pub(crate) fn is_blank(value: &Value) -> bool {
    value.downcast_object_ref::<Blank>().is_some()
}

/// Whether a value is undefined or unknown.
pub(crate) fn is_marker(value: &Value) -> bool {
    is_undefined(value) || value.downcast_object_ref::<Unknown>().is_some()
}
