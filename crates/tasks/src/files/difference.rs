//! What was before and after, as Ansible registers it where `diff` is on. Of a secret nothing is told.

use evenkeel_host::Attributes;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Write;
use serde_json::Value;
use serde_json::json;

use super::returned::put;
use super::target::Target;
use crate::Plan;
use crate::Returned;

/// Above this size a file is not told, as in Ansible (`MAX_FILE_SIZE_FOR_DIFF`).
const LARGEST: usize = 104_448;

/// The permissions of a file that a program has just made, which Ansible tells as those before the task.
const FRESH: u32 = 0o644;

/// The same of a folder.
pub(crate) const FRESH_FOLDER: u32 = 0o755;

/// Adds what is written; where only attributes are set, these.
pub(crate) fn diff_key(returned: &mut Returned, plan: &Plan, target: &Target) {
    let diff = match write_of(plan) {
        None if sets_attributes(plan, target) => {
            let path = target.path.as_str();
            let mut diff = json!({"before": {"path": path}, "after": {"path": path}});
            attributes_of_plan(&mut diff, plan, target);
            Some(diff)
        }
        Some(_) | None => content(plan, target),
    };
    diff.into_iter().for_each(|diff| put(returned, "diff", diff));
}

/// Adds what is written as the first of two: the second is what becomes of the attributes.
pub(super) fn diffs_key(returned: &mut Returned, plan: &Plan, target: &Target) {
    let Some(mut content) = content(plan, target) else {
        return;
    };
    let path = &target.path;
    for key in ["before_header", "after_header"] {
        content[key] = json!(format!("{path} (content)"));
    }
    let header = format!("{path} (file attributes)");
    let mut attributes = json!({"before_header": header, "after_header": header});
    attributes_of_plan(&mut attributes, plan, target);
    put(returned, "diff", json!([content, attributes]));
}

/// Adds to both sides of a difference what is set, as far as it is another than before.
pub(crate) fn attributes_of(diff: &mut Value, set: &Attributes, entry: &Entry) {
    let stat = &entry.stat;
    let mut put = |key: &str, before: Value, after: Value| {
        if before != after {
            diff["before"][key] = before;
            diff["after"][key] = after;
        }
    };
    let number = |text: &String| {
        text.parse::<u32>()
            .map_or_else(|_| json!(text), |number| json!(number))
    };
    if let Some(owner) = set.owner.as_ref().filter(|owner| **owner != stat.owner) {
        put("owner", json!(stat.uid), number(owner));
    }
    if let Some(group) = set.group.as_ref().filter(|group| **group != stat.group) {
        put("group", json!(stat.gid), number(group));
    }
    if let Some(mode) = set.mode {
        put("mode", permissions(stat.mode), permissions(mode));
    }
}

/// The same for what was not there, and has these permissions when it is made.
pub(crate) fn attributes_of_new(diff: &mut Value, set: &Attributes, fresh: u32) {
    if let Some(mode) = set.mode.filter(|mode| *mode != fresh) {
        diff["before"]["mode"] = permissions(fresh);
        diff["after"]["mode"] = permissions(mode);
    }
}

fn permissions(mode: u32) -> Value {
    json!(format!("0{mode:03o}"))
}

fn write_of(plan: &Plan) -> Option<&Write> {
    plan.changes.iter().find_map(|change| match change {
        Change::Write(write) => Some(&**write),
        _ => None,
    })
}

fn sets_attributes(plan: &Plan, target: &Target) -> bool {
    let sets = |change: &Change| matches!(change, Change::SetAttributes { path, .. } if *path == target.path);
    plan.changes.iter().any(sets)
}

/// Adds what the changes of a plan make of a file's attributes.
fn attributes_of_plan(diff: &mut Value, plan: &Plan, target: &Target) {
    for change in &plan.changes {
        let (path, attributes, before) = match change {
            Change::SetAttributes {
                path,
                attributes,
                before,
                ..
            } => (path, attributes, before),
            Change::Write(write) => (&write.path, &write.attributes, &write.before),
            _ => continue,
        };
        match before {
            _ if *path != target.path => {}
            Before::Was(entry) => attributes_of(diff, attributes, entry),
            Before::Absent => attributes_of_new(diff, attributes, FRESH),
            Before::Unknown => {}
        }
    }
}

/// What is written, before and after; a file that was not there has no name before.
fn content(plan: &Plan, target: &Target) -> Option<Value> {
    let write = write_of(plan);
    if write.is_some_and(|write| write.secret) {
        return None;
    }
    let path = target.path.as_str();
    let mut diff = json!({"after_header": path});
    if write.is_none_or(|write| write.before != Before::Absent) {
        diff["before_header"] = json!(path);
    }
    let before = write.map(|write| &write.before);
    match before {
        Some(Before::Was(entry)) => match &entry.content {
            Some(Content::Bytes(bytes)) => side(&mut diff, "before", "dst", Some(bytes)),
            Some(Content::Digest(_)) | None => side(&mut diff, "before", "dst", None),
        },
        Some(Before::Absent | Before::Unknown) | None => side(&mut diff, "before", "dst", Some(&[])),
    }
    let after = write.map_or(&[][..], |write| &write.content);
    side(&mut diff, "after", "src", Some(after));
    Some(diff)
}

/// A side of a difference: a text, or why it is none.
fn side(diff: &mut Value, key: &str, file: &str, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) if bytes.contains(&0) => diff[format!("{file}_binary")] = json!(1),
        Some(bytes) if bytes.len() <= LARGEST => diff[key] = json!(String::from_utf8_lossy(bytes)),
        Some(_) | None => diff[format!("{file}_larger")] = json!(LARGEST),
    }
}
