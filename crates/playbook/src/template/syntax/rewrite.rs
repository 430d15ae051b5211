//! Rewrites the code of a template: comparisons and string literals.

use super::Backslashes;
use super::Prepared;
use super::token::Kind;
use super::token::Token;

/// Rewrites an expression.
pub(super) fn expression(out: &mut Prepared, text: &str, tokens: &[Token], backslashes: Backslashes) {
    Rewrite {
        out,
        text,
        backslashes,
        cursor: tokens.first().map_or(0, |token| token.start),
    }
    .level(tokens);
}

/// Rewrites a statement: its first word, and the `in` of a loop, are no part of an expression.
pub(super) fn statement(out: &mut Prepared, text: &str, tokens: &[Token]) {
    let Some((word, rest)) = tokens.split_first() else {
        return;
    };
    let mut rewrite = Rewrite {
        out,
        text,
        backslashes: Backslashes::Escape,
        cursor: word.start,
    };
    rewrite.token(word);
    let is = |token: &Token, word: &str| &text[token.start..token.end] == word;
    if !is(word, "for") {
        return rewrite.level(rest);
    }
    let recursive = rest.last().is_some_and(|last| is(last, "recursive"));
    let body = &rest[..rest.len() - usize::from(recursive)];
    let split = body
        .iter()
        .position(|token| is(token, "in"))
        .map_or(body.len(), |at| at + 1);
    for token in &body[..split] {
        rewrite.token(token);
    }
    rewrite.parts(&body[split..], false);
    for token in &rest[body.len()..] {
        rewrite.token(token);
    }
}

struct Rewrite<'a> {
    out: &'a mut Prepared,
    text: &'a str,
    backslashes: Backslashes,
    cursor: usize,
}

/// A comparison operator: its tokens.
struct Comparison {
    first: usize,
    after: usize,
}

impl Rewrite<'_> {
    fn word(&self, token: &Token) -> &str {
        &self.text[token.start..token.end]
    }

    /// Rewrites the tokens at one level of brackets: between separators stand comparisons. An `if` without `else`
    /// gets one, which tells its value from an undefined one.
    fn level(&mut self, tokens: &[Token]) {
        self.parts(tokens, true);
    }

    /// As [`Rewrite::level`]; the `if` of a loop needs no `else`.
    fn parts(&mut self, tokens: &[Token], choices: bool) {
        let mut choice = false;
        let mut start = 0;
        let mut comparisons = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let token = &tokens[at];
            let word = self.word(token);
            match token.kind {
                Kind::Open => at = closing(tokens, at),
                Kind::Operator if matches!(word, "." | "|") => at += 1,
                Kind::Operator if matches!(word, "==" | "!=" | "<" | ">" | "<=" | ">=") => {
                    comparisons.push(Comparison {
                        first: at,
                        after: at + 1,
                    });
                }
                Kind::Name if word == "in" => comparisons.push(Comparison {
                    first: at,
                    after: at + 1,
                }),
                Kind::Name if word == "not" && at > start && next_is(self.text, tokens, at, "in") => {
                    comparisons.push(Comparison {
                        first: at,
                        after: at + 2,
                    });
                    at += 1;
                }
                Kind::Name if word == "is" => {
                    at += if next_is(self.text, tokens, at, "not") {
                        2
                    } else {
                        1
                    }
                }
                Kind::Operator if matches!(word, "," | ":" | "=") => {
                    self.segment(tokens, start, at, &comparisons);
                    self.otherwise(std::mem::take(&mut choice));
                    self.token(token);
                    (start, comparisons) = (at + 1, Vec::new());
                }
                Kind::Name if matches!(word, "and" | "or" | "if" | "else" | "not") => {
                    choice = (choice || word == "if") && word != "else" && choices;
                    self.segment(tokens, start, at, &comparisons);
                    self.token(token);
                    (start, comparisons) = (at + 1, Vec::new());
                }
                Kind::Name | Kind::Number | Kind::Str | Kind::Close | Kind::Operator => {}
            }
            at += 1;
        }
        self.segment(tokens, start, tokens.len(), &comparisons);
        self.otherwise(choice);
    }

    fn otherwise(&mut self, choice: bool) {
        if choice {
            self.out.insert(" else __blank");
        }
    }

    fn segment(&mut self, tokens: &[Token], start: usize, end: usize, comparisons: &[Comparison]) {
        let complete = comparisons.iter().enumerate().all(|(index, comparison)| {
            let before = if index == 0 {
                start
            } else {
                comparisons[index - 1].after
            };
            let after = comparisons.get(index + 1).map_or(end, |next| next.first);
            comparison.first > before && comparison.after < after
        });
        let Some(first) = comparisons.first().filter(|_| complete) else {
            return self.arithmetic(&tokens[start..end]);
        };
        self.gap(tokens[start].start);
        self.out.insert("((");
        self.arithmetic(&tokens[start..first.first]);
        self.out.insert(")|__cmp(");
        for (index, comparison) in comparisons.iter().enumerate() {
            let operator = if comparison.after - comparison.first == 2 {
                "not in"
            } else {
                self.word(&tokens[comparison.first])
            };
            let operator = format!("{}'{operator}', (", if index == 0 { "" } else { ", " });
            self.out.insert(&operator);
            let stop = comparisons.get(index + 1).map_or(end, |next| next.first);
            self.cursor = tokens[comparison.after].start;
            self.arithmetic(&tokens[comparison.after..stop]);
            self.out.insert(")");
        }
        self.out.insert("))");
    }

    /// Operands of arithmetic go through a filter that refuses undefined ones; those of `~` become text as Python
    /// writes it; a lone `%` may format a string, a lone `-` tell the time between dates.
    fn arithmetic(&mut self, tokens: &[Token]) {
        let operators = self.operators(tokens);
        let all = |wanted: &str| operators.iter().all(|at| self.word(&tokens[*at]) == wanted);
        if operators.is_empty() {
            return self.verbatim(tokens);
        }
        let lone = [("%", ")|__mod(("), ("-", ")|__sub((")];
        let lone = lone.into_iter().find(|(operator, _)| all(operator));
        if let ([at], Some((_, filter))) = (operators.as_slice(), lone) {
            self.gap(tokens[0].start);
            self.out.insert("((");
            self.verbatim(&tokens[..*at]);
            self.out.insert(filter);
            self.cursor = tokens.get(at + 1).map_or(self.cursor, |token| token.start);
            self.verbatim(&tokens[at + 1..]);
            return self.out.insert(")))");
        }
        let filter = if all("~") { "|__text" } else { "|__use" };
        let mut start = 0;
        for end in operators.into_iter().chain([tokens.len()]) {
            self.verbatim(&tokens[start..end]);
            let literal = end - start == 1 && matches!(tokens[start].kind, Kind::Number | Kind::Str);
            if start < end && !literal {
                self.out.insert(filter);
            }
            if let Some(operator) = tokens.get(end) {
                self.token(operator);
            }
            start = end + 1;
        }
    }

    /// Where the binary arithmetic operators of one level are.
    fn operators(&self, tokens: &[Token]) -> Vec<usize> {
        let mut found = Vec::new();
        let (mut at, mut operand) = (0, false);
        while at < tokens.len() {
            let token = &tokens[at];
            let is = matches!(self.word(token), "+" | "-" | "*" | "/" | "//" | "%" | "**" | "~");
            if token.kind == Kind::Operator && is && operand && at + 1 < tokens.len() {
                found.push(at);
            }
            operand = token.kind != Kind::Operator;
            if token.kind == Kind::Open {
                at = closing(tokens, at);
            }
            at += 1;
        }
        found
    }

    fn verbatim(&mut self, tokens: &[Token]) {
        let mut at = 0;
        while at < tokens.len() {
            self.token(&tokens[at]);
            if tokens[at].kind == Kind::Open {
                let close = closing(tokens, at);
                self.level(&tokens[at + 1..close.min(tokens.len())]);
                if let Some(token) = tokens.get(close) {
                    self.token(token);
                }
                at = close;
            }
            at += 1;
        }
    }

    fn gap(&mut self, until: usize) {
        if self.cursor < until {
            self.out.copy(self.text, self.cursor, until);
        }
        self.cursor = self.cursor.max(until);
    }

    fn token(&mut self, token: &Token) {
        self.gap(token.start);
        self.cursor = token.end;
        let raw = &self.text[token.start..token.end];
        let closed = raw.len() > 1 && raw.ends_with(raw.chars().next().unwrap_or('\''));
        if token.kind != Kind::Str || !closed || !raw.contains('\\') {
            return self.out.copy(self.text, token.start, token.end);
        }
        let inner = &raw[1..raw.len() - 1];
        let content = if self.backslashes == Backslashes::Literal {
            inner.to_owned()
        } else {
            unescape(inner)
        };
        let quote = &raw[..1];
        self.out.copy(self.text, token.start, token.start + 1);
        self.out.insert(
            &content
                .replace('\\', "\\\\")
                .replace(quote, &format!("\\{quote}")),
        );
        self.out.copy(self.text, token.end - 1, token.end);
    }
}

