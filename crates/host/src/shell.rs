//! Words of the shell's language.

use std::borrow::Cow;

/// Quotes a word for a POSIX shell.
///
/// ```
/// assert_eq!(evenkeel_host::quote("it's"), r"'it'\''s'");
/// assert_eq!(evenkeel_host::quote("plain-word.txt"), "plain-word.txt");
/// ```
pub fn quote(word: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_@%+=:,./-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return Cow::Borrowed(word);
    }
    Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
}
