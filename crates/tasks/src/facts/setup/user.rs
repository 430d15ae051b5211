//! Who looks, and its environment.

use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use super::sections::Sections;

pub(super) fn add(facts: &mut Map<String, Value>, from: &Sections<'_>) {
    let variable = |text: &str| {
        text.split_once('=')
            .map(|(key, value)| (key.to_owned(), json!(value)))
    };
    let environment: Map<String, Value> = from
        .file("/proc/self/environ")
        .unwrap_or("")
        .split('\0')
        .filter_map(variable)
        .collect();
    // `uid=0(root) gid=0(root) groups=...`
    let ids = from.command("id");
    let field = |name: &str| {
        let word = ids.split(' ').find_map(|word| word.strip_prefix(name))?;
        Some(
            word.split_once('(')
                .map_or((word, ""), |(number, name)| (number, name.trim_end_matches(')'))),
        )
    };
    let (uid, name) = field("uid=").unwrap_or(("", ""));
    let (gid, _) = field("gid=").unwrap_or(("", ""));
    let number = |text: &str| text.parse::<u32>().ok();
    let line = from
        .file("/etc/passwd")
        .unwrap_or("")
        .lines()
        .find(|line| line.split(':').nth(2) == Some(uid));
    let account: Vec<&str> = line.unwrap_or("").split(':').collect();
    let variable = |key: &str| {
        environment
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    let of = |index: usize, key: &str| {
        account
            .get(index)
            .map_or_else(|| variable(key), |text| (*text).to_owned())
    };
    for (key, value) in [
        ("user_id", json!(name)),
        ("user_uid", json!(number(uid))),
        ("user_gid", json!(number(gid))),
        ("user_gecos", json!(of(4, ""))),
        ("user_dir", json!(of(5, "HOME"))),
        ("user_shell", json!(of(6, "SHELL"))),
        ("real_user_id", json!(number(uid))),
        ("effective_user_id", json!(number(uid))),
        ("real_group_id", json!(number(gid))),
        ("effective_group_id", json!(number(gid))),
    ] {
        facts.insert(key.to_owned(), value);
    }
    facts.insert("env".to_owned(), Value::Object(environment));
}
