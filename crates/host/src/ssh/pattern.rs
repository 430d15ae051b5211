//! Patterns of ssh_config(5) and sshd(8): `*`, `?`, and lists with negation.

/// Whether the text matches a pattern of `*` and `?`.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(b'?') => (p, t) = (p + 1, t + 1),
            Some(byte) if *byte == text[t] => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// Whether one pattern of the list matches, and none that begins with `!` does.
pub(super) fn list_matches<'a>(patterns: impl Iterator<Item = &'a str>, text: &str) -> bool {
    let mut found = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(unwanted) if matches(unwanted, text) => return false,
            Some(_) => {}
            None => found |= matches(pattern, text),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("web?", "web1", true),
            ("web?", "web", false),
            ("*.example.org", "a.b.example.org", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("[10.0.0.1]:22", "[10.0.0.1]:22", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_negation_wins_wherever_it_stands() {
        assert!(!list_matches(["!web1", "web*"].into_iter(), "web1"));
        assert!(!list_matches(["web*", "!web1"].into_iter(), "web1"));
        assert!(list_matches(["web*", "!web1"].into_iter(), "web2"));
        assert!(!list_matches(["!web1"].into_iter(), "web2"));
    }
}
