//! Owner, permissions, context and flags: what is wanted against what is there.

use evenkeel_host::Attributes;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Stat;

use super::target::Target;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Result;
use crate::Writer;

/// What a new file and a new folder get from the umask that every Linux login has; what symbols as `g+w` build on.
const NEW_FILE: u32 = 0o644;
const NEW_FOLDER: u32 = 0o755;

/// Flags that `lsattr` shows and `chattr` cannot set, chattr(1).
const READ_ONLY_FLAGS: &str = "eEINV";

impl FileArguments {
    /// Nothing is to be set.
    pub(crate) fn none() -> FileArguments {
        FileArguments {
            mode: None,
            owner: None,
            group: None,
            seuser: None,
            serole: None,
            setype: None,
            selevel: None,
            attributes: None,
            unsafe_writes: false,
        }
    }

    /// Whether nothing is to be set.
    pub(crate) fn is_empty(&self) -> bool {
        Writer::write(self).is_empty()
    }

    /// The same with `preserve` replaced by what the source has.
    pub(crate) fn with_source_mode(&self, source: Option<u32>) -> FileArguments {
        match (&self.mode, source) {
            (Some(Mode::Preserve), Some(bits)) => FileArguments {
                mode: Some(Mode::Bits(bits)),
                ..self.clone()
            },
            _ => self.clone(),
        }
    }

    /// What has to be set on what is there.
    pub(crate) fn differing(&self, entry: &Entry, flags: Option<&Known<String>>) -> Attributes {
        let stat = &entry.stat;
        let is_directory = stat.kind == Kind::Directory;
        let mode = self.mode.as_ref().map(|mode| mode.apply(stat.mode, is_directory));
        let is_link = matches!(stat.kind, Kind::Link(_));
        Attributes {
            owner: self
                .owner
                .clone()
                .filter(|owner| !is(owner, &stat.owner, stat.uid)),
            group: self
                .group
                .clone()
                .filter(|group| !is(group, &stat.group, stat.gid)),
            // Linux has no permissions of links.
            mode: mode.filter(|mode| *mode != stat.mode && !is_link),
            context: self
                .context(stat)
                .filter(|context| Some(context) != stat.context.as_ref()),
            flags: self
                .attributes
                .as_deref()
                .and_then(|wanted| flags_to_set(wanted, flags)),
        }
    }

    /// What has to be set on something new, in a folder like `near`; where no mode is given the system decides.
    pub(crate) fn of_new(&self, is_directory: bool, near: Option<&Stat>) -> Attributes {
        let default = if is_directory { NEW_FOLDER } else { NEW_FILE };
        Attributes {
            owner: self.owner.clone(),
            group: self.group.clone(),
            mode: self.mode.as_ref().map(|mode| mode.apply(default, is_directory)),
            context: near.and_then(|near| self.context(near)),
            flags: self
                .attributes
                .as_deref()
                .and_then(|wanted| flags_to_set(wanted, None)),
        }
    }

    /// The wanted context; `None` where none is wanted, or where the machine has no SELinux.
    fn context(&self, on: &Stat) -> Option<String> {
        let wanted = [&self.seuser, &self.serole, &self.setype, &self.selevel];
        if wanted.iter().all(|part| part.is_none()) {
            return None;
        }
        let mut parts: Vec<&str> = on.context.as_deref()?.splitn(4, ':').collect();
        for (at, part) in wanted.iter().enumerate() {
            match (part, parts.get_mut(at)) {
                (Some(part), Some(slot)) => *slot = part,
                (Some(part), None) => parts.push(part),
                (None, _) => {}
            }
        }
        Some(parts.join(":"))
    }

    /// A hint where a context is wanted on a machine without SELinux, as Ansible silently passes over.
    pub(crate) fn warning(&self, on: &Stat) -> Option<String> {
        let wanted = [&self.seuser, &self.serole, &self.setype, &self.selevel];
        let ignored = on.context.is_none() && wanted.iter().any(|part| part.is_some());
        ignored.then(|| "the SELinux context is not set: this machine has no SELinux".to_owned())
    }
}

/// Refuses to give something to a user or group that does not exist.
pub(super) fn refuse_nobody(attributes: &Attributes, target: &Target) -> Result<()> {
    match &target.nobody {
        Some(who) if attributes.owner.is_some() || attributes.group.is_some() => {
            let command = if who.starts_with("user") { "chown" } else { "chgrp" };
            let message = format!("{}: {command} failed: failed to look up {who}", target.path);
            let warning = format!("failed to look up {who}. Create it up to this point in real play");
            Err(Error::failed(message).returning("warnings", serde_json::json!([warning])))
        }
        _ => Ok(()),
    }
}

/// Whether a name or number names this account.
fn is(wanted: &str, name: &str, number: u32) -> bool {
    match wanted.parse::<u32>() {
        Ok(wanted) => wanted == number,
        Err(_) => wanted == name,
    }
}

/// What `chattr` is to be given, if anything.
fn flags_to_set(wanted: &str, there: Option<&Known<String>>) -> Option<String> {
    let (sign, letters) = match wanted.chars().next() {
        Some(sign @ ('+' | '-' | '=')) => (sign, &wanted[1..]),
        _ => ('=', wanted),
    };
    let settable = |text: &str| {
        let mut letters: Vec<char> = text.chars().filter(|c| !READ_ONLY_FLAGS.contains(*c)).collect();
        letters.sort_unstable();
        letters.dedup();
        letters
    };
    let (wanted, is_so) = (settable(letters), there.and_then(|known| known.as_ref().ok()));
    let there = settable(is_so.map_or("", String::as_str));
    let already = match sign {
        '+' => wanted.iter().all(|c| there.contains(c)),
        '-' => is_so.is_some() && !wanted.iter().any(|c| there.contains(c)),
        _ => is_so.is_some() && wanted == there,
    };
    (!already && !letters.is_empty()).then(|| format!("{sign}{letters}"))
}

/// What is wanted, in words: `, mode 0644, owner root`.
pub(crate) fn describe(file: &FileArguments) -> String {
    let mode = file.mode.as_ref().map(|mode| match mode {
        Mode::Bits(bits) => format!("{bits:04o}"),
        Mode::Symbolic(text) => text.clone(),
        Mode::Preserve => "preserved".to_owned(),
    });
    let parts = [
        ("mode", mode.as_ref()),
        ("owner", file.owner.as_ref()),
        ("group", file.group.as_ref()),
    ];
    parts
        .iter()
        .filter_map(|(name, value)| value.map(|value| format!(", {name} {value}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_compared_as_sets() {
        let there = Known::Is("ie".to_owned());
        for (wanted, expected) in [
            ("i", None),
            ("=i", None),
            ("+i", None),
            ("-i", Some("-i")),
            ("+a", Some("+a")),
            ("-a", None),
            ("ai", Some("=ai")),
        ] {
            assert_eq!(
                flags_to_set(wanted, Some(&there)).as_deref(),
                expected,
                "{wanted}"
            );
        }
        assert_eq!(flags_to_set("+i", None).as_deref(), Some("+i"));
    }
}
