//! Semantic versions (<https://semver.org/>, 2.0.0).

use super::Part;

/// Reads a version; build metadata does not count.
pub(super) fn parse(text: &str) -> Option<Vec<Part>> {
    let core = text.split_once('+').map_or(text, |(core, _)| core);
    let (core, pre) = core
        .split_once('-')
        .map_or((core, None), |(core, pre)| (core, Some(pre)));
    let number = |part: &str| -> Option<Part> {
        let plain = part == "0" || !part.starts_with('0');
        part.parse()
            .ok()
            .filter(|_| plain && part.bytes().all(|byte| byte.is_ascii_digit()))
            .map(Part::Number)
    };
    let mut parts: Vec<Part> = core.split('.').map(number).collect::<Option<_>>()?;
    if parts.len() != 3 {
        return None;
    }
    let Some(pre) = pre else {
        parts.push(Part::Highest);
        return Some(parts);
    };
    for identifier in pre.split('.') {
        if identifier.is_empty() || !identifier.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return None;
        }
        let digits = identifier.bytes().all(|byte| byte.is_ascii_digit());
        parts.push(if digits {
            number(identifier)?
        } else {
            Part::Word(identifier.to_owned())
        });
    }
    parts.push(Part::Lowest);
    Some(parts)
}
