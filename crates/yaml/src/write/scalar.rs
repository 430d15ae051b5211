//! Scalars in the style that keeps their value and reads best.

use super::WIDTH;
use crate::Content;
use crate::Data;
use crate::dump::represent_float;
use crate::resolve::Kind;
use crate::resolve::kind;

/// Longest key, in bytes, that can stand before a `:` on one line; libyaml looks no further than 1024.
pub(super) const LONGEST_KEY: usize = 1000;

/// A scalar or an empty collection on one line.
pub(super) fn inline(data: &Data) -> String {
    match &data.content {
        Content::Null => "null".to_owned(),
        Content::Bool(flag) => flag.to_string(),
        Content::Int(number) => number.to_string(),
        Content::Float(number) => represent_float(*number),
        Content::Date(text) => text.clone(),
        Content::Str(text) => one_line(text),
        Content::List(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Content::Mapping(entries) => {
            let entries = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", inline(key), inline(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A string as a value; further lines begin after `indent` spaces, the first one after `column` characters.
pub(super) fn string(text: &str, indent: usize, column: usize) -> String {
    if let Some(block) = literal(text, indent) {
        return block;
    }
    let line = one_line(text);
    if column + line.chars().count() < WIDTH {
        return line;
    }
    folded(text, indent).unwrap_or(line)
}

/// The tag to write; none for a string that a reader would take for something else under it, since below
/// `!unsafe` and `!vault` quotes do not count.
pub(super) fn tag(data: &Data) -> Option<&str> {
    let stays = match &data.content {
        Content::Str(text) => kind(text) == Kind::Str,
        _ => true,
    };
    data.tag.as_deref().filter(|_| stays)
}

fn one_line(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else if text.contains(['"', '\\']) && text.chars().all(is_visible) {
        format!("'{}'", text.replace('\'', "''"))
    } else {
        double_quoted(text)
    }
}

/// Whether a text may stand without quotes, after `key: ` or `- ` as well as before `:`.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    let starts = match first {
        None => false,
        Some('-' | '?' | ':') => second.is_some_and(|c| c != ' '),
        Some(c) => !",[]{}#&*!|>'\"%@` ".contains(c),
    };
    starts
        && kind(text) == Kind::Str
        && !is_octal(text)
        && text.chars().all(is_visible)
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with([' ', ':'])
        && !text.starts_with("---")
        && !text.starts_with("...")
}

/// `0o644` and `08`: strings to Ansible, but yamllint and YAML 1.2 take them for numbers.
fn is_octal(text: &str) -> bool {
    let digits = text
        .trim_start_matches(['-', '+'])
        .strip_prefix('0')
        .unwrap_or_default();
    let digits = digits.strip_prefix('o').unwrap_or(digits);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Whether a character stands for itself in plain, single-quoted and block style.
fn is_visible(c: char) -> bool {
    match c {
        ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' => true,
        '\u{e000}'..='\u{fffd}' => c != '\u{feff}',
        _ => c >= '\u{10000}',
    }
}

fn double_quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_visible(c) => out.push(c),
            c if c < '\u{100}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}

/// A `|` block, if the text has several lines, none of them would end in blanks, and no more than two in a row
/// are empty (yamllint).
fn literal(text: &str, indent: usize) -> Option<String> {
    let (body, chomp) = match text.strip_suffix('\n') {
        Some(body) => (body, ""),
        None => (text, "-"),
    };
    let allowed =
        |line: &str| !line.ends_with([' ', '\t']) && line.chars().all(|c| is_visible(c) || c == '\t');
    if !text.contains('\n') || body.is_empty() || body.ends_with('\n') || !body.split('\n').all(allowed) {
        return None;
    }
    if body.starts_with("\n\n\n") || body.contains("\n\n\n\n") {
        return None;
    }
    let first = body.trim_start_matches('\n');
    let indicator = if first.starts_with([' ', '\t']) { "2" } else { "" };
    let mut out = format!("|{indicator}{chomp}");
    for line in body.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            out.push_str(&format!("{:indent$}{line}", ""));
        }
    }
    Some(out)
}

/// A `>-` block with line breaks where single spaces are, if there are any.
fn folded(text: &str, indent: usize) -> Option<String> {
    if !text.chars().all(is_visible) || text.starts_with(' ') || text.ends_with(' ') {
        return None;
    }
    let mut lines: Vec<String> = Vec::new();
    for word in words(text) {
        match lines.last_mut() {
            Some(line) if indent + line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let folded = lines
        .iter()
        .map(|line| format!("\n{:indent$}{line}", ""))
        .collect::<String>();
    (lines.len() > 1).then(|| format!(">-{folded}"))
}

/// The parts between single spaces; several spaces in a row stay inside a part.
fn words(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut parts, mut start) = (Vec::new(), 0);
    for at in 1..bytes.len().saturating_sub(1) {
        if bytes[at] == b' ' && bytes[at - 1] != b' ' && bytes[at + 1] != b' ' {
            parts.push(&text[start..at]);
            start = at + 1;
        }
    }
    parts.push(&text[start..]);
    parts
}
