//! Lookups: the phrases of their errors that playbooks look for, and the items that they give for loops.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use evenkeel_host::Known;
use evenkeel_playbook::Disk;
use evenkeel_playbook::Files as _;
use evenkeel_playbook::Memory;
use evenkeel_playbook::Scope;
use evenkeel_playbook::Templar;
use evenkeel_playbook::TemplarSettings;
use evenkeel_playbook::Var;
use evenkeel_playbook::template::json_of;
use evenkeel_yaml::Node;
use evenkeel_yaml::Source;

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

fn read(name: &str, yaml: &str) -> Node {
    evenkeel_yaml::load_one(&Source::new(name, yaml)).expect("YAML").0
}

fn scope(yaml: &str) -> Arc<dyn Scope> {
    let node = read("vars.yml", yaml);
    let entries = node.as_map().expect("a mapping").iter();
    Arc::new(Vars(
        entries
            .map(|(name, _, node)| (name.to_owned(), Arc::new(node.clone())))
            .collect(),
    ))
}

const VARS: &str = "
list: [1, [2, 3]]
users: [{name: a, groups: [x, y]}, {name: b, groups: []}]
partly: '{{ missing }}foo'
groups: {all: [a, b, c, d], web: [a, b], db: [b, c], ungrouped: [], none: []}
playbook_dir: /play
role_path: /role
";

fn templar(files: Memory) -> Templar {
    Templar::new(TemplarSettings {
        files: Arc::new(files),
        ..TemplarSettings::default()
    })
}

fn looped(lookup: &str, yaml: &str, action: &str) -> Result<String, String> {
    let node = read("play.yml", yaml);
    let files = Memory::default()
        .with("/role/templates/foo", "t")
        .with("/role/files/foo", "f")
        .with("/role/files/bar", "f")
        .with("/role/vars/foo", "v");
    let rendered = templar(files).looped(lookup, &Arc::new(node), action, &scope(VARS));
    let rendered = rendered.map_err(|problem| problem.to_string())?;
    let Known::Is(items) = rendered.value else {
        return Ok("unknown".to_owned());
    };
    let items: Vec<String> = items
        .iter()
        .map(|item| json_of(item).expect("data").to_string())
        .collect();
    Ok(items.join(" "))
}

