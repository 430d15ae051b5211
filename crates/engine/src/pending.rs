//! Notifications that are recorded on the host, so that a run that breaks off does not lose them.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Run;
use evenkeel_host::quote;

/// Where notified handlers are recorded unless the options say otherwise.
pub(crate) const FOLDER: &str = "/var/lib/evenkeel/pending";

/// Records handlers. A user who may not write there records nothing, and the change is made all the same.
pub(crate) fn record(folder: &AbsPath, handlers: &[String]) -> Change {
    let script = format!(
        "mkdir -p {} 2>/dev/null && touch -- {} 2>/dev/null || :",
        quote(folder.as_str()),
        files(folder, handlers)
    );
    Change::Run(Box::new(Run::new(
        "record the notified handlers",
        Command::shell(script),
    )))
}

/// Forgets handlers that ran, and removes the folder, and an empty one above it, with the last of them.
pub(crate) fn clear(folder: &AbsPath, handlers: &[String]) -> Change {
    let above = folder.as_str().rsplit_once('/').map_or("", |(above, _)| above);
    let script = format!(
        "rm -f -- {} 2>/dev/null; rmdir {} 2>/dev/null && rmdir {} 2>/dev/null; :",
        files(folder, handlers),
        quote(folder.as_str()),
        quote(above)
    );
    Change::Run(Box::new(Run::new(
        "forget the handlers that ran",
        Command::shell(script),
    )))
}

fn files(folder: &AbsPath, handlers: &[String]) -> String {
    let path = |name: &String| quote(&format!("{folder}/{}", encoded(name))).into_owned();
    handlers.iter().map(path).collect::<Vec<_>>().join(" ")
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
