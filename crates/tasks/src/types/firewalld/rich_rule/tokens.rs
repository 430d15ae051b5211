//! The words of a rich rule, split as a shell does.

/// A word: `name=value`, or an element's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Attribute(String, String),
    Word(String),
}

/// Splits a rule.
///
/// # Errors
/// When a quote is open, or an attribute has no name or no value.
pub(super) fn split(text: &str) -> Result<Vec<Token>, String> {
    words(text)?
        .into_iter()
        .map(|word| match word.split_once('=') {
            None => Ok(Token::Word(word)),
            Some((name, value)) if name.is_empty() || value.is_empty() || value.contains('=') => {
                Err(format!("`{word}` is no `name=value`"))
            }
            Some((name, value)) => Ok(Token::Attribute(name.to_owned(), value.to_owned())),
        })
        .collect()
}

fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    // What cannot be printed is no part of a rule.
    let mut chars = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\t' | '\n'));
    while let Some(c) = chars.next() {
        match (c, quote) {
            ('\'' | '"', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            ('\\', None | Some('"')) => match chars.next() {
                Some(next) => {
                    let word = word.get_or_insert_default();
                    if quote.is_some() && !matches!(next, '"' | '\\') {
                        word.push('\\');
                    }
                    word.push(next);
                }
                None => return Err("a `\\` at the end stands before nothing".to_owned()),
            },
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    if quote.is_some() {
        return Err("a quote is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}
