//! `cycler` and `joiner`: values that are another one each time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use minijinja::Error;
use minijinja::State;
use minijinja::Value;
use minijinja::value::Object;
use minijinja::value::ObjectRepr;

use crate::template::call::Call;
use crate::template::python;

/// Goes through values in turn.
#[derive(Debug)]
struct Cycler {
    items: Vec<Value>,
    at: AtomicUsize,
}

/// A text, but the empty one the first time.
#[derive(Debug)]
struct Joiner {
    between: Value,
    used: AtomicBool,
}

/// `cycler(a, b, ...)`, Jinja's documentation, "List of Global Functions".
pub(super) fn cycler(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    if call.values.is_empty() {
        return Err(call.error("at least one item has to be provided"));
    }
    Ok(Value::from_object(Cycler {
        items: call.values.clone(),
        at: AtomicUsize::new(0),
    }))
}

/// `joiner(sep=', ')`, Jinja's documentation, "List of Global Functions".
pub(super) fn joiner(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    Ok(Value::from_object(Joiner {
        between: Value::from(call.text_or("sep", ", ")?),
        used: AtomicBool::new(false),
    }))
}

impl Cycler {
    fn current(&self, at: usize) -> Value {
        self.items[at % self.items.len()].clone()
    }
}

impl Object for Cycler {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "current").then(|| self.current(self.at.load(Ordering::Relaxed)))
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        _args: &[Value],
    ) -> Result<Value, Error> {
        match method {
            "next" => Ok(self.current(self.at.fetch_add(1, Ordering::Relaxed))),
            "reset" => {
                self.at.store(0, Ordering::Relaxed);
                Ok(Value::from(()))
            }
            _ => Err(python::error(format!("a cycler has no method `{method}`"))),
        }
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<Cycler>")
    }
}

impl Object for Joiner {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, _args: &[Value]) -> Result<Value, Error> {
        Ok(match self.used.swap(true, Ordering::Relaxed) {
            true => self.between.clone(),
            false => Value::from(""),
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<Joiner>")
    }
}
