//! `name=value` words as `-e` takes them: quotes and template expressions hold words together, escapes count.

use std::sync::Arc;

use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;

use crate::inventory::Setting;

/// The variables of a text; all values are strings.
pub(super) fn read(source: &Arc<Source>) -> Result<Vec<(Arc<str>, Setting)>, Problem> {
    words(source)?
        .into_iter()
        .map(|(start, word)| variable(source, start, word))
        .collect()
}

fn variable(source: &Arc<Source>, start: usize, word: &str) -> Result<(Arc<str>, Setting), Problem> {
    let place = Place::new(source, start, start + word.len());
    let text = unescape(word);
    let equals = text
        .match_indices('=')
        .map(|(at, _)| at)
        .find(|at| *at > 0 && !text[..*at].ends_with('\\'));
    let Some(equals) = equals else {
        let mut problem = Problem::error("vars::extra", format!("`{word}` is no variable"))
            .at(&place, "expected name=value");
        if word.ends_with(':') {
            problem = problem.help("YAML stands in braces: -e '{name: value}'");
        }
        let problem = problem
            .help("a value with spaces is quoted: -e \"name='a b'\"; a file is named with @: -e @file.yml");
        return Err(problem);
    };
    let name = text[..equals].trim();
    let value = unquote(text[equals + 1..].trim());
    let node = Arc::new(Node::new(Value::Str(value.to_owned()), place.clone()));
    Ok((
        name.into(),
        Setting {
            node,
            place,
            source: 0,
        },
    ))
}

/// The words of a text that are `name=value`, unquoted, and the others as they stand, as a lookup's term mixes them.
pub(crate) fn parts(text: &str) -> Result<(Vec<(String, String)>, String), Problem> {
    let source = Source::new("", text);
    let (mut pairs, mut rest) = (Vec::new(), Vec::new());
    for (start, word) in words(&source)? {
        match variable(&source, start, word) {
            Ok((name, setting)) => {
                let value = setting.node.as_str().unwrap_or_default().to_owned();
                pairs.push((name.to_string(), value));
            }
            Err(_) => rest.push(word),
        }
    }
    Ok((pairs, rest.join(" ")))
}

/// Words divided by spaces and line ends outside quotes and `{{ }}`, `{% %}`, `{# #}`.
fn words(source: &Arc<Source>) -> Result<Vec<(usize, &str)>, Problem> {
    let text = source.text.as_str();
    let mut words = Vec::new();
    let mut start = None;
    let mut quote: Option<(char, usize)> = None;
    let mut open: Vec<usize> = Vec::new();
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let pair = text.get(at..at + 2).unwrap_or("");
        if matches!(pair, "{{" | "{%" | "{#") && before != '{' {
            open.push(at);
        } else if matches!(pair, "}}" | "%}" | "#}") && before != '}' {
            open.pop();
        }
        if matches!(c, '"' | '\'') && before != '\\' {
            quote = match quote {
                None => Some((c, at)),
                Some((opened, _)) if opened == c => None,
                other => other,
            };
        }
        let inside = quote.is_some() || !open.is_empty();
        match start {
            Some(from) if matches!(c, ' ' | '\n') && !inside => {
                words.push((from, &text[from..at]));
                start = None;
            }
            None if !matches!(c, ' ' | '\n') => start = Some(at),
            _ => {}
        }
        before = c;
    }
    if let Some(at) = quote.map(|(_, at)| at).or(open.first().copied()) {
        let problem = Problem::error("vars::extra", "the text of -e has no end")
            .at(&Place::new(source, at, text.len()), "opened here and not closed")
            .help("close the quote or the braces");
        return Err(problem);
    }
    words.extend(start.map(|from| (from, &text[from..])));
    Ok(words)
}

fn unquote(text: &str) -> &str {
    let quoted = ['"', '\'']
        .iter()
        .any(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote));
    if quoted && !text[..text.len() - 1].ends_with('\\') {
        &text[1..text.len() - 1]
    } else {
        text
    }
}

/// Python's escapes; a backslash before anything else stays.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let (c, len) = escape(rest).unwrap_or(('\\', 1));
        out.push(c);
        rest = &rest[len..];
    }
    out + rest
}

/// The character that an escape at the beginning of a text stands for, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let c = text[1..].chars().next()?;
    let hex = |digits: usize| -> Option<(char, usize)> {
        let digits = text.get(2..2 + digits)?;
        let valid = digits.bytes().all(|b| b.is_ascii_hexdigit());
        let c = char::from_u32(u32::from_str_radix(digits, 16).ok().filter(|_| valid)?)?;
        Some((c, 2 + digits.len()))
    };
    let simple = match c {
        '\\' | '\'' | '"' => c,
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        'x' => return hex(2),
        'u' => return hex(4),
        'U' => return hex(8),
        _ => return None,
    };
    Some((simple, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let entries = read(&Source::new("-e", text)).unwrap();
        entries
            .iter()
            .map(|(name, at)| format!("{name} {:?}", at.node.as_str().unwrap()))
            .collect()
    }

    /// Expected values: `parse_kv` of ansible-core 2.19.14.
    #[test]
    fn reads_words_as_ansible_does() {
        assert_eq!(shown("n=1 b=false"), [r#"n "1""#, r#"b "false""#]);
        assert_eq!(shown("a='x y' b=\"c d\""), [r#"a "x y""#, r#"b "c d""#]);
        assert_eq!(
            shown("a={{ b | default('c d') }} e=f"),
            [r#"a "{{ b | default('c d') }}""#, r#"e "f""#]
        );
        assert_eq!(shown(r"a=b\nc d=\x41"), ["a \"b\\nc\"", "d \"A\""]);
        assert_eq!(shown("a=b=c"), [r#"a "b=c""#]);
        assert_eq!(shown("a="), [r#"a """#]);
        assert_eq!(shown("a=é é='ü'"), [r#"a "é""#, r#"é "ü""#]);
    }
}
