//! Integers and floats: the patterns, the values, and Python's text of a float.

use crate::Value;

/// `[-+]?0b[0-1_]+ | [-+]?0[0-7_]+ | [-+]?(?:0|[1-9][0-9_]*) | [-+]?0x[0-9a-fA-F_]+ | [-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+`
pub(super) fn is_int(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(rest) = body.strip_prefix('0') {
        return rest.is_empty()
            || all(rest, |b| matches!(b, b'0'..=b'7'))
            || rest
                .strip_prefix('b')
                .is_some_and(|bits| all(bits, |b| matches!(b, b'0' | b'1')))
            || rest
                .strip_prefix('x')
                .is_some_and(|hex| all(hex, |b| b.is_ascii_hexdigit()));
    }
    let (head, rest) = decimal(body);
    !head.is_empty() && (rest.is_empty() || sexagesimal(rest) == Some(""))
}

/// `[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)? | \.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
/// | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]* | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN)`
pub(super) fn is_float(text: &str) -> bool {
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (head, rest) = decimal(body);
    if head.is_empty() {
        return text.strip_prefix('.').is_some_and(|fraction| {
            let (digits, rest) = decimal(fraction);
            !digits.is_empty() && is_exponent(rest)
        });
    }
    if let Some(fraction) = rest.strip_prefix('.') {
        return is_exponent(fraction.trim_start_matches(is_digit));
    }
    sexagesimal(rest)
        .and_then(|tail| tail.strip_prefix('.'))
        .is_some_and(|tail| tail.trim_start_matches(is_digit).is_empty())
}

/// `(?:[eE][-+][0-9]+)?`
fn is_exponent(text: &str) -> bool {
    let digits = text
        .strip_prefix(['e', 'E'])
        .and_then(|rest| rest.strip_prefix(['-', '+']));
    text.is_empty() || digits.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
}

/// Splits after `[0-9][0-9_]*`; the first part is empty when there is none.
fn decimal(text: &str) -> (&str, &str) {
    let starts = text.starts_with(|c: char| c.is_ascii_digit());
    text.split_at(if starts {
        text.len() - text.trim_start_matches(is_digit).len()
    } else {
        0
    })
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || c == '_'
}

fn all(text: &str, digit: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(|b| b == b'_' || digit(b))
}

/// What follows `(?::[0-5]?[0-9])+`, if that matches.
fn sexagesimal(mut text: &str) -> Option<&str> {
    let mut found = false;
    while let Some(rest) = text.strip_prefix(':') {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let tens_fit = rest.as_bytes().first().is_some_and(|b| matches!(b, b'0'..=b'5'));
        if digits == 0 || digits > 2 || (digits == 2 && !tens_fit) {
            return None;
        }
        (found, text) = (true, &rest[digits..]);
    }
    found.then_some(text)
}

/// Python's `construct_yaml_int`. An integer beyond 128 bits keeps its decimal text as a string.
pub(super) fn int(text: &str) -> Result<Value, String> {
    let bad = || format!("`{text}` is not an integer");
    let plain = text.replace('_', "");
    let (negative, body) = match plain.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let digits = |digits: &str, radix| {
        let only_digits = !digits.starts_with(['-', '+']) && !digits.is_empty();
        if only_digits {
            i128::from_str_radix(digits, radix).ok()
        } else {
            None
        }
    };
    let magnitude = if let Some(bits) = body.strip_prefix("0b") {
        digits(bits, 2)
    } else if let Some(hex) = body.strip_prefix("0x") {
        digits(hex, 16)
    } else if body.starts_with('0') {
        digits(body.strip_prefix("0o").unwrap_or(body), 8)
    } else if body.contains(':') {
        sixties(body)
    } else if !body.trim().is_empty() && body.trim().bytes().all(|b| b.is_ascii_digit()) {
        let value = digits(body.trim(), 10);
        if value.is_none() {
            return Ok(Value::Str(format!("{}{body}", if negative { "-" } else { "" })));
        }
        value
    } else {
        None
    };
    magnitude
        .map(|n| Value::Int(if negative { -n } else { n }))
        .ok_or_else(bad)
}

fn sixties(text: &str) -> Option<i128> {
    text.split(':').try_fold(0_i128, |sum, part| {
        let part: i128 = part.parse().ok()?;
        sum.checked_mul(60)?.checked_add(part)
    })
}

/// Python's `construct_yaml_float`.
pub(super) fn float(text: &str) -> Result<f64, String> {
    let plain = text.replace('_', "").to_lowercase();
    let (sign, body) = match plain.strip_prefix('-') {
        Some(body) => (-1.0, body),
        None => (1.0, plain.strip_prefix('+').unwrap_or(&plain)),
    };
    let value = match body {
        ".inf" => Some(f64::INFINITY),
        ".nan" => Some(f64::NAN),
        _ if body.contains(':') => sixties_float(body),
        _ => body.trim().parse().ok(),
    };
    value
        .map(|v| sign * v)
        .ok_or_else(|| format!("`{text}` is not a float"))
}

/// Adds from the last part to the first, as PyYAML does, so that rounding agrees.
fn sixties_float(text: &str) -> Option<f64> {
    let (mut sum, mut base) = (0.0, 1.0);
    for part in text.rsplit(':') {
        sum += part.parse::<f64>().ok()? * base;
        base *= 60.0;
    }
    Some(sum)
}

/// Python's `repr` of a finite float: the shortest digits that read back, `1e+20` from 10^16 on.
pub(crate) fn float_text(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 && value.is_sign_negative() {
            "-0.0".to_owned()
        } else {
            format!("{value:?}")
        };
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{value}");
        return if plain.contains('.') {
            plain
        } else {
            format!("{plain}.0")
        };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}