#[test]
fn loops_get_what_a_lookup_gives() {
    let items = |lookup, yaml| looped(lookup, yaml, "debug").unwrap();
    assert_eq!(items("items", "[1, [2, [3]], '{{ list }}']"), "1 2 [3] 1 [2,3]");
    assert_eq!(items("items", "'{{ list }}'"), "1 2 3");
    assert_eq!(items("list", "'{{ list }}'"), "1 [2,3]");
    assert_eq!(items("ansible.builtin.items", "one"), "\"one\"");
    assert_eq!(items("dict", "{a: 1}"), r#"{"key":"a","value":1}"#);
    assert_eq!(items("indexed_items", "{a: 1}"), r#"[0,{"a":1}]"#);
    assert_eq!(items("nested", "[[a, b], [c]]"), r#"["a","c"] ["b","c"]"#);
    assert_eq!(items("together", "[[a, b], [1]]"), r#"["a",1] ["b",null]"#);
    assert_eq!(
        items("sequence", "start=1 end=3 format=x%02d"),
        r#""x01" "x02" "x03""#
    );
    assert_eq!(items("sequence", "4"), r#""1" "2" "3" "4""#);
    assert_eq!(
        items("subelements", "['{{ users }}', groups]"),
        r#"[{"name":"a"},"x"] [{"name":"a"},"y"]"#
    );
    assert_eq!(items("inventory_hostnames", "web:&db"), r#""b""#);
    assert_eq!(items("inventory_hostnames", "all:!web"), r#""c" "d""#);
    assert_eq!(items("inventory_hostnames", "nope"), "");
    assert_eq!(items("inventory_hostnames", "'[ab]'"), r#""a" "b""#);
}

#[test]
fn first_found_looks_where_the_action_has_its_files_and_leaves_out_what_is_undefined() {
    let found = |yaml, action| looped("first_found", yaml, action).unwrap();
    assert_eq!(found("[nope, foo, bar]", "debug"), r#""/role/files/foo""#);
    assert_eq!(
        found("[foo]", "ansible.builtin.template"),
        r#""/role/templates/foo""#
    );
    assert_eq!(found("[foo]", "include_vars"), r#""/role/vars/foo""#);
    assert_eq!(found("['{{ partly }}', bar]", "debug"), r#""/role/files/bar""#);
    assert_eq!(
        found("[{files: ['{{ partly }}', bar]}]", "debug"),
        r#""/role/files/bar""#
    );
    assert_eq!(found("[{}, foo]", "debug"), r#""/role/files/foo""#);
    assert_eq!(found("[{files: [nope], skip: true}]", "debug"), "");
}

#[test]
fn errors_say_what_ansible_says() {
    let error = |lookup, yaml| looped(lookup, yaml, "debug").unwrap_err();
    insta::assert_snapshot!(
        [
            error("together", "[]"),
            error("sequence", "start=0 junk=3"),
            error("sequence", "start=A end=3"),
            error("sequence", "A-4/2"),
            error("sequence", "1-4/C"),
            error("sequence", "start=1"),
            error("sequence", "start=1 end=4 count=2"),
            error("sequence", "start=4 end=1 stride=2"),
            error("sequence", "start=1 end=4 stride=-2"),
            error("sequence", "start=1 end=4 format=d"),
            error("subelements", "['{{ users }}', groups, wolves, a, b]"),
            error("subelements", "['{{ users }}', groups, wolves]"),
            error("subelements", "['{{ users }}', true]"),
            error("subelements", "['{{ users }}', name]"),
            error("first_found", "[nope]"),
            error("first_found", "[1]"),
            error("items", "['{{ missing }}']"),
            error("lines", "echo x"),
        ]
        .join("\n")
    );
}

#[test]
fn a_forecast_draws_nothing() {
    let templar = templar(Memory::default()).drawing(false);
    for text in [
        "{{ 5 | random }}",
        "{{ [1, 2] | shuffle }}",
        "{{ query('random_choice', 1, 2) }}",
        "{{ lookup('password', '/p/w') }}",
        "{{ 'x' | password_hash }}",
    ] {
        let node = read("play.yml", &format!("\"{text}\""));
        let rendered = templar.node(&node, &scope(VARS)).unwrap();
        assert!(
            matches!(rendered.value, Known::Unknown(why) if &*why == "a random choice"),
            "{text}"
        );
    }
}

#[test]
fn a_password_is_made_once_and_kept_for_the_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/pw");
    let read = |options: &str| {
        let text = format!("{{{{ lookup('password', '{} {options}') }}}}", path.display());
        let node = read("play.yml", &format!("\"{text}\""));
        let rendered = Templar::new(TemplarSettings::default())
            .node(&node, &scope(VARS))
            .unwrap();
        assert!(rendered.secret, "a password is secret");
        match rendered.value {
            Known::Is(node) => node.as_str().unwrap().to_owned(),
            Known::Unknown(why) => panic!("{why}"),
        }
    };
    let made = read("length=9 chars=digits");
    assert!(
        made.len() == 9 && made.bytes().all(|byte| byte.is_ascii_digit()),
        "{made}"
    );
    assert_eq!(read("length=20"), made);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("{made}\n"));
    assert_eq!(Disk.permissions(&path).unwrap(), 0o600);
    assert_eq!(
        Disk.permissions(path.parent().unwrap_or(Path::new(""))).unwrap(),
        0o700
    );
    let hash = read("encrypt=md5_crypt");
    assert!(hash.starts_with("$1$"), "{hash}");
    assert_eq!(read("encrypt=md5_crypt"), hash);
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with(&format!("{made} salt="))
    );
    assert_eq!(read("encrypt="), made);
}
