//! A line split into words as a POSIX shell would, the way Python's `shlex.split(line, comments=True)` does.

/// One word with the range of bytes it was written in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// The text without quotes and escapes.
    pub(crate) text: String,
    /// Offset of its first byte in the line.
    pub(crate) start: usize,
    /// Offset after its last byte.
    pub(crate) end: usize,
}

/// The words of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// In the order of the line.
    pub(crate) words: Vec<Word>,
    /// Offset of a `#` that stands inside a word and silently drops the rest of the line.
    pub(crate) cut: Option<usize>,
}

/// Why a line cannot be split; the offset is that of the opening quote or the backslash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfinished {
    /// A quote without its partner.
    Quote(usize),
    /// A backslash as the last character.
    Escape(usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Plain,
    Quoted(char),
    Escaped { quote: Option<char> },
}

/// Splits a line; an unquoted `#` begins a comment, inside a word too.
pub(crate) fn split(line: &str) -> Result<Words, Unfinished> {
    let mut found = Words::default();
    let mut word: Option<Word> = None;
    let mut state = State::Between;
    let mut opened = 0;
    for (at, c) in line.char_indices() {
        let open = |word: Option<Word>| {
            word.unwrap_or(Word {
                text: String::new(),
                start: at,
                end: at,
            })
        };
        let space = matches!(c, ' ' | '\t' | '\r' | '\n');
        state = match state {
            State::Between if space => State::Between,
            State::Between if c == '#' => return Ok(found),
            State::Plain if space => {
                found.words.extend(word.take());
                State::Between
            }
            State::Plain if c == '#' => {
                found.cut = Some(at);
                found.words.extend(word.take());
                return Ok(found);
            }
            State::Between | State::Plain => {
                let mut now = open(word.take());
                let next = match c {
                    '\'' | '"' => {
                        opened = at;
                        State::Quoted(c)
                    }
                    '\\' => {
                        opened = at;
                        State::Escaped { quote: None }
                    }
                    _ => {
                        now.text.push(c);
                        State::Plain
                    }
                };
                now.end = at + c.len_utf8();
                word = Some(now);
                next
            }
            State::Quoted(quote) => {
                let mut now = open(word.take());
                now.end = at + c.len_utf8();
                let next = if c == quote {
                    State::Plain
                } else if c == '\\' && quote == '"' {
                    State::Escaped { quote: Some(quote) }
                } else {
                    now.text.push(c);
                    state
                };
                word = Some(now);
                next
            }
            State::Escaped { quote } => {
                let mut now = open(word.take());
                if quote.is_some_and(|quote| c != '\\' && c != quote) {
                    now.text.push('\\');
                }
                now.text.push(c);
                now.end = at + c.len_utf8();
                word = Some(now);
                quote.map_or(State::Plain, State::Quoted)
            }
        };
    }
    match state {
        State::Between | State::Plain => {
            found.words.extend(word);
            Ok(found)
        }
        State::Quoted(_) => Err(Unfinished::Quote(opened)),
        State::Escaped { quote: None } => Err(Unfinished::Escape(opened)),
        State::Escaped { quote: Some(_) } => Err(Unfinished::Quote(opened)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        split(line)
            .map(|found| found.words.into_iter().map(|word| word.text).collect())
            .unwrap_or_default()
    }

    /// Expected values: Python 3.11's `shlex.split(line, comments=True)`.
    #[test]
    fn splits_as_python_does() {
        for (line, words) in [
            (r#"a b="c d" e='f g'"#, vec!["a", "b=c d", "e=f g"]),
            (r#"a b="c\"d" e=\ f"#, vec!["a", "b=c\"d", "e= f"]),
            (r"a b='c\d' e=f\g", vec!["a", r"b=c\d", "e=fg"]),
            (r#"a b="c\d""#, vec!["a", r"b=c\d"]),
            ("a pw=x#y z=1", vec!["a", "pw=x"]),
            ("a # b", vec!["a"]),
            ("a 'b#c' \"d # e\"", vec!["a", "b#c", "d # e"]),
            ("a '' b", vec!["a", "", "b"]),
            ("a\u{a0}b  c\td", vec!["a\u{a0}b", "c", "d"]),
            ("a'b'\"c\"d", vec!["abcd"]),
        ] {
            assert_eq!(texts(line), words, "{line}");
        }
    }

    #[test]
    fn knows_where_a_quote_was_opened() {
        assert_eq!(split("a b=\"c d"), Err(Unfinished::Quote(4)));
        assert_eq!(split("a b='c d"), Err(Unfinished::Quote(4)));
        assert_eq!(split("a b\\"), Err(Unfinished::Escape(3)));
        assert_eq!(
            split("a b#c"),
            Ok(Words {
                cut: Some(3),
                ..split("a b").unwrap()
            })
        );
    }
}
