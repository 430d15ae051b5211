//! Methods of strings.

use minijinja::Error;
use minijinja::Value;
use minijinja::formatting::FormatStyle;
use minijinja::value::Tuple;

use super::Args;
use crate::template::container::list;
use crate::template::python;

/// Calls a method of a string.
pub(super) fn call(text: &str, args: &Args<'_>) -> Result<Value, Error> {
    let found = changed(text, args)?.map(Value::from);
    let found = found.or_else(|| tested(text, args.method).map(Value::from));
    match found {
        Some(value) => Ok(value),
        None => other(text, args),
    }
}

/// Methods that give another string.
fn changed(text: &str, args: &Args<'_>) -> Result<Option<String>, Error> {
    let stripped = |start: bool, end: bool| -> Result<String, Error> {
        let set = args.text(0, "chars")?;
        let drop = |c: char| set.as_ref().map_or(c.is_whitespace(), |set| set.contains(c));
        let text = if start {
            text.trim_start_matches(drop)
        } else {
            text
        };
        Ok(if end { text.trim_end_matches(drop) } else { text }.to_owned())
    };
    let padded = |left: fn(usize) -> usize| -> Result<String, Error> {
        let missing = usize::try_from(args.int(0, "width").unwrap_or(0))
            .unwrap_or(0)
            .saturating_sub(text.chars().count());
        let fill = args.text(1, "fillchar")?.unwrap_or_else(|| " ".to_owned());
        Ok(fill.repeat(left(missing)) + text + &fill.repeat(missing - left(missing)))
    };
    Ok(Some(match args.method {
        "upper" => text.to_uppercase(),
        "lower" => text.to_lowercase(),
        "casefold" => text.to_lowercase().replace('ß', "ss"),
        "capitalize" => capitalize(text),
        "title" => title(text),
        "swapcase" => text.chars().flat_map(swap_case).collect(),
        "strip" => stripped(true, true)?,
        "lstrip" => stripped(true, false)?,
        "rstrip" => stripped(false, true)?,
        "ljust" => padded(|_| 0)?,
        "rjust" => padded(|missing| missing)?,
        "center" => padded(|missing| missing / 2)?,
        "zfill" => zfill(
            text,
            usize::try_from(args.int(0, "width").unwrap_or(0)).unwrap_or(0),
        ),
        "removeprefix" => text
            .strip_prefix(args.need(0)?.as_str())
            .unwrap_or(text)
            .to_owned(),
        "removesuffix" => text
            .strip_suffix(args.need(0)?.as_str())
            .unwrap_or(text)
            .to_owned(),
        "expandtabs" => text.replace(
            '\t',
            &" ".repeat(usize::try_from(args.int(0, "tabsize").unwrap_or(8)).unwrap_or(8)),
        ),
        "replace" => {
            let (old, new) = (args.need(0)?, args.need(1)?);
            match args.int(2, "count").and_then(|count| usize::try_from(count).ok()) {
                Some(count) => text.replacen(&old, &new, count),
                None => text.replace(&old, &new),
            }
        }
        "encode" | "decode" | "format_map" => return Ok(None),
        "format" => {
            let named = args.named.clone().map(Value::from);
            let all: Vec<Value> = args.args.iter().cloned().chain(named).collect();
            minijinja::formatting::format(FormatStyle::StrFormat, text, &all)?
        }
        "join" => {
            let items = python::items(
                &args
                    .get(0, "")
                    .ok_or_else(|| python::error("`join` needs a list"))?,
            )?;
            let part = |(at, item): (usize, &Value)| match item.as_str() {
                Some(text) => Ok(text.to_owned()),
                None => Err(python::error(format!(
                    "`join` of a string takes strings, but item {at} is of type {}: use the filter `join`",
                    python::type_name(item)
                ))),
            };
            let parts: Result<Vec<String>, Error> = items.iter().enumerate().map(part).collect();
            parts?.join(text)
        }
        _ => return Ok(None),
    }))
}

/// Python's `str.capitalize`.
pub(crate) fn capitalize(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| {
        first
            .to_uppercase()
            .chain(chars.as_str().to_lowercase().chars())
            .collect()
    })
}

/// Python's `str.title`: a letter after anything that is no letter is large.
fn title(text: &str) -> String {
    let mut after_letter = false;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if after_letter {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
        after_letter = c.is_alphabetic();
    }
    out
}

fn swap_case(c: char) -> Vec<char> {
    if c.is_uppercase() {
        c.to_lowercase().collect()
    } else {
        c.to_uppercase().collect()
    }
}

fn zfill(text: &str, width: usize) -> String {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (&text[..1], digits),
        None => ("", text),
    };
    let missing = width.saturating_sub(text.chars().count());
    format!("{sign}{}{digits}", "0".repeat(missing))
}

/// Methods that answer yes or no without arguments.
fn tested(text: &str, method: &str) -> Option<bool> {
    let all = |test: fn(char) -> bool| !text.is_empty() && text.chars().all(test);
    let cased = |wanted: fn(char) -> bool, other: fn(char) -> bool| {
        text.chars().any(wanted) && !text.chars().any(other)
    };
    Some(match method {
        "isalnum" => all(char::is_alphanumeric),
        "isalpha" => all(char::is_alphabetic),
        "isascii" => text.is_ascii(),
        "isdecimal" | "isdigit" | "isnumeric" => all(char::is_numeric),
        "isspace" => all(char::is_whitespace),
        "islower" => cased(char::is_lowercase, char::is_uppercase),
        "isupper" => cased(char::is_uppercase, char::is_lowercase),
        "istitle" => text.chars().any(char::is_uppercase) && title(text) == text,
        "isidentifier" => {
            all(|c| c.is_alphanumeric() || c == '_') && !text.starts_with(|c: char| c.is_numeric())
        }
        "isprintable" => text.chars().all(|c| !c.is_control()),
        _ => return None,
    })
}

