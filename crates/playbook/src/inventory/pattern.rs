//! Patterns that choose hosts: `web:&prod:!web3`, `db*`, `~web\d+`, `web[0:2]`, `@file`.

use std::path::Path;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use fancy_regex::Regex;

use super::address;
use super::input;
use super::lines::lines;
use crate::Files;

/// What `hosts:` of a play or `--limit` chooses.
///
/// Terms are divided by commas, or by colons where there is no comma. Plain terms are united, then `&` terms
/// intersect, then `!` terms exclude, in whatever order they are written. Syntax and meaning are those of
/// <https://docs.ansible.com/ansible/latest/inventory_guide/intro_patterns.html>.
#[derive(Clone, Debug)]
pub struct Pattern {
    pub(super) terms: Vec<Term>,
    pub(super) place: Place,
}

/// What a term does to the hosts chosen so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Unite,
    Intersect,
    Exclude,
}

/// One part of a pattern.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) operation: Operation,
    /// Without the operator, with the slice.
    pub(super) text: String,
    pub(super) matcher: Matcher,
    pub(super) slice: Option<Slice>,
    pub(super) place: Place,
}

/// Which names a term means.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// A name, or a shell pattern on names.
    Name(String),
    /// A regular expression at the beginning of a name.
    Regex(Box<Regex>),
}

/// Which of the matched hosts a term takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slice {
    /// `[n]`; negative numbers count from the end.
    Item(i64),
    /// `[from:to]`, both included; without `to` up to the end.
    Range(usize, Option<usize>),
}

impl Pattern {
    /// Reads a pattern; `place` is where the text stands.
    ///
    /// # Errors
    /// A pattern without a term, a bad slice, a bad regular expression.
    pub fn parse(text: &str, place: &Place) -> Result<Pattern, Problem> {
        Pattern::list(&[(text, place)])
    }

    /// Reads a list of patterns, which are one pattern together.
    ///
    /// # Errors
    /// As [`Pattern::parse`].
    pub fn list(items: &[(&str, &Place)]) -> Result<Pattern, Problem> {
        let mut terms = Vec::new();
        for (text, place) in items {
            let written = Written::new(place, text);
            for (start, part) in split(text) {
                terms.push(term(part, &written.part(start, part.len()))?);
            }
        }
        match items.first() {
            Some((_, place)) if !terms.is_empty() => Ok(Pattern {
                terms,
                place: (*place).clone(),
            }),
            Some((_, place)) => Err(empty().at(place, "expected a host or a group")),
            None => Err(empty()),
        }
    }

    /// Reads a pattern of `--limit`, in which `@file` stands for the lines of a file, one term each.
    ///
    /// # Errors
    /// As [`Pattern::parse`]; an unreadable or empty file.
    pub fn limit(text: &str, place: &Place, files: &dyn Files) -> Result<Pattern, Problem> {
        let mut terms = Vec::new();
        let written = Written::new(place, text);
        for (start, part) in split(text) {
            let at = written.part(start, part.len());
            match part.strip_prefix('@') {
                Some(path) => from_file(path, &at, files, &mut terms)?,
                None => terms.push(term(part, &at)?),
            }
        }
        if terms.is_empty() {
            return Err(empty().at(place, "expected a host or a group"));
        }
        Ok(Pattern {
            terms,
            place: place.clone(),
        })
    }

    /// Where the pattern stands.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The terms in the order in which they apply.
    pub(super) fn ordered(&self) -> impl Iterator<Item = &Term> {
        let of = |operation| self.terms.iter().filter(move |term| term.operation == operation);
        of(Operation::Unite)
            .chain(of(Operation::Intersect))
            .chain(of(Operation::Exclude))
    }
}

fn empty() -> Problem {
    Problem::error("pattern::empty", "the pattern names no host")
        .help("`all` means every host of the inventory")
}

fn from_file(path: &str, at: &Place, files: &dyn Files, terms: &mut Vec<Term>) -> Result<(), Problem> {
    let unreadable = |reason: String| {
        Problem::error("pattern::file", format!("cannot read the hosts in {path}"))
            .at(at, reason)
            .help("the file holds one host, group or pattern per line")
    };
    if files.is_folder(Path::new(path)) == Some(true) {
        return Err(unreadable("this is a folder".to_owned()));
    }
    let contents = files
        .open(Path::new(path))
        .map_err(|error| unreadable(error.to_string()))?;
    let source = input::text(path, contents)?;
    let before = terms.len();
    for (start, line) in lines(&source.text) {
        let trimmed = line.trim();
        if !trimmed.is_empty() {
            let start = start + (line.len() - line.trim_start().len());
            terms.push(term(trimmed, &Place::new(&source, start, start + trimmed.len()))?);
        }
    }
    if terms.len() == before {
        Err(unreadable("the file is empty".to_owned()))
    } else {
        Ok(())
    }
}

/// Where the text of a pattern stands.
struct Written {
    place: Place,
    /// Where the text begins in its source; nothing where it was quoted or folded.
    start: Option<usize>,
}

impl Written {
    fn new(place: &Place, text: &str) -> Written {
        if place.source.text.is_empty() {
            let source = Source::new(place.source.name.clone(), text);
            return Written {
                place: Place::new(&source, 0, text.len()),
                start: Some(0),
            };
        }
        let within = place.text().find(text);
        Written {
            place: place.clone(),
            start: within.map(|at| place.start as usize + at),
        }
    }

