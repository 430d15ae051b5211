//! Text: case, padding, wrapping, quoting.

use minijinja::Error;
use minijinja::Value;
use minijinja::formatting::FormatStyle;
use minijinja::value::Tuple;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::container::list;
use crate::template::marker::is_undefined;
use crate::template::methods::capitalize;
use crate::template::methods::lines;
use crate::template::methods::split as split_text;
use crate::template::python;
use crate::template::python::Shape;

mod comment;
mod urlize;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new("upper", "s", |call| {
        Ok(Value::from(call.text("s")?.to_uppercase()))
    }),
    Entry::new("lower", "s", |call| {
        Ok(Value::from(call.text("s")?.to_lowercase()))
    }),
    Entry::new("capitalize", "s", |call| {
        Ok(Value::from(capitalize(&call.text("s")?)))
    }),
    Entry::new("title", "s", title),
    Entry::new("trim", "value chars", trim),
    Entry::new("replace", "s old new count", replace),
    Entry::new("format", "value * **", format),
    Entry::new("indent", "s width first blank", indent),
    Entry::new("center", "value width", center),
    Entry::new("truncate", "s length killwords end leeway", truncate),
    Entry::new(
        "wordwrap",
        "s width break_long_words wrapstring break_on_hyphens",
        wordwrap,
    ),
    Entry::new("wordcount", "s", |call| {
        Ok(Value::from(
            call.text("s")?
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .filter(|word| !word.is_empty())
                .count(),
        ))
    }),
    Entry::new("split", "value sep maxsplit", split),
    Entry::new("quote", "a", quote),
    Entry::new("comment", "text style **", comment::comment),
    Entry::new("escape e forceescape", "s", |call| {
        Ok(Value::from(escape(&call.text("s")?)))
    }),
    Entry::new("xmlattr", "d autospace", xml_attributes),
    Entry::new(
        "urlize",
        "value trim_url_limit nofollow target rel extra_schemes",
        urlize::urlize,
    ),
    Entry::new("striptags", "value", |call| {
        Ok(Value::from(strip_tags(&call.text("value")?)))
    }),
    Entry::new("urlencode", "value", urlencode),
    Entry::new("urldecode", "string", |call| {
        Ok(Value::from(url_decode(&call.text("string")?)))
    }),
];

/// `xmlattr`: the attributes of a tag; what has no value is left out.
fn xml_attributes(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let mut parts = Vec::new();
    for (key, value) in python::entries(call.need("d")?)? {
        if value.is_none() || is_undefined(&value) {
            continue;
        }
        let key = python::text(&key)?;
        if key.contains(|c: char| c.is_whitespace() || "/>=".contains(c)) {
            return Err(call.error(format!("Invalid character in attribute name: '{key}'")));
        }
        parts.push(format!("{}=\"{}\"", escape(&key), escape(&python::text(&value)?)));
    }
    let space = if call.flag("autospace", true)? && !parts.is_empty() {
        " "
    } else {
        ""
    };
    Ok(Value::from(format!("{space}{}", parts.join(" "))))
}

/// Jinja's `title`: words begin after blanks, dashes and brackets.
fn title(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("s")?;
    let mut start = true;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = c.is_whitespace() || "-({[<".contains(c);
    }
    Ok(Value::from(out))
}

fn trim(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    let trimmed = match call.some("chars").and_then(Value::as_str) {
        Some(set) => text.trim_matches(|c| set.contains(c)),
        None => text.trim(),
    };
    Ok(Value::from(trimmed))
}

fn replace(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let (text, old, new) = (call.text("s")?, call.text("old")?, call.text("new")?);
    let count = call.int("count")?.and_then(|count| usize::try_from(count).ok());
    Ok(Value::from(count.map_or_else(
        || text.replace(&old, &new),
        |count| text.replacen(&old, &new, count),
    )))
}

fn format(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    if !call.named.is_empty() {
        let named = crate::template::container::dict(
            call.named
                .iter()
                .map(|(name, value)| (Value::from(name.as_str()), value.clone())),
        );
        return minijinja::formatting::format(FormatStyle::Printf, &text, &[named]).map(Value::from);
    }
    minijinja::formatting::format(FormatStyle::Printf, &text, &call.values[1..]).map(Value::from)
}

