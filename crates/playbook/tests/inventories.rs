//! Real inventories: what `ansible-inventory` prints for them, stored by `expected-inventory.sh`.
#![expect(clippy::unwrap_used, reason = "a case that cannot be read is a failed test")]

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel_host::Local;
use evenkeel_playbook::Disk;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::inventory::ListOptions;
use evenkeel_playbook::inventory::Pattern;
use evenkeel_playbook::inventory::Reading;
use evenkeel_yaml::DumpOptions;
use evenkeel_yaml::Place;
use evenkeel_yaml::to_yaml;

/// The stored cases with their inventories.
fn cases() -> Vec<(PathBuf, Inventory)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inventories");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    cases
        .into_iter()
        .map(|case| (case.clone(), read(&case)))
        .collect()
}

fn read(case: &Path) -> Inventory {
    let arguments = std::fs::read_to_string(case.join("arguments")).unwrap();
    let mut sources = Vec::new();
    let mut reading = Reading::new(&Disk).programs(Arc::new(Local::new()));
    let mut words = arguments.split_whitespace();
    while let (Some(option), Some(value)) = (words.next(), words.next()) {
        let path = case.join("input").join(value);
        match option {
            "-i" if value.contains(',') => sources.push(value.to_owned()),
            "-i" => sources.push(path.display().to_string()),
            _ => reading = reading.beside_playbook(path),
        }
    }
    reading
        .sources(&sources)
        .unwrap_or_else(|problems| panic!("{}: {problems:#?}", case.display()))
}

fn assert_json(case: &Path, file: &str, found: &serde_json::Value) {
    let mut expected: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(case.join(file)).unwrap()).unwrap();
    expected.sort_all_objects();
    let pretty = |value| serde_json::to_string_pretty(value).unwrap();
    assert_lines(&case.join(file), &pretty(found), &pretty(&expected));
}

/// Shows only the first lines that differ.
fn assert_lines(file: &Path, found: &str, expected: &str) {
    let pairs = found.lines().zip(expected.lines()).enumerate();
    for (at, (found, expected)) in pairs {
        assert_eq!(found, expected, "{} line {}", file.display(), at + 1);
    }
    assert_eq!(
        found.lines().count(),
        expected.lines().count(),
        "{}",
        file.display()
    );
}

#[test]
fn there_are_more_than_ten() {
    assert!(cases().len() > 10);
}

#[test]
fn list_equals_ansibles() {
    for (case, inventory) in cases() {
        assert_json(&case, "list.json", &inventory.list(ListOptions::default()));
    }
}

#[test]
fn export_equals_ansibles() {
    for (case, inventory) in cases() {
        let options = ListOptions {
            export: true,
            ..ListOptions::default()
        };
        assert_json(&case, "export.json", &inventory.list(options));
    }
}

#[test]
fn tree_equals_ansibles() {
    for (case, inventory) in cases() {
        let options = ListOptions {
            export: true,
            ..ListOptions::default()
        };
        let style = DumpOptions {
            indent: 2,
            ..DumpOptions::nice()
        };
        let found = to_yaml(inventory.tree(options), &style).unwrap();
        let expected = std::fs::read_to_string(case.join("tree.yml")).unwrap();
        assert_lines(&case.join("tree.yml"), found.trim_end(), expected.trim_end());
    }
}

#[test]
fn graph_equals_ansibles() {
    for (case, inventory) in cases() {
        let Ok(expected) = std::fs::read_to_string(case.join("graph.txt")) else {
            continue;
        };
        let found = inventory.graph("all", Some(ListOptions::default())).unwrap();
        assert_lines(&case.join("graph.txt"), found.trim_end(), expected.trim_end());
    }
}

#[test]
fn patterns_choose_the_hosts_that_ansible_chooses() {
    for (case, inventory) in cases() {
        let Ok(expected) = std::fs::read_to_string(case.join("hosts.txt")) else {
            continue;
        };
        for block in expected.split("== ").skip(1) {
            let (text, hosts) = block.split_once('\n').unwrap();
            let pattern = Pattern::parse(text, &Place::nowhere("--limit")).unwrap();
            let found = inventory.select(&pattern).unwrap().join("\n");
            assert_eq!(found, hosts.trim_end(), "{}: {text}", case.display());
        }
    }
}

/// A host's variables as templates see them are those that the listing shows.
#[test]
fn host_variables_agree_with_the_listing() {
    use evenkeel_playbook::Stored;
    use evenkeel_playbook::vars::data;
    for (case, inventory) in cases() {
        for host in inventory.hosts() {
            let vars = inventory.variables(host.name()).unwrap();
            let listed = inventory
                .host_listing(host.name(), ListOptions::default())
                .unwrap();
            for (name, expected) in listed.as_object().unwrap() {
                let var = vars.var(name).unwrap();
                let found = match &var.stored {
                    Stored::Template(node) if node.tag.is_none() => serde_json::to_value(data(node)).unwrap(),
                    Stored::Data(value) => serde_json::to_value(value).unwrap(),
                    Stored::Template(_) => continue,
                    Stored::Unknown(why) => panic!("{why}"),
                };
                assert_eq!(&found, expected, "{}: {} {name}", case.display(), host.name());
                let definitions = inventory.definitions(host.name(), name);
                assert_eq!(
                    serde_json::to_value(data(&definitions[0].node)).unwrap(),
                    *expected,
                    "{}: {} {name}: {definitions:#?}",
                    case.display(),
                    host.name()
                );
            }
        }
    }
}
