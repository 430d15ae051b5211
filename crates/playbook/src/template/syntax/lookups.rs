//! The lookups whose names stand in a template.

use super::Marks;
use super::arguments;
use super::arguments::Named;
use super::token;
use super::token::Block;
use super::token::Kind;
use super::token::Token;

/// A lookup that a template calls by its name.
#[derive(Debug)]
pub(crate) struct Looked<'a> {
    /// Its name, with the collection if that stands there.
    pub(crate) name: &'a str,
    /// Where the name begins.
    pub(crate) at: usize,
    /// What it is asked for, where that stands there as text, with its places.
    pub(crate) terms: Vec<(usize, &'a str)>,
    /// The arguments that it names.
    pub(crate) named: Vec<Named<'a>>,
    /// Whether it says what becomes of a failure.
    pub(crate) errors: bool,
    /// Whether something in the template decides what of it is evaluated.
    pub(crate) decided: bool,
}

/// The lookups that the code of a template calls by name.
pub(crate) fn looked<'a>(text: &'a str, marks: &Marks, whole: bool) -> Vec<Looked<'a>> {
    if !text.contains("lookup") && !text.contains("query") && !text.contains("q(") {
        return Vec::new();
    }
    let blocks = if whole {
        Vec::new()
    } else {
        token::blocks(text, marks)
    };
    let mut codes: Vec<Vec<Token>> = Vec::new();
    for block in blocks {
        if let Block::Variable { tokens, .. } | Block::Statement { tokens, .. } = block {
            codes.push(tokens);
        }
    }
    if whole {
        codes.push(token::code(text));
    }
    let decided = codes.iter().any(|tokens| arguments::decides(text, tokens));
    let mut found: Vec<Looked<'a>> = codes.iter().flat_map(|tokens| calls(text, tokens)).collect();
    found.iter_mut().for_each(|looked| looked.decided = decided);
    found
}

/// The lookups of one expression.
fn calls<'a>(text: &'a str, tokens: &[Token]) -> Vec<Looked<'a>> {
    let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.start..token.end]);
    let literal = |at: usize| {
        let token = tokens.get(at).filter(|token| token.kind == Kind::Str)?;
        let inner = text.get(token.start + 1..token.end.saturating_sub(1))?;
        let alone = matches!(word(at + 1), "," | ")");
        (alone && !inner.contains(['\\', '{'])).then_some((token.start + 1, inner))
    };
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let called = matches!(word(at), "lookup" | "query" | "q") && word(at + 1) == "(";
        if !called || at > 0 && matches!(word(at - 1), "." | "|") {
            continue;
        }
        let Some((start, name)) = literal(at + 2) else {
            continue;
        };
        let mut terms = Vec::new();
        let mut next = at + 4;
        while let Some(term) = literal(next) {
            terms.push(term);
            next += 2;
        }
        let rest = tokens.get(next.min(tokens.len())..).unwrap_or_default();
        let errors = rest.iter().any(|token| &text[token.start..token.end] == "errors");
        let decided = false;
        found.push(Looked {
            name,
            at: start,
            terms,
            named: arguments::named(text, tokens, at + 1),
            errors,
            decided,
        });
    }
    found
}
