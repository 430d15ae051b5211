//! INI files as Python's `configparser` reads them.

use indexmap::IndexMap;
use serde_json::Value;
use serde_json::json;

/// The section whose options all others have too.
const DEFAULT: &str = "DEFAULT";
/// How deep values may refer to others.
const DEPTH: usize = 10;

/// Sections, their options and the values as they are written.
pub(super) struct Sections(IndexMap<String, IndexMap<String, String>>);

/// Reads a file.
///
/// # Errors
/// With the reason, where `configparser` raises one.
pub(super) fn read(text: &str) -> Result<Sections, String> {
    let mut sections: IndexMap<String, IndexMap<String, String>> = IndexMap::new();
    let (mut section, mut option): (Option<String>, Option<String>) = (None, None);
    for line in text.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        let current = section.as_ref().and_then(|name| sections.get_mut(name));
        if line.starts_with(char::is_whitespace)
            && let (Some(current), Some(option)) = (current, &option)
        {
            if let Some(value) = current.get_mut(option) {
                value.push('\n');
                value.push_str(trimmed);
            }
            continue;
        }
        if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let name = name.0.to_owned();
            if name != DEFAULT && sections.contains_key(&name) {
                return Err(format!("section {name} stands there twice"));
            }
            sections.entry(name.clone()).or_default();
            (section, option) = (Some(name), None);
            continue;
        }
        let options = section
            .as_ref()
            .and_then(|name| sections.get_mut(name))
            .ok_or("there is no section header")?;
        let (key, value) = trimmed
            .split_once(['=', ':'])
            .ok_or_else(|| format!("a line without `=`: {trimmed}"))?;
        let key = key.trim().to_lowercase();
        if key.is_empty() || options.insert(key.clone(), value.trim().to_owned()).is_some() {
            return Err(format!("option {key} stands there twice"));
        }
        option = Some(key);
    }
    Ok(Sections(sections))
}

impl Sections {
    /// The sections with their values, `%(name)s` replaced.
    ///
    /// # Errors
    /// With the reason, when a `%` stands alone or names what is not there.
    pub(super) fn values(&self) -> Result<Value, String> {
        let common = self.0.get(DEFAULT).cloned().unwrap_or_default();
        let mut all = serde_json::Map::new();
        for (name, own) in self.0.iter().filter(|(name, _)| *name != DEFAULT) {
            let mut options = own.clone();
            for (key, value) in &common {
                options.entry(key.clone()).or_insert_with(|| value.clone());
            }
            let values = options
                .iter()
                .map(|(key, value)| Ok((key.clone(), json!(expand(value, &options, DEPTH)?))))
                .collect::<Result<serde_json::Map<_, _>, String>>()?;
            all.insert(name.clone(), Value::Object(values));
        }
        Ok(Value::Object(all))
    }
}

fn expand(text: &str, options: &IndexMap<String, String>, depth: usize) -> Result<String, String> {
    if depth == 0 {
        return Err("values refer to each other too deeply".to_owned());
    }
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('%') {
        done += before;
        rest = if let Some(after) = after.strip_prefix('%') {
            done.push('%');
            after
        } else {
            let named = after.strip_prefix('(').and_then(|after| after.split_once(")s"));
            let (name, after) =
                named.ok_or_else(|| format!("'%' must be followed by '%' or '(', found: '%{after}'"))?;
            let value = options
                .get(&name.to_lowercase())
                .ok_or_else(|| format!("there is no option `{name}`"))?;
            done += &expand(value, options, depth - 1)?;
            after
        };
    }
    Ok(done + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_continue_refer_and_are_shared() {
        let text = "[DEFAULT]\nbase = /srv\n[a]\nPath: %(base)s/x\nlines = one\n  two\n# no\nfull = 100%%\n";
        let values = read(text).and_then(|sections| sections.values());
        let expected = json!({"a": {"path": "/srv/x", "lines": "one\ntwo", "full": "100%", "base": "/srv"}});
        assert_eq!(values, Ok(expected));
        assert!(read("x = 1\n").is_err() && read("[a]\nalone\n").is_err());
    }
}
