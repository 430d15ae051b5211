//! Python's methods of strings, lists and mappings.

mod text;

pub(crate) use text::capitalize;
pub(crate) use text::lines;
pub(crate) use text::split;

use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::State;
use minijinja::Value;
use minijinja::value::Kwargs;
use minijinja::value::Tuple;

use super::changing;
use super::container::list;
use super::convert::integer;
use super::frame;
use super::marker::usable;
use super::python;
use super::python::Shape;

/// What to use instead of one of Python's methods that values do not have here.
pub(super) fn refused(method: &str) -> Option<&'static str> {
    match method {
        "translate" | "maketrans" => Some("use `replace` or `regex_replace`"),
        "format_map" => Some("use `format(**mapping)`"),
        "fromkeys" => Some("use `dict(keys | product([value]))`"),
        _ => None,
    }
}

/// Calls a method that the value itself does not have.
pub(super) fn call(
    _state: &mut State<'_, '_>,
    value: &Value,
    method: &str,
    args: &[Value],
) -> Result<Value, Error> {
    usable(value)?;
    for arg in args {
        if !arg.is_kwargs() {
            usable(arg)?;
        }
    }
    let (args, named) = match args.split_last() {
        Some((last, rest)) if last.is_kwargs() => (rest, Some(Kwargs::try_from(last.clone())?)),
        _ => (args, None),
    };
    let args = Args { method, args, named };
    if let Some(result) = changing::call(value, &args) {
        return result;
    }
    let result = of_python(value, &args)?;
    let changes = frame::top(|frame| frame.changes).unwrap_or_default();
    Ok(if changes { changing::own(result) } else { result })
}

fn of_python(value: &Value, args: &Args<'_>) -> Result<Value, Error> {
    match python::shape(value) {
        Shape::Str(text) => text::call(text, args),
        Shape::Map(_) => map(value, args),
        Shape::Seq(_) => sequence(value, args),
        Shape::Int(number) if args.method == "bit_length" => {
            Ok(Value::from(128 - number.unsigned_abs().leading_zeros()))
        }
        Shape::Float(number) if args.method == "is_integer" => Ok(Value::from(number.fract() == 0.0)),
        Shape::None | Shape::Bool(_) | Shape::Int(_) | Shape::Float(_) | Shape::Other => {
            Err(args.unknown(value))
        }
    }
}

/// The arguments of a method.
pub(super) struct Args<'a> {
    /// The method.
    pub(super) method: &'a str,
    /// The arguments without a name.
    pub(super) args: &'a [Value],
    /// Those with one.
    pub(super) named: Option<Kwargs>,
}

impl Args<'_> {
    /// An argument, by its place or its name.
    pub(super) fn get(&self, index: usize, name: &str) -> Option<Value> {
        let named = || {
            self.named
                .as_ref()
                .filter(|named| named.has(name))
                .and_then(|named| named.get(name).ok())
        };
        self.args.get(index).cloned().or_else(named)
    }

    fn text(&self, index: usize, name: &str) -> Result<Option<String>, Error> {
        match self.get(index, name).filter(|value| !value.is_none()) {
            Some(value) => match value.as_str() {
                Some(text) => Ok(Some(text.to_owned())),
                None => Err(python::error(format!(
                    "`{}` takes a string, not a value of type {}",
                    self.method,
                    python::type_name(&value)
                ))),
            },
            None => Ok(None),
        }
    }

    fn need(&self, index: usize) -> Result<String, Error> {
        self.text(index, "")?
            .ok_or_else(|| python::error(format!("`{}` needs {} argument(s)", self.method, index + 1)))
    }

    /// An argument that must be there.
    pub(super) fn value(&self, index: usize) -> Result<Value, Error> {
        let missing = || python::error(format!("`{}` needs {} argument(s)", self.method, index + 1));
        self.args.get(index).cloned().ok_or_else(missing)
    }

    /// A whole number.
    pub(super) fn int(&self, index: usize, name: &str) -> Option<i64> {
        self.get(index, name).and_then(|value| value.as_i64())
    }

    fn unknown(&self, value: &Value) -> Error {
        let kind = python::type_name(value);
        if changing::METHODS.contains(&self.method) && matches!(kind, "list" | "dict") {
            return python::error(format!(
                "`{}` would change a {kind} that has no name: give it one with `{{% set %}}` first",
                self.method
            ));
        }
        let has_key = python::get(value, &Value::from(self.method)).is_some();
        if has_key {
            return Error::from(ErrorKind::UnknownMethod);
        }
        python::error(format!("a value of type {kind} has no method `{}`", self.method))
    }
}

fn map(value: &Value, args: &Args<'_>) -> Result<Value, Error> {
    let keys = || Ok(list(python::items(value)?));
    match args.method {
        "keys" => keys(),
        "values" => Ok(list(
            python::entries(value)?
                .into_iter()
                .map(|(_, item)| item)
                .collect(),
        )),
        "items" => {
            let pairs = python::entries(value)?
                .into_iter()
                .map(|(key, item)| Value::from(Tuple::from([key, item])));
            Ok(list(pairs.collect()))
        }
        "get" => {
            let key = args
                .get(0, "")
                .ok_or_else(|| python::error("`get` needs a key"))?;
            Ok(python::get(value, &key)
                .or_else(|| args.get(1, "default"))
                .unwrap_or(Value::from(())))
        }
        "copy" => Ok(value.clone()),
        _ => Err(args.unknown(value)),
    }
}

fn sequence(value: &Value, args: &Args<'_>) -> Result<Value, Error> {
    let items = python::items(value)?;
    let wanted = || {
        args.get(0, "")
            .ok_or_else(|| python::error(format!("`{}` needs a value", args.method)))
    };
    match args.method {
        "count" => {
            let wanted = wanted()?;
            let mut count = 0_i128;
            for item in &items {
                count += i128::from(python::equal(item, &wanted)?);
            }
            Ok(integer(count))
        }
        "index" => {
            let wanted = wanted()?;
            for (index, item) in items.iter().enumerate() {
                if python::equal(item, &wanted)? {
                    return Ok(Value::from(index));
                }
            }
            Err(python::error(format!(
                "{} is not in the list",
                python::repr(&wanted)?
            )))
        }
        "copy" => Ok(list(items)),
        _ => Err(args.unknown(value)),
    }
}
