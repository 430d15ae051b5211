//! Jinja's text, made ready for minijinja.
//!
//! Comparisons become calls of a filter of ours (Python's rules, and an undefined operand is noticed), string literals
//! are decoded as Python does, `{% raw %}` keeps its first newline. Every byte of the result knows where it came from.

mod arguments;
mod lookups;
mod rewrite;
mod token;
mod uses;
mod variadic;

pub(crate) use arguments::Named;
pub(crate) use lookups::Looked;
pub(crate) use lookups::looked;
pub(crate) use token::Marks;
pub(crate) use uses::Use;
pub(crate) use uses::uses;

use token::Block;

use super::changing;

/// How backslashes in the string literals of `{{ }}` are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backslashes {
    /// They stand for themselves: `{{ }}` in playbooks.
    Literal,
    /// They begin escape sequences: template files, statements, expressions without `{{ }}`.
    Escape,
}

/// The text that is rewritten.
#[derive(Clone, Copy, Debug)]
struct Code<'a> {
    text: &'a str,
    /// Whether it changes lists and mappings in place: then they become changeable where they get a name.
    changes: bool,
}

/// A text for minijinja, with the way back to the original.
#[derive(Debug, Default)]
pub(crate) struct Prepared {
    /// The text.
    pub(crate) text: String,
    anchors: Vec<(usize, usize)>,
}

impl Prepared {
    /// The offset in the original that belongs to an offset in the text.
    pub(crate) fn original(&self, at: usize) -> usize {
        let next = self.anchors.partition_point(|(new, _)| *new <= at);
        let Some((new, old)) = next.checked_sub(1).and_then(|index| self.anchors.get(index)) else {
            return 0;
        };
        let limit = self.anchors.get(next).map_or(usize::MAX, |(_, old)| *old);
        (old + (at - new)).min(limit)
    }

