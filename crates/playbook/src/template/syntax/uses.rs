//! What the code of a template uses for certain: names, and entries of mappings that stand there as text.

use super::Marks;
use super::token;
use super::token::Block;
use super::token::Kind;
use super::token::Token;

/// Filters and tests that may keep what stands beside them from being used, or take it that a name is not defined; as texts
/// they are what `map` and `select` call.
const DECIDING: [&str; 6] = ["d", "default", "defined", "ternary", "type_debug", "undefined"];

/// Statements that something decides about, with what ends them.
const DECIDED: [(&str, &str); 3] = [("if", "endif"), ("macro", "endmacro"), ("call", "endcall")];

/// Something that the code of a template uses, unless the code itself decides against it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Use<'a> {
    /// The mapping of which an entry is used: `groups` in `groups['web']`.
    pub(crate) holder: Option<&'a str>,
    /// A name, or that of the entry.
    pub(crate) name: &'a str,
    /// Where it stands.
    pub(crate) at: usize,
    /// Whether it stands in the body of a loop, which may have no items, or in a list of which only a part may be looked at.
    pub(crate) perhaps: bool,
}

/// What a statement means for what stands between it and its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    /// It is used.
    Plain,
    /// It is used for each item.
    Loop,
    /// Something decides whether it is used.
    Decided,
}

/// The names that the code of a template uses, and the entries of names that it uses.
pub(crate) fn uses<'a>(text: &'a str, marks: &Marks, whole: bool) -> Vec<Use<'a>> {
    if whole {
        return of_expression(text, &token::code(text), false);
    }
    let mut found = Vec::new();
    // The statements around, with what ends each.
    let mut around: Vec<(&str, Within)> = Vec::new();
    for block in token::blocks(text, marks) {
        match block {
            Block::Variable { tokens, .. } => found.extend(inside(text, &tokens, &around)),
            Block::Statement { tokens, .. } => found.extend(statement(text, &tokens, &mut around)),
            Block::Text { .. } | Block::Raw { .. } => {}
        }
    }
    found
}

fn word<'a>(text: &'a str, tokens: &[Token], at: usize) -> &'a str {
    tokens.get(at).map_or("", |token| &text[token.start..token.end])
}

/// The uses of an expression that stands in these statements.
fn inside<'a>(text: &'a str, tokens: &[Token], around: &[(&str, Within)]) -> Vec<Use<'a>> {
    let is = |within: Within| around.iter().any(|(_, around)| *around == within);
    if is(Within::Decided) {
        return Vec::new();
    }
    of_expression(text, tokens, is(Within::Loop))
}

/// The uses of a statement, which may begin or end one that stands around others. What is only given a name is not used.
fn statement<'a>(text: &'a str, tokens: &[Token], around: &mut Vec<(&'a str, Within)>) -> Vec<Use<'a>> {
    let first = word(text, tokens, 0);
    if around.last().is_some_and(|(end, _)| *end == first) {
        around.pop();
        return Vec::new();
    }
    let rest = tokens.get(1..).unwrap_or_default();
    if first == "for" {
        let start = rest
            .iter()
            .position(|token| &text[token.start..token.end] == "in");
        let items = start.and_then(|at| rest.get(at + 1..)).unwrap_or_default();
        let found = inside(text, items, around);
        let within = if is_filled_list(text, items) {
            Within::Plain
        } else {
            Within::Loop
        };
        around.push(("endfor", within));
        return found;
    }
    let found = match first {
        "if" | "include" | "import" | "from" => inside(text, rest, around),
        _ => Vec::new(),
    };
    if let Some((_, end)) = DECIDED.iter().find(|(begin, _)| *begin == first) {
        around.push((end, Within::Decided));
    }
    found
}

/// Whether an expression is a list that has items whatever they are.
fn is_filled_list(text: &str, tokens: &[Token]) -> bool {
    let mut depth = 0_usize;
    let closes = tokens.iter().position(|token| {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            Kind::Name | Kind::Number | Kind::Str | Kind::Operator => {}
        }
        depth == 0
    });
    word(text, tokens, 0) == "[" && tokens.len() > 2 && closes == Some(tokens.len() - 1)
}

fn of_expression<'a>(text: &'a str, tokens: &[Token], perhaps: bool) -> Vec<Use<'a>> {
    let certain = certain(text, tokens);
    let parts = parts(text, tokens);
    let mut found = Vec::new();
    for at in 0..certain.len() {
        let before = at.checked_sub(1).map_or("", |at| word(text, certain, at));
        let named = word(text, tokens, at + 1) == "=" && matches!(before, "(" | ",");
        if certain[at].kind != Kind::Name || named || is_called(text, certain, at) {
            continue;
        }
        let (holder, start) = (word(text, certain, at), certain[at].start);
        let perhaps = perhaps || parts.iter().any(|part| part.contains(&at));
        found.push(Use {
            holder: None,
            name: holder,
            at: start,
            perhaps,
        });
        if let Some((at, name)) = entry(text, tokens, at) {
            let holder = Some(holder);
            found.push(Use {
                holder,
                name,
                at,
                perhaps,
            });
        }
    }
    found
}

