//! `urlize`: addresses in a text become links.

use std::collections::BTreeSet;

use minijinja::Error;
use minijinja::Value;

use super::escape;
use crate::template::call::Call;
use crate::template::filters::regex::failed;
use crate::template::filters::regex::pattern;
use crate::template::python;

/// What is an address on the web: with its scheme or `www.`, a name under one of the oldest domains, or an IP address.
const WEB: &str = concat!(
    r"^((https?://|www\.)(([\w%-]+\.)+)?([a-z]{2,63}|xn--[\w%]{2,59})",
    r"|([\w%-]{2,63}\.)+(com|net|int|edu|gov|org|info|mil)",
    r"|(https?://)((([\d]{1,3})(\.[\d]{1,3}){3})|(\[([\da-f]{0,4}:){2}([\da-f]{0,4}:?){1,6}])))",
    r"(?::[\d]{1,5})?(?:[/?#]\S*)?$"
);

/// What is an address of mail.
const MAIL: &str = r"^\S+@\w[\w.-]*\.\w+$";

/// How links are written.
struct Links {
    attributes: String,
    limit: Option<usize>,
    schemes: Vec<String>,
}

/// `urlize`, as Jinja does it.
pub(super) fn urlize(call: &mut Call<'_, '_, '_>) -> Result<Value, Error> {
    let rel = call.text_or("rel", "")?;
    let mut rel: BTreeSet<&str> = rel.split_whitespace().collect();
    rel.insert("noopener");
    if call.flag("nofollow", false)? {
        rel.insert("nofollow");
    }
    let rel: Vec<&str> = rel.into_iter().collect();
    let target = match call.text_or("target", "")? {
        target if target.is_empty() => String::new(),
        target => format!(" target=\"{}\"", escape(&target)),
    };
    let schemes = call
        .some("extra_schemes")
        .map(python::items)
        .transpose()?
        .unwrap_or_default();
    let links = Links {
        attributes: format!(" rel=\"{}\"{target}", escape(&rel.join(" "))),
        limit: call
            .int("trim_url_limit")?
            .and_then(|limit| usize::try_from(limit).ok()),
        schemes: schemes.iter().map(python::text).collect::<Result<_, _>>()?,
    };
    let text = escape(&call.text("value")?);
    let mut out = String::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let blank = rest.starts_with(char::is_whitespace);
        let end = rest
            .find(|c: char| c.is_whitespace() != blank)
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if blank {
            out.push_str(word);
        } else {
            out.push_str(&links.word(word)?);
        }
        rest = after;
    }
    Ok(Value::from(out))
}

impl Links {
    fn word(&self, word: &str) -> Result<String, Error> {
        let (head, middle, tail) = divided(word);
        let is = |what: &str, text: &str| pattern(what, true, false)?.is_match(text).map_err(failed);
        let mail = middle.strip_prefix("mailto:");
        let link = if is(WEB, &middle)? {
            let scheme = if middle.starts_with("http://") || middle.starts_with("https://") {
                ""
            } else {
                "https://"
            };
            format!(
                "<a href=\"{scheme}{middle}\"{}>{}</a>",
                self.attributes,
                self.shown(&middle)
            )
        } else if let Some(address) = mail.filter(|address| is(MAIL, address).unwrap_or(false)) {
            format!("<a href=\"{middle}\">{address}</a>")
        } else if !middle.starts_with("www.")
            && !middle.starts_with('@')
            && !middle.contains(':')
            && is(MAIL, &middle)?
        {
            format!("<a href=\"mailto:{middle}\">{middle}</a>")
        } else if self
            .schemes
            .iter()
            .any(|scheme| middle != *scheme && middle.starts_with(scheme.as_str()))
        {
            format!("<a href=\"{middle}\"{}>{middle}</a>", self.attributes)
        } else {
            middle
        };
        Ok(format!("{head}{link}{tail}"))
    }

    fn shown(&self, text: &str) -> String {
        match self.limit {
            Some(limit) if text.chars().count() > limit => {
                text.chars().take(limit).collect::<String>() + "..."
            }
            _ => text.to_owned(),
        }
    }
}

/// A word without the brackets before it and the marks behind it; brackets that it opens stay with it.
fn divided(word: &str) -> (&str, String, String) {
    let mut middle = word;
    while let Some(rest) = ["(", "<", "&lt;"]
        .iter()
        .find_map(|open| middle.strip_prefix(open))
    {
        middle = rest;
    }
    let head = &word[..word.len() - middle.len()];
    let whole = middle;
    while let Some(rest) = [")", ">", ".", ",", "&gt;"]
        .iter()
        .find_map(|close| middle.strip_suffix(close))
    {
        middle = rest;
    }
    let mut tail = whole[middle.len()..].to_owned();
    let mut middle = middle.to_owned();
    for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
        let opened = middle.matches(open).count();
        if opened <= middle.matches(close).count() {
            continue;
        }
        for _ in 0..opened.min(tail.matches(close).count()) {
            let end = tail.find(close).map_or(0, |at| at + close.len());
            middle.push_str(&tail[..end]);
            tail.drain(..end);
        }
    }
    (head, middle, tail)
}
