//! Every keyword of ansible-core 2.19, place by place: it is read and kept, or it is refused with a sentence; none is ignored.
//!
//! The names are the attributes of Ansible's `Play`, `RoleInclude`, `Block`, `Task`, `Handler`, `TaskInclude` and
//! `PlaybookInclude`, and what its parsers take besides (`user`, `local_action`, `with_*`).
#![expect(clippy::unwrap_used, reason = "a case that cannot be read is a failed test")]

use std::collections::BTreeMap;
use std::path::Path;

use evenkeel_playbook::Memory;
use evenkeel_playbook::play::KEYWORDS;
use evenkeel_playbook::play::Project;

/// Those that all places have: attributes of Ansible's `Base`.
const BASE: &str = "any_errors_fatal become become_exe become_flags become_method become_user check_mode collections connection debugger diff environment ignore_errors ignore_unreachable module_defaults name no_log port remote_user run_once tags throttle timeout vars";

/// Those that a place has besides.
const PLACES: [(&str, &str); 7] = [
    (
        "play",
        "fact_path force_handlers gather_facts gather_subset gather_timeout handlers hosts max_fail_percentage order post_tasks pre_tasks roles serial strategy tasks user vars_files vars_prompt",
    ),
    ("role", "delegate_facts delegate_to role when"),
    (
        "block",
        "always block delegate_facts delegate_to notify rescue when",
    ),
    ("task", TASK),
    ("handler", TASK),
    ("include_tasks", TASK),
    ("import_playbook", "import_playbook when"),
];

const TASK: &str = "action args async changed_when delay delegate_facts delegate_to failed_when local_action loop loop_control notify poll register retries until when with_items listen";

/// A value for a keyword, where `1` is none of its values.
const VALUES: [(&str, &str); 41] = [
    ("action", "debug msg=x"),
    ("always", "[{ping: {}}]"),
    ("args", "{data: x}"),
    ("async", "10"),
    ("become", "true"),
    ("become_method", "su"),
    ("block", "[{ping: {}}, {ping: {}}]"),
    ("changed_when", "x"),
    ("check_mode", "true"),
    ("connection", "local"),
    ("debugger", "on_failed"),
    ("environment", "{A: b}"),
    ("failed_when", "x"),
    ("fact_path", "/srv"),
    ("gather_subset", "min"),
    ("handlers", "[{name: h, ping: {}}]"),
    ("hosts", "web"),
    ("import_playbook", "second.yml"),
    ("listen", "topic"),
    ("local_action", "ping"),
    ("loop", "[1]"),
    ("loop_control", "{loop_var: x}"),
    ("module_defaults", "{ping: {data: x}}"),
    ("notify", "h"),
    ("order", "sorted"),
    ("poll", "3"),
    ("post_tasks", "[{ping: {}}]"),
    ("pre_tasks", "[{ping: {}}]"),
    ("register", "x"),
    ("rescue", "[{ping: {}}]"),
    ("role", "r"),
    ("roles", "[r]"),
    ("strategy", "linear"),
    ("tags", "x"),
    ("tasks", "[{ping: {}}, {ping: {}}]"),
    ("until", "x"),
    ("vars", "{a: b}"),
    ("vars_files", "[vars.yml]"),
    ("vars_prompt", "[{name: x}]"),
    ("when", "x"),
    ("with_items", "[1]"),
];

/// Keywords that are read and change nothing, and why that is what they mean.
const WITHOUT_EFFECT: [(&str, &str); 2] = [
    ("import_playbook name", "the plays have names of their own"),
    ("role name", "`role` beside it names the role"),
];

