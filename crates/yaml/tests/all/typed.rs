//! Nodes into Rust types and out to JSON.

use std::collections::BTreeMap;

use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use evenkeel_yaml::from_node;
use evenkeel_yaml::load_one;
use serde::Deserialize;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    #[serde(default)]
    enabled: bool,
    state: Option<State>,
    #[serde(default)]
    ports: Vec<u16>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Started,
    Stopped,
    After(u32),
}

fn read(text: &str) -> Result<Service, Problem> {
    let (node, _) = load_one(&Source::new("web.yml", text))?;
    from_node(&node)
}

/// The message, the text it points at, and the hints.
fn refusal(text: &str) -> String {
    let problem = read(text).unwrap_err();
    let (place, _) = problem.at.clone().unwrap();
    format!(
        "{problem} [{}] {}",
        place.text().replace('\n', "⏎"),
        problem.help.join("; ")
    )
    .trim_end()
    .to_owned()
}

#[test]
fn a_struct_is_read_from_a_mapping() {
    let service =
        read("name: web\nenabled: yes\nstate: started\nports: [80, 0x1bb]\nlabels: {a: b}\n").unwrap();
    let labels = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    let expected = Service {
        name: "web".to_owned(),
        enabled: true,
        state: Some(State::Started),
        ports: vec![80, 443],
        labels,
    };
    assert_eq!(service, expected);
    assert_eq!(
        read("name: web\nstate: {after: 5}\n").unwrap().state,
        Some(State::After(5))
    );
    assert_eq!(read("name: web\nstate:\n").unwrap().state, None);
}

#[test]
fn what_does_not_fit_has_its_place() {
    let texts = [
        "name: web\nenabld: yes\n",
        "name: web\nzzz: yes\n",
        "name: web\nenabled: 'yes'\n",
        "name: web\nports: [80, http]\n",
        "name: web\nports: [70000]\n",
        "name: web\nstate: startd\n",
        "name: web\nstate: {stopped: 1}\n",
        "name: web\nstate: [a]\n",
        "name: 5\n",
        "name: [a]\n",
        "labels: {a: 1}\nname: x\n",
        "on: 1\nname: x\n",
        "enabled: true\n",
        "- a\n- b\n",
        "",
    ];
    let refusals: Vec<String> = texts.iter().map(|text| refusal(text)).collect();
    insta::assert_snapshot!(refusals.join("\n"), @r#"
web.yml:2:1: unknown key `enabld` [enabld] did you mean `enabled`?
web.yml:2:1: unknown key `zzz` [zzz] known: name, enabled, state, ports, labels
web.yml:2:10: expected a boolean, but found string "yes" ['yes']
web.yml:2:13: expected an integer from 0 to 65535, but found string "http" [http]
web.yml:2:9: expected an integer from 0 to 65535, but found integer `70000` [70000]
web.yml:2:8: unknown value `startd` [startd] did you mean `started`?
web.yml:2:18: this name takes no value [1]
web.yml:2:8: expected a name, but found a list [[a]]
web.yml:1:7: expected a string, but found integer `5` [5]
web.yml:1:7: expected a string, but found a list [[a]]
web.yml:1:13: expected a string, but found integer `1` [1]
web.yml:1:1: expected a key that is a string, but found boolean `true` [on] quote the key: "on"
web.yml:1:1: the key `name` is missing [enabled: true]
web.yml:2:3: expected a boolean, but found string "b" [b]
web.yml:1:1: expected a mapping, but found nothing (null) []
"#);
}

#[test]
fn json_is_what_ansible_prints() {
    let text = "a: 0644\nb: 2024-01-15\nc: [1.5, .inf, -.inf, .nan, ~]\n2: true\nyes: no\n~: x\nbig: 18446744073709551615\nhuge: -170141183460469231731687303715884105727\n";
    let (node, _) = load_one(&Source::new("x", text)).unwrap();
    insta::assert_snapshot!(serde_json::to_string(&node).unwrap(), @r#"
{"a":420,"b":"2024-01-15","c":[1.5,"Infinity","-Infinity","NaN",null],"2":true,"true":false,"null":"x","big":18446744073709551615,"huge":-170141183460469231731687303715884105727}
"#);
}
