//! Who one is on a machine: it decides who owns a new file, and how it may be used.

use serde::Deserialize;
use serde::Serialize;

use crate::Fact;
use crate::Output;

/// The fact of who asks: its value is an [`Identified`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Identity;

/// A user with its group and the permission bits that its new files lack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identified {
    /// The user's number.
    pub uid: u32,
    /// The user's name; the number as text where it has none.
    pub user: String,
    /// The number of the group.
    pub gid: u32,
    /// The group's name; the number as text where it has none.
    pub group: String,
    /// The file mode creation mask (`umask(2)`).
    pub umask: u32,
}

impl Fact for Identity {
    type Value = Identified;

    const FAMILY: &'static str = "identity";

    fn key(&self) -> String {
        String::new()
    }

    fn script(_keys: &[&str]) -> String {
        "umask; id".to_owned()
    }

    fn parse(&self, output: &Output) -> Result<Identified, String> {
        let text = output.text();
        read(&text).ok_or_else(|| format!("`umask; id` printed {text:?}"))
    }
}

/// Reads `0022\nuid=0(root) gid=0(root) groups=...`.
fn read(text: &str) -> Option<Identified> {
    let (umask, ids) = text.split_once('\n')?;
    let named = |field: &str| {
        let word = ids.split(' ').find_map(|word| word.strip_prefix(field))?;
        let (number, name) = word
            .split_once('(')
            .map_or((word, word), |(n, rest)| (n, rest.trim_end_matches(')')));
        Some((number.trim_end().parse().ok()?, name.trim_end().to_owned()))
    };
    let (uid, user) = named("uid=")?;
    let (gid, group) = named("gid=")?;
    Some(Identified {
        uid,
        user,
        gid,
        group,
        umask: u32::from_str_radix(umask, 8).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(stdout: &str) -> Result<Identified, String> {
        Identity.parse(&Output {
            stdout: stdout.into(),
            ..Output::default()
        })
    }

    #[test]
    fn id_is_read_with_and_without_names() {
        let root = parsed("0022\nuid=0(root) gid=0(root) groups=0(root)\n").unwrap();
        assert_eq!((root.uid, root.user.as_str(), root.umask), (0, "root", 0o22));
        let nameless = parsed("0077\nuid=1234 gid=5(tty) groups=5(tty)\n").unwrap();
        assert_eq!((nameless.user.as_str(), nameless.group.as_str()), ("1234", "tty"));
        assert!(parsed("sh: id: not found").is_err());
    }
}
