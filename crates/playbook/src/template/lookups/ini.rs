//! `ini`: values of an INI file, as Python's `configparser` reads it, or of a properties file.

use indexmap::IndexMap;
use minijinja::Error;
use minijinja::Value;

use super::Request;
use super::files;
use crate::template::filters::regex;
use crate::template::python;
use crate::template::python::Shape;

/// The names of the options.
const OPTIONS: [&str; 10] = [
    "type",
    "file",
    "section",
    "re",
    "encoding",
    "default",
    "case_sensitive",
    "allow_no_value",
    "allow_none",
    "interpolation",
];

/// How deep values may refer to values.
const DEPTH: usize = 10;

/// Keys and their values; nothing where a key stands alone.
type Section = IndexMap<String, Option<String>>;

/// The values of the terms' keys.
pub(super) fn values(request: &Request<'_>) -> Result<Vec<Value>, Error> {
    let mut options = request.named.clone();
    let mut out = Vec::new();
    for term in request.texts()? {
        let mut key = term.clone();
        if term.contains('=') || term.trim().contains(' ') {
            key = inline(request, &term, &mut options)?;
        }
        if let Some((name, _)) = options.iter().find(|(name, _)| !OPTIONS.contains(&name.as_str())) {
            return Err(request.error(format!("'{name}' is not a valid option")));
        }
        out.extend(of_key(request, &Options(&options), &key)?);
    }
    Ok(out)
}

/// Options inside a term; a word without `=` belongs to the one before it.
fn inline(request: &Request<'_>, term: &str, options: &mut Vec<(String, Value)>) -> Result<String, Error> {
    let mut parts: Vec<String> = Vec::new();
    for word in term.split_whitespace() {
        let begins = OPTIONS
            .iter()
            .any(|name| word.strip_prefix(name).is_some_and(|rest| rest.starts_with('=')));
        match parts.last_mut() {
            Some(last) if !begins && !word.contains('=') => {
                last.push(' ');
                last.push_str(word);
            }
            _ => parts.push(word.to_owned()),
        }
    }
    let mut key = None;
    for part in parts {
        match part.split_once('=') {
            Some((_, value)) if value.contains('=') => {
                return Err(request.error(format!("Could not use '{part}' of '{term}'")));
            }
            Some((name, value)) => options.push((name.to_owned(), Value::from(value))),
            None if key.is_none() => key = Some(part),
            None => {}
        }
    }
    key.ok_or_else(|| request.error(format!("No key to look up was provided as first term: {term}")))
}

struct Options<'a>(&'a [(String, Value)]);

impl Options<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    fn text(&self, name: &str, default: &str) -> Result<String, Error> {
        self.get(name)
            .map_or_else(|| Ok(default.to_owned()), python::text)
    }

    fn flag(&self, name: &str, default: bool) -> Result<bool, Error> {
        match self.get(name) {
            Some(value) => match value.as_str() {
                Some(text) => Ok(matches!(
                    text.to_lowercase().as_str(),
                    "y" | "yes" | "on" | "1" | "true" | "t"
                )),
                None => python::truth(value),
            },
            None => Ok(default),
        }
    }
}

fn of_key(request: &Request<'_>, options: &Options<'_>, key: &str) -> Result<Vec<Value>, Error> {
    let file = options.text("file", "ansible.ini")?;
    let (_, text) = files::read_as(request, &file, "files", &options.text("encoding", "utf-8")?)?;
    let (text, section) = if options.text("type", "ini")? == "properties" {
        (format!("[java_properties]\n{text}"), "java_properties".to_owned())
    } else {
        (text, options.text("section", "global")?)
    };
    let reading = Reading {
        request,
        file: &file,
        case: options.flag("case_sensitive", false)?,
        lone: options.flag("allow_no_value", false)? || options.flag("allow_none", false)?,
    };
    let sections = reading.sections(&text)?;
    let found = sections
        .get(&section)
        .ok_or_else(|| request.error(format!("No section '{section}' in '{file}'.")))?;
    let mut whole = sections.get("DEFAULT").cloned().unwrap_or_default();
    whole.extend(found.clone());
    let full = options.flag("interpolation", true)?;
    let value = |name: &str| -> Result<Value, Error> {
        let value = whole.get(name).cloned().flatten();
        match value {
            Some(text) if full => reading.interpolated(&text, &whole, 0).map(Value::from),
            Some(text) => Ok(Value::from(text)),
            None => Ok(Value::from(())),
        }
    };
    if options.flag("re", false)? {
        let pattern = regex::pattern(&format!("\\A(?:{key})"), false, false)?;
        let mut out = Vec::new();
        for name in found
            .keys()
            .chain(whole.keys().filter(|name| !found.contains_key(*name)))
        {
            if pattern.is_match(name).map_err(regex::failed)? {
                out.push(value(name)?);
            }
        }
        return Ok(out);
    }
    let key = if reading.case {
        key.to_owned()
    } else {
        key.to_lowercase()
    };
    if whole.contains_key(&key) {
        return Ok(Some(value(&key)?)
            .filter(|value| !value.is_none())
            .into_iter()
            .collect());
    }
    match options.get("default") {
        Some(default) if matches!(python::shape(default), Shape::Seq(_)) => python::items(default),
        Some(default) => Ok(vec![default.clone()]),
        None => Ok(vec![Value::from("")]),
    }
}

