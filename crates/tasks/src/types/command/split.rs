//! Splitting a command into words.

/// The words of a text, split and unquoted as Python's `shlex.split` does (a POSIX shell without expansions or
/// comments); `None` when a quote is not closed.
pub(crate) fn split(text: &str) -> Option<Vec<String>> {
    let (mut words, mut chars) = (Vec::new(), text.chars());
    while let Some(word) = next_word(&mut chars)? {
        words.push(word);
    }
    Some(words)
}

/// The first of these words, and the text after it; `None` when a quote is not closed.
pub(crate) fn first_word(text: &str) -> Option<(String, &str)> {
    let mut chars = text.chars();
    let word = next_word(&mut chars)?.unwrap_or_default();
    Some((word, chars.as_str().trim()))
}

fn next_word(chars: &mut std::str::Chars<'_>) -> Option<Option<String>> {
    let mut word = None::<String>;
    while let Some(c) = chars.next() {
        match c {
            c if c.is_ascii_whitespace() && word.is_some() => break,
            c if c.is_ascii_whitespace() => {}
            '\\' => word.get_or_insert_default().push(chars.next()?),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => double_quoted(chars, word.get_or_insert_default())?,
            c => word.get_or_insert_default().push(c),
        }
    }
    Some(word)
}

/// In double quotes a backslash escapes only itself and the quote.
fn double_quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match chars.next()? {
            '"' => return Some(()),
            '\\' => match chars.next()? {
                c @ ('"' | '\\') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: `shlex.split` of Python 3.11.
    #[test]
    fn as_shlex_splits() {
        for (text, words) in [
            ("a  b\tc\n", vec!["a", "b", "c"]),
            ("a 'b c' d", vec!["a", "b c", "d"]),
            (r#"a "b \"c\" \n" d"#, vec!["a", r#"b "c" \n"#, "d"]),
            (r"a\ b c", vec!["a b", "c"]),
            ("a '' \"\"", vec!["a", "", ""]),
            ("x'y'\"z\"", vec!["xyz"]),
            ("a # b", vec!["a", "#", "b"]),
            (r"'a\'", vec![r"a\"]),
            ("", vec![]),
        ] {
            assert_eq!(split(text), Some(words.into_iter().map(str::to_owned).collect()), "{text}");
        }
        for text in ["a 'b", "a \"b", "a\\"] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn the_first_word_leaves_the_rest_as_it_stands() {
        assert_eq!(first_word(" 'a b.sh'  -x \"$y\" "), Some(("a b.sh".to_owned(), "-x \"$y\"")));
        assert_eq!(first_word("a"), Some(("a".to_owned(), "")));
        assert_eq!(first_word("'a"), None);
    }

    proptest::proptest! {
        #[test]
        fn quoted_words_come_back(words in proptest::collection::vec(".{0,8}", 0..4)) {
            let text: Vec<_> = words.iter().map(|word| evenkeel_host::quote(word)).collect();
            proptest::prop_assert_eq!(split(&text.join(" ")), Some(words));
        }
    }
}
