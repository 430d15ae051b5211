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
    Entry::with_markers("url uri", "value schemes", url),
    Entry::with_markers("urn", "value", |call| {
        Ok(Value::from(
            call.text("value")?.to_lowercase().starts_with("urn:"),
        ))
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

/// Whether a text is a URL: it has a scheme, and a host (`url`) or anything after it.
fn url(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    let Some((scheme, rest)) = text.split_once(':') else {
        return Ok(Value::from(false));
    };
    let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let listed = match call.some("schemes") {
        Some(schemes) => python::contains(schemes, &Value::from(scheme))?,
        None => true,
    };
    let host = rest
        .strip_prefix("//")
        .is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'));
    Ok(Value::from(valid && listed && host))
}
