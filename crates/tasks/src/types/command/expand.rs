//! Variables in the arguments of a program that no shell starts.

use std::fmt::Write;

use evenkeel_host::quote;

/// A shell script that runs the words with `$NAME`, `${NAME}` and a leading `~` replaced, as Python's `expandvars` and
/// `expanduser` do: what is not set stays as it stands. `None` when there is nothing to replace.
pub(super) fn script(words: &[String]) -> Option<String> {
    if !words.iter().any(|word| word.contains('$') || word.starts_with('~')) {
        return None;
    }
    let words: Vec<String> = words.iter().map(|word| expand(word)).collect();
    Some(format!("exec {}", words.join(" ")))
}

fn expand(word: &str) -> String {
    let (mut out, mut rest) = tilde(word);
    while let Some(at) = rest.find('$') {
        push_quoted(&mut out, &rest[..at]);
        let (name, length) = name_at(&rest[at..]);
        match name {
            // Writing into a String cannot fail.
            Some(name) => drop(write!(out, "\"${{{name}-{}}}\"", literal(&rest[at..at + length]))),
            None => push_quoted(&mut out, "$"),
        }
        rest = &rest[at + length..];
    }
    push_quoted(&mut out, rest);
    if out.is_empty() { "''".to_owned() } else { out }
}

/// `~` and `~user` at the beginning are left to the shell, which keeps them when there is no such user.
fn tilde(word: &str) -> (String, &str) {
    if !word.starts_with('~') {
        return (String::new(), word);
    }
    let end = word.find('/').unwrap_or(word.len());
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    // The slash stays outside of quotes: a quoted one would be part of the name.
    let after = (end + 1).min(word.len());
    if word[1..end].chars().all(plain) { (word[..after].to_owned(), &word[after..]) } else { (String::new(), word) }
}

fn push_quoted(out: &mut String, text: &str) {
    if !text.is_empty() {
        out.push_str(&quote(text));
    }
}

/// A reference as it stands, inside double quotes.
fn literal(reference: &str) -> String {
    reference.replace('$', "\\$").replace('}', "\\}")
}

/// The variable that a `$` begins, and how long the reference is.
fn name_at(text: &str) -> (Option<&str>, usize) {
    let is_name = |name: &str| {
        name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    if let Some(inner) = text.strip_prefix("${") {
        return match inner.find('}') {
            Some(end) if end > 0 && is_name(&inner[..end]) => (Some(&inner[..end]), end + 3),
            _ => (None, 1),
        };
    }
    let length = text[1..].find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len() - 1);
    let name = &text[1..1 + length];
    if length > 0 && is_name(name) { (Some(name), length + 1) } else { (None, 1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_references_are_left_to_the_shell() {
        for (word, expected) in [
            ("$HOME/a b", r#""${HOME-\$HOME}"'/a b'"#),
            ("x${A}y$", r#"x"${A-\${A\}}"y'$'"#),
            ("$1 $(id) ${a-b}", "'$''1 ''$''(id) ''$''{a-b}'"),
            ("~/x y", "~/'x y'"),
            ("~et$cd", "'~et'\"${cd-\\$cd}\""),
            ("", "''"),
        ] {
            assert_eq!(expand(word), expected, "{word}");
        }
        assert_eq!(script(&["echo".to_owned(), "a b".to_owned()]), None);
    }
}
