//! `to_yaml` against PyYAML's C dumper (`dumps.json`, written by `pyyaml.py`).

use evenkeel_yaml::Data;
use evenkeel_yaml::DumpOptions;
use evenkeel_yaml::Source;
use evenkeel_yaml::Style;
use evenkeel_yaml::load_one;
use evenkeel_yaml::to_yaml;
use serde_json::Value;
use serde_json::json;

use crate::peer;
use crate::random;

/// The options that Python's keyword arguments name.
fn options(arguments: &Value) -> DumpOptions {
    let flag = |name: &str, default| arguments[name].as_bool().unwrap_or(default);
    let number = |name: &str, default| arguments[name].as_i64().map_or(default, |n| n as i32);
    let style = match arguments["default_style"].as_str() {
        Some("\"") => Some(Style::DoubleQuoted),
        Some("'") => Some(Style::SingleQuoted),
        Some("|") => Some(Style::Literal),
        Some(">") => Some(Style::Folded),
        _ => None,
    };
    DumpOptions {
        indent: number("indent", 2),
        width: number("width", 80),
        default_flow_style: arguments["default_flow_style"].as_bool(),
        default_style: style,
        sort_keys: flag("sort_keys", true),
        explicit_start: flag("explicit_start", false),
        explicit_end: flag("explicit_end", false),
        ..DumpOptions::terse()
    }
}

#[test]
fn texts_equal_those_of_pyyaml_byte_by_byte() {
    let table: Vec<(Value, Value, String)> =
        serde_json::from_str(include_str!("../pyyaml/dumps.json")).unwrap();
    assert!(table.len() > 800);
    for (value, arguments, expected) in &table {
        let found = to_yaml(value, &options(arguments)).unwrap();
        assert_eq!(found, *expected, "{value} with {arguments}");
    }
}

#[test]
fn random_values_equal_those_of_a_living_pyyaml() {
    let Some(mut python) = peer::python() else { return };
    for (at, json) in random::json_values(300).iter().enumerate() {
        let arguments = [
            json!({"default_flow_style": null}),
            json!({"default_flow_style": false, "indent": 4}),
            json!({"default_flow_style": false, "width": 30, "sort_keys": false}),
        ];
        let arguments = &arguments[at % 3];
        let expected = python.ask(&json!({"dump": json, "options": arguments}));
        let found = to_yaml(json, &options(arguments)).unwrap();
        assert_eq!(expected.as_str(), Some(found.as_str()), "{json} with {arguments}");
    }
}

#[test]
fn filters_have_their_own_defaults() {
    let value = json!({"b": [1, {"c": "x"}], "a": "0644"});
    insta::assert_snapshot!(to_yaml(&value, &DumpOptions::terse()).unwrap(), @r#"
a: '0644'
b:
- 1
- {c: x}
"#);
    insta::assert_snapshot!(to_yaml(&value, &DumpOptions::nice()).unwrap(), @r#"
a: '0644'
b:
- 1
-   c: x
"#);
}

#[test]
fn nodes_keep_integer_keys_dates_and_vault_texts() {
    let text = "2: a\n1: 2024-01-15\n10: .inf\n";
    let (node, _) = load_one(&Source::new("x", text)).unwrap();
    insta::assert_snapshot!(to_yaml(&node, &DumpOptions::nice()).unwrap(), @r#"
1: 2024-01-15
2: a
10: .inf
"#);
    let vault = Data::mapping().with(
        "k",
        Data::from("$ANSIBLE_VAULT;1.1;AES256\n6162\n").tagged("!vault"),
    );
    insta::assert_snapshot!(to_yaml(vault, &DumpOptions::terse()).unwrap(), @r#"
k: !vault |
  $ANSIBLE_VAULT;1.1;AES256
  6162
"#);
}