    fn insert(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn copy(&mut self, source: &str, start: usize, end: usize) {
        let piece = &source[start..end];
        if piece.is_empty() {
            return;
        }
        let contiguous = self
            .anchors
            .last()
            .is_some_and(|(new, old)| old + (self.text.len() - new) == start);
        if !contiguous {
            self.anchors.push((self.text.len(), start));
        }
        self.text.push_str(piece);
    }
}

/// Whether a string of a playbook may hold a template.
pub(crate) fn is_template(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .any(|pair| matches!(pair, b"{{" | b"{%" | b"{#"))
}

/// Whether an expression has `{{` in it, in none of its strings. One with statements is a whole template.
pub(crate) fn has_braces(text: &str) -> bool {
    let is_open = |token: &token::Token| &text[token.start..token.end] == "{";
    text.contains("{{")
        && !text.contains("{%")
        && token::code(text)
            .windows(2)
            .any(|two| two[0].end == two[1].start && is_open(&two[0]) && is_open(&two[1]))
}

/// Whether the code of a template calls a method that changes a list or mapping in place.
pub(crate) fn changes(text: &str, marks: &Marks, whole: bool) -> bool {
    let candidates = text.match_indices('.').map(|(at, _)| text[at + 1..].trim_start());
    let mut candidates =
        candidates.filter(|rest| changing::METHODS.iter().any(|name| rest.starts_with(name)));
    if candidates.next().is_none() {
        return false;
    }
    if whole {
        return calls_changing(text, &token::code(text));
    }
    token::blocks(text, marks).iter().any(|block| match block {
        Block::Variable { tokens, .. } | Block::Statement { tokens, .. } => calls_changing(text, tokens),
        Block::Text { .. } | Block::Raw { .. } => false,
    })
}

fn calls_changing(text: &str, tokens: &[token::Token]) -> bool {
    tokens.windows(3).any(|three| rewrite::is_change(text, three))
}

/// Prepares a template.
pub(crate) fn template(text: &str, marks: &Marks, backslashes: Backslashes) -> Prepared {
    let mut out = Prepared::default();
    let code = Code {
        text,
        changes: changes(text, marks, false),
    };
    let blocks = token::blocks(text, marks);
    let macros = variadic::find(text, &blocks);
    for (at, block) in blocks.into_iter().enumerate() {
        match block {
            Block::Text { start, end } => copy_text(&mut out, text, start, end),
            Block::Raw { begin, end } => {
                let plain = text[begin.0..begin.1].strip_suffix(marks.block.1.as_str());
                match plain.filter(|head| !head.ends_with(['-', '+'])) {
                    Some(head) => {
                        out.copy(text, begin.0, begin.0 + head.len());
                        out.insert("+");
                        out.copy(text, begin.0 + head.len(), begin.1);
                    }
                    None => out.copy(text, begin.0, begin.1),
                }
                copy_text(&mut out, text, begin.1, end);
            }
            Block::Variable { start, tokens, end } => {
                out.copy(text, start, tokens.first().map_or(end, |token| token.start));
                rewrite::expression(&mut out, code, &tokens, backslashes);
                out.copy(text, tokens.last().map_or(end, |token| token.end), end);
            }
            Block::Statement { start, tokens, end } => {
                out.copy(text, start, tokens.first().map_or(end, |token| token.start));
                match macros.get(&at) {
                    Some(part) => part.write(&mut out, code, &tokens, marks),
                    None => rewrite::statement(&mut out, code, &tokens),
                }
                out.copy(text, tokens.last().map_or(end, |token| token.end), end);
            }
        }
    }
    out
}

/// Prepares an expression: the text of a template that emits it. A bracket too many would end that template, so it
/// gets one that is not closed.
pub(crate) fn expression(text: &str) -> Prepared {
    let mut out = Prepared::default();
    let tokens = token::code(text);
    let changes = changes(text, &Marks::default(), true);
    out.insert(if token::balanced(&tokens) { "{{ " } else { "{{ (" });
    rewrite::expression(&mut out, Code { text, changes }, &tokens, Backslashes::Escape);
    let rest = tokens.last().map_or(0, |token| token.end);
    out.copy(text, rest, text.len());
    out.insert(" }}");
    out
}

/// Newlines of all kinds become `\n`, as in Jinja.
fn copy_text(out: &mut Prepared, text: &str, start: usize, end: usize) {
    let mut from = start;
    for (at, _) in text[start..end].match_indices('\r') {
        let at = start + at;
        out.copy(text, from, at);
        from = at + 1;
        if !text[from..end].starts_with('\n') {
            out.insert("\n");
        }
    }
    out.copy(text, from, end);
}

/// The names that stand in the code of a template, with their places: for pointing at one.
pub(crate) fn names<'a>(text: &'a str, marks: &Marks, whole: bool) -> Vec<(usize, &'a str)> {
    let of = |tokens: &[token::Token]| -> Vec<(usize, &'a str)> {
        tokens
            .iter()
            .filter_map(|token| match token.kind {
                token::Kind::Name => Some((token.start, &text[token.start..token.end])),
                // The last byte of a string that is not closed may be a part of a character.
                token::Kind::Str => text
                    .get(token.start + 1..token.end.saturating_sub(1))
                    .map(|inner| (token.start + 1, inner)),
                _ => None,
            })
            .collect()
    };
    if whole {
        return of(&token::code(text));
    }
    let blocks = token::blocks(text, marks);
    let code = blocks.iter().filter_map(|block| match block {
        Block::Variable { tokens, .. } | Block::Statement { tokens, .. } => Some(of(tokens)),
        Block::Text { .. } | Block::Raw { .. } => None,
    });
    code.flatten().collect()
}

/// What stands after `|`, after `is`, or after a dot and before its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Callee {
    /// A filter.
    Filter,
    /// A test.
    Test,
    /// A method.
    Method,
}

/// A filter, test or method that a template calls.
#[derive(Debug)]
pub(crate) struct Called<'a> {
    /// What it is.
    pub(crate) what: Callee,
    /// Its name, with the collection if that stands there.
    pub(crate) name: &'a str,
    /// Where the name begins.
    pub(crate) at: usize,
    /// The arguments that it names.
    pub(crate) named: Vec<Named<'a>>,
    /// Whether something in the template decides what of it is evaluated.
    pub(crate) decided: bool,
}