/// A playbook with a keyword at a place; without one where it is empty.
fn playbook(place: &str, name: &str) -> String {
    let value = VALUES
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("1", |(_, value)| value);
    let line = match name {
        "" => String::new(),
        name => format!("{name}: {value}, "),
    };
    let unless = |own: &str, text: &str| {
        if own == name {
            String::new()
        } else {
            text.to_owned()
        }
    };
    let play = |rest: &str| format!("- hosts: all\n  handlers: [{{name: h, ping: {{}}}}]\n{rest}");
    match place {
        "play" => {
            let hosts = unless("hosts", "hosts: all, ");
            let tasks = unless("tasks", "tasks: [{ping: {}}]");
            format!("- {{{line}{hosts}{tasks}}}\n")
        }
        "role" => play(&format!("  roles: [{{{line}{}}}]\n", unless("role", "role: web"))),
        "block" => play(&format!(
            "  tasks: [{{{line}{}}}]\n",
            unless("block", "block: [{ping: {}}]")
        )),
        "task" => {
            let action = if matches!(name, "action" | "local_action") {
                ""
            } else {
                "ping: {}"
            };
            play(&format!("  tasks: [{{{line}{action}}}]\n"))
        }
        "handler" => {
            let action = if matches!(name, "action" | "local_action") {
                ""
            } else {
                "ping: {}"
            };
            let named = unless("name", "name: own, ");
            format!("- hosts: all\n  handlers: [{{name: h, ping: {{}}}}, {{{line}{named}{action}}}]\n")
        }
        "include_tasks" => play(&format!("  tasks: [{{{line}include_tasks: more.yml}}]\n")),
        _ => format!(
            "- {{{line}{}}}\n",
            unless("import_playbook", "import_playbook: other.yml")
        ),
    }
}

/// What is read, as YAML; or the first thing that is said instead.
fn read(text: &str) -> Result<String, String> {
    let files = Memory::default()
        .with("site.yml", text)
        .with("other.yml", "- hosts: all\n")
        .with("second.yml", "- hosts: web\n")
        .with("more.yml", "- ping: {}\n")
        .with("vars.yml", "a: b\n")
        .with("roles/r/tasks/main.yml", "- ping: {}\n")
        .with("roles/web/tasks/main.yml", "- ping: {}\n");
    match Project::new(&files, Vec::new()).read(Path::new("site.yml")) {
        Ok(read) => Ok(read.to_yaml()),
        Err(problems) => Err(problems[0].message.clone()),
    }
}

/// What becomes of a keyword at a place.
fn fate(place: &str, name: &str) -> String {
    let without = read(&playbook(place, "")).unwrap();
    match read(&playbook(place, name)) {
        Err(message) => message,
        Ok(with) if with != without => "read".to_owned(),
        Ok(_) => match WITHOUT_EFFECT
            .iter()
            .find(|(known, _)| *known == format!("{place} {name}"))
        {
            Some((_, why)) => format!("without effect: {why}"),
            None => "IGNORED".to_owned(),
        },
    }
}

#[test]
fn every_keyword_is_read_or_refused_at_every_place() {
    let mut table: BTreeMap<&str, Vec<(&str, String)>> = BTreeMap::new();
    for (place, own) in PLACES {
        for name in BASE.split(' ').chain(own.split(' ')) {
            table.entry(name).or_default().push((place, fate(place, name)));
        }
    }
    let mut text = String::new();
    for (name, fates) in &table {
        let mut by_fate: Vec<(&str, Vec<&str>)> = Vec::new();
        for (place, fate) in fates {
            match by_fate.iter_mut().find(|(known, _)| known == fate) {
                Some((_, places)) => places.push(place),
                None => by_fate.push((fate.as_str(), vec![*place])),
            }
        }
        for (fate, places) in by_fate {
            text.push_str(&format!("{name} ({}): {fate}\n", places.join(", ")));
        }
    }
    assert!(!text.contains("IGNORED"), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn the_table_has_ansibles_keywords_and_no_others() {
    let of = |place: &str| {
        let own = PLACES.iter().find(|(known, _)| *known == place).unwrap().1;
        let mut names: Vec<&str> = BASE
            .split(' ')
            .chain(own.split(' '))
            .filter(|name| *name != "with_items")
            .collect();
        names.sort_unstable();
        names
    };
    let table = |on: fn(&evenkeel_playbook::play::On) -> bool| {
        let here = KEYWORDS.iter().filter(|keyword| on(&keyword.on));
        here.map(|keyword| keyword.name).collect::<Vec<_>>()
    };
    assert_eq!(table(|on| on.play), of("play"));
    assert_eq!(table(|on| on.role), of("role"));
    assert_eq!(table(|on| on.block), of("block"));
    assert_eq!(table(|on| on.task), of("task"));
}
