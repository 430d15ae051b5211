//! Host names and addresses with an optional port: `web:22`, `[2001:db8::1]:22`, `10.0.0.[1:9]`.

/// A host with its port, when the text is a valid host name or address.
///
/// With `ranges`, `[1:3]` and `[a:c]` may stand in it. An IPv6 address takes a port only in brackets.
pub(crate) fn parse(text: &str, ranges: bool) -> Option<(&str, Option<u32>)> {
    let (mut host, mut port) = (text, None);
    if let Some((inner, number)) = bracketed(host) {
        (host, port) = (inner, Some(number));
    }
    if let Some((name, number)) = with_port(host) {
        (host, port) = (name, Some(number));
    }
    let port = match port {
        Some(number) => Some(number.parse().ok()?),
        None => None,
    };
    let valid = is_name(host) || is_ipv6(host, true);
    let allowed = ranges || !host.contains('[');
    (valid && allowed).then_some((host, port))
}

/// The part of a name before its first dot; an address has no short form.
pub(crate) fn short_name(name: &str) -> &str {
    if is_address(name) {
        name
    } else {
        name.split('.').next().unwrap_or(name)
    }
}

/// Whether a name is an IP address.
fn is_address(name: &str) -> bool {
    let ipv4 = || {
        let parts: Vec<&str> = name.split('.').collect();
        let octet = |part: &&str| {
            (1..=3).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_digit())
                && part.parse::<u16>().is_ok_and(|n| n < 256)
        };
        parts.len() == 4 && parts.iter().all(octet)
    };
    ipv4() || is_ipv6(name, false)
}

fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (inner, port) = text.strip_prefix('[')?.rsplit_once("]:")?;
    (!inner.is_empty() && digits(port)).then_some((inner, port))
}

/// Everything before the last colon must be free of colons outside brackets.
fn with_port(text: &str) -> Option<(&str, &str)> {
    let (name, port) = text.rsplit_once(':')?;
    let mut inside = false;
    for c in name.chars() {
        match c {
            '[' if !inside => inside = true,
            ']' if inside => inside = false,
            ':' | '[' | ']' if !inside => return None,
            _ => {}
        }
    }
    (digits(port) && !inside).then_some((name, port))
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Dotted labels of word characters, dashes and ranges; a label neither begins with a dash nor ends with `-` or `_`.
fn is_name(text: &str) -> bool {
    let mut rest = text;
    let mut last = '.';
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '[' => match range_len(rest, false) {
                Some(len) => len,
                None => return false,
            },
            '.' if matches!(last, '.' | '-' | '_') => return false,
            '-' if last == '.' => return false,
            '.' | '-' | '_' => 1,
            c if c.is_alphanumeric() => c.len_utf8(),
            _ => return false,
        };
        last = c;
        rest = &rest[len..];
    }
    !matches!(last, '.' | '-' | '_')
}

/// The length of `[1:3]`, `[1:9:2]` or `[a:c]`; of `[0:ff]` too where hexadecimal is meant.
fn range_len(text: &str, hexadecimal: bool) -> Option<usize> {
    let inside = text.strip_prefix('[')?.split_once(']')?.0;
    let bounds: Vec<&str> = inside.split(':').collect();
    let letter = |part: &str| part.len() == 1 && part.bytes().all(|b| b.is_ascii_alphabetic());
    let hex = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit());
    let pair = |a: &str, b: &str| {
        if hexadecimal {
            hex(a) && hex(b)
        } else {
            (digits(a) && digits(b)) || (letter(a) && letter(b))
        }
    };
    let good = match bounds[..] {
        [begin, end] => pair(begin, end),
        [begin, end, step] => pair(begin, end) && digits(step),
        _ => false,
    };
    good.then_some(inside.len() + 2)
}

