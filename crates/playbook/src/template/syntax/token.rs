//! Splits a template into text and code, and code into tokens.

/// The marks around blocks, variables and comments.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Marks {
    /// `{%` and `%}`.
    pub(crate) block: (String, String),
    /// `{{` and `}}`.
    pub(crate) variable: (String, String),
    /// `{#` and `#}`.
    pub(crate) comment: (String, String),
}

impl Default for Marks {
    fn default() -> Marks {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        Marks {
            block: pair("{%", "%}"),
            variable: pair("{{", "}}"),
            comment: pair("{#", "#}"),
        }
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Name,
    Number,
    Str,
    Open,
    Close,
    Operator,
}

/// A token and its bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A piece of a template.
#[derive(Debug)]
pub(super) enum Block {
    /// Text or a comment.
    Text { start: usize, end: usize },
    /// `{% raw %}` (its bytes) up to and with `{% endraw %}`.
    Raw { begin: (usize, usize), end: usize },
    /// `{{ ... }}`.
    Variable {
        start: usize,
        tokens: Vec<Token>,
        end: usize,
    },
    /// `{% ... %}`.
    Statement {
        start: usize,
        tokens: Vec<Token>,
        end: usize,
    },
}

/// Splits a template.
pub(super) fn blocks(text: &str, marks: &Marks) -> Vec<Block> {
    let mut blocks = Vec::new();
    let (mut at, mut plain) = (0, 0);
    while let Some((start, which)) = next_mark(text, at, marks) {
        if which == 2 {
            let inner = start + marks.comment.0.len();
            at = text[inner..]
                .find(&marks.comment.1)
                .map_or(text.len(), |end| inner + end + marks.comment.1.len());
            continue;
        }
        if start > plain {
            blocks.push(Block::Text {
                start: plain,
                end: start,
            });
        }
        let (open, close) = if which == 0 { &marks.block } else { &marks.variable };
        let mut inner = start + open.len();
        if text[inner..].starts_with(['-', '+']) {
            inner += 1;
        }
        let (tokens, end) = tokens(text, inner, Some(close));
        let raw = which == 0 && tokens.len() == 1 && &text[tokens[0].start..tokens[0].end] == "raw";
        blocks.push(if raw {
            let stop = end_of_raw(text, end, marks);
            Block::Raw {
                begin: (start, end),
                end: stop,
            }
        } else if which == 0 {
            Block::Statement { start, tokens, end }
        } else {
            Block::Variable { start, tokens, end }
        });
        at = match blocks.last() {
            Some(Block::Raw { end, .. }) => *end,
            _ => end,
        };
        plain = at;
    }
    if plain < text.len() {
        blocks.push(Block::Text {
            start: plain,
            end: text.len(),
        });
    }
    blocks
}

/// The tokens of an expression.
pub(super) fn code(text: &str) -> Vec<Token> {
    tokens(text, 0, None).0
}

/// Whether no bracket is closed that was not opened.
pub(super) fn balanced(tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    tokens.iter().all(|token| match token.kind {
        Kind::Open => {
            depth += 1;
            true
        }
        Kind::Close => depth.checked_sub(1).map(|less| depth = less).is_some(),
        Kind::Name | Kind::Number | Kind::Str | Kind::Operator => true,
    })
}

fn next_mark(text: &str, from: usize, marks: &Marks) -> Option<(usize, usize)> {
    let rest = &text[from..];
    let all = [&marks.block.0, &marks.variable.0, &marks.comment.0];
    let found = all
        .iter()
        .enumerate()
        .filter_map(|(which, mark)| rest.find(mark.as_str()).map(|at| (at, which)));
    found
        .min_by_key(|(at, which)| (*at, usize::MAX - all[*which].len()))
        .map(|(at, which)| (from + at, which))
}

fn end_of_raw(text: &str, from: usize, marks: &Marks) -> usize {
    let mut at = from;
    while let Some(found) = text[at..].find(&marks.block.0) {
        let inner = at + found + marks.block.0.len();
        let word = text[inner..].trim_start_matches(['-', '+']).trim_start();
        if word.starts_with("endraw") {
            return text[inner..]
                .find(&marks.block.1)
                .map_or(text.len(), |end| inner + end + marks.block.1.len());
        }
        at = inner;
    }
    text.len()
}

/// Reads tokens until the closing mark; the second value is the offset after it.
fn tokens(text: &str, from: usize, close: Option<&str>) -> (Vec<Token>, usize) {
    let mut found = Vec::new();
    let (mut at, mut depth) = (from, 0_usize);
    while let Some(first) = text[at..].chars().next() {
        if depth == 0
            && let Some(close) = close
        {
            let trimmed = text[at..].strip_prefix(['-', '+']).unwrap_or(&text[at..]);
            if trimmed.starts_with(close) {
                return (found, text.len() - trimmed.len() + close.len());
            }
        }
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let (kind, length) = token(&text[at..], first);
        match kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            Kind::Name | Kind::Number | Kind::Str | Kind::Operator => {}
        }
        found.push(Token {
            kind,
            start: at,
            end: at + length,
        });
        at += length;
    }
    (found, text.len())
}

fn token(rest: &str, first: char) -> (Kind, usize) {
    let run = |accept: &dyn Fn(char) -> bool| rest.find(|c| !accept(c)).unwrap_or(rest.len());
    match first {
        '\'' | '"' => (Kind::Str, string_end(rest, first)),
        '(' | '[' | '{' => (Kind::Open, 1),
        ')' | ']' | '}' => (Kind::Close, 1),
        c if c.is_ascii_digit() => (Kind::Number, number_end(rest)),
        c if c.is_alphabetic() || c == '_' => (Kind::Name, run(&|c| c.is_alphanumeric() || c == '_')),
        c => {
            let two = ["==", "!=", "<=", ">=", "//", "**"]
                .iter()
                .any(|op| rest.starts_with(op));
            (Kind::Operator, if two { 2 } else { c.len_utf8() })
        }
    }
}

/// A number may have a signed exponent: `1e-7`.
fn number_end(rest: &str) -> usize {
    let run = |text: &str| {
        text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(text.len())
    };
    let end = run(rest);
    let (mantissa, after) = rest.split_at(end);
    let exponent =
        mantissa.ends_with(['e', 'E']) && mantissa[..end - 1].bytes().all(|byte| byte.is_ascii_digit());
    match after.strip_prefix(['-', '+']) {
        Some(digits) if exponent && digits.starts_with(|c: char| c.is_ascii_digit()) => end + 1 + run(digits),
        _ => end,
    }
}

fn string_end(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    rest.len()
}
