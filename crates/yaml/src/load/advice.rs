//! The mend for what libyaml and PyYAML refuse.

use std::sync::Arc;

use crate::Node;
use crate::Place;
use crate::Problem;
use crate::Source;
use crate::libyaml::SyntaxError;

/// libyaml's error with its places and a hint.
pub(super) fn syntax(source: &Arc<Source>, error: SyntaxError) -> Problem {
    let at = point(source, error.at);
    let problem = Problem::error(
        "yaml::syntax",
        format!("the YAML cannot be read: {}", error.problem),
    )
    .at(&at, "here");
    match error.context {
        Some((context, begin)) => problem.related(&point(source, begin), context),
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
    let _ = mapping;
    problem.at(&key.place, "this key")
}
