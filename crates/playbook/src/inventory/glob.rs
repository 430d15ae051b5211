//! Shell patterns on names, as Python's `fnmatch` reads them: `*`, `?`, `[a-c]`, `[!a]`, case matters.

/// Whether a name as a whole matches a shell pattern.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    // Where the last `*` stands, and how far it has reached: on a mismatch it takes one character more.
    let mut star: Option<(usize, usize)> = None;
    while n < name.len() {
        let step = match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
                continue;
            }
            Some('?') => Some(1),
            Some('[') => match class(&pattern[p..]) {
                Some((set, len)) => set.holds(name[n]).then_some(len),
                None => (name[n] == '[').then_some(1),
            },
            Some(c) => (*c == name[n]).then_some(1),
            None => None,
        };
        match (step, star) {
            (Some(len), _) => {
                p += len;
                n += 1;
            }
            (None, Some((at, reached))) => {
                star = Some((at, reached + 1));
                p = at + 1;
                n = reached + 1;
            }
            (None, None) => return false,
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

struct Class<'a> {
    negated: bool,
    members: &'a [char],
}

impl Class<'_> {
    fn holds(&self, c: char) -> bool {
        let mut rest = self.members;
        let mut found = false;
        while let [first, ..] = rest {
            if let [low, '-', high, ..] = rest {
                found |= (*low..=*high).contains(&c);
                rest = &rest[3..];
            } else {
                found |= *first == c;
                rest = &rest[1..];
            }
        }
        found != self.negated
    }
}

/// The character class at the beginning of a pattern; without its `]` it is none.
fn class(pattern: &[char]) -> Option<(Class<'_>, usize)> {
    let negated = pattern.get(1) == Some(&'!');
    let from = if negated { 2 } else { 1 };
    // A `]` directly after the opening is a member.
    let close = pattern.iter().skip(from + 1).position(|c| *c == ']')? + from + 1;
    Some((
        Class {
            negated,
            members: &pattern[from..close],
        },
        close + 1,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: Python 3.11's `fnmatch.fnmatchcase`.
    #[test]
    fn matches_as_fnmatch_does() {
        for (pattern, name, expected) in [
            ("web*", "web01", true),
            ("web*", "Web01", false),
            ("*", "", true),
            ("*b*b", "abcb", true),
            ("*b*b", "abc", false),
            ("w?b", "web", true),
            ("w?b", "wb", false),
            ("web[12]", "web2", true),
            ("web[!12]", "web2", false),
            ("web[1-3]", "web2", true),
            ("web[]]", "web]", true),
            ("web[1", "web[1", true),
            ("web[!]", "web[!]", true),
            ("a.c", "abc", false),
            ("web[:3]", "web3", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
