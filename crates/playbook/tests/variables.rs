//! Which variable wins, where it was set, and how hosts share what they have in common.
#![expect(clippy::unwrap_used, reason = "a case that cannot be read is a failed test")]

use std::sync::Arc;

use evenkeel_playbook::Memory;
use evenkeel_playbook::Scope as _;
use evenkeel_playbook::Stored;
use evenkeel_playbook::Var;
use evenkeel_playbook::inventory::Inventory;
use evenkeel_playbook::inventory::Reading;
use evenkeel_playbook::vars::Definition;
use evenkeel_playbook::vars::Explanation;
use evenkeel_playbook::vars::ExtraVars;
use evenkeel_playbook::vars::Layer;
use evenkeel_playbook::vars::Level;
use evenkeel_playbook::vars::Stack;

/// Where a test sets `x`, from the lowest to the highest precedence.
const ORIGINS: [(&str, Level); 12] = [
    ("[all:vars]", Level::InventoryGroup),
    ("[parent:vars]", Level::InventoryGroup),
    ("[web:vars]", Level::InventoryGroup),
    ("group_vars/all.yml", Level::InventoryGroupVarsAll),
    ("site/group_vars/all.yml", Level::PlaybookGroupVarsAll),
    ("group_vars/parent.yml", Level::InventoryGroupVars),
    ("group_vars/web.yml", Level::InventoryGroupVars),
    ("site/group_vars/web.yml", Level::PlaybookGroupVars),
    ("host line", Level::InventoryHost),
    ("host_vars/h1.yml", Level::InventoryHostVars),
    ("site/host_vars/h1.yml", Level::PlaybookHostVars),
    ("-e", Level::ExtraVars),
];

/// An inventory that sets `x` to the name of each origin.
fn inventory(origins: &[&str]) -> (Inventory, ExtraVars) {
    let of = |name: &str| origins.contains(&name);
    let mut text = format!(
        "[web]\nh1{}\n[parent:children]\nweb\n",
        if of("host line") { " x='host line'" } else { "" }
    );
    let mut files = Memory::default();
    for origin in origins {
        if origin.starts_with('[') {
            text.push_str(&format!("{origin}\nx={origin}\n"));
        } else if origin.ends_with(".yml") {
            files = files.with(*origin, format!("x: {origin}\n"));
        }
    }
    let files = files.with("hosts.ini", text);
    let inventory = Reading::new(&files)
        .beside_playbook("site")
        .sources(&["hosts.ini"])
        .unwrap();
    let extra = if of("-e") { vec!["x=-e"] } else { Vec::new() };
    (inventory, ExtraVars::read(&extra, &files).unwrap())
}

/// The text of a variable that holds one.
fn text(var: Option<Var>) -> Option<String> {
    match var?.stored {
        Stored::Template(node) => Some(
            node.as_str()
                .map_or_else(|| format!("{:?}", node.value), str::to_owned),
        ),
        Stored::Data(value) => Some(value.to_string()),
        Stored::Unknown(_) => None,
    }
}

/// `[web:vars]` is a list for the reader of values; its text is what counts here.
fn shown(value: &str) -> String {
    value
        .trim_start_matches("Str(\"")
        .trim_end_matches("\")")
        .to_owned()
}

#[test]
fn of_two_origins_the_later_one_wins() {
    for (low, (lower, lower_level)) in ORIGINS.iter().enumerate() {
        for (higher, level) in &ORIGINS[low + 1..] {
            let (inventory, extra) = inventory(&[lower, higher]);
            let mut stack = Stack::of(&inventory.variables("h1").unwrap());
            stack.push(Level::ExtraVars, Arc::clone(extra.layer()) as _);
            assert_eq!(
                text(stack.get("x")).map(|x| shown(&x)).as_deref(),
                Some(*higher),
                "{lower} < {higher}"
            );
            let explanation = inventory.explain("h1", "x", &extra, Vec::new()).unwrap();
            let levels: Vec<Level> = explanation.definitions.iter().map(|at| at.level).collect();
            assert_eq!(levels, [*level, *lower_level], "{lower} < {higher}");
        }
    }
}

#[test]
fn of_two_layers_the_higher_level_wins_in_whatever_order_they_come() {
    let layer = |level: Level| Arc::new(Layer::from_iter([("x", Var::data(level.label().into()))]));
    for low in Level::all() {
        for high in Level::all().filter(|high| *high > low) {
            for pair in [[low, high], [high, low]] {
                let stack = pair
                    .iter()
                    .fold(Stack::default(), |stack, level| stack.with(*level, layer(*level)));
                assert_eq!(
                    text(stack.get("x")).as_deref(),
                    Some(high.label()),
                    "{low} < {high}"
                );
            }
        }
    }
}

