//! Host ranges: `web[01:10:2]`, `db-[a:f]`.

use std::ops::Range;

/// No inventory is that large; a typing error is.
const MAX_HOSTS: usize = 100_000;

/// Why a range cannot be expanded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadRange {
    /// What is wrong, for the label at the place.
    pub(crate) reason: String,
    /// The bytes of the pattern that are wrong.
    pub(crate) at: Range<usize>,
    /// The mend.
    pub(crate) help: String,
}

/// The names a host pattern stands for: itself when it has no range; several ranges multiply.
///
/// Both ends are included. Numbers are padded with zeros when the first begins with one; letters count
/// `a` to `z`, then `A` to `Z`.
pub(crate) fn expand(pattern: &str) -> Result<Vec<String>, BadRange> {
    let mut names = vec![String::new()];
    let mut from = 0;
    while let Some(open) = pattern[from..].find('[').map(|at| from + at) {
        let head = &pattern[from..open];
        let Some(close) = pattern[open..].find(']').map(|at| open + at) else {
            let help = "close the range: name[1:3]".to_owned();
            return Err(BadRange {
                reason: "`[` is not closed".to_owned(),
                at: open..pattern.len(),
                help,
            });
        };
        let inside = &pattern[open + 1..close];
        let steps = steps(inside).map_err(|(reason, help)| BadRange {
            reason,
            at: open..close + 1,
            help,
        })?;
        if names.len().saturating_mul(steps.len()) > MAX_HOSTS {
            let reason = format!("this stands for more than {MAX_HOSTS} hosts");
            return Err(BadRange {
                reason,
                at: open..close + 1,
                help: "check the end of the range".to_owned(),
            });
        }
        names = names
            .iter()
            .flat_map(|name| steps.iter().map(move |step| format!("{name}{head}{step}")))
            .collect();
        from = close + 1;
    }
    for name in &mut names {
        name.push_str(&pattern[from..]);
    }
    Ok(names)
}

type Refused = (String, String);

fn refuse<T>(reason: impl Into<String>, help: impl Into<String>) -> Result<T, Refused> {
    Err((reason.into(), help.into()))
}

fn steps(inside: &str) -> Result<Vec<String>, Refused> {
    let bounds: Vec<&str> = inside.split(':').collect();
    let (begin, end, step) = match bounds[..] {
        [begin, end] => (begin, end, 1),
        [begin, end, step] => (begin, end, stride(step)?),
        _ => {
            return refuse(
                "a range is begin:end or begin:end:step",
                format!("write name[1:3], name[01:10:2] or name[a:f] instead of [{inside}]"),
            );
        }
    };
    let begin = if begin.is_empty() { "0" } else { begin };
    if end.is_empty() {
        return refuse(
            "the range has no end",
            format!("write the last number, as in [{begin}:9]"),
        );
    }
    match (letter(begin), letter(end)) {
        (Some(begin), Some(end)) => letters(begin, end, step),
        _ => numbers(begin, end, step),
    }
}

fn stride(text: &str) -> Result<usize, Refused> {
    match text.parse() {
        Ok(step) if step > 0 => Ok(step),
        _ => refuse(
            format!("the step `{text}` is no number above zero"),
            "the third part says how far to go each time, as in [01:10:2]",
        ),
    }
}

fn letters(begin: u8, end: u8, step: usize) -> Result<Vec<String>, Refused> {
    if begin > end {
        return refuse(
            "the range begins after its end",
            "put the smaller one first; letters count a to z, then A to Z",
        );
    }
    Ok((begin..=end)
        .step_by(step)
        .map(|at| char::from(alphabet(at)).to_string())
        .collect())
}

fn numbers(begin: &str, end: &str, step: usize) -> Result<Vec<String>, Refused> {
    let number = |text: &str| -> Result<i64, Refused> {
        text.parse().or_else(|_| {
            refuse(
                format!("`{text}` is neither a number nor a single letter"),
                "both ends are numbers, as in [1:3], or single letters, as in [a:c]",
            )
        })
    };
    let padded = begin.len() > 1 && begin.starts_with('0');
    if padded && begin.len() != end.len() {
        let width = begin.len();
        return refuse(
            format!("`{begin}` and `{end}` differ in length"),
            format!("with leading zeros both ends have the same number of digits: [{begin}:{end:0>width$}]"),
        );
    }
    let (first, last) = (number(begin)?, number(end)?);
    if first > last {
        return refuse(
            "the range begins after its end, so it stands for no host",
            format!("put the smaller number first: [{last}:{first}]"),
        );
    }
    let width = if padded { begin.len() } else { 0 };
    let count = (i128::from(last) - i128::from(first)) / step as i128 + 1;
    if count > MAX_HOSTS as i128 {
        return refuse(
            format!("this stands for {count} hosts"),
            "check the end of the range",
        );
    }
    Ok((first..=last)
        .step_by(step)
        .map(|at| format!("{at:0width$}"))
        .collect())
}

fn letter(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [c @ b'a'..=b'z'] => Some(c - b'a'),
        [c @ b'A'..=b'Z'] => Some(c - b'A' + 26),
        _ => None,
    }
}

fn alphabet(at: u8) -> u8 {
    if at < 26 { b'a' + at } else { b'A' + at - 26 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expands_as_ansible_does() {
        for (pattern, names) in [
            ("web", "web"),
            ("web[1:3]", "web1 web2 web3"),
            ("web[01:03].x", "web01.x web02.x web03.x"),
            ("web[01:10:3]", "web01 web04 web07 web10"),
            ("r[1:2]n[a:b]", "r1na r1nb r2na r2nb"),
            ("x[8:010]", "x8 x9 x10"),
            ("x[:2]", "x0 x1 x2"),
            ("x[-1:2]", "x-1 x0 x1 x2"),
            ("x[y:B]", "xy xz xA xB"),
            ("x[a:e:2]", "xa xc xe"),
            ("x[0:1]", "x0 x1"),
        ] {
            assert_eq!(expand(pattern).unwrap().join(" "), names, "{pattern}");
        }
    }

    #[test]
    fn refuses_what_has_no_hosts_or_no_meaning() {
        for pattern in [
            "x[1:]",
            "x[01:100]",
            "x[c:a]",
            "x[aa:ac]",
            "x[3:1]",
            "x[1]",
            "x[1:2:3:4]",
            "x[1:2:0]",
            "x[1:2",
            "x[1:999999999999]",
            "x[1:1000][1:1000][1:1000]",
            "x[a:3]",
            "x[]",
            "x[1:9223372036854775808]",
            "x[-9223372036854775808:9223372036854775807]",
        ] {
            assert!(expand(pattern).is_err(), "{pattern}");
        }
    }
}
