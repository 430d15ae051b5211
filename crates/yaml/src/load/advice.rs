//! The diagnostics for what libyaml and PyYAML refuse.

use std::sync::Arc;

use super::hint;
use super::scalar::CORE;
use crate::Node;
use crate::Place;
use crate::Problem;
use crate::Source;
use crate::libyaml::SyntaxError;

/// A syntax error with the lines around it, as the hints look at it.
pub(super) struct Accident<'t> {
    /// libyaml's words.
    pub(super) problem: &'t str,
    /// The character at the error.
    pub(super) found: Option<char>,
    /// The line of the error, and the byte in it.
    pub(super) line: &'t str,
    pub(super) column: usize,
    /// The last line before it that is not blank.
    pub(super) previous: &'t str,
    /// Where what was being read began, both from 1.
    pub(super) context_line: usize,
    pub(super) context_column: usize,
}

/// libyaml's error with its places and a hint.
pub(super) fn syntax(source: &Arc<Source>, error: SyntaxError) -> Problem {
    let at = point(source, error.at);
    let mut problem = Problem::error(
        "yaml::syntax",
        format!("the YAML cannot be read: {}", error.problem),
    )
    .at(&at, "here");
    let mut context = (1, 1);
    if let Some((doing, begin)) = error.context {
        let begin = point(source, begin);
        context = begin.line_column();
        if begin != at {
            problem = problem.related(&begin, doing);
        }
    }
    let start = at.start as usize;
    let text = source.text.as_str();
    let line_start = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let accident = Accident {
        problem: &error.problem,
        found: text[start..].chars().next(),
        line: text[line_start..].lines().next().unwrap_or(""),
        column: start - line_start,
        previous: text[..line_start]
            .lines()
            .rev()
            .find(|line| !line.trim().is_empty())
            .unwrap_or(""),
        context_line: context.0,
        context_column: context.1,
    };
    match hint::hint(&accident) {
        Some(hint) => problem.help(hint),
        None => problem,
    }
}

/// One character, or the last one of the text where that has ended.
fn point(source: &Arc<Source>, at: usize) -> Place {
    let text = &source.text;
    let at = text.floor_char_boundary(at.min(text.trim_end().len()));
    let width = text[at..].chars().next().map_or(0, char::len_utf8);
    Place::new(source, at, at + width)
}

pub(super) fn undefined_alias(name: &str, place: &Place) -> Problem {
    Problem::error("yaml::anchor", format!("found undefined alias `{name}`"))
        .at(place, "no anchor of this name stands before it in this document")
        .help(format!("if it is text, quote it: \"*{name}\""))
}

pub(super) fn unknown_tag(tag: &str, place: &Place) -> Problem {
    let tag = tag.replacen(CORE, "!!", 1);
    Problem::error(
        "yaml::tag",
        format!("could not determine a constructor for the tag `{tag}`"),
    )
    .at(place, "this tag is unknown")
    .help("Ansible knows `!vault`, `!unsafe` and YAML's own tags; if it is text, quote it")
}

/// A list or mapping as a key: nearly always a template without quotes.
pub(super) fn unhashable(key: &Node, mapping: &Place) -> Problem {
    let problem = Problem::error(
        "yaml::key",
        format!("found unhashable key: {} cannot be a key", key.kind()),
    );
    let outer = &mapping.source.text[mapping.start as usize..];
    if outer.starts_with("{{") {
        let line = outer.lines().next().unwrap_or(outer);
        let template = line.find("}}").map_or(line, |end| &line[..end + 2]);
        let rest = line[template.len()..].trim_end();
        let whole = if rest.starts_with([',', '}', ']']) {
            template
        } else {
            line.trim_end()
        };
        return problem
            .at(&key.place, "this is read as a mapping in a mapping")
            .help(format!("quote the whole value: {}", hint::quoted(whole)));
    }
    problem
        .at(&key.place, "this key")
        .help("keys are strings, numbers or booleans; if it is text, quote it")
}
