//! Macros that take more arguments than they name.

use std::fmt;
use std::sync::Arc;

use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::State;
use minijinja::Value;
use minijinja::value::Enumerator;
use minijinja::value::Kwargs;
use minijinja::value::Object;

use crate::template::call::Call;
use crate::template::container::dict;
use crate::template::container::list;
use crate::template::python;

/// A macro, and the parameters that it names.
#[derive(Debug)]
struct Variadic {
    inner: Value,
    named: Vec<String>,
    varargs: bool,
    kwargs: bool,
}

/// A macro that has parameters called `varargs` or `kwargs` as Jinja has it: they get what is left over.
pub(in crate::template) fn variadic(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let inner = call.need("value")?.clone();
    let names = python::items(&inner.get_attr("arguments")?)?;
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    let (varargs, kwargs) = (has("varargs"), has("kwargs"));
    let named = names
        .iter()
        .filter(|name| !matches!(name.as_str(), "varargs" | "kwargs"));
    Ok(Value::from_object(Variadic {
        named: named.cloned().collect(),
        inner,
        varargs,
        kwargs,
    }))
}

impl Object for Variadic {
    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Str(&["name", "arguments", "caller", "catch_varargs", "catch_kwargs"])
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "arguments" => Some(list(self.named.iter().map(Value::from).collect())),
            "catch_varargs" => Some(Value::from(self.varargs)),
            "catch_kwargs" => Some(Value::from(self.kwargs)),
            _ => self.inner.get_item(key).ok(),
        }
    }

    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (plain, named) = match args.split_last() {
            Some((last, rest)) if last.is_kwargs() => (rest, Some(Kwargs::try_from(last.clone())?)),
            _ => (args, None),
        };
        let (own, over) = plain.split_at(plain.len().min(self.named.len()));
        let mut given: Vec<(String, Value)> = Vec::new();
        let mut left = Vec::new();
        for name in named.iter().flat_map(Kwargs::args) {
            let value = named.as_ref().map(|named| named.get(name)).transpose()?;
            let value = value.unwrap_or_default();
            let known = self.named.iter().any(|known| known == name);
            let calls = name == "caller" && self.inner.get_attr("caller")?.is_true();
            if known || calls || !self.kwargs {
                given.push((name.to_owned(), value));
            } else {
                left.push((Value::from(name), value));
            }
        }
        let mut all = own.to_vec();
        if self.varargs {
            given.push(("varargs".to_owned(), list(over.to_vec())));
        } else if !over.is_empty() {
            return Err(Error::from(ErrorKind::TooManyArguments));
        }
        if self.kwargs {
            given.push(("kwargs".to_owned(), dict(left)));
        }
        all.push(Value::from(given.into_iter().collect::<Kwargs>()));
        self.inner.call(state, &all)
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.inner)
    }
}
