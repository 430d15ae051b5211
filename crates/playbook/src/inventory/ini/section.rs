//! Section headers: `[name]`, `[name:vars]`, `[name:children]`.

use std::ops::Range;

/// What the lines of a section are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Hosts,
    Vars,
    Children,
    /// A header that was refused: its lines are passed over.
    Unknown,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) name: &'a str,
    pub(super) kind: Kind,
    pub(super) kind_text: &'a str,
}

/// Why a line that begins with a bracket is no header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadHeader {
    pub(super) reason: &'static str,
    pub(super) at: Range<usize>,
    pub(super) help: String,
}

/// The header that a line is; nothing when it may be a host line that begins with a range or an IPv6 address.
pub(super) fn header(line: &str) -> Result<Option<Header<'_>>, BadHeader> {
    let bad = |reason, at, help: &str| {
        Err(BadHeader {
            reason,
            at,
            help: help.to_owned(),
        })
    };
    let Some(close) = line.find(']') else {
        return bad("`[` is not closed", 0..line.len(), "close the header with `]`");
    };
    let inside = &line[1..close];
    let rest = line[close + 1..].trim_start();
    if rest.is_empty() || rest.starts_with('#') {
        return named(inside).map(Some).map_err(|(reason, help)| BadHeader {
            reason,
            at: 1..close,
            help,
        });
    }
    if rest.starts_with(';') && named(inside).is_ok() {
        let at = line.len() - rest.len();
        return bad(
            "text after the header",
            at..line.len(),
            "behind a header a comment begins with `#`",
        );
    }
    if line.ends_with(']') {
        return bad(
            "expected one name in brackets",
            0..line.len(),
            "a line in brackets is a section header",
        );
    }
    Ok(None)
}

fn named(inside: &str) -> Result<Header<'_>, (&'static str, String)> {
    let (name, kind_text) = inside.split_once(':').unwrap_or((inside, "hosts"));
    if inside.trim().is_empty() {
        return Err((
            "the header has no name",
            "write the name of a group: [web]".to_owned(),
        ));
    }
    if inside.contains(char::is_whitespace) {
        let mended = inside
            .split_whitespace()
            .collect::<Vec<_>>()
            .join("_")
            .replace("_:_", ":");
        return Err(("spaces are not allowed in a header", format!("write [{mended}]")));
    }
    if name.is_empty() || kind_text.is_empty() || !kind_text.chars().all(|c| c.is_alphanumeric() || c == '_')
    {
        let help = "sections are [group], [group:vars] and [group:children]".to_owned();
        return Err(("expected a group, and behind a colon `vars` or `children`", help));
    }
    let kind = match kind_text {
        "hosts" => Kind::Hosts,
        "vars" => Kind::Vars,
        "children" => Kind::Children,
        _ => Kind::Unknown,
    };
    Ok(Header {
        name,
        kind,
        kind_text,
    })
}

/// The name of a group that a line consists of; a comment may follow.
pub(super) fn group_name(line: &str) -> Option<&str> {
    let end = line
        .find(|c: char| c.is_whitespace() || matches!(c, ':' | ']'))
        .unwrap_or(line.len());
    let rest = line[end..].trim_start();
    (end > 0 && (rest.is_empty() || rest.starts_with('#'))).then_some(&line[..end])
}
