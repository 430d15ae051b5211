//! What may differ, and why: the table in `docs/ansible-equality.md`.

use evenkeel_tests::fleet::Difference;

const DOCUMENT: &str = include_str!("../../../docs/ansible-equality.md");

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Reason {
    /// The names it is about; `*` stands for any text, `{vip}` for the cluster's virtual address.
    pub(crate) name: String,
    /// Only what the file contains may differ, and not whether it is there, its type, mode and owner.
    content: bool,
}

/// All rows.
pub(crate) fn read(vip: &str) -> Vec<Reason> {
    DOCUMENT
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let [name, what, why] = cells[..] else {
                panic!("three cells are expected in {line}")
            };
            assert!(why.len() > 20, "no reason in {line}");
            assert!(["content", "all"].contains(&what), "{what} in {line}");
            Reason {
                name: name.trim_matches('`').replace("{vip}", vip),
                content: what == "content",
            }
        })
        .collect()
}

impl Reason {
    /// Whether it is the reason for a difference.
    pub(crate) fn explains(&self, difference: &Difference) -> bool {
        matches(&self.name, &difference.name) && (!self.content || same_but_content(difference))
    }
}

/// Type, mode and owner are the same.
fn same_but_content(difference: &Difference) -> bool {
    let rest = |value: &Option<String>| {
        let (content, rest) = value.as_ref()?.split_once(' ')?;
        // A checksum: a file, and neither a folder nor a link.
        (content.len() == 64).then(|| rest.to_owned())
    };
    let (first, second) = (rest(&difference.first), rest(&difference.second));
    first.is_some() && first == second
}

/// Whether a name is one of those that a pattern describes.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((begin, rest)) => name.strip_prefix(begin).is_some_and(|name| {
            (0..=name.len()).any(|at| name.is_char_boundary(at) && matches(rest, &name[at..]))
        }),
    }
}

#[test]
fn patterns_are_narrow() {
    assert!(matches("file /a/*", "file /a/b/c"));
    assert!(matches("file */x", "file /a/x"));
    assert!(!matches("file /a", "file /a/b"));
    assert!(!matches("file /a/*.d", "file /a/b.c"));
}

#[test]
fn content_is_neither_mode_nor_presence() {
    let sum = |letter: &str| format!("{} 0644 0:0", letter.repeat(64));
    let reason = Reason {
        name: "file /a".to_owned(),
        content: true,
    };
    let explained = |first: Option<String>, second: Option<String>| {
        reason.explains(&Difference {
            name: "file /a".to_owned(),
            first,
            second,
        })
    };
    assert!(explained(Some(sum("a")), Some(sum("b"))));
    assert!(!explained(Some(sum("a")), Some(sum("b").replace("0644", "0600"))));
    assert!(!explained(Some(sum("a")), None));
    assert!(!explained(
        Some("folder 0755 0:0".to_owned()),
        Some("link 0755 0:0".to_owned())
    ));
}

#[test]
fn every_row_is_read() {
    assert_eq!(
        read("192.0.2.1").len(),
        DOCUMENT.lines().filter(|line| line.starts_with("| `")).count()
    );
}
