//! `sequence`: numbers from start to end, formatted.

use minijinja::Error;
use minijinja::Value;
use minijinja::formatting::FormatStyle;

use super::Request;
use crate::template::python;

/// The most items that it gives.
const LIMIT: i64 = 1_000_000;

/// The short form: `5`, `5-8`, `2-10/2`, `4:host%02d`.
fn short(word: &str) -> Vec<(String, String)> {
    let (rest, format) = word.split_once(':').map_or((word, None), |(a, b)| (a, Some(b)));
    let (rest, stride) = rest.split_once('/').map_or((rest, None), |(a, b)| (a, Some(b)));
    let (start, end) = match rest.rsplit_once('-') {
        Some((start, end)) if !start.is_empty() => (Some(start), end),
        _ => (None, rest),
    };
    [
        ("format", format),
        ("stride", stride),
        ("start", start),
        ("end", Some(end)),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
    .collect()
}

/// The items of `start=1 end=3 stride=1 format=%02d` (or `count=`), from a term or from named arguments.
pub(super) fn items(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut options: Vec<(String, String)> = Vec::new();
    for term in request.texts()? {
        for word in term.split_whitespace() {
            match word.split_once('=') {
                Some((key, value)) => options.push((key.to_owned(), value.to_owned())),
                None => options.extend(short(word)),
            }
        }
    }
    for (key, value) in &request.named {
        options.push((key.clone(), python::text(value)?));
    }
    let get = |name: &str| {
        options
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let number = |name: &str| -> Result<Option<i64>, Error> {
        let parse = |text: &str| {
            let hex = text
                .strip_prefix("0x")
                .and_then(|digits| i64::from_str_radix(digits, 16).ok());
            hex.or_else(|| text.parse().ok())
                .ok_or_else(|| request.error(format!("`{text}` is no number")))
        };
        get(name).map(parse).transpose()
    };
    let start = number("start")?.unwrap_or(1);
    let (end, stride) = match (number("end")?, number("count")?) {
        (Some(end), None) => (end, number("stride")?.unwrap_or(if end < start { -1 } else { 1 })),
        (None, Some(0)) => return Ok(Vec::new()),
        (None, Some(count)) => {
            let stride = number("stride")?.unwrap_or(1);
            (
                start.saturating_add(count.saturating_sub(1).saturating_mul(stride)),
                stride,
            )
        }
        _ => return Err(request.error("needs either `end` or `count`")),
    };
    if stride == 0 || (end - start) / stride > LIMIT {
        return Err(request.error(format!("needs a stride other than 0 and at most {LIMIT} items")));
    }
    let format = get("format").unwrap_or("%d");
    let mut out = Vec::new();
    let mut at = start;
    while if stride > 0 { at <= end } else { at >= end } {
        out.push(Value::from(minijinja::formatting::format(
            FormatStyle::Printf,
            format,
            &[Value::from(at)],
        )?));
        at = at.saturating_add(stride);
    }
    Ok(out)
}
