//! Macros that take more arguments than they name: `varargs` and `kwargs`.
//!
//! minijinja's macros have the parameters they name. One whose body says `varargs` or `kwargs` gets them as parameters,
//! and behind its end its name is given to a value that sorts the arguments of a call.

use std::collections::HashMap;

use super::Code;
use super::Marks;
use super::Prepared;
use super::rewrite;
use super::token::Block;
use super::token::Kind;
use super::token::Token;

/// The names of what a macro gets beyond its parameters.
pub(crate) const MORE: [&str; 2] = ["varargs", "kwargs"];

/// A statement that is written in another way.
#[derive(Debug)]
pub(super) enum Part {
    /// `macro NAME(...)`: with these parameters too.
    Begin(Vec<&'static str>),
    /// `endmacro` of this macro.
    End(String),
}

/// The statements of a template that begin and end such macros, by the number of their blocks.
pub(super) fn find(text: &str, blocks: &[Block]) -> HashMap<usize, Part> {
    let mut found = HashMap::new();
    if !MORE.iter().any(|name| text.contains(name)) {
        return found;
    }
    let mut open: Vec<(usize, String, Vec<&'static str>)> = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let tokens = match block {
            Block::Statement { tokens, .. } | Block::Variable { tokens, .. } => tokens.as_slice(),
            Block::Text { .. } | Block::Raw { .. } => continue,
        };
        let word = |at: usize| tokens.get(at).map_or("", |token| &text[token.start..token.end]);
        let is_statement = matches!(block, Block::Statement { .. });
        match word(0) {
            "macro" if is_statement && word(2) == "(" => {
                open.push((at, word(1).to_owned(), Vec::new()));
            }
            "endmacro" if is_statement => {
                if let Some((begin, name, more)) = open.pop().filter(|(.., more)| !more.is_empty()) {
                    found.insert(begin, Part::Begin(more));
                    found.insert(at, Part::End(name));
                }
            }
            _ => {
                if let Some((begin, _, more)) = open.last_mut() {
                    mention(text, tokens, &blocks[*begin], more);
                }
            }
        }
    }
    found
}

/// Notes which of the names the code of a macro's body says that are none of its parameters.
fn mention(text: &str, tokens: &[Token], begin: &Block, more: &mut Vec<&'static str>) {
    let says = |tokens: &[Token], name: &str| {
        let is = |token: &Token| token.kind == Kind::Name && &text[token.start..token.end] == name;
        tokens.iter().any(is)
    };
    let own = match begin {
        Block::Statement { tokens, .. } => tokens.as_slice(),
        Block::Text { .. } | Block::Raw { .. } | Block::Variable { .. } => &[],
    };
    for name in MORE {
        if says(tokens, name) && !says(own, name) && !more.contains(&name) {
            more.push(name);
        }
    }
}

impl Part {
    /// Writes the tokens of the statement.
    pub(super) fn write(&self, out: &mut Prepared, code: Code<'_>, tokens: &[Token], marks: &Marks) {
        let Some((last, rest)) = tokens.split_last() else {
            return;
        };
        match self {
            Part::Begin(more) => {
                rewrite::statement(out, code, rest);
                let separated = rest.last().is_some_and(|token| {
                    token.kind == Kind::Open || &code.text[token.start..token.end] == ","
                });
                let more = more.iter().map(|name| format!("{name}=none"));
                let more: Vec<String> = more.collect();
                out.insert(if separated { "" } else { ", " });
                out.insert(&more.join(", "));
                out.copy(code.text, last.start, last.end);
            }
            Part::End(name) => {
                rewrite::statement(out, code, tokens);
                let (open, close) = &marks.block;
                out.insert(&format!(" {close}{open} set {name} = {name}|__variadic"));
            }
        }
    }
}
