//! Random values, with the strings that YAML finds difficult.

use evenkeel_yaml::Content;
use evenkeel_yaml::Data;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

/// Texts that a careless writer gets wrong.
const TRICKY: &[&str] = &[
    "",
    " ",
    "yes",
    "No",
    "on",
    "y",
    "~",
    "null",
    "0644",
    "0o644",
    "08",
    "1_000",
    "22:30",
    "1:30:00.5",
    "1e3",
    "1.5e+3",
    ".5",
    ".inf",
    ".NaN",
    "2024-01-15",
    "2024-13-01",
    "2001-12-14 21:59:43",
    "=",
    "<<",
    "a: b",
    "a:",
    ": a",
    ":a",
    "a #b",
    "#a",
    "- a",
    "-a",
    "-",
    "?",
    "? a",
    "{{ x }}",
    "a {{ b }}",
    "{% if %}",
    "[a",
    "a]",
    "a, b",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "%a",
    "@a",
    "`a`",
    "'",
    "it's",
    "\"",
    "say \"x\"",
    "\\",
    "a\\b",
    "'\"\\",
    "\t",
    "a\tb",
    "\ta\nb",
    "a\n",
    "a\nb",
    "a\nb\n",
    "a\nb\n\n",
    "\na\nb",
    " a\nb",
    "  a\n b\n",
    "a \nb",
    "a\n\n\n\nb",
    "\n",
    "\n\n",
    "a\n \nb",
    "a\r\nb",
    "\r",
    "\u{7}",
    "\u{0}",
    "\u{7f}",
    "\u{85}",
    "a\u{85}b\nc",
    "\u{2028}",
    "\u{feff}",
    "é",
    "中\n文",
    "---",
    "--- a",
    "...",
    "---\na\n",
    "#a\n#b\n",
    "a:\n  b\n",
    "\u{1f600}",
    "a\u{1f600}\nb",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(TRICKY).prop_map(str::to_owned),
        "[a-z0-9_./-]{0,12}",
        "[ -~]{0,20}",
        "[a-c:#'\" \n\t{},\\[\\]&*!|>%@-]{0,16}",
        "([a-zé:#'\"]{1,9} {1,2}){20,60}[a-z]",
        proptest::collection::vec(any::<char>(), 0..8).prop_map(String::from_iter),
    ]
}

fn scalar() -> impl Strategy<Value = Content> {
    prop_oneof![
        1 => Just(Content::Null),
        1 => any::<bool>().prop_map(Content::Bool),
        1 => any::<i64>().prop_map(|number| Content::Int(number.into())),
        1 => any::<i128>().prop_map(|number| Content::Int(number.max(-i128::MAX))),
        1 => any::<f64>().prop_filter("no value equals itself as NaN", |f| !f.is_nan()).prop_map(Content::Float),
        1 => Just(Content::Date("2001-12-14 21:59:43.100000-05:00".to_owned())),
        12 => text().prop_map(Content::Str),
    ]
}

/// Lists and mappings of [`scalar`]s, four levels deep.
pub(crate) fn data() -> impl Strategy<Value = Data> {
    scalar().prop_map(Data::new).prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(|items| Data::new(Content::List(items))),
            proptest::collection::btree_map(text(), inner, 0..5).prop_map(|entries| {
                Data::new(Content::Mapping(
                    entries
                        .into_iter()
                        .map(|(key, value)| (key.into(), value))
                        .collect(),
                ))
            }),
        ]
    })
}

/// The same values in every run.
pub(crate) fn values(count: usize) -> Vec<Data> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| data().new_tree(&mut runner).unwrap().current())
        .collect()
}

/// Those that JSON and PyYAML's escapes leave as they are.
pub(crate) fn json_values(count: usize) -> Vec<serde_json::Value> {
    values(count).iter().map(json).collect()
}

fn json(data: &Data) -> serde_json::Value {
    let basic = |text: &String| text.chars().filter(|c| *c < '\u{10000}').collect::<String>();
    match &data.content {
        Content::Null => serde_json::Value::Null,
        Content::Bool(flag) => (*flag).into(),
        Content::Int(number) => (*number as i64).into(),
        Content::Float(number) => (*number).into(),
        Content::Date(text) | Content::Str(text) => basic(text).into(),
        Content::List(items) => items.iter().map(json).collect(),
        Content::Mapping(entries) => entries
            .iter()
            .filter_map(|(key, value)| match &key.content {
                Content::Str(key) => Some((basic(key), json(value))),
                _ => None,
            })
            .collect(),
    }
}
