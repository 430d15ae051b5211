//! The lines of a text with their offsets, divided as Python's `str.splitlines` does.

/// The lines without their ends, each with the offset of its first byte.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        if from >= text.len() {
            return None;
        }
        let start = from;
        let rest = &text[start..];
        let (len, end) = match rest.char_indices().find(|(_, c)| is_end(*c)) {
            Some((at, '\r')) if rest[at..].starts_with("\r\n") => (at, 2),
            Some((at, c)) => (at, c.len_utf8()),
            None => (rest.len(), 0),
        };
        from = start + len + end;
        Some((start, &rest[..len]))
    })
}

fn is_end(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}' | '\u{1d}' | '\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_offsets() {
        let found: Vec<_> = lines("a\nb\r\n\nc\u{2028}d").collect();
        assert_eq!(found, [(0, "a"), (2, "b"), (5, ""), (6, "c"), (10, "d")]);
    }
}