    /// The place of a part of the text; the whole place where that is not known.
    fn part(&self, from: usize, len: usize) -> Place {
        match self.start {
            Some(start) => Place::new(&self.place.source, start + from, start + from + len),
            None => self.place.clone(),
        }
    }
}

/// The terms of a pattern with their offsets.
fn split(text: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    if text.contains(',') {
        let mut start = 0;
        for part in text.split(',') {
            parts.push((start, part));
            start += part.len() + 1;
        }
    } else if address::parse(text, true).is_some() {
        // An IPv6 address, or a range: its colons divide nothing.
        parts.push((0, text));
    } else {
        colons(text, &mut parts);
    }
    let trim = |(start, part): (usize, &'_ str)| (start + part.len() - part.trim_start().len(), part.len());
    let trimmed = parts.into_iter().map(|part| (trim(part).0, part.1.trim()));
    trimmed.filter(|(_, part)| !part.is_empty()).collect()
}

/// Divides at colons and spaces outside brackets.
fn colons<'a>(text: &'a str, parts: &mut Vec<(usize, &'a str)>) {
    let mut start = 0;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let len = match c {
            '[' => text[at..].find(']').map(|close| close + 1),
            ':' | ']' => None,
            c if c.is_whitespace() => None,
            c => Some(c.len_utf8()),
        };
        match len {
            Some(len) => at += len,
            None => {
                parts.push((start, &text[start..at]));
                at += c.len_utf8();
                start = at;
            }
        }
    }
    parts.push((start, &text[start..]));
}

fn term(text: &str, place: &Place) -> Result<Term, Problem> {
    let (operation, rest) = match text.as_bytes().first() {
        Some(b'!') => (Operation::Exclude, &text[1..]),
        Some(b'&') => (Operation::Intersect, &text[1..]),
        _ => (Operation::Unite, text),
    };
    if rest.is_empty() {
        let problem = Problem::error("pattern::term", format!("`{text}` stands alone"))
            .at(place, "expected a host or a group behind it")
            .help("write `!web` without a space");
        return Err(problem);
    }
    let place = place.clone();
    if let Some(expression) = rest.strip_prefix('~') {
        let matcher = Matcher::Regex(Box::new(regex(expression, &place)?));
        return Ok(Term {
            operation,
            text: rest.to_owned(),
            matcher,
            slice: None,
            place,
        });
    }
    let (name, slice) = match sliced(rest, &place)? {
        Some((name, slice)) => (name, Some(slice)),
        None => (rest, None),
    };
    Ok(Term {
        operation,
        text: rest.to_owned(),
        matcher: Matcher::Name(name.to_owned()),
        slice,
        place,
    })
}

/// Compiles an expression of Python's for the beginning of a name.
fn regex(expression: &str, place: &Place) -> Result<Regex, Problem> {
    let mut converted = String::from(r"\A(?:");
    let mut escaped = false;
    for c in expression.chars() {
        // Python's \Z is the end of the text, elsewhere \z.
        converted.push(if escaped && c == 'Z' { 'z' } else { c });
        escaped = !escaped && c == '\\';
    }
    converted.push(')');
    Regex::new(&converted).map_err(|error| {
        let problem = Problem::error(
            "pattern::regex",
            format!("`{expression}` is no regular expression"),
        )
        .at(place, error.to_string());
        if expression.contains('{') && !expression.contains('}') {
            problem.help("a comma divides terms, in an expression too: write \\d\\d?\\d? instead of \\d{1,3}")
        } else {
            problem.help("behind `~` stands a regular expression, as in ~web\\d+")
        }
    })
}

fn sliced<'a>(text: &'a str, place: &Place) -> Result<Option<(&'a str, Slice)>, Problem> {
    let Some((name, inside)) = text.strip_suffix(']').and_then(|rest| rest.rsplit_once('[')) else {
        return Ok(None);
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let bad = |reason: &str, help: String| {
        Err(
            Problem::error("pattern::slice", format!("`{text}` is no slice of hosts"))
                .at(place, reason)
                .help(help),
        )
    };
    if name.is_empty() {
        return Ok(None);
    }
    if digits(inside.strip_prefix('-').unwrap_or(inside)) {
        return match inside.parse() {
            Ok(number) => Ok(Some((name, Slice::Item(number)))),
            Err(_) => bad(
                "this number is too large",
                format!("write {name}[0] for the first host"),
            ),
        };
    }
    let Some((from, divider, to)) = inside
        .find([':', '-'])
        .map(|at| (&inside[..at], &inside[at..=at], &inside[at + 1..]))
    else {
        return Ok(None);
    };
    if from.is_empty() && divider == ":" && digits(to) {
        return bad("a slice needs its first number", format!("write {name}[0:{to}]"));
    }
    if !digits(from) || !(to.is_empty() || digits(to)) {
        return Ok(None);
    }
    if divider == "-" {
        return bad(
            "a slice is written with a colon",
            format!("write {name}[{from}:{to}]"),
        );
    }
    let to = if to.is_empty() {
        Ok(None)
    } else {
        to.parse().map(Some)
    };
    match (from.parse::<usize>(), to) {
        (Ok(from), Ok(to)) if to.is_some_and(|to| to < from) => bad(
            "the slice ends before it begins",
            format!(
                "hosts are counted from 0, and both ends belong to the slice: {name}[{}:{from}]",
                to.unwrap_or(0)
            ),
        ),
        (Ok(from), Ok(to)) => Ok(Some((name, Slice::Range(from, to)))),
        _ => bad(
            "this number is too large",
            format!("write {name}[0:2] for the first three hosts"),
        ),
    }
}