struct Reading<'a> {
    request: &'a Request<'a>,
    file: &'a str,
    case: bool,
    lone: bool,
}

impl Reading<'_> {
    /// The sections; a line that is further in than its key continues the value.
    fn sections(&self, text: &str) -> Result<IndexMap<String, Section>, Error> {
        let mut sections: IndexMap<String, Section> = IndexMap::new();
        let mut at: Option<(String, Option<String>, usize)> = None;
        for line in text.lines() {
            let trimmed = line.trim();
            let indent = line.len() - line.trim_start().len();
            if trimmed.starts_with(['#', ';']) {
                continue;
            }
            if let Some((section, Some(key), key_indent)) = &at
                && (trimmed.is_empty() || indent > *key_indent)
            {
                if let Some(Some(value)) = sections.get_mut(section).and_then(|entries| entries.get_mut(key))
                {
                    value.push('\n');
                    value.push_str(trimmed);
                }
                continue;
            }
            if trimmed.is_empty() {
                continue;
            }
            if let Some((name, _)) = trimmed.strip_prefix('[').and_then(|rest| rest.rsplit_once(']')) {
                if sections.contains_key(name) && name != "DEFAULT" {
                    return Err(self.wrong(&format!("section '{name}' is there twice")));
                }
                sections.entry(name.to_owned()).or_default();
                at = Some((name.to_owned(), None, indent));
                continue;
            }
            let Some((section, ..)) = &at else {
                return Err(self.wrong(&format!("`{trimmed}` stands before the first section")));
            };
            let section = section.clone();
            let (key, value) = self.entry(trimmed)?;
            let entries = sections.entry(section.clone()).or_default();
            if entries.insert(key.clone(), value).is_some() {
                return Err(self.wrong(&format!("Duplicate option '{key}' in '{}'", self.file)));
            }
            at = Some((section, Some(key), indent));
        }
        for value in sections.values_mut().flat_map(IndexMap::values_mut).flatten() {
            value.truncate(value.trim_end().len());
        }
        Ok(sections)
    }

    fn entry(&self, line: &str) -> Result<(String, Option<String>), Error> {
        let (key, value) = match line.split_once(['=', ':']) {
            Some((key, value)) => (key.trim_end(), Some(value.trim().to_owned())),
            None if self.lone => (line, None),
            None => return Err(self.wrong(&format!("`{line}` has no value"))),
        };
        Ok((
            if self.case {
                key.to_owned()
            } else {
                key.to_lowercase()
            },
            value,
        ))
    }

    fn wrong(&self, what: &str) -> Error {
        self.request.error(format!("{}: {what}", self.file))
    }

    /// `%(key)s` is the value of that key, `%%` a percent sign.
    fn interpolated(&self, text: &str, section: &Section, depth: usize) -> Result<String, Error> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('%') {
                out.push('%');
                rest = after;
                continue;
            }
            let named = after.strip_prefix('(').and_then(|after| after.split_once(")s"));
            let Some((name, after)) = named else {
                return Err(self.wrong(&format!("'%' must be followed by '%' or '(', found: '%{after}'")));
            };
            let name = if self.case {
                name.to_owned()
            } else {
                name.to_lowercase()
            };
            let value = section.get(&name).cloned().flatten().filter(|_| depth < DEPTH);
            let value = value.ok_or_else(|| self.wrong(&format!("`%({name})s` names no value")))?;
            out.push_str(&self.interpolated(&value, section, depth + 1)?);
            rest = after;
        }
        Ok(out + rest)
    }
}
