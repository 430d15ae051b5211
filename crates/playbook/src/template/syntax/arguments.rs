//! The arguments that calls name.

use super::token::Kind;
use super::token::Token;

/// An argument that a call names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Where it stands.
    pub(crate) at: usize,
}

/// The named arguments of the call whose bracket stands there, if one does.
pub(super) fn named<'a>(text: &'a str, tokens: &[Token], open: usize) -> Vec<Named<'a>> {
    let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.start..token.end]);
    let mut found = Vec::new();
    if word(open) != "(" {
        return found;
    }
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth == 1 => break,
            Kind::Close => depth -= 1,
            Kind::Name if depth == 1 && word(at + 1) == "=" && matches!(word(at - 1), "(" | ",") => {
                found.push(Named {
                    name: word(at),
                    at: token.start,
                });
            }
            Kind::Name | Kind::Number | Kind::Str | Kind::Operator => {}
        }
    }
    found
}

/// Whether something in the code decides what of it is evaluated.
pub(super) fn decides(text: &str, tokens: &[Token]) -> bool {
    let word = |token: &Token| &text[token.start..token.end];
    tokens.iter().any(|token| {
        token.kind == Kind::Name
            && matches!(
                word(token),
                "if" | "elif" | "else" | "and" | "or" | "for" | "macro"
            )
    })
}
