//! Places, documents, anchors, merging, duplicates, tags.

use std::sync::Arc;

use evenkeel_yaml::Loaded;
use evenkeel_yaml::Node;
use evenkeel_yaml::Source;
use evenkeel_yaml::Style;
use evenkeel_yaml::Value;
use evenkeel_yaml::load;
use evenkeel_yaml::load_one;
use evenkeel_yaml::resolve;

use crate::show::show;

fn source(text: &str) -> Arc<Source> {
    Source::new("site.yml", text)
}

fn read(text: &str) -> Node {
    load_one(&source(text)).unwrap().0
}

/// Every key and value with the text at its place, in the order of the text.
fn places(node: &Node, out: &mut Vec<String>) {
    out.push(node.place.text().replace('\n', "⏎"));
    match &node.value {
        Value::Seq(items) => items.iter().for_each(|item| places(item, out)),
        Value::Map(map) => map.entries.iter().for_each(|(key, value)| {
            places(key, out);
            places(value, out);
        }),
        _ => {}
    }
}

#[test]
fn every_key_scalar_and_collection_has_its_place() {
    let text = "é: [a, 'b c']\nlist: # why\n  - x: 1\n    y: |\n      text\n\n  # end\n  - \"q\"\nempty:\nmap: {k: !unsafe v}\n# over\n";
    let mut out = Vec::new();
    places(&read(text), &mut out);
    insta::assert_snapshot!(out.join("\n"), @r#"
é: [a, 'b c']⏎list: # why⏎  - x: 1⏎    y: |⏎      text⏎⏎  # end⏎  - "q"⏎empty:⏎map: {k: !unsafe v}
é
[a, 'b c']
a
'b c'
list
- x: 1⏎    y: |⏎      text⏎⏎  # end⏎  - "q"
x: 1⏎    y: |⏎      text
x
1
y
|⏎      text
"q"
empty

map
{k: !unsafe v}
k
!unsafe v
"#);
}

#[test]
fn line_and_column_count_characters() {
    let node = read("é: ü\nkey: value\n");
    let map = node.as_map().unwrap();
    assert_eq!(map.get("é").unwrap().place.to_string(), "site.yml:1:4");
    assert_eq!(map.get("key").unwrap().place.line_column(), (2, 6));
}

#[test]
fn a_byte_order_mark_shifts_no_place() {
    let node = read("\u{feff}---\nkey: value\n");
    assert_eq!(node.as_map().unwrap().entry("key").unwrap().0.place.text(), "key");
}

#[test]
fn a_byte_order_mark_shifts_no_error() {
    let problem = load_one(&source("\u{feff}a: @b\n")).unwrap_err();
    assert_eq!(problem.at.unwrap().0.text(), "@");
    let problem = load_one(&source("\u{feff}a: \u{1}\n")).unwrap_err();
    assert_eq!(problem.at.unwrap().0.text(), "\u{1}");
}

#[test]
fn windows_line_ends_shift_no_place() {
    let node = read("a: 1\r\nb:\r\n  - two\r\n");
    assert_eq!(
        node.as_map().unwrap().get("b").unwrap().as_seq().unwrap()[0]
            .place
            .text(),
        "two"
    );
}

#[test]
fn styles_are_kept() {
    let node = read("[a, 'b', \"c\"]");
    let styles: Vec<Style> = node.as_seq().unwrap().iter().map(|item| item.style).collect();
    assert_eq!(
        (node.style, styles),
        (
            Style::Flow,
            vec![Style::Plain, Style::SingleQuoted, Style::DoubleQuoted]
        )
    );
    let node = read("a: |\n  x\nb: >\n  y\n");
    let styles: Vec<Style> = node
        .as_map()
        .unwrap()
        .iter()
        .map(|(_, _, value)| value.style)
        .collect();
    assert_eq!(
        (node.style, styles),
        (Style::Block, vec![Style::Literal, Style::Folded])
    );
}

#[test]
fn documents_are_counted_as_pyyaml_counts_them() {
    let show_all = |text: &str| {
        load(&source(text))
            .unwrap()
            .documents
            .iter()
            .map(show)
            .collect::<Vec<_>>()
    };
    assert_eq!(show_all(""), [""; 0]);
    assert_eq!(show_all("# nothing\n"), [""; 0]);
    assert_eq!(show_all("---\n"), ["null"]);
    assert_eq!(show_all("--- a\n---\n...\n---\nb"), ["\"a\"", "null", "\"b\""]);
    assert!(load_one(&source("")).unwrap().0.is_null());
    assert_eq!(
        load_one(&source("a\n--- \nb\n")).unwrap_err().to_string(),
        "site.yml:3:1: site.yml holds more than one document"
    );
}

#[test]
fn aliases_are_copies_with_the_place_of_their_anchor() {
    let node = read("a: &x [1]\nb: *x\nc: 2\n");
    let map = node.as_map().unwrap();
    assert_eq!(map.get("a"), map.get("b"));
    assert_eq!(map.get("b").unwrap().place.text(), "&x [1]");
    assert_eq!(node.place.text(), "a: &x [1]\nb: *x\nc: 2");
}

#[test]
fn merging_keeps_pythons_order_and_precedence() {
    let cases = [
        ("a: 3\n<<: {a: 1, b: 2}", r#"{"a": int 3, "b": int 2}"#),
        (
            "<<: {a: 1}\n<<: {a: 2, b: 3}\nb: 1",
            r#"{"a": int 2, "b": int 1}"#,
        ),
        (
            "<<: [{a: 1}, {a: 2, b: 2}]\nc: 3",
            r#"{"a": int 1, "b": int 2, "c": int 3}"#,
        ),
    ];
    for (text, expected) in cases {
        let (node, warnings) = load_one(&source(text)).unwrap();
        assert_eq!((show(&node).as_str(), warnings.len()), (expected, 0), "{text}");
    }
    let node = read("x: &x {a: 1}\ny:\n  <<: *x\n");
    let y = node.as_map().unwrap().get("y").unwrap().as_map().unwrap();
    assert_eq!(y.get("a").unwrap().place.to_string(), "site.yml:1:11");
}

#[test]
fn duplicate_keys_warn_with_both_places_and_the_last_one_counts() {
    let Loaded { documents, warnings } = load(&source("a: 1\nb: 2\na: 3\na: 4\n")).unwrap();
    assert_eq!(show(&documents[0]), r#"{"a": int 4, "b": int 2}"#);
    let places: Vec<String> = warnings
        .iter()
        .map(|w| format!("{w} (before: {})", w.related[0].place))
        .collect();
    insta::assert_snapshot!(places.join("\n"), @r#"
site.yml:3:1: the key `a` occurs twice in a mapping; the last one counts (before: site.yml:1:1)
site.yml:4:1: the key `a` occurs twice in a mapping; the last one counts (before: site.yml:3:1)
"#);
}

#[test]
fn tags_of_ansible_stay_and_reach_all_below() {
    let node = read("a: !vault |\n  $ANSIBLE_VAULT\nb: !unsafe {c: ['{{ x }}']}\nd: !!str 5\n");
    let map = node.as_map().unwrap();
    let unsafe_leaf = &map
        .get("b")
        .unwrap()
        .as_map()
        .unwrap()
        .get("c")
        .unwrap()
        .as_seq()
        .unwrap()[0];
    assert_eq!(map.get("a").unwrap().tag.as_deref(), Some("!vault"));
    assert_eq!(unsafe_leaf.tag.as_deref(), Some("!unsafe"));
    assert_eq!(
        (
            map.get("d").unwrap().as_str(),
            map.get("d").unwrap().tag.as_deref()
        ),
        (Some("5"), None)
    );
}

#[test]
fn an_integer_beyond_128_bits_stays_text_with_a_warning() {
    let (node, warnings) = load_one(&source(&"9".repeat(50))).unwrap();
    assert_eq!(node.as_str().map(str::len), Some(50));
    assert_eq!(warnings[0].code, "yaml::value");
}

#[test]
fn resolve_gives_the_value_of_a_plain_scalar() {
    assert_eq!(resolve("08"), Value::Str("08".to_owned()));
    assert_eq!(resolve("22:30"), Value::Int(1350));
    assert_eq!(resolve("2024-01-15"), Value::Date("2024-01-15".to_owned()));
    assert_eq!(resolve("2024-13-15"), Value::Str("2024-13-15".to_owned()));
}
