//! Arguments that must not be shown.

use evenkeel_host::Secret;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use crate::Argument;

/// A text whose `Debug` shows nothing of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden(Secret<String>);

impl Hidden {
    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Argument for Hidden {
    fn kind() -> String {
        "string".to_owned()
    }

    fn read(node: &Node) -> Result<Hidden, Problem> {
        String::read(node).map(|text| Hidden(Secret::new(text)))
    }

    fn write(&self) -> Value {
        Value::Str(self.expose().to_owned())
    }
}

/// What is wrong with a password's hash so that the machine could not store it.
pub(super) fn broken(password: &Hidden) -> Option<Problem> {
    let bad = password.expose().contains([':', '\n']);
    bad.then(|| {
        Problem::error(
            "task::value",
            "`password` holds a `:` or a line break, which /etc/shadow cannot hold",
        )
        .help("give a hash, as `mkpasswd -m yescrypt` prints it")
    })
}

/// Whether it looks like a password in clear text, which nobody could log in with.
pub(super) fn looks_plain(password: &Hidden) -> bool {
    let text = password.expose();
    if matches!(text, "" | "*" | "!" | "!!" | "*************") {
        return false;
    }
    let Some(hash) = text.trim_start_matches('!').strip_prefix('$') else {
        return true;
    };
    let parts: Vec<&str> = hash.split('$').collect();
    let (Some(kind), Some(sum)) = (parts.first(), parts.last()) else {
        return true;
    };
    let length = match *kind {
        "1" => Some(22),
        "5" | "y" => Some(43),
        "6" => Some(86),
        _ => None,
    };
    let known = |c: char| c.is_ascii_alphanumeric() || "./=".contains(c);
    parts.len() < 3 || !sum.chars().all(known) || length.is_some_and(|length| sum.len() != length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> Hidden {
        Hidden(Secret::new(text.to_owned()))
    }

    #[test]
    fn hashes_are_told_from_passwords() {
        let sha512 = format!("$6$salt${}", "a".repeat(86));
        for hash in [
            sha512.as_str(),
            "*",
            "!",
            "$y$j9T$abc$0123456789012345678901234567890123456789012",
        ] {
            assert!(!looks_plain(&hidden(hash)), "{hash}");
        }
        for plain in ["secret", "$6$salt$short", "$6$", "$5$salt$with space"] {
            assert!(looks_plain(&hidden(plain)), "{plain}");
        }
    }

    #[test]
    fn nothing_is_shown() {
        assert_eq!(format!("{:?}", hidden("secret")), "Hidden(***)");
    }
}
