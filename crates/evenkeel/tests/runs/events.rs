//! `EVENTS.md` names every event and every field that occurs.

use std::collections::BTreeSet;
use std::sync::Arc;

use evenkeel::Connect;
use evenkeel::Memory;
use evenkeel::Mode;
use evenkeel::Project;
use evenkeel::Simulated;
use serde_json::Value;

use crate::lost::Breaking;
use crate::project::events;
use crate::project::load;
use crate::project::run;

const PAGE: &str = include_str!("../../../engine/EVENTS.md");

const EVERYTHING: &str = "
- hosts: all
  tasks:
    - ansible.builtin.copy: {content: x, dest: /etc/x}
      notify: greet
    - ansible.builtin.debug: {msg: \"{{ item }}\"}
      loop: [1, 2]
    - ansible.builtin.command: uptime
      delegate_to: h3
      register: up
    - ansible.builtin.copy: {content: \"{{ up.stdout }}\", dest: /etc/y}
    - ansible.builtin.debug: {msg: never}
      when: false
    - ansible.posix.sysctl: {name: net.ipv4.ip_forward, value: 1}
    - ansible.builtin.copy: {content: x, dest: /no/such/folder/x}
      ignore_errors: true
    - ansible.builtin.stat: {path: /no/x}
      register: look
      until: look.stat.exists
      delay: 0
      retries: 1
      loop: [a]
      delegate_to: h3
      ignore_errors: true
    - ansible.builtin.fail: {msg: on purpose}
      when: inventory_hostname == 'h1'
  handlers:
    - name: greet
      ansible.builtin.debug: {msg: hello}
- hosts: all
  serial: 1
  tasks: []
- hosts: localhost
  tasks: []
";

/// The names of all fields, those of `result`, `predicted` and `found` apart, which hold anything.
fn fields(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.insert(key.clone());
                match key.as_str() {
                    "result" | "predicted" | "found" => {}
                    // Names of hosts.
                    "hosts" => value
                        .as_object()
                        .into_iter()
                        .flat_map(|hosts| hosts.values())
                        .for_each(|counts| fields(counts, into)),
                    _ => fields(value, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, into)),
        _ => {}
    }
}

#[test]
fn the_page_names_what_occurs_and_what_it_names_occurs() {
    let hosts = Arc::new(Breaking::new(Simulated::debian12()));
    let connect: Arc<dyn Connect> = Arc::clone(&hosts) as Arc<dyn Connect>;
    let loaded = load(EVERYTHING);
    let mut all = Vec::new();
    for mode in [Mode::Plan, Mode::Apply] {
        all.extend(events(&mut run(&loaded, &connect), mode).0);
    }
    let tasks = "- hosts: all\n  tasks:\n    - ansible.builtin.debug: {msg: hidden}\n      no_log: true\n";
    let files = Memory::default()
        .with("hosts.ini", "h1\nh2\n")
        .with("site.yml", tasks)
        .with("second.yml", tasks);
    let two = Project::new(Arc::new(files))
        .inventory("hosts.ini")
        .playbook("site.yml");
    let two = two.then("second.yml").load().unwrap();
    all.extend(events(&mut run(&two, &connect), Mode::Apply).0);
    hosts.breaks("h2", 1);
    let changing = load("- hosts: all\n  tasks:\n    - ansible.builtin.copy: {content: z, dest: /etc/z}\n");
    all.extend(events(&mut run(&changing, &connect), Mode::Apply).0);

    let (mut found, mut kinds) = (BTreeSet::new(), BTreeSet::new());
    for event in &all {
        let event = serde_json::to_value(event).unwrap();
        kinds.insert(event["event"]["type"].as_str().unwrap().to_owned());
        fields(&event, &mut found);
    }
    found.remove("type");
    let named = |field: &String| PAGE.contains(&format!("`{field}`"));
    let missing: Vec<_> = found.iter().filter(|field| !named(field)).collect();
    assert!(missing.is_empty(), "not in EVENTS.md: {missing:?}");
    let described: BTreeSet<String> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`'))
        .map(str::to_owned)
        .collect();
    assert!(kinds.is_subset(&described), "{kinds:?} {described:?}");
    // What only a defect, or a run that broke off, brings about.
    let rare = ["forecast_missed", "handlers_recovered", "play_skipped", "note"];
    let often: BTreeSet<_> = described
        .iter()
        .filter(|kind| !rare.contains(&kind.as_str()))
        .cloned()
        .collect();
    assert!(often.is_subset(&kinds), "{kinds:?}");
}
