//! Python's numbers.

use evenkeel_yaml::Value;

/// The number at the beginning of a text, and how many bytes it takes.
///
/// Nothing when there is none, when it is imaginary, or when a letter follows (`12abc`).
pub(super) fn number(text: &str) -> Option<(Value, usize)> {
    let bytes = text.as_bytes();
    let (value, len) = match (bytes.first(), bytes.get(1)) {
        (Some(b'0'), Some(b'x' | b'X')) => based(text, 16)?,
        (Some(b'0'), Some(b'o' | b'O')) => based(text, 8)?,
        (Some(b'0'), Some(b'b' | b'B')) => based(text, 2)?,
        _ => decimal(text)?,
    };
    let follows = text[len..].chars().next();
    if follows.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        None
    } else {
        Some((value, len))
    }
}

fn based(text: &str, radix: u32) -> Option<(Value, usize)> {
    let digits = run(&text[2..], |c| c.is_digit(radix), true)?;
    let value = i128::from_str_radix(&text[2..2 + digits].replace('_', ""), radix).ok()?;
    Some((Value::Int(value), 2 + digits))
}

fn decimal(text: &str) -> Option<(Value, usize)> {
    let digit = |c: char| c.is_ascii_digit();
    let whole = run(text, digit, false).unwrap_or(0);
    let mut len = whole;
    let mut float = false;
    if text[len..].starts_with('.') {
        let fraction = run(&text[len + 1..], digit, false).unwrap_or(0);
        if whole == 0 && fraction == 0 {
            return None;
        }
        float = true;
        len += 1 + fraction;
    }
    if len > 0 && text[len..].starts_with(['e', 'E']) {
        let sign = usize::from(text[len + 1..].starts_with(['+', '-']));
        if let Some(exponent) = run(&text[len + 1 + sign..], digit, false) {
            float = true;
            len += 1 + sign + exponent;
        }
    }
    let plain = text[..len].replace('_', "");
    if float {
        return Some((Value::Float(plain.parse().ok()?), len));
    }
    let padded = plain.starts_with('0') && plain.bytes().any(|digit| digit != b'0');
    if len == 0 || padded {
        None
    } else {
        Some((Value::Int(plain.parse().ok()?), len))
    }
}

/// The length of a run of digits in which single underscores may stand between two digits.
fn run(text: &str, is_digit: impl Fn(char) -> bool, leading_underscore: bool) -> Option<usize> {
    let mut len = 0;
    let mut underscore = !leading_underscore;
    for c in text.chars() {
        if is_digit(c) {
            underscore = false;
        } else if c == '_' && !underscore {
            underscore = true;
        } else {
            break;
        }
        len += 1;
    }
    let digits = text[..len].trim_end_matches('_').len();
    if digits == 0 { None } else { Some(digits) }
}
