//! Versions, compared as Python's `distutils`, semver.org and PEP 440 compare them.

mod pep440;
mod semantic;
mod strict;

use std::cmp::Ordering;

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::python;

/// The tests of this file.
pub(super) const TESTS: &[Entry] = &[Entry::with_markers(
    "version version_compare",
    "value version operator strict version_type",
    version,
)];

fn version(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (value, other) = (call.text("value")?, call.text("version")?);
    if value.is_empty() || other.is_empty() {
        return Err(call.error("a version must not be empty"));
    }
    if call.some("strict").is_some() && call.some("version_type").is_some() {
        return Err(call.error("`strict` and `version_type` exclude each other"));
    }
    let kind = if call.flag("strict", false)? {
        "strict".to_owned()
    } else {
        call.text_or("version_type", "loose")?
    };
    let wrong = |text: &str| call.error(format!("`{text}` is no {kind} version"));
    let both = |parse: fn(&str) -> Option<Vec<Part>>| {
        let a = parse(&value).ok_or_else(|| wrong(&value))?;
        let b = parse(&other).ok_or_else(|| wrong(&other))?;
        Ok::<_, Error>(a.cmp(&b))
    };
    let ordering = match kind.as_str() {
        "loose" => loose(&value, &other)?,
        "strict" => both(strict::parse)?,
        "semver" | "semantic" => both(semantic::parse)?,
        "pep440" => both(pep440::parse)?,
        _ => {
            return Err(call.error(format!(
                "there is no version type `{kind}`: loose, strict, semver, pep440"
            )));
        }
    };
    Ok(Value::from(match call.text_or("operator", "eq")?.as_str() {
        "==" | "=" | "eq" => ordering == Ordering::Equal,
        "<" | "lt" => ordering == Ordering::Less,
        "<=" | "le" => ordering != Ordering::Greater,
        ">" | "gt" => ordering == Ordering::Greater,
        ">=" | "ge" => ordering != Ordering::Less,
        "!=" | "<>" | "ne" => ordering != Ordering::Equal,
        other => return Err(call.error(format!("there is no operator `{other}`: eq, ne, lt, le, gt, ge"))),
    }))
}

/// A part of a version: numbers come before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// Less than everything.
    Lowest,
    /// A number.
    Number(u128),
    /// A word.
    Word(String),
    /// More than everything.
    Highest,
}

/// `LooseVersion`: numbers and runs of letters; the two cannot be compared with each other.
fn loose(a: &str, b: &str) -> Result<Ordering, Error> {
    let (left, right) = (loose_parts(a), loose_parts(b));
    for (x, y) in left.iter().zip(&right) {
        match (x, y) {
            (Part::Number(x), Part::Number(y)) if x == y => {}
            (Part::Word(x), Part::Word(y)) if x == y => {}
            (Part::Number(_), Part::Number(_)) | (Part::Word(_), Part::Word(_)) => return Ok(x.cmp(y)),
            _ => {
                return Err(python::error(format!(
                    "`version`: {a} and {b} cannot be compared: a number stands against a word"
                )));
            }
        }
    }
    Ok(left.len().cmp(&right.len()))
}

fn loose_parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same: fn(char) -> bool = match first {
            c if c.is_ascii_digit() => |c| c.is_ascii_digit(),
            c if c.is_ascii_lowercase() => |c| c.is_ascii_lowercase(),
            '.' => |_| false,
            _ => |c| !c.is_ascii_digit() && !c.is_ascii_lowercase() && c != '.',
        };
        let end = rest
            .find(|c| !same(c))
            .unwrap_or(rest.len())
            .max(if first == '.' { 1 } else { 0 });
        let (piece, tail) = rest.split_at(end);
        match piece.parse() {
            Ok(number) => parts.push(Part::Number(number)),
            Err(_) if piece != "." => parts.push(Part::Word(piece.to_owned())),
            Err(_) => {}
        }
        rest = tail;
    }
    parts
}
