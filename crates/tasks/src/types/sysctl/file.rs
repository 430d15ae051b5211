//! The text of sysctl.d(5) files.

use crate::facts::sysctl::dotted;
use crate::facts::sysctl::normal;

/// The key and value of a line, if it sets something. A `-` before the key (errors are ignored) is no part of it.
fn setting(line: &str) -> Option<(String, &str)> {
    let line = line.trim();
    if line.starts_with(['#', ';']) {
        return None;
    }
    let (key, value) = line.split_once('=')?;
    Some((dotted(key.trim().trim_start_matches('-').trim()), value.trim()))
}

/// The value that a text gives a key: the last line counts.
pub(super) fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(setting)
        .rfind(|(found, _)| found == key)
        .map(|(_, value)| value)
}

/// The text with the key set once: in place of the first line that sets it, else at the end. A text that already says
/// so, blanks aside, stays as it is.
pub(super) fn set(text: &str, key: &str, wanted: &str) -> String {
    if value(text, key).is_some_and(|value| normal(value) == normal(wanted)) {
        return text.to_owned();
    }
    let mut line = Some(format!("{key}={wanted}\n"));
    let mut new = String::with_capacity(text.len() + key.len());
    for old in text.split_inclusive('\n') {
        match setting(old) {
            Some((found, _)) if found == key => new += &line.take().unwrap_or_default(),
            _ => new += old,
        }
    }
    if let Some(line) = line {
        if !new.is_empty() && !new.ends_with('\n') {
            new.push('\n');
        }
        new += &line;
    }
    new
}

/// The text without the lines that set the key.
pub(super) fn remove(text: &str, key: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| setting(line).is_none_or(|(found, _)| found != key))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_replaced_and_others_go() {
        let old = "# vm\nvm.swappiness = 60\n-net/ipv4/ip_forward=0\n\nvm.swappiness=10";
        assert_eq!(
            set(old, "vm.swappiness", "1"),
            "# vm\nvm.swappiness=1\n-net/ipv4/ip_forward=0\n\n"
        );
        assert_eq!(value(old, "net.ipv4.ip_forward"), Some("0"));
        assert_eq!(
            remove(old, "net.ipv4.ip_forward"),
            "# vm\nvm.swappiness = 60\n\nvm.swappiness=10"
        );
    }

    #[test]
    fn blanks_do_not_count() {
        let old = "net.ipv4.tcp_rmem = 4096\t87380  6291456\n";
        assert_eq!(set(old, "net.ipv4.tcp_rmem", "4096 87380 6291456"), old);
    }

    #[test]
    fn a_missing_newline_at_the_end_is_added() {
        assert_eq!(set("a=1", "b", "2"), "a=1\nb=2\n");
        assert_eq!(set("", "b", "2"), "b=2\n");
    }
}