/// Methods that search or split.
fn other(text: &str, args: &Args<'_>) -> Result<Value, Error> {
    let position = |at: Option<usize>| at.map(|at| text[..at].chars().count());
    let as_found = |at: Option<usize>| at.map_or(Value::from(-1), Value::from);
    let strings = |parts: Vec<&str>| list(parts.into_iter().map(Value::from).collect());
    let affixes = |test: fn(&str, &str) -> bool| -> Result<Value, Error> {
        let wanted = args.get(0, "").unwrap_or_default();
        let any = match wanted.as_str() {
            Some(affix) => test(text, affix),
            None => python::items(&wanted)?
                .iter()
                .any(|affix| affix.as_str().is_some_and(|affix| test(text, affix))),
        };
        Ok(Value::from(any))
    };
    match args.method {
        "startswith" => affixes(|text, affix| text.starts_with(affix)),
        "endswith" => affixes(|text, affix| text.ends_with(affix)),
        "count" => Ok(Value::from(count(text, &args.need(0)?))),
        "find" => Ok(as_found(position(text.find(&args.need(0)?)))),
        "rfind" => Ok(as_found(position(text.rfind(&args.need(0)?)))),
        "index" | "rindex" => {
            let wanted = args.need(0)?;
            let found = if args.method == "index" {
                text.find(&wanted)
            } else {
                text.rfind(&wanted)
            };
            position(found)
                .map(Value::from)
                .ok_or_else(|| python::error(format!("`{wanted}` is not in the string")))
        }
        "split" => Ok(strings(split(
            text,
            args.text(0, "sep")?.as_deref(),
            args.int(1, "maxsplit"),
        )?)),
        "rsplit" => Ok(strings(rsplit(
            text,
            args.text(0, "sep")?.as_deref(),
            args.int(1, "maxsplit"),
        )?)),
        "splitlines" => {
            let keep = args.get(0, "keepends").is_some_and(|value| value.is_true());
            Ok(strings(lines(text, keep)))
        }
        "partition" | "rpartition" => {
            let separator = args.need(0)?;
            let last = args.method == "rpartition";
            let found = if last {
                text.rfind(&separator)
            } else {
                text.find(&separator)
            };
            let parts = match found {
                Some(at) => [&text[..at], separator.as_str(), &text[at + separator.len()..]],
                None if last => ["", "", text],
                None => [text, "", ""],
            };
            Ok(Value::from(Tuple::from(parts.map(Value::from))))
        }
        "encode" | "decode" => Ok(Value::from(text)),
        _ => Err(args.unknown(&Value::from(text))),
    }
}

/// Python's `str.count`.
fn count(text: &str, part: &str) -> usize {
    if part.is_empty() {
        text.chars().count() + 1
    } else {
        text.matches(part).count()
    }
}

/// Python's `str.splitlines`.
pub(crate) fn lines(text: &str, keep: bool) -> Vec<&str> {
    let mut parts: Vec<&str> = text.split_inclusive('\n').collect();
    if !keep {
        parts = parts
            .into_iter()
            .map(|line| line.strip_suffix('\n').unwrap_or(line))
            .collect();
        parts = parts
            .into_iter()
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .collect();
    }
    parts
}

/// Python's `str.split`.
pub(crate) fn split<'a>(
    text: &'a str,
    separator: Option<&str>,
    limit: Option<i64>,
) -> Result<Vec<&'a str>, Error> {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    match separator {
        Some("") => Err(python::error("`split` needs a separator that is not empty")),
        Some(separator) => Ok(match limit {
            Some(limit) => text.splitn(limit + 1, separator).collect(),
            None => text.split(separator).collect(),
        }),
        None => {
            let mut parts = Vec::new();
            let mut rest = text.trim_start();
            while !rest.is_empty() {
                if limit.is_some_and(|limit| parts.len() == limit) {
                    parts.push(rest.trim_end());
                    break;
                }
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                parts.push(&rest[..end]);
                rest = rest[end..].trim_start();
            }
            Ok(parts)
        }
    }
}

fn rsplit<'a>(text: &'a str, separator: Option<&str>, limit: Option<i64>) -> Result<Vec<&'a str>, Error> {
    let Some(limit) = limit.and_then(|limit| usize::try_from(limit).ok()) else {
        return split(text, separator, None);
    };
    let mut parts = Vec::new();
    match separator {
        Some("") => return Err(python::error("`rsplit` needs a separator that is not empty")),
        Some(separator) => parts.extend(text.rsplitn(limit + 1, separator)),
        None => {
            let mut rest = text.trim_end();
            while !rest.is_empty() {
                if parts.len() == limit {
                    parts.push(rest.trim_start());
                    break;
                }
                let start = rest
                    .rfind(char::is_whitespace)
                    .map_or(0, |at| at + rest[at..].chars().next().map_or(1, char::len_utf8));
                parts.push(&rest[start..]);
                rest = rest[..start].trim_end();
            }
        }
    }
    parts.reverse();
    Ok(parts)
}
