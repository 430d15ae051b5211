//! JSON as Python's `json.dumps` writes it.

use minijinja::Error;
use minijinja::Value;

use crate::template::call::Call;
use crate::template::convert::json_key;
use crate::template::marker::usable;
use crate::template::python;
use crate::template::python::Shape;

/// How it is written.
struct Layout {
    indent: Option<String>,
    sort: bool,
    ascii: bool,
    item: String,
    key: String,
}

/// `to_json` and `to_nice_json`.
pub(super) fn write(call: &mut Call<'_, '_, '_>, indent: Option<i64>, sort: bool) -> Result<Value, Error> {
    let indent = match call.get("indent") {
        Some(value) if value.is_none() => None,
        Some(value) if value.as_str().is_some() => Some(call.text("indent")?),
        _ => call
            .int("indent")?
            .or(indent)
            .map(|count| " ".repeat(usize::try_from(count).unwrap_or(0))),
    };
    let (mut item, mut key) = (
        if indent.is_some() { "," } else { ", " }.to_owned(),
        ": ".to_owned(),
    );
    if let Some(separators) = call.some("separators").filter(|_| !sort) {
        let parts = python::items(separators)?;
        if let [a, b] = parts.as_slice() {
            (item, key) = (python::text(a)?, python::text(b)?);
        }
    }
    let (sort, ascii) = (call.flag("sort_keys", sort)?, call.flag("ensure_ascii", true)?);
    let layout = Layout {
        indent,
        sort,
        ascii,
        item,
        key,
    };
    let mut out = String::new();
    layout.value(&mut out, call.need("a")?, 0)?;
    Ok(Value::from(out))
}

/// Jinja's `tojson`: safe inside HTML, keys sorted.
pub(super) fn for_html(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let indent = call
        .int("indent")?
        .map(|count| " ".repeat(usize::try_from(count).unwrap_or(0)));
    let item = if indent.is_some() { "," } else { ", " }.to_owned();
    let layout = Layout {
        indent,
        sort: true,
        ascii: true,
        item,
        key: ": ".to_owned(),
    };
    let mut out = String::new();
    layout.value(&mut out, call.need("value")?, 0)?;
    let safe = out
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\'', "\\u0027");
    Ok(Value::from(safe))
}

impl Layout {
    fn value(&self, out: &mut String, value: &Value, depth: usize) -> Result<(), Error> {
        usable(value)?;
        if depth > 200 {
            return Err(python::error("the value is nested too deeply for JSON"));
        }
        match python::shape(value) {
            Shape::None => out.push_str("null"),
            Shape::Bool(value) => out.push_str(if value { "true" } else { "false" }),
            Shape::Int(value) => out.push_str(&value.to_string()),
            Shape::Float(value) if value.is_nan() => out.push_str("NaN"),
            Shape::Float(value) if value.is_infinite() => {
                out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" })
            }
            Shape::Float(value) => out.push_str(&python::float_text(value)),
            Shape::Str(text) => self.string(out, text),
            Shape::Seq(_) => {
                let items = python::items(value)?;
                self.block(out, ['[', ']'], items, depth, |out, item| {
                    self.value(out, &item, depth + 1)
                })?;
            }
            Shape::Map(_) => {
                let mut entries = Vec::new();
                for (key, item) in python::entries(value)? {
                    entries.push((json_key(&key)?, item));
                }
                if self.sort {
                    entries.sort_by(|a, b| a.0.cmp(&b.0));
                }
                self.block(out, ['{', '}'], entries, depth, |out, (key, item)| {
                    self.string(out, &key);
                    out.push_str(&self.key);
                    self.value(out, &item, depth + 1)
                })?;
            }
            Shape::Other => return Err(python::error(format!("`{value}` cannot be written as JSON"))),
        }
        Ok(())
    }

    fn block<T>(
        &self,
        out: &mut String,
        [open, close]: [char; 2],
        items: Vec<T>,
        depth: usize,
        mut write: impl FnMut(&mut String, T) -> Result<(), Error>,
    ) -> Result<(), Error> {
        out.push(open);
        let empty = items.is_empty();
        for (index, item) in items.into_iter().enumerate() {
            out.push_str(if index == 0 { "" } else { &self.item });
            self.newline(out, depth + 1);
            write(out, item)?;
        }
        if !empty {
            self.newline(out, depth);
        }
        out.push(close);
        Ok(())
    }

    fn newline(&self, out: &mut String, depth: usize) {
        if let Some(indent) = &self.indent {
            out.push('\n');
            out.push_str(&indent.repeat(depth));
        }
    }

    fn string(&self, out: &mut String, text: &str) {
        out.push('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                c if (c as u32) < 0x20 || (self.ascii && !c.is_ascii()) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => out.push(c),
            }
        }
        out.push('"');
    }
}
