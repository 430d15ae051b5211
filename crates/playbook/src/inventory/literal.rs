//! The values of an INI inventory: Python literals where they are one, strings otherwise.
//!
//! Ansible hands each value, on host lines and in `:vars` sections alike, to Python's `ast.literal_eval`; what
//! that refuses is a string (<https://docs.python.org/3/library/ast.html#ast.literal_eval>). So `1.10` is the
//! float 1.1, `0755` and `true` are strings, `80,443` is a list.

mod number;
mod parser;
mod text;

use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Value;

/// The value of a text: a Python literal, or the text itself as a string.
pub(crate) fn typed(text: &str, place: &Place) -> Node {
    literal(text, place).unwrap_or_else(|| Node::new(Value::Str(text.to_owned()), place.clone()))
}

/// The value of a text that is a Python literal.
///
/// Complex numbers, names by `\N{...}` and integers beyond 128 bits count as strings.
pub(crate) fn literal(text: &str, place: &Place) -> Option<Node> {
    parser::Parser::new(text.trim_start_matches([' ', '\t']), place).whole()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        fn show(node: &Node) -> String {
            match &node.value {
                Value::Null => "null".to_owned(),
                Value::Bool(yes) => yes.to_string(),
                Value::Int(int) => int.to_string(),
                Value::Float(float) => format!("{float:?}"),
                Value::Date(text) | Value::Str(text) => format!("{text:?}"),
                Value::Seq(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
                Value::Map(map) => {
                    let pairs: Vec<_> = map
                        .entries
                        .iter()
                        .map(|(k, v)| format!("{}: {}", show(k), show(v)))
                        .collect();
                    format!("{{{}}}", pairs.join(", "))
                }
            }
        }
        show(&typed(text, &Place::nowhere("test")))
    }

    /// The table of the typing rules, as ansible-core 2.19.14 reads them.
    #[test]
    fn types_values_as_ansible_does() {
        for (text, value) in [
            ("1", "1"),
            ("1.10", "1.1"),
            ("0x10", "16"),
            ("0o17", "15"),
            ("0b11", "3"),
            ("1_000", "1000"),
            ("1e3", "1000.0"),
            ("007.5", "7.5"),
            ("0755", "\"0755\""),
            ("007", "\"007\""),
            ("00", "0"),
            ("1__0", "\"1__0\""),
            ("1_", "\"1_\""),
            ("0x", "\"0x\""),
            ("-1", "-1"),
            ("+1.5", "1.5"),
            ("--1", "\"--1\""),
            ("- 1", "-1"),
            ("-(1)", "-1"),
            ("-True", "\"-True\""),
            ("1+1", "\"1+1\""),
            ("1j", "\"1j\""),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("True", "true"),
            ("False", "false"),
            ("None", "null"),
            ("true", "\"true\""),
            ("yes", "\"yes\""),
            ("none", "\"none\""),
            ("80,443", "[80, 443]"),
            ("80,", "[80]"),
            (",", "\",\""),
            ("()", "[]"),
            ("(1)", "1"),
            ("(1,)", "[1]"),
            ("[1, 'a', [2,]]", "[1, \"a\", [2]]"),
            ("[1", "\"[1\""),
            ("[,]", "\"[,]\""),
            ("{'a':1, 'b': {'c': None}}", "{\"a\": 1, \"b\": {\"c\": null}}"),
            ("{'a':1,'a':2}", "{\"a\": 2}"),
            ("{1,2,1}", "[1, 2]"),
            ("{}", "{}"),
            ("set()", "[]"),
            ("settings", "\"settings\""),
            ("{{ x }}", "\"{{ x }}\""),
            ("{{ 'x' }}", "\"{{ 'x' }}\""),
            ("...", "\"...\""),
            ("10.0.0.1", "\"10.0.0.1\""),
            ("10.0.0.0/24", "\"10.0.0.0/24\""),
            ("2001:db8::1", "\"2001:db8::1\""),
            ("22:30", "\"22:30\""),
            ("'abc'", "\"abc\""),
            ("\"'123'\"", "\"'123'\""),
            ("'123'", "\"123\""),
            ("'a' \"b\"", "\"ab\""),
            ("u'a' r'\\n'", "\"a\\\\n\""),
            ("'\\x41\\u00e9\\101\\n\\q'", "\"AéA\\n\\\\q\""),
            ("'''a'b'''", "\"a'b\""),
            ("b'abc'", "\"abc\""),
            ("b'a' 'b'", "\"b'a' 'b'\""),
            ("f'a'", "\"f'a'\""),
            ("'a", "\"'a\""),
            ("1 # note", "1"),
            ("abc # note", "\"abc # note\""),
            (" 1", "1"),
            (" a", "\" a\""),
            ("", "\"\""),
            (
                "99999999999999999999999999999999999999999",
                "\"99999999999999999999999999999999999999999\"",
            ),
            ("Truely", "\"Truely\""),
            ("1 2", "\"1 2\""),
            ("12abc", "\"12abc\""),
        ] {
            assert_eq!(shown(text), value, "{text}");
        }
    }

    #[test]
    fn nesting_is_limited() {
        let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(shown(&deep), format!("{deep:?}"));
    }
}
