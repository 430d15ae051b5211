//! A change as shell commands.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::program;
use super::script::quoted;
use crate::AbsPath;
use crate::Attributes;
use crate::Before;
use crate::Change;
use crate::Kind;
use crate::Stat;
use crate::Write;

/// Commands under construction; wiped from memory, because they can hold secrets.
pub(super) type Text = Zeroizing<String>;

/// Adds a line.
macro_rules! line {
    ($text:expr, $($format:tt)*) => {{ let _ = writeln!(*$text, $($format)*); }};
}
pub(super) use line;

/// What a change's commands depend on beside the change itself.
pub(super) struct Surroundings<'a> {
    /// The changes before it in the same commit.
    pub(super) earlier: &'a [Change],
    /// All changes of the commit.
    pub(super) all: &'a [Change],
    /// Environment of every program.
    pub(super) environment: &'a [(String, String)],
    /// How long a program may take that does not say it itself.
    pub(super) task_time: Option<std::time::Duration>,
}

/// The commands of a change, for the body of a function that runs in a subshell.
pub(super) fn commands(change: &Change, around: &Surroundings<'_>) -> Text {
    let mut text = Zeroizing::new(String::new());
    match change {
        Change::Write(write) => write_file(&mut text, write, around),
        Change::MakeDirectory { path, attributes } => {
            line!(text, "p={}", *word(path));
            check(&mut text, path, &Before::Absent, false, around);
            enter(&mut text, path, &Before::Absent, around);
            let private = if attributes.mode.is_some() { "-m 700 " } else { "" };
            line!(text, "mkdir {private}-- \"$p\" || exit 1");
            if attributes.context.is_none() {
                line!(text, "label \"$p\" \"$p\"");
            }
            set(&mut text, "$p", attributes, None, false);
        }
        Change::Link {
            path,
            target,
            hard,
            before,
        } => link(&mut text, path, target, *hard, before, around),
        Change::SetAttributes {
            path,
            attributes,
            follow,
            before,
        } => {
            line!(text, "p={}", *word(path));
            check(&mut text, path, before, *follow, around);
            enter(&mut text, path, before, around);
            if *follow {
                line!(
                    text,
                    "[ ! -L \"$p\" ] || leads \"$(readlink -f -- \"$p\")\" \"$p\""
                );
            }
            let old = if let Before::Was(entry) = before {
                Some(&entry.stat)
            } else {
                None
            };
            let was_link = old.is_some_and(|old| matches!(old.kind, Kind::Link(_)));
            let link = !follow && (was_link || makes_link(around.earlier, path));
            set(&mut text, "$p", attributes, old, link);
        }
        Change::SetTimes {
            path,
            accessed,
            modified,
            keep_accessed,
            keep_modified,
        } => {
            line!(
                text,
                "p={}\n[ -e \"$p\" ] || fail \"$p does not exist\"",
                *word(path)
            );
            // Who may only write the file may set both times, and only to this moment (utimensat(2)).
            if (accessed, modified) == (&None, &None) && !(*keep_accessed || *keep_modified) {
                line!(text, "touch -c -- \"$p\" || exit 1");
                return text;
            }
            for (flag, time, keep) in [("-a", accessed, keep_accessed), ("-m", modified, keep_modified)] {
                let date = time.map_or_else(String::new, |time| format!("-d @{time:.9} "));
                if !keep {
                    line!(text, "touch -c {flag} {date}-- \"$p\" || exit 1");
                }
            }
        }
        Change::Remove { path, before } => {
            line!(text, "p={}", *word(path));
            check(&mut text, path, before, false, around);
            line!(text, "rm -rf --one-file-system -- \"$p\"");
        }
        Change::Run(run) => program::commands(&mut text, run, around),
    }
    text
}

/// A path as one word.
fn word(path: &AbsPath) -> Text {
    quoted(path.as_str())
}

/// Refuses when `$p` is not any more what the change was planned on.
fn check(text: &mut Text, path: &AbsPath, before: &Before, follow: bool, around: &Surroundings<'_>) {
    let touched = around
        .earlier
        .iter()
        .filter_map(path_of)
        .any(|earlier| path.is_within(earlier));
    if touched && *before != Before::Unknown {
        return;
    }
    let entry = match before {
        Before::Absent => return line!(text, "absent \"$p\""),
        Before::Unknown => return line!(text, "stale \"$p: what was there is not known\""),
        Before::Was(entry) => entry,
    };
    let follow = if follow { "-H" } else { "-P" };
    let stat = &entry.stat;
    let (kind, target) = match &stat.kind {
        Kind::File => ('f', ""),
        Kind::Directory => ('d', ""),
        Kind::Link(target) => ('l', target.as_str()),
        Kind::Special(letter) => (*letter, ""),
    };
    let state = format!("{kind} {:o} {} {} {target}.", stat.mode, stat.uid, stat.gid);
    let digest = entry
        .content
        .as_ref()
        .map(crate::Content::sha256)
        .unwrap_or_default();
    line!(text, "was \"$p\" {follow} {} {digest}", *quoted(&state));
}

