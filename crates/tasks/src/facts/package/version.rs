//! Debian's order of versions, deb-version(7), and patterns of names and versions.

use std::cmp::Ordering;

/// Compares two versions `[epoch:]upstream[-revision]`.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (epoch_a, rest_a) = epoch(a);
    let (epoch_b, rest_b) = epoch(b);
    let (upstream_a, revision_a) = rest_a.rsplit_once('-').unwrap_or((rest_a, ""));
    let (upstream_b, revision_b) = rest_b.rsplit_once('-').unwrap_or((rest_b, ""));
    epoch_a
        .cmp(&epoch_b)
        .then_with(|| compare_part(upstream_a, upstream_b))
        .then_with(|| compare_part(revision_a, revision_b))
}

fn epoch(version: &str) -> (u64, &str) {
    match version.split_once(':') {
        Some((epoch, rest)) => (epoch.parse().unwrap_or(0), rest),
        None => (0, version),
    }
}

/// What is no digit and what is one take turns; `~` comes before the end, letters before other characters.
fn compare_part(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (text_a, rest_a) = a.split_at(a.find(|c: char| c.is_ascii_digit()).unwrap_or(a.len()));
        let (text_b, rest_b) = b.split_at(b.find(|c: char| c.is_ascii_digit()).unwrap_or(b.len()));
        let rank = |c: Option<char>| match c {
            Some('~') => -1,
            None => 0,
            Some(letter) if letter.is_ascii_alphabetic() => i64::from(u32::from(letter)),
            Some(other) => i64::from(u32::from(other)) + 0x11_0000,
        };
        let (mut chars_a, mut chars_b) = (text_a.chars(), text_b.chars());
        loop {
            let (one, other) = (chars_a.next(), chars_b.next());
            match rank(one).cmp(&rank(other)) {
                Ordering::Equal if one.is_none() && other.is_none() => break,
                Ordering::Equal => {}
                unequal => return unequal,
            }
        }
        let (number_a, after_a) = digits(rest_a);
        let (number_b, after_b) = digits(rest_b);
        match number_a
            .len()
            .cmp(&number_b.len())
            .then_with(|| number_a.cmp(number_b))
        {
            Ordering::Equal => (a, b) = (after_a, after_b),
            unequal => return unequal,
        }
    }
    Ordering::Equal
}

/// The number at the start, without leading zeros, and what follows.
fn digits(text: &str) -> (&str, &str) {
    let (number, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    (number.trim_start_matches('0'), rest)
}

/// Whether a text fits a pattern with `*`, `?` and `[...]`, as Python's fnmatch.
pub fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    // The place after the last `*`, and how much of the text that star has taken.
    let (mut star, mut p, mut t) = (None, 0, 0);
    while t < text.len() {
        let one = match pattern.get(p) {
            Some('*') => {
                star = Some((p + 1, t));
                p += 1;
                continue;
            }
            Some('?') => Some(p + 1),
            Some('[') => class(&pattern, p, text[t]),
            Some(c) => (*c == text[t]).then_some(p + 1),
            None => None,
        };
        match (one, star) {
            (Some(next), _) => (p, t) = (next, t + 1),
            (None, Some((after, taken))) => {
                star = Some((after, taken + 1));
                (p, t) = (after, taken + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The place after `[...]` at `start`, when the character fits; a `[` without end is itself.
fn class(pattern: &[char], start: usize, c: char) -> Option<usize> {
    let negated = pattern.get(start + 1) == Some(&'!');
    let first = start + 1 + usize::from(negated);
    let Some(end) = (first + 1..pattern.len()).find(|at| pattern[*at] == ']') else {
        return (c == '[').then_some(start + 1);
    };
    let (mut at, mut fits) = (first, false);
    while at < end {
        if at + 2 < end && pattern[at + 1] == '-' {
            fits |= (pattern[at]..=pattern[at + 2]).contains(&c);
            at += 3;
        } else {
            fits |= pattern[at] == c;
            at += 1;
        }
    }
    (fits != negated).then_some(end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pair as `dpkg --compare-versions` orders it.
    #[test]
    fn versions_are_ordered_as_dpkg_does() {
        for (older, newer) in [
            ("1.0", "1.1"),
            ("1.9", "1.10"),
            ("1.0~rc1", "1.0"),
            ("1.0~rc1-1", "1.0-1"),
            ("2.6.12-1+deb12u1", "2.6.12-1+deb12u2"),
            ("5.2.15-2+b8", "5.2.15-2+b13"),
            ("9.9", "1:0.1"),
            ("1.0", "1.0-1"),
            ("1.0a", "1.0+"),
            ("1.0-1", "1.0.1-1"),
            ("1.0~~", "1.0~"),
        ] {
            assert_eq!(compare(older, newer), Ordering::Less, "{older} {newer}");
            assert_eq!(compare(newer, older), Ordering::Greater, "{older} {newer}");
        }
        for (a, b) in [("1.0", "1.00"), ("0:1.0-1", "1.0-1"), ("1.0", "1.0-0")] {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
        }
    }

    #[test]
    fn patterns_fit_as_in_a_shell() {
        for (pattern, text, expected) in [
            ("1.2*", "1.2.3-1", true),
            ("1.2*", "1.3", false),
            ("*deb12*", "2.6-1+deb12u1", true),
            ("a?c", "abc", true),
            ("lib[a-c]1", "libb1", true),
            ("lib[!a-c]1", "libb1", false),
            ("a[b", "a[b", true),
            ("", "", true),
            ("*", "", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
