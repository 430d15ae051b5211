//! Python's strings.

/// A string literal at the beginning of a text.
pub(super) struct Literal {
    /// What it stands for.
    pub(super) text: String,
    /// Whether it is a bytes literal.
    pub(super) bytes: bool,
    /// How many bytes of the source it takes.
    pub(super) len: usize,
}

/// The string literal at the beginning of a text; f-strings are none.
pub(super) fn string(text: &str) -> Option<Literal> {
    let prefix = text.find(['\'', '"']).filter(|&at| at <= 2)?;
    let (raw, bytes) = match text[..prefix].to_ascii_lowercase().as_str() {
        "" | "u" => (false, false),
        "r" => (true, false),
        "b" => (false, true),
        "br" | "rb" => (true, true),
        _ => return None,
    };
    let rest = &text[prefix..];
    let single = &rest[..1];
    let quote = if rest.starts_with(&single.repeat(3)) {
        single.repeat(3)
    } else {
        single.to_owned()
    };
    let body = &rest[quote.len()..];
    let end = closing(body, &quote)?;
    let text = if raw {
        body[..end].to_owned()
    } else {
        unescape(&body[..end], bytes)?
    };
    if bytes && !body[..end].is_ascii() {
        return None;
    }
    Some(Literal {
        text,
        bytes,
        len: prefix + end + 2 * quote.len(),
    })
}

fn closing(body: &str, quote: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if !escaped && body[at..].starts_with(quote) {
            return Some(at);
        }
        escaped = !escaped && c == '\\';
    }
    None
}

fn unescape(body: &str, bytes: bool) -> Option<String> {
    let mut out: Vec<u8> = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at + 1..];
        let c = rest.chars().next()?;
        let code = match c {
            'x' => escape(rest.get(1..3)?, 16)?,
            'u' if !bytes => escape(rest.get(1..5)?, 16)?,
            'U' if !bytes => escape(rest.get(1..9)?, 16)?,
            'N' if !bytes => return None,
            '0'..='7' => {
                let digits = rest
                    .bytes()
                    .take(3)
                    .take_while(|b| (b'0'..=b'7').contains(b))
                    .count();
                push(&mut out, escape(&rest[..digits], 8)?, bytes)?;
                rest = &rest[digits..];
                continue;
            }
            _ => {
                match simple(c) {
                    Some(byte) => out.push(byte),
                    None if c == '\n' => {}
                    None => out.extend_from_slice(format!("\\{c}").as_bytes()),
                }
                rest = &rest[c.len_utf8()..];
                continue;
            }
        };
        push(&mut out, code, bytes)?;
        rest = &rest[match c {
            'x' => 3,
            'u' => 5,
            _ => 9,
        }..];
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8(out).ok()
}

fn escape(digits: &str, radix: u32) -> Option<u32> {
    if digits.starts_with('+') {
        None
    } else {
        u32::from_str_radix(digits, radix).ok()
    }
}

fn push(out: &mut Vec<u8>, code: u32, bytes: bool) -> Option<()> {
    if bytes {
        out.push(u8::try_from(code & 0xff).ok()?);
    } else {
        out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut [0; 4]).as_bytes());
    }
    Some(())
}

fn simple(c: char) -> Option<u8> {
    Some(match c {
        '\\' => b'\\',
        '\'' => b'\'',
        '"' => b'"',
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        _ => return None,
    })
}