fn explained(explanation: &Explanation) -> String {
    let line = |at: &Definition| {
        format!(
            "{:>2} {:<26} {:<14} {} = {:?}",
            at.level.number(),
            at.level.label(),
            at.owner,
            at.place,
            at.node.value
        )
    };
    let mut lines: Vec<String> = explanation.definitions.iter().map(line).collect();
    lines.extend(
        explanation
            .notes
            .iter()
            .map(|note| format!("note: {}", note.message)),
    );
    lines.join("\n")
}

#[test]
fn explain_lists_every_place() {
    let origins: Vec<&str> = ORIGINS.iter().map(|(origin, _)| *origin).collect();
    let (inventory, extra) = inventory(&origins);
    let play = inventory.definitions("h1", "x").remove(0);
    let play = Definition {
        level: Level::PlayVars,
        owner: "play".into(),
        ..play
    };
    insta::assert_snapshot!(
        "explain_every_place",
        explained(&inventory.explain("h1", "x", &extra, vec![play]).unwrap())
    );
}

#[test]
fn explain_shows_earlier_definitions_of_one_level() {
    let files = Memory::default()
        .with("hosts.ini", "[web]\nh1 x=1\n[db]\nh1 x=2\n[web:vars]\nx=3\nx=4\n")
        .with("group_vars/web/a.yml", "x: 5\n")
        .with("group_vars/web/b.yml", "x: 6\n");
    let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
    let extra = ExtraVars::read(&["x=7", "{x: 8}"], &files).unwrap();
    let explanation = inventory.explain("h1", "x", &extra, Vec::new()).unwrap();
    insta::assert_snapshot!("explain_one_level", explained(&explanation));
}

#[test]
fn explain_notes_that_the_general_wins() {
    let files = Memory::default()
        .with("hosts.ini", "[web]\nh1\n[web:vars]\nx=1\n")
        .with("group_vars/all.yml", "x: 2\n");
    let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
    let explanation = inventory
        .explain("h1", "x", &ExtraVars::default(), Vec::new())
        .unwrap();
    insta::assert_snapshot!("explain_general_wins", explained(&explanation));
}

#[test]
fn explain_knows_what_is_near() {
    let files = Memory::default().with("hosts.ini", "[web]\nh1 port_number=1\nh2 other=1\n");
    let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
    let explain = |host, name| {
        let problem = inventory
            .explain(host, name, &ExtraVars::default(), Vec::new())
            .unwrap_err();
        format!("{}; {}", problem.message, problem.help.join("; "))
    };
    assert_eq!(explain("h3", "x"), "there is no host `h3`; did you mean `h1`?");
    assert_eq!(
        explain("h1", "port_numbr"),
        "nothing sets `port_numbr` for host `h1`; did you mean `port_number`?"
    );
    assert_eq!(
        explain("h1", "other"),
        "nothing sets `other` for host `h1`; it is set for other hosts, such as `h2`"
    );
    assert_eq!(
        explain("h1", "group_names"),
        "`group_names` is set by no file; it is a magic variable: its value follows from the inventory"
    );
}

#[test]
fn magic_variables_follow_from_the_inventory() {
    let files = Memory::default().with(
        "inv/hosts.ini",
        "[web]\nweb1.example.com\n10.0.0.1\n[site:children]\nweb\n[db]\n",
    );
    let reading = Reading::new(&files)
        .working_folder("/srv/project")
        .beside_playbook("site/../plays");
    let inventory = reading.sources(&["inv/hosts.ini"]).unwrap();
    let get = |host: &str, name: &str| text(inventory.variables(host).unwrap().get(name));
    let web = |name: &str| get("web1.example.com", name).unwrap();
    assert_eq!(web("inventory_hostname"), "web1.example.com");
    assert_eq!(web("inventory_hostname_short"), "web1");
    assert_eq!(get("10.0.0.1", "inventory_hostname_short").unwrap(), "10.0.0.1");
    assert_eq!(web("group_names"), "['site', 'web']");
    assert_eq!(
        web("groups"),
        "{'all': ['web1.example.com', '10.0.0.1'], 'ungrouped': [], 'web': ['web1.example.com', '10.0.0.1'], 'site': ['web1.example.com', '10.0.0.1'], 'db': []}"
    );
    assert_eq!(web("inventory_dir"), "/srv/project/inv");
    assert_eq!(web("inventory_file"), "/srv/project/inv/hosts.ini");
    assert_eq!(web("playbook_dir"), "/srv/project/plays");
    assert_eq!(
        get("web1.example.com", "ansible_host"),
        None,
        "hostvars has it only when it is set"
    );
    let stack = Stack::of(&inventory.variables("web1.example.com").unwrap());
    assert_eq!(text(stack.get("ansible_host")).unwrap(), "web1.example.com");
}

