//! How filters, tests and functions get their arguments.

use minijinja::Environment;
use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::State;
use minijinja::Value;
use minijinja::value::Kwargs;
use minijinja::value::Rest;
use minijinja::value::ValueOrKwargs;

use super::frame::Poison;
use super::marker::Stopped;
use super::marker::Unknown;
use super::marker::is_marker;
use super::marker::usable;
use super::python;
use super::python::Number;

/// What a filter, test or function does.
pub(crate) type Run = fn(&mut Call<'_, '_, '_>) -> Result<Value, Error>;

/// A filter, test or function.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// Its names, separated by spaces.
    pub(crate) names: &'static str,
    /// Its parameters, separated by spaces; `*` takes all further ones, `**` all further named ones.
    pub(crate) parameters: &'static str,
    /// What it does.
    pub(crate) run: Run,
    /// Whether it looks at undefined and unknown arguments itself; for others such an argument is the result.
    pub(crate) takes_markers: bool,
}

impl Entry {
    /// One whose undefined argument is its result.
    pub(crate) const fn new(names: &'static str, parameters: &'static str, run: Run) -> Entry {
        Entry {
            names,
            parameters,
            run,
            takes_markers: false,
        }
    }

    /// One that looks at undefined arguments itself.
    pub(crate) const fn with_markers(names: &'static str, parameters: &'static str, run: Run) -> Entry {
        Entry {
            names,
            parameters,
            run,
            takes_markers: true,
        }
    }

    fn call(&self, state: &mut State<'_, '_>, values: Vec<Value>) -> Result<Value, Error> {
        let mut call = Call {
            entry: *self,
            state,
            values,
            named: Vec::new(),
        };
        call.split_named()?;
        if !self.takes_markers {
            let marker = call
                .values
                .iter()
                .chain(call.named.iter().map(|(_, value)| value))
                .find(|value| is_marker(value));
            if let Some(marker) = marker {
                return Ok(marker.clone());
            }
        }
        match (self.run)(&mut call) {
            Err(error) if !self.takes_markers => match Stopped::of(&error) {
                Some(Poison::Undefined(undefined)) => {
                    Ok(Value::from_dyn_object(std::sync::Arc::clone(undefined)))
                }
                Some(Poison::Unknown(why)) => Ok(Unknown::value(why)),
                Some(Poison::Problem(_)) | None => Err(error),
            },
            other => other,
        }
    }
}

/// The arguments of one call.
pub(crate) struct Call<'a, 'b, 'c> {
    entry: Entry,
    /// The engine: for calling other filters and tests.
    pub(crate) state: &'a mut State<'b, 'c>,
    /// Arguments by position.
    pub(crate) values: Vec<Value>,
    /// Arguments by name.
    pub(crate) named: Vec<(String, Value)>,
}

