//! What to do about the accidents that make a YAML text unreadable.

use super::advice::Accident;

/// The mend for an accident, if it is one of the common ones.
pub(super) fn hint(accident: &Accident<'_>) -> Option<String> {
    let problem = accident.problem;
    if problem.contains("tab character") || accident.found == Some('\t') {
        return Some("indent with spaces: YAML allows no tab here".to_owned());
    }
    if let Some(value) = unquoted_template(accident.line) {
        return Some(format!("quote the whole value: {}", quoted(value)));
    }
    match problem {
        "mapping values are not allowed in this context" => Some(second_colon(accident)),
        "did not find expected key" | "did not find expected '-' indicator" => Some(misplaced(accident)),
        "could not find expected ':'" => {
            Some("write `key: value`: a key needs a colon and a space".to_owned())
        }
        "found unknown escape character" => {
            Some("in double quotes a backslash begins an escape: double it, or use single quotes".to_owned())
        }
        "found unexpected end of stream" | "found unexpected document indicator" => Some(format!(
            "close the quote that is opened in line {}",
            accident.context_line
        )),
        "did not find expected ',' or ']'" => Some(open_bracket(accident, "list", ']')),
        "did not find expected ',' or '}'" => Some(open_bracket(accident, "mapping", '}')),
        "block sequence entries are not allowed in this context" => {
            Some("begin the list on a line of its own, below its key".to_owned())
        }
        "did not find expected comment or line break" => {
            Some("the text of `|` or `>` begins on the next line; if it is text, quote the value".to_owned())
        }
        "did not find expected <document start>" => {
            Some("the document has ended before this: remove what is left over, or indent it".to_owned())
        }
        "control characters are not allowed" => {
            Some("remove the character, or write it as an escape in double quotes (\"\\x07\")".to_owned())
        }
        "found character that cannot start any token"
        | "did not find expected alphabetic or numeric character"
        | "did not find expected node content" => Some(first_character(accident)),
        _ => None,
    }
}

/// `msg: foo: bar`, or a key below a value.
fn second_colon(accident: &Accident<'_>) -> String {
    let own_colon = key_end(accident.line).unwrap_or(accident.line.len());
    if accident.column > own_colon {
        return format!(
            "the value holds `: `, so quote the whole value: {}",
            quoted(value(accident.line))
        );
    }
    match key_end(accident.previous) {
        Some(_) => {
            "the line above has a value already: indent this line like it, or move that value".to_owned()
        }
        None => {
            "the line above is no `key:`: add its colon, or indent this line below its own key".to_owned()
        }
    }
}

/// A line that starts in a column where its block has no entry, or text after a closing quote or bracket.
fn misplaced(accident: &Accident<'_>) -> String {
    let indent = accident.line.len() - accident.line.trim_start().len();
    if accident.column > indent {
        let value = value(accident.line);
        if matches!(accident.found, Some(']' | '}')) {
            return "remove this bracket: none is open".to_owned();
        }
        if value.starts_with(['"', '\'', '[', '{']) {
            return format!(
                "nothing may follow the closing quote or bracket: quote the whole value: {}",
                quoted(value)
            );
        }
        return format!("quote the whole value: {}", quoted(value));
    }
    if accident.column + 1 == accident.context_column {
        return format!(
            "the list that begins in line {} wants a `- ` here",
            accident.context_line
        );
    }
    format!(
        "this line begins in column {}, its block (line {}) in column {}: indent both alike",
        accident.column + 1,
        accident.context_line,
        accident.context_column
    )
}

fn open_bracket(accident: &Accident<'_>, what: &str, closing: char) -> String {
    format!(
        "separate the items by commas, and close the {what} of line {} with `{closing}`",
        accident.context_line
    )
}

/// `*`, `&`, `@`, `` ` ``, `%`, `,` and the like begin no plain value.
fn first_character(accident: &Accident<'_>) -> String {
    let value = value(accident.line);
    if value.starts_with("{%") || value.starts_with("%}") {
        return "a template block (`{% .. %}`) must stand in a quoted or `|` value".to_owned();
    }
    let first = value.chars().next().unwrap_or_default();
    format!("a value cannot begin with {first:?}: quote it: {}", quoted(value))
}

/// The value of a line that begins with `{{` outside quotes.
pub(super) fn unquoted_template(line: &str) -> Option<&str> {
    let value = value(line);
    if value.starts_with("{{") {
        Some(value)
    } else {
        None
    }
}

/// What stands after `- ` and `key: ` in a line.
fn value(line: &str) -> &str {
    let value = key_end(line).map_or(line, |at| &line[at + 1..]).trim();
    value.trim_start_matches("- ").trim_start()
}

/// Where the colon of the line's first key is.
fn key_end(line: &str) -> Option<usize> {
    let start = line.trim_start_matches(['-', ' ']);
    if start.starts_with(['{', '[', '"', '\'']) {
        return None;
    }
    let in_start = start
        .find(": ")
        .or_else(|| start.trim_end().strip_suffix(':').map(str::len))?;
    Some(line.len() - start.len() + in_start)
}

/// The text in the quotes that need the fewest escapes.
pub(super) fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        format!("\"{text}\"")
    }
}
