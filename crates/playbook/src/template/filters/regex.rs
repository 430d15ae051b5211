//! Python's regular expressions.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use evenkeel_tasks::regex::Flags;
use evenkeel_tasks::regex::Match;
use evenkeel_tasks::regex::Pattern;
use evenkeel_tasks::regex::Replacement;
use minijinja::Error;
use minijinja::Value;
use minijinja::value::Tuple;

use crate::template::call::Call;
use crate::template::call::Entry;
use crate::template::container::list;
use crate::template::python;

/// The filters of this file.
pub(super) const FILTERS: &[Entry] = &[
    Entry::new(
        "regex_replace",
        "value pattern replacement ignorecase multiline count mandatory_count",
        replace,
    ),
    Entry::new("regex_search", "value regex * ignorecase multiline", search),
    Entry::new("regex_findall", "value regex multiline ignorecase", findall),
    Entry::new("regex_escape", "string re_type", escape),
];

/// How many compiled patterns a thread keeps.
const KEPT: usize = 256;

type Known = HashMap<(String, bool, bool), Rc<Pattern>>;

thread_local! {
    static PATTERNS: RefCell<Known> = RefCell::new(HashMap::new());
}

/// A pattern, compiled once per thread.
pub(in crate::template) fn pattern(
    text: &str,
    ignore_case: bool,
    multiline: bool,
) -> Result<Rc<Pattern>, Error> {
    let key = (text.to_owned(), ignore_case, multiline);
    if let Some(known) = PATTERNS.with_borrow(|known| known.get(&key).cloned()) {
        return Ok(known);
    }
    let flags = Flags {
        ignore_case,
        multiline,
        ..Flags::default()
    };
    let wrong = |reason: String| {
        let reason = reason.replace("Target of repeat operator is invalid", "nothing to repeat");
        python::error(format!("the regular expression `{text}` is wrong: {reason}"))
    };
    let pattern = Rc::new(Pattern::with(text, flags).map_err(wrong)?);
    PATTERNS.with_borrow_mut(|known| {
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, Rc::clone(&pattern));
    });
    Ok(pattern)
}

/// A failure while matching.
pub(in crate::template) fn failed(reason: String) -> Error {
    python::error(format!("the search was given up: {reason}"))
}

fn flagged(call: &Call<'_, '_, '_>, parameter: &str) -> Result<Rc<Pattern>, Error> {
    pattern(
        &call.text_or(parameter, "")?,
        call.flag("ignorecase", false)?,
        call.flag("multiline", false)?,
    )
}

fn replace(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text_or("value", "")?;
    let pattern = flagged(call, "pattern")?;
    let with = call.text_or("replacement", "")?;
    let with = Replacement::new(&with, &pattern)
        .map_err(|reason| call.error(format!("the replacement is wrong: {reason}")))?;
    let count = usize::try_from(call.int_or("count", 0)?).unwrap_or(0);
    let (out, done) = pattern.replace(&text, &with, count).map_err(failed)?;
    let wanted = usize::try_from(call.int_or("mandatory_count", 0)?).unwrap_or(0);
    if wanted != 0 && wanted != done {
        return Err(call.error(format!(
            "'{}' should match {wanted} times, but matches {done} times in '{text}'",
            call.text_or("pattern", "")?
        )));
    }
    Ok(Value::from(out))
}

fn group(found: &Match, text: &str, index: usize) -> Value {
    found.group(text, index).map_or(Value::from(()), Value::from)
}

fn search(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    let named = |name: &str| {
        call.named
            .iter()
            .find(|(known, _)| known == name)
            .is_some_and(|(_, value)| value.is_true())
    };
    let pattern = pattern(&call.text("regex")?, named("ignorecase"), named("multiline"))?;
    let mut groups = Vec::new();
    for arg in call.values.iter().skip(2) {
        let arg = python::text(arg)?;
        let name = arg.strip_prefix("\\g<").and_then(|rest| rest.strip_suffix('>'));
        let wanted = name
            .or_else(|| arg.strip_prefix('\\'))
            .ok_or_else(|| call.error(format!("`{arg}` is no `\\\\1` or `\\\\g<name>`")))?;
        let index = wanted.parse().ok().or_else(|| pattern.group_index(wanted));
        let index = index.filter(|index| *index <= pattern.groups());
        groups.push(index.ok_or_else(|| call.error(format!("there is no group `{wanted}`")))?);
    }
    let Some(found) = pattern.search(&text).map_err(failed)? else {
        return Ok(Value::from(()));
    };
    if groups.is_empty() {
        return Ok(group(&found, &text, 0));
    }
    Ok(list(
        groups
            .into_iter()
            .map(|index| group(&found, &text, index))
            .collect(),
    ))
}

fn findall(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("value")?;
    let pattern = flagged(call, "regex")?;
    let text_of = |found: &Match, index| Value::from(found.group(&text, index).unwrap_or_default());
    let all = pattern.find_all(&text).map_err(failed)?;
    let items = all.iter().map(|found| match pattern.groups() {
        0 => text_of(found, 0),
        1 => text_of(found, 1),
        count => Value::from(Tuple::from(
            (1..=count).map(|index| text_of(found, index)).collect::<Vec<_>>(),
        )),
    });
    Ok(list(items.collect()))
}

/// Python's `re.escape`, or the same for POSIX basic expressions.
fn escape(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let text = call.text("string")?;
    let special = match call.text_or("re_type", "python")?.as_str() {
        "python" => "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}",
        "posix_basic" => "].[^$*\\",
        other => {
            let what = if other == "posix_extended" {
                "Regex type (posix_extended) not yet implemented"
            } else {
                &format!("Invalid regex type ({other})")
            };
            return Err(call.error(format!("{what}: use `python` or `posix_basic`")));
        }
    };
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if special.contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    Ok(Value::from(out))
}
