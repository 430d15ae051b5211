//! Words of a free form, cut where Ansible cuts them.

/// A word with the blanks and the newline behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// Where it begins in the text.
    pub(super) start: usize,
    /// The word.
    pub(super) text: String,
}

/// What is open where a word begins.
#[derive(Default)]
struct Open {
    quote: Option<char>,
    /// Depths of `{{`, `{%` and `{#`.
    depths: [i64; 3],
}

const BLOCKS: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

impl Open {
    fn in_block(&self) -> bool {
        self.depths.iter().any(|depth| *depth > 0)
    }

    /// Reads on over a token; says whether the depth of a block changed.
    fn read(&mut self, token: &str) -> bool {
        let mut before = None;
        for c in token.chars() {
            if matches!(c, '"' | '\'') && before != Some('\\') {
                self.quote = match self.quote {
                    None => Some(c),
                    Some(open) if open == c => None,
                    open => open,
                };
            }
            before = Some(c);
        }
        let mut changed = false;
        for (depth, (open, close)) in self.depths.iter_mut().zip(BLOCKS) {
            let count = |mark: &str| i64::try_from(token.matches(mark).count()).unwrap_or(i64::MAX);
            let now = (*depth + count(open) - count(close)).max(0);
            changed |= now != *depth;
            *depth = now;
        }
        changed
    }
}

/// Cuts a text at blanks and newlines; quotes and `{{ }}` hold a word together, and a backslash alone at the end of a
/// line goes with its newline. `None` when something is not closed.
pub(super) fn split(text: &str) -> Option<Vec<Word>> {
    let (mut words, mut open, mut at) = (Vec::<Word>::new(), Open::default(), 0);
    let lines: Vec<&str> = text.split('\n').collect();
    for (number, line) in lines.iter().enumerate() {
        let mut continues = false;
        for (index, token) in line.split(' ').enumerate() {
            let start = at;
            at += token.len() + 1;
            if token.is_empty() && index > 0 {
                last(&mut words, start).text.push(' ');
                continue;
            }
            if token == "\\" && open.quote.is_none() {
                continues = true;
                continue;
            }
            let (was_quoted, was_block) = (open.quote.is_some(), open.in_block());
            let changed = open.read(token);
            if was_quoted || was_block {
                // A line within quotes begins where it begins.
                let blank = if index == 0 { "" } else { " " };
                let word = last(&mut words, start);
                word.text.extend([blank, token]);
            } else if !token.is_empty() || changed {
                words.push(Word {
                    start,
                    text: token.to_owned(),
                });
            }
        }
        if number + 1 < lines.len() && !continues {
            last(&mut words, at).text.push('\n');
        }
    }
    (open.quote.is_none() && !open.in_block()).then_some(words)
}

fn last(words: &mut Vec<Word>, start: usize) -> &mut Word {
    if words.is_empty() {
        words.push(Word {
            start,
            text: String::new(),
        });
    }
    let at = words.len() - 1;
    &mut words[at]
}

/// Words as one text; behind a newline comes no blank.
pub(super) fn join(words: &[String]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() && !text.ends_with('\n') {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Option<Vec<String>> {
        Some(split(text)?.into_iter().map(|word| word.text).collect())
    }

    /// Expected values: `ansible.parsing.splitter.split_args` and `join_args` of ansible-core 2.19.
    #[test]
    fn as_ansible_splits_and_joins() {
        for (text, words, joined) in [
            ("a=1 'b c'  d", vec!["a=1", "'b c' ", "d"], "a=1 'b c'  d"),
            (
                "echo {{ a | b('c d') }} e",
                vec!["echo", "{{ a | b('c d') }}", "e"],
                "echo {{ a | b('c d') }} e",
            ),
            (
                "cat <<E\n  a\n    b\nE\n",
                vec!["cat", "<<E\n ", "a\n   ", "b\n", "E\n"],
                "cat <<E\n  a\n    b\nE\n",
            ),
            (
                "a \\\n  \"b \\\n c\" \\\n| d\ne\n",
                vec!["a ", "\"b \\\n c\"", "|", "d\n", "e\n"],
                "a  \"b \\\n c\" | d\ne\n",
            ),
            ("\na", vec!["\n", "a"], "\na"),
            ("", vec![], ""),
        ] {
            let expected: Vec<String> = words.into_iter().map(str::to_owned).collect();
            assert_eq!(texts(text), Some(expected.clone()), "{text:?}");
            assert_eq!(join(&expected), joined, "{text:?}");
        }
        assert_eq!(texts("it's"), None);
        assert_eq!(texts("{{ a"), None);
    }
}
