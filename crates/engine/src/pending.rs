//! Notifications that are recorded on the host, so that a run that breaks off does not lose them.
//!
//! A record is an empty file. Its name says whose it is, `PLAYBOOK@PLAY@HANDLER`: only the same play of a playbook of
//! that name takes it up. Records of older versions are named `HANDLER` alone; any play that has such a handler does.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Run;
use evenkeel_host::quote;
use evenkeel_playbook::play::Play;
use evenkeel_playbook::play::Task;

/// Where notified handlers are recorded unless the options say otherwise.
pub(crate) const FOLDER: &str = "/var/lib/evenkeel/pending";

/// How long a part of a record's name may be: all three and what is between them make a file name (POSIX, NAME_MAX).
const LONGEST: usize = 80;

/// The record of a play's handler.
pub(crate) fn of(play: &Play, handler: &Task) -> String {
    let file = &*play.at.source.name;
    let playbook = file.rsplit_once('/').map_or(file, |(_, name)| name);
    let hosts = play.hosts.place.text();
    let name = play.name.as_deref().unwrap_or(hosts);
    [playbook, name, &handler.title()]
        .map(|part| short(encoded(part)))
        .join("@")
}

/// The record of a handler as older versions named it.
pub(crate) fn plain(handler: &Task) -> String {
    encoded(&handler.title())
}

fn short(mut part: String) -> String {
    part.truncate(LONGEST);
    part
}

/// Records handlers. A user who may not write there records nothing, and the change is made all the same.
pub(crate) fn record(folder: &AbsPath, records: &[String]) -> Change {
    let script = format!(
        "mkdir -p {} 2>/dev/null && touch -- {} 2>/dev/null || :",
        quote(folder.as_str()),
        files(folder, records)
    );
    Change::Run(Box::new(Run::new(
        "record the notified handlers",
        Command::shell(script),
    )))
}

/// Forgets handlers that ran, and removes the folder, and an empty one above it, with the last of them.
pub(crate) fn clear(folder: &AbsPath, records: &[String]) -> Change {
    let above = folder.as_str().rsplit_once('/').map_or("", |(above, _)| above);
    let script = format!(
        "rm -f -- {} 2>/dev/null; rmdir {} 2>/dev/null && rmdir {} 2>/dev/null; :",
        files(folder, records),
        quote(folder.as_str()),
        quote(above)
    );
    Change::Run(Box::new(Run::new(
        "forget the handlers that ran",
        Command::shell(script),
    )))
}

fn files(folder: &AbsPath, records: &[String]) -> String {
    let path = |name: &String| quote(&format!("{folder}/{name}")).into_owned();
    records.iter().map(path).collect::<Vec<_>>().join(" ")
}

/// A handler's name as a file name: everything but letters, digits and `-_.` as `%XX`.
fn encoded(name: &str) -> String {
    let mut text = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) && !text.is_empty() {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn names_are_file_names_and_differ() {
        let names = [
            "reload haproxy",
            "loadbalancer : reload haproxy",
            "..",
            "100% über/all",
            "a@b",
        ];
        let files = names.map(encoded);
        insta::assert_snapshot!(files.join("\n"), @"
        reload%20haproxy
        loadbalancer%20%3A%20reload%20haproxy
        %2E.
        100%25%20%C3%BCber%2Fall
        a%40b
        ");
    }
}
