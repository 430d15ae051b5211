//! What host patterns and files have in common for all formats.

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use std::sync::Arc;

use super::address;
use super::range;
use crate::Contents;

/// The names and the port that a host entry such as `web[1:3]:2222` stands for.
pub(super) fn hosts(text: &str, place: &Place) -> Result<(Vec<String>, Option<u32>), Problem> {
    if text.trim().is_empty() {
        return Err(Problem::error("inventory::host-name", "a host has no name").at(place, "expected a name"));
    }
    let (pattern, port) = address::parse(text, true).unwrap_or((text, None));
    if text.trim_end().ends_with(':') && port.is_none() {
        let problem = Problem::error("inventory::host-name", format!("`{text}` ends with a colon"))
            .at(place, "expected a port behind the colon")
            .help(
                "write host:port, or leave the colon away; in YAML the file's name ends with .yml or .yaml",
            );
        return Err(problem);
    }
    if port.is_some_and(|port| port > 65535) {
        let problem = Problem::error(
            "inventory::port",
            format!("the port of `{pattern}` is above 65535"),
        )
        .at(place, "expected a port from 1 to 65535");
        return Err(problem);
    }
    let names = range::expand(pattern).map_err(|bad| {
        // Offsets hold in the source only where nothing was unquoted.
        let at = if place.text().contains(pattern) {
            let start = place.start as usize + place.text().find(pattern).unwrap_or(0);
            Place::new(&place.source, start + bad.at.start, start + bad.at.end)
        } else {
            place.clone()
        };
        Problem::error("inventory::range", format!("`{pattern}` is no range of hosts"))
            .at(&at, bad.reason)
            .help(bad.help)
    })?;
    Ok((names, port))
}

/// A YAML document whose file is not named like one.
pub(super) fn yaml_in_ini(place: &Place) -> Problem {
    Problem::error("inventory::format", "this is YAML, but it is read as INI")
        .at(place, "`---` begins a YAML document")
        .help("give the file a name that ends with .yml or .yaml")
}

/// The text of a file as a source.
///
/// Comment lines of an INI file need not be UTF-8.
pub(super) fn text(name: &str, contents: Contents) -> Result<Arc<Source>, Problem> {
    let secret = contents.secret;
    let bytes = match String::from_utf8(contents.bytes) {
        Ok(text) => return Ok(Source::marked(name, text, secret)),
        Err(error) => error.into_bytes(),
    };
    let source = Source::marked(name, String::from_utf8_lossy(&bytes), secret);
    let mut offset = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let comment = matches!(line.first(), Some(b'#' | b';'));
        let len = String::from_utf8_lossy(line).len();
        if !comment && std::str::from_utf8(line).is_err() {
            let problem = Problem::error("inventory::encoding", format!("{name} is not UTF-8"))
                .at(
                    &Place::new(&source, offset, offset + len.max(1) - 1),
                    "bytes that are no UTF-8",
                )
                .help("save the file as UTF-8");
            return Err(problem);
        }
        offset += len;
    }
    Ok(source)
}