/// The path that a change is about.
pub(super) fn path_of(change: &Change) -> Option<&AbsPath> {
    match change {
        Change::Write(write) => Some(&write.path),
        Change::MakeDirectory { path, .. }
        | Change::Link { path, .. }
        | Change::SetAttributes { path, .. }
        | Change::SetTimes { path, .. }
        | Change::Remove { path, .. } => Some(path),
        Change::Run(_) => None,
    }
}

/// Whether these changes leave a symbolic link at a path.
fn makes_link(earlier: &[Change], at: &AbsPath) -> bool {
    let last = earlier
        .iter()
        .rfind(|change| path_of(change) == Some(at) && !matches!(change, Change::SetAttributes { .. }));
    matches!(last, Some(Change::Link { hard: false, .. }))
}

/// Refuses a folder that is missing, or, as root, in the power of somebody who is neither root nor an owner of the file.
fn enter(text: &mut Text, path: &AbsPath, before: &Before, around: &Surroundings<'_>) {
    let parent = path.parent().unwrap_or_else(AbsPath::root);
    line!(text, "D={}\nfolder \"$D\"", *word(&parent));
    let mut owners: Vec<String> = Vec::new();
    if let Before::Was(entry) = before {
        owners.push(entry.stat.uid.to_string());
    }
    let same = around.all.iter().filter(|change| path_of(change) == Some(path));
    owners.extend(same.filter_map(owner).map(str::to_owned));
    owners.retain(|owner| owner != "root" && owner != "0");
    owners.dedup();
    if owners.iter().any(|owner| owner.contains(char::is_whitespace)) {
        return line!(text, "fail 'a name of a user has no spaces'");
    }
    let tests: Vec<String> = owners.iter().map(|owner| format!("! -user {owner}")).collect();
    line!(text, "trusted \"$p\" {}", *quoted(&tests.join(" ")));
}

/// The owner that a change names.
fn owner(change: &Change) -> Option<&str> {
    match change {
        Change::Write(write) => write.attributes.owner.as_deref(),
        Change::MakeDirectory { attributes, .. } | Change::SetAttributes { attributes, .. } => {
            attributes.owner.as_deref()
        }
        Change::Link { .. } | Change::SetTimes { .. } | Change::Remove { .. } | Change::Run(_) => None,
    }
}

fn write_file(text: &mut Text, write: &Write, around: &Surroundings<'_>) {
    let old = if let Before::Was(entry) = &write.before {
        Some(&entry.stat)
    } else {
        None
    };
    let old_file = old.filter(|old| old.kind == Kind::File);
    line!(text, "p={}", *word(&write.path));
    check(text, &write.path, &write.before, false, around);
    enter(text, &write.path, &write.before, around);
    line!(
        text,
        "[ -L \"$p\" ] || [ ! -d \"$p\" ] || fail \"$p is a folder\""
    );
    temporary(text, write);
    if old_file.is_some() && !write.unsafe_write {
        // Lists of access and extended attributes go over to the new file; it stays private until its mode is set.
        line!(
            text,
            "cp --attributes-only --preserve=mode,xattr -- \"$p\" \"$t\" 2>/dev/null\nchmod 0600 -- \"$t\" || exit 1"
        );
    }
    let content = Zeroizing::new(STANDARD.encode(&write.content));
    line!(
        text,
        "printf %s '{}' | base64 -d >\"$t\" || exit 1",
        content.as_str()
    );
    let attributes = &write.attributes;
    let now = Attributes {
        flags: None,
        ..attributes.clone()
    };
    if attributes.context.is_none() {
        let kept = old_file.and_then(|old| old.context.as_deref());
        match kept {
            Some(context) => line!(text, "chcon -- {} \"$t\"", *quoted(context)),
            None => line!(text, "label \"$t\" \"$p\""),
        }
    }
    let kept = kept(&now, old_file);
    set(text, "$t", &kept, None, false);
    if kept.mode.is_none() {
        line!(text, "chmod =rw -- \"$t\" || exit 1");
    }
    if let Some(validate) = &write.validate {
        program::validate(text, &validate.command, around);
    }
    line!(text, "sync -- \"$t\" || exit 1");
    if let (Some(backup), Some(_)) = (&write.backup, old) {
        // Copying onto a file would keep its set-user-id bit, and follow a link.
        let backup = word(backup);
        line!(
            text,
            "rm -f -- {} && cp -pPT -- \"$p\" {} || exit 1",
            *backup,
            *backup
        );
    }
    match write.unsafe_write && old_file.is_some() {
        true => {
            line!(text, "cat <\"$t\" >\"$p\" || exit 1\nsync -- \"$p\"");
            set(text, "$p", &now, old_file, false);
        }
        false => line!(text, "mv -fT -- \"$t\" \"$p\" || exit 1\ntrap - EXIT"),
    }
    let flags = Attributes {
        flags: attributes.flags.clone(),
        ..Attributes::default()
    };
    set(text, "$p", &flags, None, false);
}

