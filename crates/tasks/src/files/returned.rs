//! What a result says of a file: the keys that Ansible adds to every result with a path.

use std::sync::Arc;

use evenkeel_host::Answer;
use evenkeel_host::Attributes;
use evenkeel_host::Change;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Stat;
use serde_json::Value;
use serde_json::json;

use super::target::Target;
use crate::Plan;
use crate::Returned;

/// `file`, `directory`, ...: what Ansible calls the state of what is there.
pub(crate) fn state_of(stat: &Stat) -> &'static str {
    match stat.kind {
        Kind::Directory => "directory",
        Kind::Link(_) => "link",
        Kind::File if stat.links > 1 => "hard",
        Kind::File | Kind::Special(_) => "file",
    }
}

/// Adds what is at the path after the plan: as it was seen, or as far as the plan tells.
pub(crate) fn entry_keys(
    returned: &mut Returned,
    target: &Target,
    plan: &Plan,
    seen: Option<&Known<Answer>>,
) {
    if let Some(Known::Is(Answer::Entry(entry))) = seen {
        return from_entry(returned, entry.as_ref());
    }
    let last = plan.changes.iter().rev().find(|change| touches(change, target));
    match (last, &target.entry) {
        (None, Known::Is(entry)) => from_entry(returned, entry.as_ref()),
        (None, Known::Unknown(why)) => all_unknown(returned, why),
        (Some(Change::Remove { .. }), _) => put(returned, "state", json!("absent")),
        (Some(Change::Write(write)), old) => {
            predicted(
                returned,
                &write.attributes,
                old.as_ref().ok().and_then(Option::as_ref),
            );
            put(returned, "state", json!("file"));
            put(returned, "size", json!(write.content.len()));
        }
        (Some(Change::MakeDirectory { attributes, .. }), _) => {
            predicted(returned, attributes, None);
            put(returned, "state", json!("directory"));
            returned.insert("size".to_owned(), Known::unknown("making the folder"));
        }
        (Some(Change::SetAttributes { attributes, .. }), old) => {
            let old = old.as_ref().ok().and_then(Option::as_ref);
            predicted(returned, attributes, old);
            if let Some(entry) = old {
                put(returned, "state", json!(state_of(&entry.stat)));
                returned.insert("size".to_owned(), size(&entry.stat));
            }
        }
        (Some(Change::SetTimes { .. } | Change::Link { .. } | Change::Run(_)), _) => {
            all_unknown(returned, "changing it");
        }
    }
}

/// Adds where the old file is kept.
pub(crate) fn backup_key(returned: &mut Returned, plan: &Plan) {
    let backup = plan.changes.iter().find_map(|change| match change {
        Change::Write(write) => write.backup.as_ref(),
        _ => None,
    });
    if let Some(path) = backup {
        put(returned, "backup_file", json!(path.as_str()));
    }
}

fn touches(change: &Change, target: &Target) -> bool {
    match change {
        Change::Write(write) => write.path == target.path,
        Change::MakeDirectory { path, .. }
        | Change::Link { path, .. }
        | Change::SetAttributes { path, .. }
        | Change::Remove { path, .. } => *path == target.path,
        // Times are none of the keys.
        Change::SetTimes { .. } => false,
        Change::Run(_) => true,
    }
}

pub(super) fn put(returned: &mut Returned, key: &str, value: Value) {
    returned.insert(key.to_owned(), Known::Is(value));
}

fn from_entry(returned: &mut Returned, entry: Option<&Arc<Entry>>) {
    let Some(entry) = entry else {
        return put(returned, "state", json!("absent"));
    };
    let stat = &entry.stat;
    put(returned, "uid", json!(stat.uid));
    put(returned, "gid", json!(stat.gid));
    put(returned, "owner", json!(stat.owner));
    put(returned, "group", json!(stat.group));
    put(returned, "mode", json!(format!("0{:03o}", stat.mode)));
    put(returned, "state", json!(state_of(stat)));
    returned.insert("size".to_owned(), size(stat));
    if let Some(context) = &stat.context {
        put(returned, "secontext", json!(context));
    }
}

/// A folder that is only forecast has no size yet; file systems differ in what they give one.
fn size(stat: &Stat) -> Known<Value> {
    if stat.kind == Kind::Directory && stat.is_forecast() {
        return Known::unknown("making the folder");
    }
    Known::Is(json!(stat.size))
}

fn all_unknown(returned: &mut Returned, why: &str) {
    for key in ["uid", "gid", "owner", "group", "mode", "state", "size"] {
        returned.insert(key.to_owned(), Known::unknown(why));
    }
}

/// What is set, else what was there, else unknown: who logs in owns what is new.
fn predicted(returned: &mut Returned, set: &Attributes, old: Option<&Arc<Entry>>) {
    let old = old
        .map(|entry| &entry.stat)
        .filter(|stat| !matches!(stat.kind, Kind::Link(_)));
    let owner = account(
        set.owner.as_deref(),
        old.map(|stat| (stat.uid, stat.owner.as_str())),
    );
    let group = account(
        set.group.as_deref(),
        old.map(|stat| (stat.gid, stat.group.as_str())),
    );
    let mode = set.mode.or(old.map(|stat| stat.mode));
    returned.insert("uid".to_owned(), owner.0);
    returned.insert("gid".to_owned(), group.0);
    returned.insert("owner".to_owned(), owner.1);
    returned.insert("group".to_owned(), group.1);
    let mode = mode.map(|mode| Known::Is(json!(format!("0{mode:03o}"))));
    returned.insert(
        "mode".to_owned(),
        mode.unwrap_or_else(|| Known::unknown("making it")),
    );
}

fn account(set: Option<&str>, old: Option<(u32, &str)>) -> (Known<Value>, Known<Value>) {
    let unknown = || Known::unknown("who the user is");
    match (set, old) {
        (None, Some((number, name))) => (Known::Is(json!(number)), Known::Is(json!(name))),
        (None, None) => (unknown(), unknown()),
        (Some("root" | "0"), _) => (Known::Is(json!(0)), Known::Is(json!("root"))),
        (Some(set), _) => match set.parse::<u32>() {
            Ok(number) => (Known::Is(json!(number)), unknown()),
            Err(_) => (unknown(), Known::Is(json!(set))),
        },
    }
}
