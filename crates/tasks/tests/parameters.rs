//! Parameters, compared with Ansible's documentation: names, aliases, what must be given, defaults.
//!
//! `parameters/expect.py` has written `ansible.json`.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;

use evenkeel_tasks::Field;
use serde_json::Value;

const DOCUMENTED: &str = include_str!("parameters/ansible.json");

/// Where a parameter is other than documented, on purpose or because the documentation is.
const DEVIATIONS: &[(&str, &str, &str)] = &[
    (
        "dnf",
        "use_backend",
        "`use` is the same to the action, and undocumented",
    ),
    (
        "assert",
        "fail_msg",
        "Ansible says the same without documenting it as a default",
    ),
    (
        "assert",
        "success_msg",
        "Ansible says the same without documenting it as a default",
    ),
    (
        "command",
        "executable",
        "is taken by Ansible with a warning, without being documented",
    ),
    (
        "command",
        "free_form",
        "stands for the text after `command:`, and is no parameter",
    ),
    (
        "debug",
        "msg",
        "the default holds only where `var` is not given either",
    ),
    (
        "file",
        "_diff_peek",
        "is taken by Ansible without being documented",
    ),
    (
        "raw",
        "cmd",
        "stands for the text after `raw:`, which Ansible calls `free_form`",
    ),
    (
        "raw",
        "free_form",
        "stands for the text after `raw:`, and is no parameter",
    ),
    (
        "script",
        "free_form",
        "stands for the text after `script:`, and is no parameter",
    ),
    (
        "package_facts",
        "manager",
        "managers of other systems are refused by name",
    ),
    ("service", "name", "systemd can read its files again without one"),
    (
        "service",
        "daemon_reexec",
        "systemd's own: Ansible hands it on to `systemd_service`",
    ),
    (
        "service",
        "daemon_reload",
        "systemd's own: Ansible hands it on to `systemd_service`",
    ),
    (
        "service",
        "force",
        "systemd's own: Ansible hands it on to `systemd_service`",
    ),
    (
        "service",
        "masked",
        "systemd's own: Ansible hands it on to `systemd_service`",
    ),
    (
        "service",
        "no_block",
        "systemd's own: Ansible hands it on to `systemd_service`",
    ),
    (
        "service",
        "scope",
        "systemd's own: Ansible hands it on to `systemd_service`",
    ),
    ("service", "arguments", "left out is the same as empty"),
    (
        "service",
        "runlevel",
        "left out is the same as `default`; systemd has none",
    ),
    ("service", "use", "left out is the same as `auto`"),
    (
        "set_fact",
        "key_value",
        "stands for the variables, and is no parameter",
    ),
    (
        "shell",
        "expand_argument_vars",
        "is refused with a sentence, as Ansible refuses it",
    ),
    (
        "shell",
        "free_form",
        "stands for the text after `shell:`, and is no parameter",
    ),
    ("template", "comment_end_string", "Ansible's default is Jinja2's"),
    (
        "template",
        "comment_start_string",
        "Ansible's default is Jinja2's",
    ),
    ("user", "generate_ssh_key", "left out is the same as false"),
    ("user", "ssh_key_comment", "the default is made on the machine"),
];

fn differences(name: &str, options: &serde_json::Map<String, Value>) -> Vec<String> {
    let module = evenkeel_tasks::module(name).unwrap();
    let fields = (module.fields)();
    let mut found = Vec::new();
    let deviates = |option: &str| {
        DEVIATIONS
            .iter()
            .any(|(module, other, _)| (*module, *other) == (name, option))
    };
    for (option, about) in options.iter().filter(|(option, _)| !deviates(option)) {
        match fields.iter().find(|field| field.name == option) {
            Some(field) => found.extend(different(name, field, about)),
            None => found.push(format!("{name}: `{option}` is missing")),
        }
    }
    let own = fields
        .iter()
        .filter(|field| !options.contains_key(field.name) && !deviates(field.name));
    found.extend(own.map(|field| format!("{name}: `{}` is none of Ansible's", field.name)));
    found
}

fn different(name: &str, field: &Field, about: &Value) -> Option<String> {
    let aliases: BTreeSet<&str> = about["aliases"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let own: BTreeSet<&str> = field.aliases.iter().copied().collect();
    let default = match &about["default"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        other => Some(other.to_string()),
    };
    // Lists in any order, with or without quotes; `no` and `yes` are YAML's other words.
    let plain = |text: &Option<String>| {
        let text = text.as_deref()?.replace(['"', '[', ']', ' '], "");
        let text = match text.as_str() {
            "no" => "false".to_owned(),
            "yes" => "true".to_owned(),
            _ => text,
        };
        Some(text.split(',').map(str::to_owned).collect::<BTreeSet<_>>())
    };
    let mut wrong = Vec::new();
    if aliases != own {
        wrong.push(format!("aliases {own:?}, Ansible has {aliases:?}"));
    }
    if about["required"] == Value::Bool(true) && !field.required {
        wrong.push("need not be given".to_owned());
    }
    if plain(&field.default) != plain(&default) {
        wrong.push(format!("default {:?}, Ansible has {default:?}", field.default));
    }
    for choice in about["choices"].as_array().into_iter().flatten() {
        let choice = choice.as_str().map_or_else(|| choice.to_string(), str::to_owned);
        if !field.kind.contains(&choice) && !matches!(choice.as_str(), "true" | "false" | "yes" | "no") {
            wrong.push(format!("no choice `{choice}` in {}", field.kind));
        }
    }
    (!wrong.is_empty()).then(|| format!("{name}: `{}`: {}", field.name, wrong.join("; ")))
}

#[test]
fn parameters_are_ansibles() {
    let documented: Value = serde_json::from_str(DOCUMENTED).unwrap();
    let found: Vec<String> = documented
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(name, options)| differences(name, options.as_object().unwrap()))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