/// Makes `$t`, private, in the same folder; it goes when the change fails.
fn temporary(text: &mut Text, write: &Write) {
    let name: String = write
        .path
        .name()
        .chars()
        .rev()
        .take(60)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let suffix = quoted(&format!(".{name}"));
    let make = format!("mktemp --suffix={} \"$D/.evenkeel.XXXXXXXX\"", *suffix);
    match write.unsafe_write {
        true => line!(text, "t=$({make} 2>/dev/null) || t=$(mktemp) || exit 1"),
        false => line!(text, "t=$({make}) || exit 1"),
    }
    line!(text, "trap 'rm -f -- \"$t\"' EXIT");
}

/// What a new file gets: what is named, else what the old one has.
fn kept(named: &Attributes, old: Option<&Stat>) -> Attributes {
    let mut all = named.clone();
    if let Some(old) = old {
        all.owner.get_or_insert_with(|| old.uid.to_string());
        all.group.get_or_insert_with(|| old.gid.to_string());
        all.mode.get_or_insert(old.mode);
    }
    all
}

/// Sets attributes in an order in which each still holds at the end: what forbids changes goes first when it is taken
/// away and last when it is set, and the owner comes before the mode, because `chown` clears set-id bits.
fn set(text: &mut Text, at: &str, named: &Attributes, old: Option<&Stat>, link: bool) {
    let flags = |text: &mut Text, flags: &str| line!(text, "chattr {} \"{at}\" || exit 1", *quoted(flags));
    let frees = named.flags.as_deref().filter(|flags| flags.starts_with('-'));
    if let Some(frees) = frees {
        flags(text, frees);
    }
    let itself = if link { "-h " } else { "" };
    let owner = match (&named.owner, &named.group) {
        (Some(owner), Some(group)) => Some(format!("{owner}:{group}")),
        (Some(owner), None) => Some(owner.clone()),
        (None, Some(group)) => Some(format!(":{group}")),
        (None, None) => None,
    };
    if let Some(owner) = &owner {
        line!(text, "chown {itself}-- {} \"{at}\" || exit 1", *quoted(owner));
    }
    // Five digits: with fewer, chmod keeps the set-id bits of a folder.
    let cleared = old
        .map(|old| old.mode)
        .filter(|mode| owner.is_some() && mode & 0o6000 != 0);
    if let (Some(mode), false) = (named.mode.or(cleared), link) {
        line!(text, "chmod {mode:05o} -- \"{at}\" || exit 1");
    }
    if let Some(context) = &named.context {
        line!(text, "chcon {itself}-- {} \"{at}\" || exit 1", *quoted(context));
    }
    if let (Some(binds), None) = (&named.flags, frees) {
        flags(text, binds);
    }
}

fn link(
    text: &mut Text,
    path: &AbsPath,
    target: &str,
    hard: bool,
    before: &Before,
    around: &Surroundings<'_>,
) {
    line!(text, "p={}", *word(path));
    check(text, path, before, false, around);
    enter(text, path, before, around);
    let (flag, target) = match hard {
        true => (
            "",
            path.parent()
                .unwrap_or_else(AbsPath::root)
                .join(target)
                .to_string(),
        ),
        false => ("-s ", target.to_owned()),
    };
    let target = quoted(&target);
    if *before == Before::Absent {
        return line!(text, "ln {flag}-T -- {} \"$p\"", *target);
    }
    line!(
        text,
        "[ -L \"$p\" ] || [ ! -d \"$p\" ] || rmdir -- \"$p\" || exit 1"
    );
    line!(
        text,
        "t=$(mktemp -u \"$D/.evenkeel.XXXXXXXX\") || exit 1\ntrap 'rm -f -- \"$t\"' EXIT"
    );
    line!(text, "ln {flag}-T -- {} \"$t\" || exit 1", *target);
    // `mv` refuses a link that leads to what it would replace.
    line!(
        text,
        "mv -fT -- \"$t\" \"$p\" 2>/dev/null || {{ rm -f -- \"$p\" && mv -fT -- \"$t\" \"$p\"; }}"
    );
}
