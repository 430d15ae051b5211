//! Notifications that are recorded on the host, so that a run that breaks off does not lose them.

use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Run;
use evenkeel_host::quote;

/// The folder in which notified handlers are recorded until they ran; absent when there are none.
pub(crate) const FOLDER: &str = "/var/lib/evenkeel/pending";

/// Records handlers. A user who may not write there records nothing, and the change is made all the same.
pub(crate) fn record(handlers: &[String]) -> Change {
    let files: Vec<String> = handlers.iter().map(|name| path(name)).collect();
    let script = format!(
        "mkdir -p {FOLDER} 2>/dev/null && touch -- {} 2>/dev/null || :",
        files.join(" ")
    );
    Change::Run(Box::new(Run::new(
        "record the notified handlers",
        Command::shell(script),
    )))
}

/// Forgets handlers that ran, and removes the folder with the last of them.
pub(crate) fn clear(handlers: &[String]) -> Change {
    let files: Vec<String> = handlers.iter().map(|name| path(name)).collect();
    let script = format!(
        "rm -f -- {} 2>/dev/null; rmdir {FOLDER} 2>/dev/null && rmdir /var/lib/evenkeel 2>/dev/null; :",
        files.join(" ")
    );
    Change::Run(Box::new(Run::new(
        "forget the handlers that ran",
        Command::shell(script),
    )))
}

fn path(name: &str) -> String {
    quote(&format!("{FOLDER}/{}", encoded(name))).into_owned()
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

/// The handler's name of a file name.
pub(crate) fn decoded(file: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = file;
    while let Some(first) = rest.chars().next() {
        let hex = rest
            .strip_prefix('%')
            .and_then(|rest| rest.get(..2))
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match hex {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.extend(first.to_string().bytes());
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::decoded;
    use super::encoded;

    #[test]
    fn names_come_back_from_file_names() {
        for name in [
            "reload haproxy",
            "loadbalancer : reload haproxy",
            "..",
            "100% über/all",
        ] {
            assert_eq!(decoded(&encoded(name)), name);
            assert!(
                !encoded(name).contains('/') && !encoded(name).starts_with('.'),
                "{name}"
            );
        }
    }
}
