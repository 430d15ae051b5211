//! What came of a case, in the words of the case's file.

use evenkeel_host::Attributes;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Program;
use evenkeel_host::quote;
use evenkeel_tasks::Returned;
use serde_json::Value;
use serde_json::json;

/// A change in a line.
pub(crate) fn line(change: &Change) -> String {
    match change {
        Change::Write(write) => {
            let mut line = format!("write {}{}", write.path, attributes(&write.attributes));
            if let Some(check) = &write.validate {
                line += &format!(" validate=({})", check.command);
            }
            if let Some(backup) = &write.backup {
                line += &format!(" backup={backup}");
            }
            for (is, word) in [(write.secret, " secret"), (write.unsafe_write, " unsafe")] {
                line += if is { word } else { "" };
            }
            line
        }
        Change::MakeDirectory {
            path,
            attributes: set,
        } => format!("folder {path}{}", attributes(set)),
        Change::Link {
            path, target, hard, ..
        } => {
            format!("{} {path} -> {target}", if *hard { "hard link" } else { "link" })
        }
        Change::SetAttributes {
            path,
            attributes: set,
            ..
        } => format!("set {path}{}", attributes(set)),
        Change::SetTimes {
            path,
            accessed,
            modified,
            keep_accessed,
            keep_modified,
        } => {
            let shown = |name: &str, time: &Option<f64>, keep: bool| match (time, keep) {
                (_, true) => String::new(),
                (Some(time), false) => format!(" {name}={time}"),
                (None, false) => format!(" {name}=now"),
            };
            format!(
                "times {path}{}{}",
                shown("a", accessed, *keep_accessed),
                shown("m", modified, *keep_modified)
            )
        }
        Change::Remove { path, .. } => format!("remove {path}"),
        Change::Run(run) => {
            let program = match &run.command.program {
                Program::Argv(argv) => argv
                    .iter()
                    .map(|word| quote(word).into_owned())
                    .collect::<Vec<_>>()
                    .join(" "),
                Program::Shell { script, interpreter } => format!("{interpreter} -c {}", quote(script)),
            };
            let directory = run
                .command
                .directory
                .as_ref()
                .map(|path| format!(" in {path}"))
                .unwrap_or_default();
            let stdin = run
                .command
                .stdin
                .as_ref()
                .map(|stdin| format!(" <<< {:?}", String::from_utf8_lossy(stdin.expose())));
            format!("run {program}{directory}{}", stdin.unwrap_or_default())
        }
    }
}

fn attributes(set: &Attributes) -> String {
    let mode = set.mode.map(|mode| format!("{mode:04o}"));
    let all = [
        ("owner", &set.owner),
        ("group", &set.group),
        ("mode", &mode),
        ("context", &set.context),
        ("flags", &set.flags),
    ];
    all.iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!(" {name}={value}")))
        .collect()
}

/// The unified diff of everything that is written.
pub(crate) fn diff(changes: &[Change]) -> String {
    let mut all = String::new();
    for change in changes {
        let Change::Write(write) = change else { continue };
        let before = match &write.before {
            Before::Was(entry) => text(entry),
            Before::Absent | Before::Unknown => String::new(),
        };
        let after = String::from_utf8_lossy(&write.content).into_owned();
        let diff = similar::TextDiff::from_lines(&before, &after);
        all += &diff.unified_diff().context_radius(3).to_string();
    }
    all
}

fn text(entry: &Entry) -> String {
    match &entry.content {
        Some(Content::Bytes(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(Content::Digest(hex)) => format!("sha256 {hex}"),
        None => String::new(),
    }
}

/// What is at a path, with the keys that a case asks for.
pub(crate) fn shown(entry: &Entry, wanted: &Value) -> Value {
    if wanted.is_string() {
        return json!(text(entry));
    }
    let stat = &entry.stat;
    let mut shown = json!({});
    for key in wanted
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
    {
        shown[key] = match (key, &stat.kind) {
            ("content", _) => json!(text(entry)),
            ("link", Kind::Link(target)) => json!(target),
            ("mode", _) => json!(format!("{:04o}", stat.mode)),
            ("owner", _) => json!(stat.owner),
            ("group", _) => json!(stat.group),
            _ => Value::Null,
        };
    }
    if wanted.as_object().is_some_and(|wanted| wanted.is_empty()) && stat.kind != Kind::Directory {
        return json!("not a folder");
    }
    shown
}

/// The keys of a result that a case asks for.
pub(crate) fn returned(returned: &Returned, wanted: &Value) -> Value {
    let mut shown = json!({});
    for key in wanted.as_object().into_iter().flatten().map(|(key, _)| key) {
        shown[key] = match returned.get(key) {
            Some(Known::Is(value)) => subset(value, &wanted[key]),
            Some(Known::Unknown(_)) => json!("unknown"),
            None => json!("missing"),
        };
    }
    shown
}

/// Of a mapping, the keys that are asked for.
fn subset(value: &Value, wanted: &Value) -> Value {
    if evenkeel_tasks::json::is_unknown_part(value).is_some() {
        return json!("unknown");
    }
    match (value, wanted) {
        (Value::Object(map), Value::Object(keys)) if !keys.is_empty() => Value::Object(
            keys.iter()
                .map(|(k, w)| (k.clone(), map.get(k).map_or(json!("missing"), |v| subset(v, w))))
                .collect(),
        ),
        _ => value.clone(),
    }
}
