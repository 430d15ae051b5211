//! Changes as a person sees them.

use std::fmt::Write as _;
use std::sync::Arc;

use evenkeel_host::Attributes;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Write;
use evenkeel_tasks::Shown;
use similar::TextDiff;

use crate::ShownChange;

/// Above this size no diff is shown, as in Ansible (`MAX_FILE_SIZE_FOR_DIFF`).
const LARGEST: usize = 104_448;

/// A unified diff of two texts with three lines of context; empty when they are the same.
pub fn unified(before_title: &str, before: &str, after_title: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff()
        .context_radius(3)
        .header(before_title, after_title)
        .to_string()
}

/// What a person sees of a change.
pub(crate) fn shown(change: &Change) -> ShownChange {
    match change {
        Change::Write(write) => shown_write(write),
        Change::MakeDirectory { path, attributes } => {
            let after = format!("folder\n{}", lines(&wanted(attributes, None)));
            of(
                "create",
                path.as_str(),
                &unified("before", "", path.as_str(), &after),
            )
        }
        Change::Link {
            path,
            target,
            hard,
            before,
        } => {
            let word = if *hard { "hard link" } else { "link" };
            let after = format!("{word} to {target}\n");
            let text = unified(path.as_str(), &described(before), path.as_str(), &after);
            of(action(before), path.as_str(), &text)
        }
        Change::SetAttributes {
            path,
            attributes,
            before,
            ..
        } => of(
            "update",
            path.as_str(),
            &attribute_diff(path.as_str(), attributes, before),
        ),
        Change::SetTimes { path, .. } => of("update", &format!("{path} (times)"), ""),
        Change::Remove { path, before } => of(
            "delete",
            path.as_str(),
            &unified(path.as_str(), &described(before), "after", ""),
        ),
        Change::Run(run) => of("run", &run.summary, ""),
    }
}

/// What a person sees of a state that no file holds.
pub(crate) fn shown_state(shown: &Shown) -> ShownChange {
    let text = unified(
        &shown.title,
        &lined(&shown.before),
        &shown.title,
        &lined(&shown.after),
    );
    of("update", &shown.title, &text)
}

fn of(action: &'static str, subject: &str, diff: &str) -> ShownChange {
    ShownChange {
        action,
        subject: subject.to_owned(),
        diff: Arc::from(diff),
    }
}

fn action(before: &Before) -> &'static str {
    match before {
        Before::Absent => "create",
        Before::Was(_) | Before::Unknown => "update",
    }
}

fn shown_write(write: &Write) -> ShownChange {
    let path = write.path.as_str();
    let mut text = content_diff(write);
    match &write.before {
        Before::Was(entry) if entry.stat.kind == Kind::File => {
            text.push_str(&attribute_diff(path, &write.attributes, &write.before));
        }
        Before::Was(_) | Before::Absent | Before::Unknown => {
            let attributes = lines(&wanted(&write.attributes, None));
            let title = format!("{path} (attributes)");
            text.push_str(&unified("before", "", &title, &attributes));
        }
    }
    of(action(&write.before), path, &text)
}

fn content_diff(write: &Write) -> String {
    let path = write.path.as_str();
    let (known, before) = match &write.before {
        Before::Absent => (true, Some(Vec::new())),
        Before::Unknown => (false, Some(Vec::new())),
        Before::Was(entry) => match &entry.content {
            Some(Content::Bytes(bytes)) => (true, Some(bytes.to_vec())),
            Some(Content::Digest(_)) | None => (true, None),
        },
    };
    if write.secret {
        let count = String::from_utf8_lossy(&write.content).lines().count();
        return format!("(changed, {count} lines, secret)\n");
    }
    let title = match (&write.before, known) {
        (Before::Absent, _) => "before".to_owned(),
        (_, true) => path.to_owned(),
        (_, false) => format!("{path} (known after apply)"),
    };
    let Some(before) = before else {
        return "(the old file is too large to show)\n".to_owned();
    };
    if before.len() > LARGEST || write.content.len() > LARGEST {
        return "(too large to show)\n".to_owned();
    }
    match (std::str::from_utf8(&before), std::str::from_utf8(&write.content)) {
        (Ok(before), Ok(after)) if !before.contains('\0') && !after.contains('\0') => {
            unified(&title, before, path, after)
        }
        _ => "(binary)\n".to_owned(),
    }
}

fn attribute_diff(path: &str, attributes: &Attributes, before: &Before) -> String {
    let Before::Was(entry) = before else {
        return unified("before", "", path, &lines(&wanted(attributes, None)));
    };
    let title = format!("{path} (attributes)");
    unified(
        &title,
        &lines(&present(attributes, entry)),
        &title,
        &lines(&wanted(attributes, Some(entry))),
    )
}

fn present(attributes: &Attributes, entry: &Entry) -> Vec<(&'static str, String)> {
    let stat = &entry.stat;
    let mut all = Vec::new();
    if attributes.owner.is_some() {
        all.push(("owner", stat.owner.clone()));
    }
    if attributes.group.is_some() {
        all.push(("group", stat.group.clone()));
    }
    if attributes.mode.is_some() {
        all.push(("mode", format!("{:04o}", stat.mode)));
    }
    if attributes.context.is_some() {
        all.push(("context", stat.context.clone().unwrap_or_default()));
    }
    all
}

fn wanted(attributes: &Attributes, before: Option<&Entry>) -> Vec<(&'static str, String)> {
    let Attributes {
        owner,
        group,
        mode,
        context,
        flags,
    } = attributes;
    let mut all = Vec::new();
    if let Some(owner) = owner {
        let same = before.is_some_and(|entry| entry.stat.uid.to_string() == *owner);
        all.push((
            "owner",
            if same {
                before.map(|e| e.stat.owner.clone()).unwrap_or_default()
            } else {
                owner.clone()
            },
        ));
    }
    if let Some(group) = group {
        let same = before.is_some_and(|entry| entry.stat.gid.to_string() == *group);
        all.push((
            "group",
            if same {
                before.map(|e| e.stat.group.clone()).unwrap_or_default()
            } else {
                group.clone()
            },
        ));
    }
    if let Some(mode) = mode {
        all.push(("mode", format!("{mode:04o}")));
    }
    if let Some(context) = context {
        all.push(("context", context.clone()));
    }
    if let Some(flags) = flags {
        all.push(("flags", flags.clone()));
    }
    all
}

fn lines(pairs: &[(&str, String)]) -> String {
    pairs.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name}: {value}");
        text
    })
}

fn lined(text: &str) -> String {
    if text.is_empty() || text.ends_with('\n') {
        text.to_owned()
    } else {
        format!("{text}\n")
    }
}

fn described(before: &Before) -> String {
    match before {
        Before::Absent => String::new(),
        Before::Unknown => "(known after apply)\n".to_owned(),
        Before::Was(entry) => match &entry.stat.kind {
            Kind::File => "file\n".to_owned(),
            Kind::Directory => "folder\n".to_owned(),
            Kind::Link(target) => format!("link to {target}\n"),
            Kind::Special(letter) => format!("special file ({letter})\n"),
        },
    }
}
