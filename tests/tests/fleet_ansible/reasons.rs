//! What may differ, and why: the table in `docs/ansible-equality.md`.

use evenkeel_tests::fleet::Difference;

const DOCUMENT: &str = include_str!("../../../docs/ansible-equality.md");

/// A row of the table.
#[derive(Debug)]
pub(crate) struct Reason {
    /// The names it is about; `*` stands for any text, `{vip}` for the cluster's virtual address.
    pub(crate) name: String,
    what: What,
}

/// What may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// Everything, also whether it is there.
    All,
    /// Only what the file contains, and not whether it is there, its type, mode and owner.
    Content,
    /// Of what the file contains, only keys, certificates and tokens.
    Secrets,
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
            let what = match what {
                "all" => What::All,
                "content" => What::Content,
                "secrets" => What::Secrets,
                _ => panic!("{what} in {line}"),
            };
            Reason {
                name: name.trim_matches('`').replace("{vip}", vip),
                what,
            }
        })
        .collect()
}

impl Reason {
    /// Whether it is the reason for a difference; `texts` reads both sides of a file.
    pub(crate) fn explains(
        &self,
        difference: &Difference,
        texts: impl FnOnce() -> Option<(String, String)>,
    ) -> bool {
        let allowed = || match self.what {
            What::All => true,
            What::Content => same_but_content(difference),
            What::Secrets => {
                same_but_content(difference)
                    && texts()
                        .is_some_and(|(first, second)| without_secrets(&first) == without_secrets(&second))
            }
        };
        matches(&self.name, &difference.name) && allowed()
    }
}

/// A text without its long words of letters that keys, certificates and tokens are written in.
fn without_secrets(text: &str) -> String {
    let (mut rest, mut word) = (String::new(), String::new());
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() || "+/=:".contains(letter) {
            word.push(letter);
            continue;
        }
        rest.push_str(if word.len() > 80 { "SECRET" } else { &word });
        rest.push(letter);
        word.clear();
    }
    rest
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
    let explained = |first: Option<String>, second: Option<String>| {
        let difference = Difference {
            name: "file /a".to_owned(),
            first,
            second,
        };
        reason(What::Content).explains(&difference, || None)
    };
    assert!(explained(Some(sum("a")), Some(sum("b"))));
    assert!(!explained(Some(sum("a")), Some(sum("b").replace("0644", "0600"))));
    assert!(!explained(Some(sum("a")), None));
    let (folder, link) = ("folder 0755 0:0".to_owned(), "link to b 0755 0:0".to_owned());
    assert!(!explained(Some(folder), Some(link)));
}

#[test]
fn secrets_are_no_addresses() {
    let kubeconfig = |server: &str, key: &str| {
        format!(
            "    server: https://{server}:6443\n    client-key-data: {}\n",
            key.repeat(150)
        )
    };
    let explained = |first: String, second: String| {
        let difference = Difference {
            name: "file /a".to_owned(),
            first: Some(format!("{} 0600 0:0", "a".repeat(64))),
            second: Some(format!("{} 0600 0:0", "b".repeat(64))),
        };
        reason(What::Secrets).explains(&difference, || Some((first, second)))
    };
    assert!(explained(kubeconfig("m1", "k"), kubeconfig("m1", "l")));
    assert!(!explained(kubeconfig("m1", "k"), kubeconfig("m2", "l")));
}

#[cfg(test)]
fn reason(what: What) -> Reason {
    Reason {
        name: "file /a".to_owned(),
        what,
    }
}

#[test]
fn every_row_is_read() {
    assert_eq!(
        read("192.0.2.1").len(),
        DOCUMENT.lines().filter(|line| line.starts_with("| `")).count()
    );
}
