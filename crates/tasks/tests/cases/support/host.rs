//! The described host as a host in memory.

use std::fmt::Write;
use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Commit;
use evenkeel_host::Fixture;
use evenkeel_host::Host;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_tasks::facts::account::Account;
use evenkeel_tasks::facts::account::Group;
use evenkeel_tasks::facts::account::GroupEntry;
use evenkeel_tasks::facts::account::User;
use serde_json::Value;
use serde_json::json;

const FIRST_UID: u32 = 1000;

/// The host of a case's `host:` mapping.
pub(crate) fn host(description: &Value) -> Layer {
    let users: Vec<&str> = description["users"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|user| user.as_str().unwrap())
        .collect();
    let mut files = json!({});
    for folder in ["/", "/etc"] {
        files[folder] = json!({"kind": "directory", "mode": "0755"});
    }
    files["/tmp"] = json!({"kind": "directory", "mode": "1777"});
    let (passwd, group) = databases(&users);
    files["/etc/passwd"] = saved(&json!(passwd), &users);
    files["/etc/group"] = saved(&json!(group), &users);
    for (path, entry) in description["files"].as_object().into_iter().flatten() {
        files[path] = saved(entry, &users);
    }
    let identity = json!({"uid": 0, "user": "root", "gid": 0, "group": "root", "umask": 18});
    let mut facts = json!({"identity": {"values": {"": identity}}});
    for (family, values) in description["facts"].as_object().into_iter().flatten() {
        let mut values = values.as_object().unwrap().clone();
        let absent = values.remove("absent");
        facts[family] = json!({"values": values, "complete": absent.is_some(), "absent": absent});
    }
    let saved = json!({"roots": ["/"], "facts": facts, "files": files});
    let mut fixture = Fixture::from_json(&saved.to_string()).unwrap();
    if description["facts"]["user"].is_null() {
        fixture = accounts(fixture, &users);
    }
    let layer = Layer::simulated(Arc::new(fixture), None);
    obscure(&layer, description);
    layer
}

fn number(users: &[&str], name: &str) -> u32 {
    match users.iter().position(|user| *user == name) {
        Some(at) => FIRST_UID + u32::try_from(at).unwrap(),
        None => 0,
    }
}

fn databases(users: &[&str]) -> (String, String) {
    let mut passwd = "root:x:0:0:root:/root:/bin/bash\n".to_owned();
    let mut group = "root:x:0:\n".to_owned();
    for user in users {
        let uid = number(users, user);
        writeln!(passwd, "{user}:x:{uid}:{uid}::/home/{user}:/bin/sh").unwrap();
        writeln!(group, "{user}:x:{uid}:").unwrap();
    }
    (passwd, group)
}

fn accounts(fixture: Fixture, users: &[&str]) -> Fixture {
    let mut fixture = fixture.absent::<User>(None).absent::<Group>(None);
    for user in ["root"].iter().chain(users) {
        let (name, uid) = ((*user).to_owned(), number(users, user));
        let account = Account {
            name: name.clone(),
            uid: Known::Is(uid),
            gid: Known::Is(uid),
            comment: Known::Is(String::new()),
            home: Known::Is(format!("/home/{user}")),
            shell: Known::Is("/bin/sh".to_owned()),
            groups: Known::Is(Vec::new()),
            shadow: Known::Is(None),
        };
        let entry = GroupEntry {
            name: name.clone(),
            gid: Known::Is(uid),
            members: Vec::new(),
        };
        fixture = fixture
            .fact(User(name.clone()), Some(account))
            .fact(Group(name), Some(entry));
    }
    fixture
}

/// An entry of a case's `files:` in the form that a saved fixture has.
fn saved(entry: &Value, users: &[&str]) -> Value {
    let owner = |key: &str| {
        let name = entry[key].as_str().unwrap_or("root");
        json!(format!("{name}:{}", number(users, name)))
    };
    let mode = |default: &str| json!(entry["mode"].as_str().unwrap_or(default));
    let mut saved = if let Some(text) = entry.as_str() {
        return json!({"kind": "file", "mode": "0644", "text": text});
    } else if let Some(text) = entry["content"].as_str() {
        json!({"kind": "file", "mode": mode("0644"), "text": text})
    } else if let Some(hex) = entry["sha256"].as_str() {
        json!({"kind": "file", "mode": mode("0644"), "sha256": hex, "size": entry["size"]})
    } else if let Some(target) = entry["link"].as_str() {
        json!({"kind": {"link": target}, "mode": "0777"})
    } else {
        json!({"kind": "directory", "mode": mode("0755")})
    };
    saved["owner"] = owner("owner");
    saved["group"] = owner("group");
    saved["context"] = entry["context"].clone();
    saved
}

fn obscure(layer: &Layer, description: &Value) {
    let paths = description["unknown"].as_array().into_iter().flatten();
    let obscures: Vec<Obscures> = paths
        .map(|path| Obscures::Path(AbsPath::new(path.as_str().unwrap()).unwrap()))
        .collect();
    if !obscures.is_empty() {
        let run = Run {
            obscures,
            ..Run::new("install something", Command::argv(["true"]))
        };
        let commit = Commit {
            changes: vec![Change::Run(Box::new(run))],
            ..Commit::default()
        };
        assert!(layer.commit(&commit).unwrap().failed.is_none());
    }
}