/// The filters, tests and methods that the code of a template calls.
pub(crate) fn called<'a>(text: &'a str, marks: &Marks, whole: bool) -> Vec<Called<'a>> {
    let mut codes: Vec<Vec<token::Token>> = Vec::new();
    if whole {
        codes.push(token::code(text));
    } else {
        for block in token::blocks(text, marks) {
            if let Block::Variable { tokens, .. } | Block::Statement { tokens, .. } = block {
                codes.push(tokens);
            }
        }
    }
    let decided = codes.iter().any(|tokens| arguments::decides(text, tokens));
    let mut found: Vec<Called<'a>> = codes.iter().flat_map(|tokens| calls(text, tokens)).collect();
    found.iter_mut().for_each(|called| called.decided = decided);
    found
}

fn calls<'a>(text: &'a str, tokens: &[token::Token]) -> Vec<Called<'a>> {
    let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.start..token.end]);
    let is_name = |at: usize| {
        tokens
            .get(at)
            .is_some_and(|token| token.kind == token::Kind::Name)
    };
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let attribute = at > 0 && word(at - 1) == ".";
        let (what, first) = match word(at) {
            "|" => (Callee::Filter, at + 1),
            "filter" if at == 0 && is_name(1) => (Callee::Filter, 1),
            "is" if !attribute && word(at + 1) == "not" => (Callee::Test, at + 2),
            "is" if !attribute => (Callee::Test, at + 1),
            "." if word(at + 2) == "(" => (Callee::Method, at + 1),
            _ => continue,
        };
        if !is_name(first) {
            continue;
        }
        let mut last = first;
        while word(last + 1) == "." && is_name(last + 2) {
            last += 2;
        }
        let start = tokens[first].start;
        found.push(Called {
            what,
            name: &text[start..tokens[last].end],
            at: start,
            named: arguments::named(text, tokens, last + 1),
            decided: false,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> String {
        template(source, &Marks::default(), Backslashes::Literal).text
    }

    #[test]
    fn comparisons_become_filters() {
        assert_eq!(
            text("{{ a + 1 in b | list and not c == 2 }}"),
            "{{ ((a|__use + 1)|__cmp('in', (b | list))) and not ((c)|__cmp('==', (2))) }}"
        );
        assert_eq!(
            text("{% for x in y if x not in z %}"),
            "{% for x in y if ((x)|__cmp('not in', (z))) %}"
        );
        assert_eq!(
            text("{{ f(a == 1, k=b < c <= d) }}"),
            "{{ f(((a)|__cmp('==', (1))), k=((b)|__cmp('<', (c), '<=', (d)))) }}"
        );
        assert_eq!(
            text("{{ x is not in y }} == {{ x.in }}"),
            "{{ x is not in y }} == {{ x.in }}"
        );
        assert_eq!(text("{{ '}}' ~ \"a\\n\" }}"), "{{ '}}' ~ \"a\\\\n\" }}");
        assert_eq!(text("{{ a ~ b.c | d(1) }}"), "{{ a|__text ~ b.c | d(1)|__text }}");
        assert_eq!(
            text("{{ f(*a, **b) - -c[1 + i] }}"),
            "{{ ((f(*a, **b))|__sub((-c[1 + i|__use]))) }}"
        );
        assert_eq!(
            text("{{ a if b, (c if d) if e else f }}"),
            "{{ a if b else __blank, (c if d else __blank) if e else f }}"
        );
        assert_eq!(text("{{ '%s' % x }}"), "{{ (('%s')|__mod((x))) }}");
    }

    #[test]
    fn every_byte_knows_its_origin() {
        let source = "ä {{ a == b }} {% raw %}\n{{ x == y }}{% endraw %}\r\nend";
        let prepared = template(source, &Marks::default(), Backslashes::Escape);
        for name in ["a", "b", "end", "endraw"] {
            let (new, old) = (prepared.text.rfind(name).unwrap(), source.rfind(name).unwrap());
            assert_eq!(prepared.original(new), old, "{name} in {}", prepared.text);
        }
        assert!(prepared.text.contains("{% raw +%}\n{{ x == y }}"));
    }
}
