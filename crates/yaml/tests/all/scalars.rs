//! Texts and what PyYAML's C loader makes of them (`loads.json`, written by `pyyaml.py`).

use evenkeel_yaml::Source;
use evenkeel_yaml::load;

use crate::show::show;

#[test]
fn every_text_reads_as_pyyaml_reads_it() {
    let table: Vec<(String, serde_json::Value)> =
        serde_json::from_str(include_str!("../pyyaml/loads.json")).unwrap();
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
