//! The Python that is there, as far as one can tell without running a program in it.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::sections::Sections;

pub(super) fn add(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    let mut lines = from.command("python").lines();
    let Some(version) = lines.next().and_then(|line| line.strip_prefix("Python ")) else {
        return;
    };
    let numbers: Vec<u32> = version
        .split('.')
        .map(|part| part.trim_end_matches(|c: char| !c.is_ascii_digit()))
        .filter_map(|part| part.parse().ok())
        .collect();
    let &[major, minor, micro] = numbers.as_slice() else {
        return;
    };
    facts.insert("python_version".to_owned(), json!(version));
    facts.insert(
        "python".to_owned(),
        json!({
            "version": {"major": major, "minor": minor, "micro": micro, "releaselevel": "final", "serial": 0},
            "version_info": [major, minor, micro, "final", 0],
            "executable": lines.next().unwrap_or(""),
            "has_sslcontext": true,
            "type": "cpython",
        }),
    );
}
