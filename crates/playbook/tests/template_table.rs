//! Hundreds of templates and expressions, compared with the results of real Ansible.
//!
//! `templates/cases.yml` holds the texts, `templates/expected.json` what ansible-core 2.19 gave for them (written by
//! `templates/expect.py`), `templates/different.yml` the deliberate differences with their reasons.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::TemplarSettings;
use evenkeel_playbook::Var;
use evenkeel_tasks::TemplateOptions;
use evenkeel_yaml::Node;
use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::Value;

#[derive(Debug)]
struct Vars(BTreeMap<String, Arc<Node>>);

impl Scope for Vars {
    fn get(&self, name: &str) -> Option<Var> {
        self.0.get(name).map(|node| Var::template(Arc::clone(node)))
    }

    fn names(&self) -> Vec<Arc<str>> {
        self.0.keys().map(|name| Arc::from(name.as_str())).collect()
    }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/templates")
}

fn load(name: &str) -> Node {
    let text = std::fs::read_to_string(folder().join(name)).expect(name);
    evenkeel_yaml::load_one(&Source::new(name, text)).expect(name).0
}

fn text_node(text: &str) -> Node {
    let source = Source::new("case", text);
    Node::new(Value::Str(text.to_owned()), Place::new(&source, 0, text.len()))
}

fn scope(cases: &Node) -> Arc<dyn Scope> {
    let vars = cases
        .as_map()
        .and_then(|map| map.get("vars"))
        .and_then(Node::as_map)
        .expect("vars");
    let mut all: BTreeMap<String, Arc<Node>> = vars
        .iter()
        .map(|(name, _, node)| (name.to_owned(), Arc::new(node.clone())))
        .collect();
    let here = text_node(&folder().display().to_string());
    all.insert(
        "ansible_search_path".into(),
        Arc::new(Node::new(Value::Seq(vec![here.clone()]), Place::nowhere("t"))),
    );
    all.insert("playbook_dir".into(), Arc::new(here));
    Arc::new(Vars(all))
}

/// The value as data, or the problem; unknown values do not occur here.
fn outcome<T>(result: Result<evenkeel_tasks::Rendered<T>, Problem>) -> Result<T, Problem> {
    result.map(|rendered| match rendered.value {
        Known::Is(value) => value,
        Known::Unknown(why) => panic!("unknown: {why}"),
    })
}

fn evaluate(templar: &Templar, scope: &Arc<dyn Scope>, kind: &str, text: &str) -> Result<Value, Problem> {
    let node = text_node(text);
    match kind {
        "playbook" => outcome(templar.node(&node, scope)).map(|node| node.value),
        "conditions" => outcome(templar.condition(&node, scope)).map(Value::Bool),
        "expressions" => {
            let value = outcome(templar.expression(&node, scope))?;
            Ok(of_json(&evenkeel_playbook::template::json_of(&value)?))
        }
        _ => {
            let source = Source::new(folder().join("case.j2").display().to_string(), text);
            outcome(templar.file(&source, &TemplateOptions::default(), scope)).map(Value::Str)
        }
    }
}

fn of_json(json: &serde_json::Value) -> Value {
    let nowhere = || Place::nowhere("t");
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => number.as_i64().map_or_else(
            || number.as_f64().map_or(Value::Null, Value::Float),
            |value| Value::Int(value.into()),
        ),
        serde_json::Value::String(text) => Value::Str(text.clone()),
        serde_json::Value::Array(items) => Value::Seq(
            items
                .iter()
                .map(|item| Node::new(of_json(item), nowhere()))
                .collect(),
        ),
        serde_json::Value::Object(map) => {
            let entry = |(key, item): (&String, &serde_json::Value)| {
                (text_node(key), Node::new(of_json(item), nowhere()))
            };
            Value::Map(evenkeel_yaml::Map {
                entries: map.iter().map(entry).collect(),
            })
        }
    }
}

/// Equal as data: mappings in any order, keys as text; numbers beyond 64 bits are floats in JSON.
fn same(ours: &Value, theirs: &Value) -> bool {
    #[expect(
        clippy::cast_precision_loss,
        reason = "the expected value went through a float too"
    )]
    match (ours, theirs) {
        (Value::Int(a), Value::Float(b)) => i64::try_from(*a).is_err() && (*a as f64 - b).abs() < 1.0,
        (Value::Date(a) | Value::Str(a), Value::Str(b)) => a == b,
        (Value::Seq(a), Value::Seq(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(&a.value, &b.value))
        }
        (Value::Map(a), Value::Map(b)) => {
            let key = |node: &Node| match &node.value {
                Value::Str(text) => text.clone(),
                Value::Int(number) => number.to_string(),
                Value::Null => "None".to_owned(),
                other => format!("{other:?}"),
            };
            let theirs: BTreeMap<String, &Node> = b.entries.iter().map(|(k, v)| (key(k), v)).collect();
            a.len() == b.len()
                && a.entries.iter().all(|(k, v)| {
                    theirs
                        .get(&key(k))
                        .is_some_and(|other| same(&v.value, &other.value))
                })
        }
        (a, b) => a == b,
    }
}

/// A short form for the report.
fn shown(value: &Value) -> String {
    match value {
        Value::Seq(items) => format!(
            "[{}]",
            items
                .iter()
                .map(|item| shown(&item.value))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        Value::Map(map) => {
            let entry = |(key, item): &(Node, Node)| format!("{}: {}", shown(&key.value), shown(&item.value));
            format!(
                "{{{}}}",
                map.entries.iter().map(entry).collect::<Vec<_>>().join(", ")
            )
        }
        Value::Str(text) => format!("{text:?}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn equals_ansible() {
    let cases = load("cases.yml");
    let scope = scope(&cases);
    let environment = BTreeMap::from([("HOME".to_owned(), "/root".to_owned())]);
    let templar = Templar::new(TemplarSettings {
        environment,
        programs: Some(Arc::new(evenkeel_host::Local::new())),
        ..TemplarSettings::default()
    });
    let text = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
    let different = load("different.yml");
    let different = different.as_map().unwrap();
    let (mut count, mut wrong) = (0, Vec::new());
    for kind in ["playbook", "conditions", "expressions", "files"] {
        for case in cases.as_map().unwrap().get(kind).unwrap().as_seq().unwrap() {
            let text = case
                .as_str()
                .unwrap_or_else(|| panic!("a case must be a string: {case:?}"));
            let key = format!("{} {text}", kind.trim_end_matches('s'));
            let theirs = expected
                .get(&key)
                .unwrap_or_else(|| panic!("expected.json lacks {key}"));
            let ours = evaluate(&templar, &scope, kind, text);
            let equal = match (&ours, theirs.get("value")) {
                (Ok(ours), Some(theirs)) => same(ours, &of_json(theirs)),
                (Err(_), None) => true,
                _ => false,
            };
            count += 1;
            if equal == different.get(&key).is_some() {
                let ours = ours.map_or_else(|problem| format!("error: {problem}"), |value| shown(&value));
                let note = if equal {
                    "EQUAL, though listed as different"
                } else {
                    ""
                };
                wrong.push(format!("{key:?} {note}\n    ours   {ours}\n    theirs {theirs}"));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 1400);
}