#[test]
fn the_local_machine_is_always_there() {
    let files = Memory::default().with("hosts.ini", "h1\n[all:vars]\nx=1\n");
    let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
    let local = inventory.variables("localhost").unwrap();
    assert_eq!(text(local.get("ansible_connection")).unwrap(), "local");
    assert_eq!(text(local.get("x")).unwrap(), "Int(1)");
    assert_eq!(text(local.get("group_names")).unwrap(), "[]");
    assert!(inventory.variables("nowhere").is_none());

    let files = Memory::default().with("hosts.ini", "127.0.0.1 x=2\n");
    let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
    assert_eq!(&**inventory.variables("localhost").unwrap().host(), "127.0.0.1");
}

#[test]
fn passwords_and_encrypted_texts_are_secret() {
    let files = Memory::default().with(
        "hosts.yml",
        "all:\n  hosts:\n    h1:\n      ansible_become_password: a\n      ansible_user: b\n      v: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        61\n",
    );
    let inventory = Reading::new(&files).sources(&["hosts.yml"]).unwrap();
    let vars = inventory.variables("h1").unwrap();
    for (name, secret) in [
        ("ansible_become_password", true),
        ("ansible_user", false),
        ("v", true),
    ] {
        assert_eq!(vars.get(name).unwrap().secret, secret, "{name}");
    }
}

#[test]
fn what_is_marked_unsafe_is_data() {
    let files = Memory::default().with(
        "hosts.yml",
        "all:\n  hosts:\n    h1: {a: !unsafe '{{ x }}', b: '{{ x }}'}\n",
    );
    let inventory = Reading::new(&files).sources(&["hosts.yml"]).unwrap();
    let vars = inventory.variables("h1").unwrap();
    assert!(
        matches!(vars.get("a").unwrap().stored, Stored::Data(value) if value.as_str() == Some("{{ x }}"))
    );
    assert!(matches!(vars.get("b").unwrap().stored, Stored::Template(_)));
}

#[test]
fn extra_variables_are_typed_as_they_are_written() {
    let files = Memory::default()
        .with("vars.yml", "n: 1\nb: yes\n")
        .with("vars.json", r#"{"n": 1e3}"#);
    let n = |argument: &str| text(ExtraVars::read(&[argument], &files).unwrap().layer().get("n"));
    assert_eq!(n("n=1").unwrap(), "1");
    assert_eq!(n("{n: 1}").unwrap(), "Int(1)");
    assert_eq!(n(r#"{"n": "1"}"#).unwrap(), "1");
    assert_eq!(n("@vars.yml").unwrap(), "Int(1)");
    assert_eq!(n("@vars.json").unwrap(), "Float(1000.0)");
}

#[test]
fn ten_thousand_hosts_share_what_their_groups_say() {
    let mut hosts = String::from("[all:vars]\neverywhere=1\n");
    for group in 0..1000 {
        hosts.push_str(&format!(
            "[g{group}]\nh[{}:{}] own=1\n",
            group * 10,
            group * 10 + 9
        ));
        hosts.push_str(&format!("[g{group}:vars]\nof_group={group}\n"));
    }
    let lines: Vec<String> = (0..200).map(|at| format!("shared_{at}: {at}")).collect();
    let files = Memory::default()
        .with("hosts.ini", hosts)
        .with("group_vars/all.yml", lines.join("\n"));
    let inventory = Reading::new(&files).sources(&["hosts.ini"]).unwrap();
    let mut layers = std::collections::HashMap::new();
    for host in inventory.hosts() {
        for (_, layer) in inventory.variables(host.name()).unwrap().layers() {
            layers.insert(Arc::as_ptr(layer), layer.iter().len());
        }
    }
    assert_eq!(inventory.hosts().len(), 10_000);
    let stored: usize = layers.values().sum();
    // Own and magic variables per host, one per group, 200 and `groups` once.
    assert!(stored < 10_000 * 7 + 1000 + 250, "{stored}");
    assert_eq!(
        text(inventory.variables("h4321").unwrap().get("of_group")).unwrap(),
        "Int(432)"
    );
}

#[test]
fn threads_share_an_inventory() {
    fn shared<T: Send + Sync>() {}
    shared::<Inventory>();
    shared::<Stack>();
    shared::<ExtraVars>();
}
