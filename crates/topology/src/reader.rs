//! Variables read as typed values, with the place of every error.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use crate::Described;
use crate::Value;
use crate::settings::Setting;

/// Reads the variables of one host.
pub(crate) struct Reader<'d> {
    described: &'d dyn Described,
    host: Arc<str>,
}

/// A typed value, and where it is set.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Set<T> {
    pub(crate) value: T,
    pub(crate) place: Option<Place>,
}

impl<'d> Reader<'d> {
    pub(crate) fn new(described: &'d dyn Described, host: &Arc<str>) -> Reader<'d> {
        Reader {
            described,
            host: Arc::clone(host),
        }
    }

    pub(crate) fn raw(&self, name: &str) -> Result<Option<Value>, Problem> {
        Ok(self
            .described
            .value(&self.host, name)?
            .filter(|value| !value.value.is_null()))
    }

    fn typed<T>(
        &self,
        name: &str,
        expected: &str,
        read: impl FnOnce(&serde_json::Value) -> Option<T>,
    ) -> Result<Option<Set<T>>, Problem> {
        let Some(Value { value, place }) = self.raw(name)? else {
            return Ok(None);
        };
        match read(&value) {
            Some(value) => Ok(Some(Set { value, place })),
            None => Err(self.wrong(name, expected, &value, place.as_ref())),
        }
    }

    /// A value of the wrong kind.
    pub(crate) fn wrong(
        &self,
        name: &str,
        expected: &str,
        value: &serde_json::Value,
        at: Option<&Place>,
    ) -> Problem {
        let host = &self.host;
        let problem = Problem::error(
            "cluster::value",
            format!("`{name}` of {host} is {value}, not {expected}"),
        );
        match at {
            Some(place) => problem.at(place, format!("expected {expected}")),
            None => problem,
        }
    }

    /// A variable of a role.
    pub(crate) fn setting<T: Setting>(&self, name: &str) -> Result<Option<T>, Problem> {
        let Some(Value { value, place }) = self.raw(name)? else {
            return Ok(None);
        };
        match T::read(&value) {
            Some(value) => Ok(Some(value)),
            None if T::SECRET => {
                let hidden = serde_json::Value::from("(secret)");
                Err(self.wrong(name, T::EXPECTED, &hidden, place.as_ref()))
            }
            None => Err(self.wrong(name, T::EXPECTED, &value, place.as_ref())),
        }
    }

    /// Where a variable is set.
    pub(crate) fn place(&self, name: &str) -> Option<Place> {
        self.raw(name).ok().flatten().and_then(|value| value.place)
    }

    pub(crate) fn flag(&self, name: &str) -> Result<Option<Set<bool>>, Problem> {
        self.typed(name, "a boolean", boolean)
    }

    pub(crate) fn port(&self, name: &str) -> Result<Option<Set<u16>>, Problem> {
        self.typed(name, "a port (1 to 65535)", port)
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<Set<u64>>, Problem> {
        self.typed(name, "a whole number", number)
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<Set<String>>, Problem> {
        self.typed(name, "a text", text)
    }

    pub(crate) fn address(&self, name: &str) -> Result<Option<Set<IpAddr>>, Problem> {
        self.typed(name, "an IP address", |value| text(value)?.trim().parse().ok())
    }
}

/// A boolean, also as the words that INI inventories can only hold as text.
pub(crate) fn boolean(value: &serde_json::Value) -> Option<bool> {
    match value {
        serde_json::Value::Bool(value) => Some(*value),
        serde_json::Value::String(text) => match text.to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

pub(crate) fn number(value: &serde_json::Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

pub(crate) fn port(value: &serde_json::Value) -> Option<u16> {
    number(value)
        .and_then(|number| u16::try_from(number).ok())
        .filter(|port| *port > 0)
}

pub(crate) fn text(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
