//! The line of a file that a failure comes from.

use std::fmt::Write as _;
use std::path::Path;

use evenkeel::Files;

use super::style;
use super::style::paint;
use crate::draw::without_secrets;

/// The line at `file:line:column` with a mark below the word there; `None` where no such file can be read.
pub(super) fn excerpt(files: &dyn Files, at: &str) -> Option<String> {
    let mut parts = at.rsplitn(3, ':');
    let column: usize = parts.next()?.parse().ok()?;
    let number: usize = parts.next()?.parse().ok()?;
    let contents = files
        .open(Path::new(parts.next()?))
        .ok()
        .filter(|contents| !contents.secret)?;
    let text = String::from_utf8(contents.bytes).ok()?;
    let line = text.lines().nth(number.checked_sub(1)?)?;
    let before = column.checked_sub(1)?;
    let word = line
        .chars()
        .skip(before)
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .count()
        .max(1);
    let indent: String = line
        .chars()
        .take(before)
        .map(|c| if c == '\t' { c } else { ' ' })
        .collect();
    let gutter = " ".repeat(number.to_string().len());
    let mut drawn = String::new();
    let _ = writeln!(drawn, "  {number} | {}", without_secrets(line));
    let _ = writeln!(
        drawn,
        "  {gutter} | {indent}{}",
        paint(style::FAILED, &"^".repeat(word))
    );
    Some(drawn)
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn the_word_at_the_place_is_marked() {
        let files = evenkeel::Memory::default().with("a.yml", "one:\n  two: \"{{ three }}\"\n");
        let drawn = excerpt(&files, "a.yml:2:12").unwrap();
        let plain = anstream::adapter::strip_str(&drawn).to_string();
        assert_eq!(plain, "  2 |   two: \"{{ three }}\"\n    |            ^^^^^\n");
        assert_eq!(excerpt(&files, "a.yml:9:1"), None);
        assert_eq!(excerpt(&files, "-e:1:1"), None);
    }
}
