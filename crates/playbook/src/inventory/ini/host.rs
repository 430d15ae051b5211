//! Host lines: a name, range or address, then `name=value` words.

use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;

use super::Line;
use super::Reader;
use crate::inventory::build::Entity;
use crate::inventory::input::hosts;
use crate::inventory::literal;
use crate::inventory::shlex;
use crate::inventory::shlex::Unfinished;
use crate::inventory::shlex::Word;

/// Reads a host line into the builder.
pub(super) fn line(reader: &mut Reader<'_>, line: Line<'_>) {
    let words = match shlex::split(line.text) {
        Ok(words) => words,
        Err(unfinished) => {
            let problem = unclosed(reader, line, unfinished);
            return reader.builder.report(problem);
        }
    };
    if let Some(cut) = words.cut {
        let problem = cut_short(reader, line, cut);
        reader.builder.report(problem);
    }
    let Some((first, variables)) = words.words.split_first() else {
        return;
    };
    let place = reader.place(line, first.start, first.end);
    let (names, port) = match hosts(&first.text, &place) {
        Ok(found) => found,
        Err(problem) => return reader.builder.report(problem),
    };
    let indices: Vec<u32> = names
        .iter()
        .map(|name| reader.builder.host(name, reader.group, port, &place))
        .collect();
    for word in variables {
        if let Err(problem) = variable(reader, line, word, &indices) {
            // The words behind it would only repeat the same mistake.
            return reader.builder.report(problem);
        }
    }
}

fn variable(reader: &mut Reader<'_>, line: Line<'_>, word: &Word, hosts: &[u32]) -> Result<(), Problem> {
    let place = reader.place(line, word.start, word.end);
    let Some((name, value)) = word.text.split_once('=').filter(|(name, _)| !name.is_empty()) else {
        let help = if word.text.starts_with(';') || word.text.starts_with("//") {
            "behind a host a comment begins with `#`".to_owned()
        } else if line.text[word.end..].trim_start().starts_with('=')
            || word.text.is_empty()
            || word.text.starts_with('=')
        {
            "write name=value without spaces around `=`".to_owned()
        } else {
            "one host per line, followed by name=value words; a value with spaces is quoted".to_owned()
        };
        let problem = Problem::error(
            "inventory::expected-variable",
            format!("`{}` is no variable", word.text),
        )
        .at(&place, "expected name=value");
        return Err(problem.help(help));
    };
    let equals = word.start + line.text[word.start..word.end].find('=').map_or(0, |at| at + 1);
    let value_place = reader.place(line, equals, word.end);
    let node = Arc::new(literal::typed(value, &value_place));
    for host in hosts {
        reader
            .builder
            .set(Entity::Host(*host), name, Arc::clone(&node), &place);
    }
    Ok(())
}

fn unclosed(reader: &Reader<'_>, line: Line<'_>, unfinished: Unfinished) -> Problem {
    let problem = Problem::error("inventory::unclosed-quote", "this host line has no end");
    match unfinished {
        Unfinished::Quote(at) => {
            let quote = &line.text[at..=at];
            let end = line.text.len();
            problem
                .at(
                    &reader.place(line, at, end),
                    format!("the quote {quote} is opened here and not closed"),
                )
                .help(format!("close it, or write \\{quote} for the character itself"))
        }
        Unfinished::Escape(at) => problem
            .at(
                &reader.place(line, at, at + 1),
                "a backslash at the end of the line",
            )
            .help("write \\\\ for a backslash"),
    }
}

fn cut_short(reader: &Reader<'_>, line: Line<'_>, cut: usize) -> Problem {
    let begin = line.text[..cut].rfind([' ', '\t']).map_or(0, |at| at + 1);
    let end = line.text[cut..]
        .find([' ', '\t'])
        .map_or(line.text.len(), |at| cut + at);
    let word = &line.text[begin..end];
    let mended = match word.split_once('=') {
        Some((name, value)) => format!("{name}='{value}'"),
        None => format!("'{word}'"),
    };
    let place: Place = reader.place(line, cut, line.text.len());
    Problem::warning("inventory::comment-in-word", "`#` inside a word begins a comment")
        .at(&place, "this is dropped")
        .help(format!("if it belongs to the value, quote it: {mended}"))
        .help("if it is a comment, put a space before it")
}
