//! Addresses and networks: the `ipaddr` family of ansible.utils.

mod mac;
mod network;
mod query;
mod registry;
mod subnet;

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::container::list;
use crate::template::python;
use crate::template::python::Number;

use super::lists::is_list;

pub(in crate::template) use network::Network;
use query::Question;

/// The filters of this file and of those below it.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("ipaddr", "value query version alias", |call| {
        let version = call
            .int("version")?
            .and_then(|version| u8::try_from(version).ok())
            .filter(|version| *version != 0);
        filter(call, version)
    }),
    Entry::new("ipv4", "value query", |call| filter(call, Some(4))),
    Entry::new("ipv6", "value query", |call| filter(call, Some(6))),
    Entry::new("ipwrap", "value query", wrap),
    Entry::new("ipsubnet", "value query index", subnet::ipsubnet),
    Entry::new("ipmath", "value amount", subnet::ipmath),
    Entry::new("nthhost", "value query", subnet::nthhost),
    Entry::new("next_nth_usable", "value offset", |call| {
        subnet::nth_usable(call, 1)
    }),
    Entry::new("previous_nth_usable", "value offset", |call| {
        subnet::nth_usable(call, -1)
    }),
    Entry::new("network_in_network", "value test", |call| {
        subnet::inside(call, false)
    }),
    Entry::new("network_in_usable", "value test", |call| {
        subnet::inside(call, true)
    }),
    Entry::new("reduce_on_network", "value network", subnet::reduce),
    Entry::new("cidr_merge", "value action", subnet::cidr_merge),
    Entry::new("ip4_hex", "arg delimiter", subnet::ip4_hex),
    Entry::new("hwaddr macaddr", "value query alias", mac::hwaddr),
];

/// The query of a call: text, or a number for the nth address.
fn asked(value: Option<&Value>) -> Result<Question, Error> {
    let Some(value) = value else {
        return Ok(Question::Named(String::new()));
    };
    match python::number(value) {
        Some(Number::Int(index)) => Ok(Question::Index(index)),
        _ => Ok(Question::Named(python::text(value)?)),
    }
}

fn filter(call: &Call<'_, '_, '_>, version: Option<u8>) -> Result<Value, Error> {
    let question = asked(call.some("query"))?;
    let value = call.need("value")?;
    let known =
        is_list(value) || value.as_str().is_some() || matches!(python::number(value), Some(Number::Int(_)));
    if !known {
        return Err(call.error(format!(
            "needs a string, a number or a list, not a value of type {}",
            python::type_name(value)
        )));
    }
    answer(value, &question, version)
}

/// What the filter gives for a value: for a list the answers that are true.
fn answer(value: &Value, question: &Question, version: Option<u8>) -> Result<Value, Error> {
    if is_list(value) {
        let mut out = Vec::new();
        for item in python::items(value)? {
            let found = answer(&item, question, version)?;
            if found.is_true() {
                out.push(found);
            }
        }
        return Ok(list(out));
    }
    match query::Subject::of(value) {
        Some(subject) if version.is_none_or(|version| version == subject.network.version()) => {
            subject.ask(question)
        }
        _ => Ok(Value::from(false)),
    }
}

fn wrap(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let question = asked(call.some("query"))?;
    let wrapped = |value: &Value| -> Value {
        let named = Question::Named("wrap".to_owned());
        let found = answer(value, &question, None).ok().filter(Value::is_true);
        found
            .and_then(|found| answer(&found, &named, None).ok())
            .unwrap_or_else(|| value.clone())
    };
    let value = call.need("value")?;
    if is_list(value) {
        let wrapped = |item: &Value| {
            let found = answer(item, &question, None).ok().filter(Value::is_true);
            let named = Question::Named("wrap".to_owned());
            found
                .and_then(|_| answer(item, &named, None).ok())
                .unwrap_or_else(|| item.clone())
        };
        return Ok(list(python::items(value)?.iter().map(wrapped).collect()));
    }
    Ok(wrapped(value))
}