fn next_is(text: &str, tokens: &[Token], at: usize, word: &str) -> bool {
    tokens
        .get(at + 1)
        .is_some_and(|token| &text[token.start..token.end] == word)
}

fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth == 1 => return at,
            Kind::Close => depth -= 1,
            Kind::Name | Kind::Number | Kind::Str | Kind::Operator => {}
        }
    }
    tokens.len()
}

/// Decodes Python's escape sequences; an unknown one stands for itself.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (piece, length) = escape(&rest[at + 1..]);
        match piece {
            Some(piece) => out.extend(piece),
            None => out.push_str(&rest[at..at + 1 + length]),
        }
        rest = &rest[at + 1 + length..];
    }
    out.push_str(rest);
    out
}

/// What an escape stands for (`Some(None)` is nothing), and its length after the backslash.
fn escape(rest: &str) -> (Option<Option<char>>, usize) {
    let Some(first) = rest.chars().next() else {
        return (None, 0);
    };
    let hex = |digits: usize| {
        let code = rest
            .get(1..=digits)
            .and_then(|text| u32::from_str_radix(text, 16).ok());
        code.and_then(char::from_u32)
            .map_or((None, 1), |c| (Some(Some(c)), digits + 1))
    };
    let simple = match first {
        '\n' => return (Some(None), 1),
        'x' => return hex(2),
        'u' => return hex(4),
        'U' => return hex(8),
        '0'..='7' => {
            let length = rest
                .bytes()
                .take(3)
                .take_while(|byte| (b'0'..=b'7').contains(byte))
                .count();
            let code = u32::from_str_radix(&rest[..length], 8)
                .ok()
                .and_then(char::from_u32);
            return (Some(code), length);
        }
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\\' | '\'' | '"' => first,
        _ => return (None, first.len_utf8()),
    };
    (Some(Some(simple)), 1)
}
