//! Arguments written as one string: `command: uptime`, `file: path=/x state=directory`.

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use crate::Module;

/// Turns what stands after a module's name into a mapping.
pub(crate) fn of_node(module: &Module, node: &Node) -> Result<Map, Problem> {
    match (&node.value, module.free_form) {
        (Value::Map(map), _) => Ok(map.clone()),
        (Value::Null, _) => Ok(Map::default()),
        (Value::Str(text), form) => pairs(module, node, text, form),
        _ => Err(wrong(module, node)),
    }
}

fn wrong(module: &Module, node: &Node) -> Problem {
    Problem::error(
        "task::arguments",
        format!("`{}` takes a mapping, not {}", module.name, node.kind()),
    )
    .at(&node.place, "expected `parameter: value` lines here")
}

/// `key=value` words; with a free form, only words that name another parameter are taken out of it.
fn pairs(module: &Module, node: &Node, text: &str, form: Option<&'static str>) -> Result<Map, Problem> {
    let fields = (module.fields)();
    let is_field = |name: &str| {
        fields
            .iter()
            .any(|field| Some(field.name) != form && (field.name == name || field.aliases.contains(&name)))
    };
    let mut entries = Vec::new();
    let mut rest = String::new();
    for (start, word) in split(text) {
        let pair = word.split_once('=').filter(|(name, _)| match form {
            Some(_) => is_field(name),
            None => !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
        });
        match (pair, form) {
            (Some((name, value)), _) => {
                let at = place_of(node, text, start, word);
                let value = Value::Str(unquote(&unescaped(value)).to_owned());
                entries.push((
                    Node::new(Value::Str(name.to_owned()), at.clone()),
                    Node::new(value, at),
                ));
            }
            (None, Some(_)) => {
                let blank = &text[rest_end(text, start)..start];
                rest.push_str(if rest.is_empty() { "" } else { blank });
                rest.push_str(word);
            }
            (None, None) => return Err(wrong(module, node)),
        }
    }
    if let Some(form) = form {
        // Untouched when nothing was taken out of it: a script keeps its newlines.
        let text = if entries.is_empty() { text.to_owned() } else { rest };
        let key = node.with(Value::Str(form.to_owned()));
        entries.insert(0, (key, node.with(Value::Str(text))));
    }
    Ok(Map { entries })
}

/// Where the blanks before `start` begin.
fn rest_end(text: &str, start: usize) -> usize {
    text[..start].trim_end().len()
}

/// The place of a word, where the text stands in the source as it is.
fn place_of(node: &Node, text: &str, start: usize, word: &str) -> Place {
    match node.place.text().find(text) {
        Some(offset) => {
            let from = node.place.start as usize + offset + start;
            Place::new(&node.place.source, from, from + word.len())
        }
        None => node.place.clone(),
    }
}

/// The words of a text with their offsets; quotes and `{{ }}` hold a word together and stay in it.
fn split(text: &str) -> Vec<(usize, &str)> {
    let (mut words, mut start, mut quote, mut depth) = (Vec::new(), None, None, 0_usize);
    let bytes = text.as_bytes();
    for (at, c) in text.char_indices() {
        let next = bytes.get(at + 1).copied();
        match (c, next) {
            ('{', Some(b'{' | b'%' | b'#')) => depth += 1,
            ('}' | '%' | '#', Some(b'}')) => depth = depth.saturating_sub(1),
            ('"' | '\'', _)
                if depth == 0 && at.checked_sub(1).is_none_or(|before| bytes[before] != b'\\') =>
            {
                quote = match quote {
                    None => Some(c),
                    Some(open) if open == c => None,
                    open => open,
                };
            }
            _ => {}
        }
        if c.is_whitespace() && quote.is_none() && depth == 0 {
            if let Some(from) = start.take() {
                words.push((from, &text[from..at]));
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(from) = start {
        words.push((from, &text[from..]));
    }
    words
}

/// Python's escapes (`\\n`, `\\x41`, `\\u00e4`) as the characters that they stand for; others stay as they are.
fn unescaped(value: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(value.len()), value);
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (c, length) = escape(&rest[at + 1..]).unwrap_or(('\\', 0));
        out.push(c);
        rest = &rest[at + 1 + length..];
    }
    out + rest
}

/// The character that is escaped, and the length of what stands for it behind the backslash.
fn escape(text: &str) -> Option<(char, usize)> {
    let coded = |digits: usize| {
        let code = text
            .get(1..=digits)
            .filter(|code| code.bytes().all(|b| b.is_ascii_hexdigit()))?;
        Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, 1 + digits))
    };
    Some((
        match text.chars().next()? {
            c @ ('\\' | '\'' | '"') => c,
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => return coded(2),
            'u' => return coded(4),
            'U' => return coded(8),
            _ => return None,
        },
        1,
    ))
}

