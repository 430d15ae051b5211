//! Shell patterns: `*`, `?` and `[...]` within the components of a path (`glob(7)`).

/// Whether a path matches a pattern; a `/` and a leading dot are matched only by themselves.
pub(crate) fn matches(pattern: &str, path: &str) -> bool {
    let mut patterns = pattern.split('/');
    let mut names = path.split('/');
    loop {
        match (patterns.next(), names.next()) {
            (None, None) => return true,
            (Some(pattern), Some(name)) if component(pattern, name) => {}
            _ => return false,
        }
    }
}

/// Whether something at `path` or below it could match.
pub(crate) fn could_match_within(pattern: &str, path: &str) -> bool {
    path == "/"
        || path
            .split('/')
            .zip(pattern.split('/'))
            .all(|(name, pattern)| component(pattern, name))
            && path.split('/').count() <= pattern.split('/').count()
}

/// The part of a pattern before its first component with a wildcard, and the rest.
pub(crate) fn split(pattern: &str) -> (&str, &str) {
    let wild = pattern.find(['*', '?', '[', '\\']).unwrap_or(pattern.len());
    let at = pattern[..wild].rfind('/').unwrap_or(0);
    (&pattern[..at], &pattern[at..])
}

/// A pattern that matches only this text.
pub(crate) fn escape(text: &str) -> String {
    let special = |c: char| "*?[]\\".contains(c);
    text.chars()
        .flat_map(|c| special(c).then_some('\\').into_iter().chain([c]))
        .collect()
}

fn component(pattern: &str, name: &str) -> bool {
    let dot = name.starts_with('.') && !pattern.starts_with('.') && !pattern.starts_with("\\.");
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    !dot && name.is_empty() == pattern.is_empty() && fits(&pattern, &name)
}

fn fits(pattern: &[char], name: &[char]) -> bool {
    match pattern {
        [] => name.is_empty(),
        ['*', rest @ ..] => (0..=name.len()).any(|skip| fits(rest, &name[skip..])),
        ['?', rest @ ..] => !name.is_empty() && fits(rest, &name[1..]),
        ['[', rest @ ..] => match (set(rest), name) {
            (Some((inside, length)), [first, others @ ..]) => inside(*first) && fits(&rest[length..], others),
            (Some(_), []) => false,
            (None, _) => name.first() == Some(&'[') && fits(rest, &name[1..]),
        },
        ['\\', escaped, rest @ ..] => name.first() == Some(escaped) && fits(rest, &name[1..]),
        [literal, rest @ ..] => name.first() == Some(literal) && fits(rest, &name[1..]),
    }
}

/// Reads a set after its `[`: what it holds, and its length with the `]`.
fn set(pattern: &[char]) -> Option<(impl Fn(char) -> bool + use<>, usize)> {
    let negated = matches!(pattern.first(), Some('!' | '^'));
    let start = usize::from(negated);
    let end = start + 1 + pattern.get(start + 1..)?.iter().position(|c| *c == ']')?;
    let members = pattern[start..end].to_vec();
    let inside = move |c: char| {
        let mut at = 0;
        let mut found = false;
        while at < members.len() {
            if at + 2 < members.len() && members[at + 1] == '-' {
                found |= (members[at]..=members[at + 2]).contains(&c);
                at += 3;
            } else {
                found |= members[at] == c;
                at += 1;
            }
        }
        found != negated
    };
    Some((inside, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        let yes = [
            ("/etc/*.conf", "/etc/a.conf"),
            ("/e?c/[a-c]x", "/etc/bx"),
            ("/[!a]", "/b"),
            ("/a[", "/a["),
        ];
        let no = [
            ("/etc/*", "/etc/.hidden"),
            ("/etc/*", "/etc/a/b"),
            ("/[!a]", "/a"),
            ("/*", "/"),
            ("/a?", "/a"),
        ];
        assert!(
            yes.iter().all(|(pattern, path)| matches(pattern, path)),
            "{yes:?}"
        );
        assert!(!no.iter().any(|(pattern, path)| matches(pattern, path)), "{no:?}");
        assert!(matches("/etc/.*", "/etc/.hidden"));
        assert!(matches(r"/a\*", "/a*") && !matches(r"/a\*", "/ab"));
    }

    #[test]
    fn the_folders_that_a_pattern_reaches_are_known() {
        assert!(could_match_within("/etc/*/x", "/etc"));
        assert!(could_match_within("/etc/*/x", "/etc/a"));
        assert!(could_match_within("/etc/*/x", "/"));
        assert!(!could_match_within("/etc/*/x", "/usr"));
        assert!(!could_match_within("/etc/*", "/etc/a/b"));
        assert_eq!(split("/etc/x/*.d/y"), ("/etc/x", "/*.d/y"));
        assert_eq!(split("/etc/plain"), ("/etc", "/plain"));
    }
}