impl Call<'_, '_, '_> {
    fn name(&self) -> &'static str {
        self.entry.names.split(' ').next().unwrap_or_default()
    }

    fn split_named(&mut self) -> Result<(), Error> {
        if self.values.last().is_some_and(Value::is_kwargs)
            && let Some(last) = self.values.pop()
        {
            let kwargs = Kwargs::try_from(last)?;
            for name in kwargs.args() {
                self.named.push((name.to_owned(), kwargs.get::<Value>(name)?));
            }
        }
        if self.named.is_empty() && self.values.len() <= 1 {
            return Ok(());
        }
        let parameters = self.entry.parameters;
        let positional = parameters
            .split(' ')
            .filter(|name| !name.starts_with('*'))
            .count();
        if self.values.len() > positional && !parameters.contains('*') {
            let message = format!(
                "`{}` takes at most {} arguments",
                self.name(),
                positional.saturating_sub(1)
            );
            return Err(Error::new(ErrorKind::TooManyArguments, message));
        }
        if parameters.contains("**") {
            return Ok(());
        }
        match self
            .named
            .iter()
            .find(|(name, _)| !parameters.split(' ').any(|known| known == name))
        {
            Some((name, _)) => {
                let message = format!("`{}` has no argument `{name}`", self.name());
                Err(Error::new(ErrorKind::TooManyArguments, message))
            }
            None => Ok(()),
        }
    }

    /// The argument of a parameter, if it was given.
    pub(crate) fn get(&self, parameter: &str) -> Option<&Value> {
        let named = || {
            self.named
                .iter()
                .find(|(name, _)| name == parameter)
                .map(|(_, value)| value)
        };
        let index = self
            .entry
            .parameters
            .split(' ')
            .position(|name| name == parameter);
        index.and_then(|index| self.values.get(index)).or_else(named)
    }

    /// The argument of a parameter, unless it was not given or is none.
    pub(crate) fn some(&self, parameter: &str) -> Option<&Value> {
        self.get(parameter).filter(|value| !value.is_none())
    }

    /// The argument of a parameter that must be given.
    pub(crate) fn need(&self, parameter: &str) -> Result<&Value, Error> {
        self.get(parameter).ok_or_else(|| {
            let message = format!("`{}` needs the argument `{parameter}`", self.name());
            Error::new(ErrorKind::MissingArgument, message)
        })
    }

    /// An argument as text, whatever its type.
    pub(crate) fn text(&self, parameter: &str) -> Result<String, Error> {
        python::text(self.need(parameter)?)
    }

    /// An argument as text, or a default.
    pub(crate) fn text_or(&self, parameter: &str, default: &str) -> Result<String, Error> {
        self.some(parameter)
            .map_or_else(|| Ok(default.to_owned()), python::text)
    }

    /// An argument's truth, or a default.
    pub(crate) fn flag(&self, parameter: &str, default: bool) -> Result<bool, Error> {
        self.get(parameter).map_or(Ok(default), python::truth)
    }

    /// An argument as an integer, unless it was not given or is none.
    pub(crate) fn int(&self, parameter: &str) -> Result<Option<i64>, Error> {
        let Some(value) = self.some(parameter) else {
            return Ok(None);
        };
        usable(value)?;
        match python::number(value) {
            Some(Number::Int(number)) => Ok(i64::try_from(number).ok()),
            _ => Err(python::error(format!(
                "`{}` needs an integer for `{parameter}`",
                self.name()
            ))),
        }
    }

    /// An argument as an integer, or a default.
    pub(crate) fn int_or(&self, parameter: &str, default: i64) -> Result<i64, Error> {
        Ok(self.int(parameter)?.unwrap_or(default))
    }

    /// The items of an argument.
    pub(crate) fn items(&self, parameter: &str) -> Result<Vec<Value>, Error> {
        python::items(self.need(parameter)?)
    }

    /// An error that names the filter.
    pub(crate) fn error(&self, message: impl AsRef<str>) -> Error {
        python::error(format!("`{}`: {}", self.name(), message.as_ref()))
    }
}

/// Where entries go.
#[derive(Clone, Copy)]
pub(crate) enum Registry {
    /// Filters.
    Filters,
    /// Tests.
    Tests,
    /// Functions.
    Functions,
}

/// The collections under which everything of Ansible itself is known.
pub(crate) const OF_CORE: &[&str] = &["ansible.builtin", "ansible.legacy"];

/// Whether a name, short or with one of these collections, is one of these entries.
pub(crate) fn is_one_of(name: &str, entries: &[Entry], collections: &[&str]) -> bool {
    let short = match name.rsplit_once('.') {
        Some((collection, short)) if collections.contains(&collection) => short,
        Some(_) => return false,
        None => name,
    };
    entries
        .iter()
        .any(|entry| entry.names.split(' ').any(|known| known == short))
}

/// The parameters of the entry of this name, short or with one of these collections.
pub(crate) fn parameters_of(name: &str, entries: &[Entry], collections: &[&str]) -> Option<&'static str> {
    let mut entries = entries.iter();
    entries
        .find(|entry| is_one_of(name, std::slice::from_ref(entry), collections))
        .map(|entry| entry.parameters)
}

/// Registers entries under all their names, short and with each of these collections.
pub(crate) fn register(
    environment: &mut Environment<'static>,
    registry: Registry,
    entries: &[Entry],
    collections: &[&str],
) {
    for entry in entries.iter().copied() {
        let function = move |state: &mut State<'_, '_>, arguments: Rest<ValueOrKwargs>| {
            entry.call(state, arguments.into_values())
        };
        for name in entry.names.split(' ') {
            let full = collections
                .iter()
                .map(|collection| format!("{collection}.{name}"));
            for name in full.chain([name.to_owned()]) {
                match registry {
                    Registry::Filters => environment.add_filter(name, function),
                    Registry::Tests => environment.add_test(name, function),
                    Registry::Functions => environment.add_function(name, function),
                }
            }
        }
    }
}