fn unquote(value: &str) -> &str {
    ['"', '\'']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use evenkeel_yaml::Source;

    use super::*;

    /// The mapping that a text after a module's name stands for, and what each value points at.
    fn read(module: &str, text: &str) -> Result<Vec<(String, String, String)>, Problem> {
        let source = Source::new("t.yml", format!("{text}\n"));
        let (node, _) = evenkeel_yaml::load_one(&source).expect("YAML");
        let map = of_node(crate::module(module).expect("a module"), &node)?;
        let text = |node: &Node| node.as_str().unwrap_or("").to_owned();
        Ok(map
            .entries
            .iter()
            .map(|(k, v)| (text(k), text(v), v.place.text().to_owned()))
            .collect())
    }

    fn entry(key: &str, value: &str, place: &str) -> (String, String, String) {
        (key.to_owned(), value.to_owned(), place.to_owned())
    }

    #[test]
    fn words_become_parameters_with_their_places() {
        assert_eq!(
            read("file", "path=/x mode='0644' owner={{ a | default('b c') }}"),
            Ok(vec![
                entry("path", "/x", "path=/x"),
                entry("mode", "0644", "mode='0644'"),
                entry(
                    "owner",
                    "{{ a | default('b c') }}",
                    "owner={{ a | default('b c') }}"
                ),
            ])
        );
    }

    #[test]
    fn a_free_form_keeps_what_is_no_parameter() {
        let all = "a=1 'b c'  d creates=/x";
        assert_eq!(
            read("command", all),
            Ok(vec![
                entry("cmd", "a=1 'b c'  d", all),
                entry("creates", "/x", "creates=/x")
            ])
        );
        let script = "echo a  &&  b=c";
        assert_eq!(read("shell", script), Ok(vec![entry("cmd", script, script)]));
    }

    /// Expected values: `ansible.parsing.splitter.parse_kv` of ansible-core 2.19.
    #[test]
    fn escapes_are_read_in_values_and_not_in_scripts() {
        assert_eq!(unescaped(r"'\\b(.+)\\b'"), r"'\b(.+)\b'");
        assert_eq!(unescaped(r"\b\x41\u00e4\n\d\1\"), "\x08Aä\n\\d\\1\\");
        let script = r"printf 'a\nb'";
        assert_eq!(read("shell", script), Ok(vec![entry("cmd", script, script)]));
    }

    #[test]
    fn a_text_without_parameters_is_refused() {
        let problem = read("file", "/etc/x").expect_err("refused");
        assert_eq!(problem.message, "`file` takes a mapping, not a string");
        assert!(read("file", "[a]").is_err());
        assert_eq!(read("file", ""), Ok(Vec::new()));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in r#"[a-c=é{}%#"'\\ \n]{0,20}"#) {
            let node = Node::new(Value::Str(text), Place::nowhere(""));
            for module in ["file", "command", "set_fact"] {
                let _ = of_node(crate::module(module).expect("a module"), &node);
            }
        }
    }
}