/// Eight groups, or fewer around one `::`; instead of the last two an IPv4 address behind zeros and `ffff`.
fn is_ipv6(text: &str, ranges: bool) -> bool {
    let Some(parts) = ipv6_parts(text, ranges) else {
        return false;
    };
    if let Some((last, before)) = parts.split_last()
        && last.contains('.')
    {
        let zeros =
            |groups: &[&str], count| groups.len() == count && groups.iter().all(|group| *group == "0");
        let mapped = |group: &&str| group.eq_ignore_ascii_case("ffff");
        let prefix = match before {
            ["", ""] => true,
            ["", "", group] => mapped(group),
            [zero @ .., group] if mapped(group) => zeros(zero, 5),
            all => zeros(all, 6),
        };
        return prefix && last.split('.').count() == 4 && last.split('.').all(is_group);
    }
    let (before, after, limit): (&[&str], &[&str], usize) = match parts.as_slice() {
        ["", ""] => return false,
        ["", "", ""] => return true,
        ["", "", after @ ..] => (&[], after, 6),
        [before @ .., "", ""] => (before, &[], 6),
        all => match all.iter().position(|part| part.is_empty()) {
            Some(at) if at == 0 || at + 1 == all.len() => return false,
            Some(at) => (&all[..at], &all[at + 1..], 7),
            None => return all.len() == 8 && all.iter().all(|part| is_group(part)),
        },
    };
    let groups = || before.iter().chain(after);
    !groups().any(|part| part.is_empty()) && groups().count() <= limit && groups().all(|part| is_group(part))
}

/// Up to four hexadecimal digits, or a range, which was checked before.
fn is_group(part: &str) -> bool {
    part.starts_with('[') || ((1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The text divided at the colons outside brackets; nothing when a bracket holds no range.
fn ipv6_parts(text: &str, ranges: bool) -> Option<Vec<&str>> {
    if !text.contains(':') {
        return None;
    }
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            '[' if ranges => {
                let len = range_len(&text[at..], true)?;
                let ends = text[at + len..].chars().next();
                if at != from || ends.is_some_and(|c| c != ':' && c != '.') {
                    return None;
                }
                at += len;
                continue;
            }
            ':' => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        at += c.len_utf8();
    }
    parts.push(&text[from..]);
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_hosts_and_ports_as_ansible_does() {
        for (text, expected) in [
            ("web", Some(("web", None))),
            ("web:22", Some(("web", Some(22)))),
            ("web[1:3].x:22", Some(("web[1:3].x", Some(22)))),
            ("10.0.0.1:22", Some(("10.0.0.1", Some(22)))),
            ("[2001:db8::1]:22", Some(("2001:db8::1", Some(22)))),
            ("2001:db8::1", Some(("2001:db8::1", None))),
            ("::1", Some(("::1", None))),
            ("::", Some(("::", None))),
            ("fe80::", Some(("fe80::", None))),
            ("1:2:3:4:5:6:7:8", Some(("1:2:3:4:5:6:7:8", None))),
            ("1:2:3:4:5:6:7", None),
            ("::ffff:192.0.2.3", Some(("::ffff:192.0.2.3", None))),
            ("2001:db8::[1:f]", Some(("2001:db8::[1:f]", None))),
            ("a::b::c", None),
            ("db:", None),
            (":", None),
            (":a", None),
            ("a::1.2.3.4", None),
            ("1:2:3:4:5:6:7::", None),
            (":::", None),
            ("web:db", None),
            ("web:", None),
            ("-web", None),
            ("web-", None),
            ("w_b", Some(("w_b", None))),
            ("web[1:]", None),
            ("a,b", None),
            ("", None),
            ("web:&prod", None),
        ] {
            assert_eq!(parse(text, true), expected, "{text}");
        }
        assert_eq!(parse("web[1:3]", false), None);
    }

    #[test]
    fn knows_addresses() {
        for text in ["10.0.0.1", "::1", "2001:db8::1"] {
            assert!(is_address(text), "{text}");
        }
        for text in ["10.0.0.256", "web.example.com", "1.2.3", "a:b"] {
            assert!(!is_address(text), "{text}");
        }
    }
}
