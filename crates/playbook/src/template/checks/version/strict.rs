//! `StrictVersion`: `1.2`, `1.2.3`, `1.2a1`.

use super::Part;

/// Reads a version; a pre-release comes before its release.
pub(super) fn parse(text: &str) -> Option<Vec<Part>> {
    let pre = text.find(['a', 'b']);
    let (core, pre) = pre.map_or((text, None), |at| (&text[..at], Some(&text[at..])));
    let numbers: Vec<u128> = core
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    if !(2..=3).contains(&numbers.len()) {
        return None;
    }
    let mut parts: Vec<Part> = numbers.into_iter().chain([0]).take(3).map(Part::Number).collect();
    match pre {
        Some(pre) => {
            parts.push(Part::Word(pre[..1].to_owned()));
            parts.push(Part::Number(pre[1..].parse().ok()?));
        }
        None => parts.push(Part::Highest),
    }
    Some(parts)
}