/// Jinja's `indent`: the first line only with `first`, empty lines only with `blank`.
fn indent(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("s")?;
    let prefix = match call.get("width") {
        Some(width) if width.as_str().is_some() => call.text("width")?,
        _ => " ".repeat(usize::try_from(call.int_or("width", 4)?).unwrap_or(0)),
    };
    let (first, blank) = (call.flag("first", false)?, call.flag("blank", false)?);
    let text = text + "\n";
    let mut all = lines(&text, false).into_iter();
    let mut out = all.next().unwrap_or_default().to_owned();
    for line in all {
        out.push('\n');
        if blank || !line.is_empty() {
            out.push_str(&prefix);
        }
        out.push_str(line);
    }
    Ok(Value::from(if first { prefix + &out } else { out }))
}

fn center(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    let width = usize::try_from(call.int_or("width", 80)?).unwrap_or(0);
    let missing = width.saturating_sub(text.chars().count());
    // CPython puts the odd blank on the left when the width is odd too.
    let left = missing / 2 + (missing & width & 1);
    Ok(Value::from(
        " ".repeat(left) + &text + &" ".repeat(missing - left),
    ))
}

fn truncate(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("s")?;
    let length = usize::try_from(call.int_or("length", 255)?).unwrap_or(0);
    let leeway = usize::try_from(call.int_or("leeway", 5)?).unwrap_or(0);
    let end = call.text_or("end", "...")?;
    if text.chars().count() <= length + leeway {
        return Ok(Value::from(text));
    }
    let kept: String = text
        .chars()
        .take(length.saturating_sub(end.chars().count()))
        .collect();
    let kept = if call.flag("killwords", false)? {
        kept.as_str()
    } else {
        kept.rsplit_once(' ').map_or(kept.as_str(), |(head, _)| head)
    };
    Ok(Value::from(format!("{kept}{end}")))
}

fn wordwrap(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("s")?;
    let width = usize::try_from(call.int_or("width", 79)?).unwrap_or(79).max(1);
    let long = call.flag("break_long_words", true)?;
    let newline = call.text_or("wrapstring", "\n")?;
    let wrapped = lines(&text, false)
        .into_iter()
        .map(|line| wrap_line(line, width, long).join(&newline));
    Ok(Value::from(wrapped.collect::<Vec<_>>().join(&newline)))
}

fn wrap_line(line: &str, width: usize, break_long: bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for word in line.split(' ') {
        let mut word = word.to_owned();
        let room =
            |current: &str| width.saturating_sub(current.chars().count() + usize::from(!current.is_empty()));
        if word.chars().count() > room(&current) && !current.is_empty() {
            lines.push(std::mem::take(&mut current));
        }
        while break_long && word.chars().count() > width {
            lines.push(word.chars().take(width).collect());
            word = word.chars().skip(width).collect();
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&word);
    }
    lines.push(current);
    lines
}

fn split(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    let separator = match call.some("sep") {
        Some(value) => Some(python::text(value)?),
        None => None,
    };
    let parts = split_text(&text, separator.as_deref(), call.int("maxsplit")?)?;
    Ok(list(parts.into_iter().map(Value::from).collect()))
}

/// Python's `shlex.quote`.
fn quote(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = if call.need("a")?.is_none() {
        String::new()
    } else {
        call.text("a")?
    };
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if !text.is_empty() && text.chars().all(safe) {
        return Ok(Value::from(text));
    }
    Ok(Value::from(format!("'{}'", text.replace('\'', "'\"'\"'"))))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}

fn strip_tags(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => out.push(c),
            _ => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn url_quote(text: &str, safe: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || safe.as_bytes().contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Jinja's `urlencode`: a string keeps its slashes, pairs become a query.
fn urlencode(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let value = call.need("value")?;
    let pairs = match python::shape(value) {
        Shape::Map(_) => python::entries(value)?,
        Shape::Seq(_) => {
            let pair = |item: &Value| {
                let pair = python::items(item)?;
                let both = pair.first().cloned().zip(pair.get(1).cloned());
                both.ok_or_else(|| python::error("`urlencode` needs pairs"))
            };
            python::items(value)?.iter().map(pair).collect::<Result<_, _>>()?
        }
        _ => return Ok(Value::from(url_quote(&python::text(value)?, "/"))),
    };
    let mut parts = Vec::new();
    for (key, item) in pairs {
        let form = |value: &Value| Ok::<_, Error>(url_quote(&python::text(value)?, " ").replace(' ', "+"));
        parts.push(format!("{}={}", form(&key)?, form(&item)?));
    }
    Ok(Value::from(parts.join("&")))
}

fn url_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 3;
            }
            (b'+', _) => {
                out.push(b' ');
                at += 1;
            }
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// A pair as Python's tuple.
pub(super) fn pair(a: Value, b: Value) -> Value {
    Value::from(Tuple::from([a, b]))
}