/// Lists and mappings that an expression makes, and of which a filter or subscript behind them may take only a part.
fn parts(text: &str, tokens: &[Token]) -> Vec<std::ops::Range<usize>> {
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Open => {
                let held = at.checked_sub(1).and_then(|before| tokens.get(before));
                let words = ["and", "else", "if", "in", "is", "not", "or"];
                let is_subscript = held.is_some_and(|held| match held.kind {
                    Kind::Name => !words.contains(&&text[held.start..held.end]),
                    Kind::Str | Kind::Close => true,
                    Kind::Number | Kind::Open | Kind::Operator => false,
                });
                open.push((at, word(text, tokens, at) != "(" && !is_subscript));
            }
            Kind::Close => {
                let taken = matches!(word(text, tokens, at + 1), "." | "[" | "|");
                match open.pop() {
                    Some((start, true)) if taken => found.push(start..at),
                    _ => {}
                }
            }
            Kind::Name | Kind::Number | Kind::Str | Kind::Operator => {}
        }
    }
    found
}

/// The part of an expression that is evaluated in any case: what stands before the first `and` or `or`, unless something
/// else in it decides.
fn certain<'t>(text: &str, tokens: &'t [Token]) -> &'t [Token] {
    let decides = |at: usize| {
        let (kind, here) = (tokens[at].kind, word(text, tokens, at));
        let before = at.checked_sub(1).map_or("", |at| word(text, tokens, at));
        match kind {
            Kind::Str => DECIDING.contains(&here.trim_matches(['\'', '"'])),
            Kind::Name if matches!(here, "if" | "else" | "undef") => true,
            Kind::Name => matches!(before, "|" | "." | "is" | "not") && DECIDING.contains(&here),
            Kind::Number | Kind::Open | Kind::Close | Kind::Operator => false,
        }
    };
    if (0..tokens.len()).any(decides) {
        return &[];
    }
    let is_joint =
        |token: &Token| token.kind == Kind::Name && matches!(&text[token.start..token.end], "and" | "or");
    let end = tokens.iter().position(is_joint).unwrap_or(tokens.len());
    &tokens[..end]
}

/// Whether what stands there is an attribute, a filter or a test, or a word of the language.
fn is_called(text: &str, tokens: &[Token], at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).map_or("", |at| word(text, tokens, at));
    matches!(word(text, tokens, at), "in" | "is" | "not")
        || matches!(before(1), "." | "|" | "is")
        || before(1) == "not" && before(2) == "is"
}

/// The entry that is taken of the name there: `['web']` or `.web`, methods apart.
fn entry<'a>(text: &'a str, tokens: &[Token], at: usize) -> Option<(usize, &'a str)> {
    let (next, after) = (tokens.get(at + 2)?, word(text, tokens, at + 3));
    match (word(text, tokens, at + 1), next.kind) {
        ("[", Kind::Str) if after == "]" => {
            let inner = text.get(next.start + 1..next.end.saturating_sub(1))?;
            (!inner.contains(['\\', '{'])).then_some((next.start + 1, inner))
        }
        (".", Kind::Name) if after != "(" => Some((next.start, &text[next.start..next.end])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The uses of a template, `?` before those that a loop may leave out.
    fn shown(text: &str, whole: bool) -> Vec<String> {
        let all = uses(text, &Marks::default(), whole).into_iter();
        all.map(|found| {
            let mark = if found.perhaps { "?" } else { "" };
            match found.holder {
                Some(holder) => format!("{mark}{holder}:{}", found.name),
                None => format!("{mark}{}", found.name),
            }
        })
        .collect()
    }

    #[test]
    fn what_is_used_for_certain() {
        assert_eq!(
            shown("{{ a.b | c(d, e=f) }} {{ 'g' }} h", false),
            ["a", "a:b", "d", "f"]
        );
        assert_eq!(shown("a is b and c", true), ["a"]);
        assert_eq!(shown("{{ a | default(b) }}{{ a if b else c }}", false), [""; 0]);
        assert_eq!(shown("x | selectattr('y', 'defined')", true), [""; 0]);
        assert_eq!(
            shown("{% if a %}{{ b }}{% elif c %}{{ d }}{% endif %}{{ e }}", false),
            ["a", "e"]
        );
        assert_eq!(
            shown("{% for x in a %}{{ b }}{% endfor %}{% set y = c %}{{ d }}", false),
            ["a", "?b", "d"]
        );
        assert_eq!(
            shown(
                "{% for x in [a, 1] %}{{ b }}{% endfor %}{% for x in [] %}{{ c }}{% endfor %}",
                false
            ),
            ["a", "b", "?c"]
        );
        assert_eq!(
            shown("{% macro m(a) %}{{ b }}{% endmacro %}{{ m(c) }}", false),
            ["m", "c"]
        );
    }

    #[test]
    fn lists_of_which_a_part_is_taken() {
        assert_eq!(
            shown("[a, b] | last + c[d] + f(g, [h])", true),
            ["?a", "?b", "c", "d", "f", "g", "h"]
        );
        assert_eq!(shown("{'a': b}.c ~ [d]", true), ["?b", "d"]);
    }

    #[test]
    fn entries_that_stand_there_as_text() {
        assert_eq!(
            shown(
                "groups['web'] | length + groups.db.0 + groups[x] + groups.get('y')",
                true
            ),
            [
                "groups",
                "groups:web",
                "groups",
                "groups:db",
                "groups",
                "x",
                "groups"
            ]
        );
    }
}
