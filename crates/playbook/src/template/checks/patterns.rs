//! Regular expressions and URLs.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::filters::regex::failed;
use crate::template::filters::regex::pattern;
use crate::template::python;

/// The tests of this file.
pub(super) const TESTS: &[Entry] = &[
    Entry::with_markers("match", "value pattern ignorecase multiline", |call| {
        matches(call, "match")
    }),
    Entry::with_markers("search", "value pattern ignorecase multiline", |call| {
        matches(call, "search")
    }),
    Entry::with_markers("regex", "value pattern ignorecase multiline match_type", |call| {
        let kind = call.text_or("match_type", "search")?;
        matches(call, &kind)
    }),
    Entry::with_markers("uri", "value schemes", |call| {
        Ok(Value::from(uri(call)?.is_some()))
    }),
    Entry::with_markers("url", "value schemes", |call| {
        let names_host = |uri: Uri| !uri.host.is_empty() || uri.scheme == "file";
        Ok(Value::from(uri(call)?.is_some_and(names_host)))
    }),
    Entry::with_markers("urn", "value", |call| {
        Ok(Value::from(uri(call)?.is_some_and(|uri| uri.scheme == "urn")))
    }),
];

fn matches(call: &Call<'_, '_, '_>, kind: &str) -> Result<Value, Error> {
    let value = call.need("value")?;
    crate::template::marker::usable(value)?;
    let text = value
        .as_str()
        .map_or_else(|| python::text(value), |text| Ok(text.to_owned()))?;
    let pattern = pattern(
        &call.text_or("pattern", "")?,
        call.flag("ignorecase", false)?,
        call.flag("multiline", false)?,
    )?;
    let found = pattern.find_all(&text).map_err(failed)?;
    Ok(Value::from(match kind {
        "match" => found.iter().any(|found| found.start() == 0),
        "fullmatch" => found
            .iter()
            .any(|found| found.start() == 0 && found.end() == text.len()),
        _ => !found.is_empty(),
    }))
}

/// The beginning of a URI, as Python's `urlparse` reads it: any text is one, and few have a scheme.
struct Uri {
    scheme: String,
    host: String,
}

impl Uri {
    fn read(text: &str) -> Option<Uri> {
        let text = text.trim_start_matches(|c: char| c <= ' ');
        let is_scheme = |scheme: &str| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
        };
        let (scheme, rest) = text
            .split_once(':')
            .filter(|(scheme, _)| is_scheme(scheme))
            .unwrap_or(("", text));
        let host = rest
            .strip_prefix("//")
            .and_then(|rest| rest.split(['/', '?', '#']).next())
            .unwrap_or_default();
        (host.contains('[') == host.contains(']')).then(|| Uri {
            scheme: scheme.to_ascii_lowercase(),
            host: host.to_owned(),
        })
    }
}

/// The URI that a value is; none where it is no text, or `schemes` are given and have not its scheme.
fn uri(call: &mut Call<'_, '_, '_>) -> Result<Option<Uri>, Error> {
    let value = call.need("value")?;
    crate::template::marker::usable(value)?;
    let Some(uri) = value.as_str().and_then(Uri::read) else {
        return Ok(None);
    };
    let listed = match call.some("schemes").filter(|schemes| schemes.is_true()) {
        Some(schemes) => python::contains(schemes, &Value::from(uri.scheme.as_str()))?,
        None => true,
    };
    Ok(listed.then_some(uri))
}
