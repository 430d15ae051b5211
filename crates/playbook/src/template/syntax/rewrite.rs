//! Rewrites the code of a template: comparisons and string literals.

use super::Backslashes;
use super::Code;
use super::Prepared;
use super::token::Kind;
use super::token::Token;
use crate::template::changing;

/// Rewrites an expression.
pub(super) fn expression(out: &mut Prepared, code: Code<'_>, tokens: &[Token], backslashes: Backslashes) {
    Rewrite {
        out,
        text: code.text,
        changes: code.changes,
        backslashes,
        cursor: tokens.first().map_or(0, |token| token.start),
    }
    .level(tokens);
}

/// Rewrites a statement: its first word, and the `in` of a loop, are no part of an expression.
pub(super) fn statement(out: &mut Prepared, code: Code<'_>, tokens: &[Token]) {
    let Some((word, rest)) = tokens.split_first() else {
        return;
    };
    let text = code.text;
    let mut rewrite = Rewrite {
        out,
        text,
        changes: code.changes,
        backslashes: Backslashes::Escape,
        cursor: word.start,
    };
    rewrite.token(word);
    let is = |token: &Token, word: &str| &text[token.start..token.end] == word;
    if is(word, "set") {
        return rewrite.set(rest);
    }
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
    rewrite.looped(&body[split..]);
    for token in &rest[body.len()..] {
        rewrite.token(token);
    }
}

/// Whether these three tokens begin the call of a method that changes a list or mapping in place.
pub(super) fn is_change(text: &str, three: &[Token]) -> bool {
    let [dot, name, open] = three else {
        return false;
    };
    let word = |token: &Token| &text[token.start..token.end];
    word(dot) == "." && changing::METHODS.contains(&word(name)) && word(open) == "("
}

struct Rewrite<'a> {
    out: &'a mut Prepared,
    text: &'a str,
    changes: bool,
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

    /// `{% set NAME = VALUE %}`.
    fn set(&mut self, tokens: &[Token]) {
        let equals = self
            .top(tokens, "=")
            .filter(|at| self.changes && at + 1 < tokens.len());
        let Some(equals) = equals else {
            return self.level(tokens);
        };
        self.level(&tokens[..=equals]);
        self.out.insert(" (");
        self.cursor = tokens[equals + 1].start;
        self.level(&tokens[equals + 1..]);
        self.out.insert(")|__own");
    }

    /// What a loop goes over, and its `if`.
    fn looped(&mut self, tokens: &[Token]) {
        let end = self.top(tokens, "if").unwrap_or(tokens.len());
        if !self.changes || end == 0 {
            return self.parts(tokens, false);
        }
        self.out.insert(" (");
        self.cursor = tokens[0].start;
        self.level(&tokens[..end]);
        self.out.insert(")|__own");
        self.parts(&tokens[end..], false);
    }

    /// Where a word stands outside of all brackets.
    fn top(&self, tokens: &[Token], word: &str) -> Option<usize> {
        let mut at = 0;
        while at < tokens.len() {
            if self.word(&tokens[at]) == word && tokens[at].kind != Kind::Str {
                return Some(at);
            }
            if tokens[at].kind == Kind::Open {
                at = closing(tokens, at);
            }
            at += 1;
        }
        None
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
            if tokens[at].kind != Kind::Open {
                self.token(&tokens[at]);
                at += 1;
                continue;
            }
            let close = closing(tokens, at);
            let inner = &tokens[at + 1..close.min(tokens.len())];
            let own = close < tokens.len() && self.is_owned(tokens, at, close);
            self.gap(tokens[at].start);
            self.out.insert(if own { "((" } else { "" });
            self.token(&tokens[at]);
            self.level(inner);
            if let Some(token) = tokens.get(close) {
                self.token(token);
            }
            self.out.insert(if own { ")|__own)" } else { "" });
            at = close + 1;
        }
    }

    /// Whether these brackets hold a list or mapping that is written here, or a value that a method changes.
    fn is_owned(&self, tokens: &[Token], open: usize, close: usize) -> bool {
        let before = open.checked_sub(1).map(|before| tokens[before].kind);
        let follows = matches!(before, Some(Kind::Name | Kind::Str | Kind::Close));
        let rest = tokens.get(close + 1..).unwrap_or_default();
        let changed = rest.get(..3).is_some_and(|three| is_change(self.text, three));
        self.changes && !follows && (self.word(&tokens[open]) != "(" || changed)
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
