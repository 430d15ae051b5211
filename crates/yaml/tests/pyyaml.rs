//! Texts and what PyYAML's C loader makes of them (`pyyaml.json`, written by `pyyaml.py`).

use evenkeel_yaml::Node;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;
use evenkeel_yaml::load;

/// The form in which `pyyaml.py` writes values.
fn show(node: &Node) -> String {
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => format!("int {number}"),
        Value::Float(number) if number.is_nan() => "float nan".to_owned(),
        Value::Float(number) => format!("float {:016x}", number.to_bits()),
        Value::Date(text) => format!("date {text}"),
        Value::Str(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Seq(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Map(map) => {
            let entries = map
                .entries
                .iter()
                .map(|(key, value)| format!("{}: {}", show(key), show(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

#[test]
fn every_text_reads_as_pyyaml_reads_it() {
    let table: Vec<(String, serde_json::Value)> = serde_json::from_str(include_str!("pyyaml.json")).unwrap();
    let mut wrong = Vec::new();
    for (text, expected) in &table {
        let found = match load(&Source::new("case", text.as_str())) {
            Ok(loaded) => loaded.documents.iter().map(show).collect::<Vec<_>>().into(),
            Err(_) => serde_json::Value::from("error"),
        };
        if found != *expected {
            wrong.push(format!("{text:?}: expected {expected}, found {found}"));
        }
    }
    assert!(table.len() > 200);
    assert!(
        wrong.is_empty(),
        "{} of {} differ:\n{}",
        wrong.len(),
        table.len(),
        wrong.join("\n")
    );
}
