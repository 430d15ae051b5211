//! Variables under the names that people use, whether the model reads them or not.

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use serde_json::Value as Json;

use super::at;
use super::catalogue::Lint;
use crate::Described;
use crate::Value;
use crate::Written;
use crate::settings::Time;

/// The variables of an inventory.
pub(crate) struct Raw<'a> {
    pub(super) described: &'a dyn Described,
    pub(super) written: Vec<Written>,
    names: HashSet<Arc<str>>,
    pub(super) hosts: Vec<Arc<str>>,
}

/// A variable's value on a host.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) host: Arc<str>,
    pub(super) name: &'static str,
    pub(super) value: Json,
    pub(super) place: Option<Place>,
}

/// A text somewhere in a written value.
pub(super) struct Text<'r> {
    pub(super) name: &'r str,
    pub(super) text: &'r str,
    pub(super) place: Option<&'r Place>,
}

impl<'a> Raw<'a> {
    pub(super) fn read(described: &'a dyn Described) -> Raw<'a> {
        let written = described.written();
        let names = written.iter().map(|written| Arc::clone(&written.name)).collect();
        Raw {
            described,
            written,
            names,
            hosts: described.hosts(),
        }
    }

    /// A variable of a host under the first of its names that is set; what cannot be rendered here decides nothing.
    pub(super) fn get(&self, host: &Arc<str>, names: &[&'static str]) -> Option<Set> {
        let known = names.iter().filter(|name| self.names.contains(**name));
        let mut values = known.filter_map(|name| Some((*name, self.described.value(host, name).ok()??)));
        let (name, Value { value, place }) = values.find(|(_, set)| !set.value.is_null())?;
        Some(Set {
            host: Arc::clone(host),
            name,
            value,
            place,
        })
    }

    /// The same on every host that has it.
    pub(super) fn each(&self, names: &[&'static str]) -> Vec<Set> {
        self.hosts
            .iter()
            .filter_map(|host| self.get(host, names))
            .collect()
    }

    /// Every value that somebody set, once: hosts that share a definition count as one.
    pub(super) fn once(&self, names: &[&'static str]) -> Vec<Set> {
        let mut kept: Vec<Set> = Vec::new();
        for name in names {
            for set in self.each(&[*name]) {
                let known = |other: &Set| {
                    other.name == set.name && other.place == set.place && other.value == set.value
                };
                if !kept.iter().any(known) {
                    kept.push(set);
                }
            }
        }
        kept
    }

    /// Every text of the values as they are written.
    pub(super) fn texts(&self) -> Vec<Text<'_>> {
        let mut texts = Vec::new();
        for written in &self.written {
            each_text(&written.value, &mut |text| {
                texts.push(Text {
                    name: &written.name,
                    text,
                    place: written.place.as_ref(),
                });
            });
        }
        texts
    }

    /// One finding for each value under some names that a condition holds for.
    pub(super) fn find(
        &self,
        lint: &'static Lint,
        names: &[&'static str],
        wrong: impl Fn(&Set) -> Option<String>,
    ) -> Vec<Problem> {
        let found = |set: Set| {
            let text = wrong(&set)?;
            Some(at(lint.finding(text), set.place.as_ref(), "set here"))
        };
        self.once(names).into_iter().filter_map(found).collect()
    }

    /// One finding for each definition with a text that a condition holds for.
    pub(super) fn find_text(
        &self,
        lint: &'static Lint,
        wrong: impl Fn(&Text<'_>) -> Option<String>,
    ) -> Vec<Problem> {
        let mut found: Vec<Problem> = Vec::new();
        for text in self.texts() {
            if let Some(message) = wrong(&text) {
                let problem = at(lint.finding(message), text.place, "set here");
                if !found.contains(&problem) {
                    found.push(problem);
                }
            }
        }
        found
    }
}

impl Set {
    pub(super) fn text(&self) -> Option<String> {
        crate::reader::text(&self.value)
    }

    pub(super) fn flag(&self) -> Option<bool> {
        flag(&self.value)
    }

    pub(super) fn number(&self) -> Option<i64> {
        number(&self.value)
    }

    pub(super) fn time(&self) -> Option<Time> {
        <Time as crate::settings::Setting>::read(&self.value)
    }

    pub(super) fn is(&self, words: &[&str]) -> bool {
        self.text()
            .is_some_and(|text| words.iter().any(|word| word.eq_ignore_ascii_case(text.trim())))
    }
}

/// A boolean, also as words and as 0 and 1.
pub(super) fn flag(value: &Json) -> Option<bool> {
    crate::reader::boolean(value).or_else(|| value.as_i64().map(|number| number != 0))
}

/// A whole number, also as text and with a sign.
pub(super) fn number(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Calls a function with every text in a value.
pub(super) fn each_text<'v>(value: &'v Json, take: &mut impl FnMut(&'v str)) {
    match value {
        Json::String(text) => take(text),
        Json::Array(items) => items.iter().for_each(|item| each_text(item, take)),
        Json::Object(map) => map.values().for_each(|item| each_text(item, take)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// The addresses that stand in a value, with or without scheme and port.
pub(super) fn addresses(value: &Json) -> Vec<IpAddr> {
    let mut found = Vec::new();
    each_text(value, &mut |text| {
        let words = text.split(|c: char| c.is_whitespace() || ",;=/\"'".contains(c));
        found.extend(words.filter_map(address));
    });
    found
}

/// An address, perhaps with a port behind it.
pub(super) fn address(word: &str) -> Option<IpAddr> {
    let bare = |text: &str| text.trim_matches(['[', ']']).parse().ok();
    bare(word).or_else(|| bare(word.rsplit_once(':')?.0))
}

/// The host in `scheme://host:port/path`.
pub(super) fn host_of(url: &str) -> &str {
    let rest = url.trim().split_once("://").map_or(url.trim(), |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or(rest);
    if address(host).is_some_and(|address| address.is_ipv6()) {
        return host
            .split_once(']')
            .map_or(host, |(address, _)| address.trim_start_matches('['));
    }
    host.split(':').next().unwrap_or(host)
}
