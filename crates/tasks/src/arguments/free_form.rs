//! Arguments written as one string: `command: uptime`, `file: path=/x state=directory`.

use evenkeel_yaml::Map;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use crate::Module;

mod words;

/// Turns what stands after a module's name into a mapping.
pub(crate) fn of_node(module: &Module, node: &Node) -> Result<Map, Problem> {
    match (&node.value, module.free_form) {
        (Value::Map(map), _) => Ok(map.clone()),
        (Value::Null, _) => Ok(Map::default()),
        (Value::Str(text), form) => pairs(module, node, text, form),
        _ => Err(wrong(module, node)),
    }
}

/// The first word of `NAME ARGUMENTS`, and what stands behind it; blanks within `{{ }}` or quotes part no words.
pub fn first_word(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = match words::split(text).as_deref() {
        Some([_, second, ..]) => second.start,
        Some(_) => text.len(),
        None => text.find(char::is_whitespace).unwrap_or(text.len()),
    };
    let (first, rest) = text.split_at(end);
    (first.trim_end(), rest)
}

fn wrong(module: &Module, node: &Node) -> Problem {
    Problem::error(
        "task::arguments",
        format!("`{}` takes a mapping, not {}", module.name, node.kind()),
    )
    .at(&node.place, "expected `parameter: value` lines here")
}

/// The words that Ansible takes out of a free form wherever they stand, ansible-core's `parsing/splitter.py`.
const TAKEN_OUT: [&str; 8] = [
    "creates",
    "removes",
    "chdir",
    "executable",
    "warn",
    "stdin",
    "stdin_add_newline",
    "strip_empty_ends",
];

/// `key=value` words; with a free form, only words that name some parameters are taken out of it.
fn pairs(module: &Module, node: &Node, text: &str, form: Option<&'static str>) -> Result<Map, Problem> {
    let Some(words) = words::split(text) else {
        return match form {
            // The machine's shell may know better where its quotes end.
            Some(form) => Ok(Map {
                entries: vec![named(node, form, text.to_owned())],
            }),
            None => Err(wrong(module, node)),
        };
    };
    let mut entries = Vec::new();
    let mut rest = Vec::new();
    for word in words {
        let pair = pair(&word.text).filter(|(name, _)| match form {
            Some(form) => is_taken_out(module, form, name.trim()),
            None => true,
        });
        match (pair, form) {
            (Some((name, value)), _) => {
                let at = place_of(node, text, word.start, word.text.trim_end());
                let value = Value::Str(unquote(unescaped(&value).trim()).to_owned());
                entries.push((
                    Node::new(Value::Str(name.trim().to_owned()), at.clone()),
                    Node::new(value, at),
                ));
            }
            (None, Some(_)) => rest.push(word.text),
            (None, None) if word.text.trim().is_empty() => {}
            (None, None) => return Err(wrong(module, node)),
        }
    }
    // `include_tasks: file=x.yml` has no free form, and a program always has one.
    let has_form = |_: &&str| runs_a_program(module) || !rest.is_empty() || entries.is_empty();
    if let Some(form) = form.filter(has_form) {
        entries.insert(0, named(node, form, words::join(&rest)));
    }
    Ok(Map { entries })
}

fn named(node: &Node, name: &str, text: String) -> (Node, Node) {
    (
        node.with(Value::Str(name.to_owned())),
        node.with(Value::Str(text)),
    )
}

/// What stands before and behind the first `=` that no backslash escapes.
fn pair(word: &str) -> Option<(String, String)> {
    let is_split = |at: &usize| *at > 0 && !word[..*at].ends_with('\\');
    let at = word.match_indices('=').map(|(at, _)| at).find(is_split)?;
    Some((word[..at].to_owned(), word[at + 1..].to_owned()))
}

fn is_taken_out(module: &Module, form: &str, name: &str) -> bool {
    let is_field = (module.fields)()
        .iter()
        .any(|field| field.name != form && (field.name == name || field.aliases.contains(&name)));
    if runs_a_program(module) {
        TAKEN_OUT.contains(&name)
    } else {
        is_field
    }
}

fn runs_a_program(module: &Module) -> bool {
    matches!(module.name, "command" | "raw" | "script" | "shell")
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
    fn the_name_of_a_variable_may_be_a_template() {
        let all = "{{ 'x' + item }}={{ item }}";
        let expected = vec![entry("{{ 'x' + item }}", "{{ item }}", all)];
        assert_eq!(read("set_fact", &format!("\"{all}\"")), Ok(expected));
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

    #[test]
    fn a_form_that_nothing_is_left_for_is_not_given() {
        let only = vec![entry("file", "a.yml", "file=a.yml")];
        assert_eq!(read("include_tasks", "file=a.yml"), Ok(only));
        let form = vec![entry("free_form", "a.yml", "a.yml")];
        assert_eq!(read("include_tasks", "a.yml"), Ok(form));
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
