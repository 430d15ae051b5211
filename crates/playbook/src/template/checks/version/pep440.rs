//! Versions of Python packages (<https://peps.python.org/pep-0440/>).

use super::Part;

/// Reads `[epoch!]release[{a|b|rc}N][.postN][.devN][+local]`.
pub(super) fn parse(text: &str) -> Option<Vec<Part>> {
    let text = text.trim().to_lowercase();
    let text = text.strip_prefix('v').unwrap_or(&text);
    let (public, local) = text
        .split_once('+')
        .map_or((text, None), |(public, local)| (public, Some(local)));
    let (epoch, rest) = public
        .split_once('!')
        .map_or((0, public), |(epoch, rest)| (epoch.parse().unwrap_or(0), rest));
    let end = rest
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(rest.len());
    let (release, mut rest) = (
        rest[..end].trim_end_matches('.'),
        &rest[rest[..end].trim_end_matches('.').len()..],
    );
    let mut numbers: Vec<u128> = release
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    while numbers.len() > 1 && numbers.last() == Some(&0) {
        numbers.pop();
    }
    let pre = take(
        &mut rest,
        &[
            ("alpha", 0),
            ("a", 0),
            ("beta", 1),
            ("b", 1),
            ("rc", 2),
            ("c", 2),
            ("preview", 2),
            ("pre", 2),
        ],
    );
    let post = take(&mut rest, &[("post", 0), ("rev", 0), ("r", 0)]);
    let dev = take(&mut rest, &[("dev", 0)]);
    if !rest.is_empty() {
        return None;
    }
    let mut parts = vec![Part::Number(epoch)];
    parts.extend(numbers.into_iter().map(Part::Number));
    parts.push(Part::Lowest);
    match pre {
        Some((kind, number)) => parts.extend([Part::Number(kind), Part::Number(number)]),
        None if post.is_none() && dev.is_some() => parts.extend([Part::Lowest, Part::Lowest]),
        None => parts.extend([Part::Highest, Part::Highest]),
    }
    parts.push(post.map_or(Part::Lowest, |(_, number)| Part::Number(number)));
    parts.push(dev.map_or(Part::Highest, |(_, number)| Part::Number(number)));
    parts.extend(
        local
            .into_iter()
            .flat_map(|local| local.split(['.', '-', '_']))
            .map(|part| {
                part.parse()
                    .map_or_else(|_| Part::Word(part.to_owned()), Part::Number)
            }),
    );
    Some(parts)
}

fn take(rest: &mut &str, words: &[(&str, u128)]) -> Option<(u128, u128)> {
    let text = rest.trim_start_matches(['.', '-', '_']);
    let (word, kind) = words.iter().find(|(word, _)| text.starts_with(word))?;
    let tail = text[word.len()..].trim_start_matches(['.', '-', '_']);
    let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
    let number = tail[..end].parse().unwrap_or(0);
    *rest = if end == 0 {
        &text[word.len()..]
    } else {
        &tail[end..]
    };
    Some((*kind, number))
}
