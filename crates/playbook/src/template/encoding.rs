//! Encodings of text, by the names that Python knows them under.

/// What some names mean.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Ascii,
    Latin1,
    Latin9,
    Windows1252,
    Utf16(Order, bool),
    Utf32(Order, bool),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

/// Where ISO 8859-15 differs from ISO 8859-1.
const LATIN9: [(u8, char); 8] = [
    (0xa4, '€'),
    (0xa6, 'Š'),
    (0xa8, 'š'),
    (0xb4, 'Ž'),
    (0xb8, 'ž'),
    (0xbc, 'Œ'),
    (0xbd, 'œ'),
    (0xbe, 'Ÿ'),
];

/// The characters from 0x80 of Windows' code page 1252; five places are empty.
const WINDOWS: [Option<char>; 32] = {
    let mut table = [None; 32];
    let known = [
        (0x00, '€'),
        (0x02, '‚'),
        (0x03, 'ƒ'),
        (0x04, '„'),
        (0x05, '…'),
        (0x06, '†'),
        (0x07, '‡'),
        (0x08, 'ˆ'),
        (0x09, '‰'),
        (0x0a, 'Š'),
        (0x0b, '‹'),
        (0x0c, 'Œ'),
        (0x0e, 'Ž'),
        (0x11, '‘'),
        (0x12, '’'),
        (0x13, '“'),
        (0x14, '”'),
        (0x15, '•'),
        (0x16, '–'),
        (0x17, '—'),
        (0x18, '˜'),
        (0x19, '™'),
        (0x1a, 'š'),
        (0x1b, '›'),
        (0x1c, 'œ'),
        (0x1e, 'ž'),
        (0x1f, 'Ÿ'),
    ];
    let mut at = 0;
    while at < known.len() {
        table[known[at].0] = Some(known[at].1);
        at += 1;
    }
    table
};

fn named(name: &str) -> Result<Encoding, String> {
    let plain: String = name
        .to_ascii_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    Ok(match plain.as_str() {
        "utf8" | "u8" | "utf" => Encoding::Utf8,
        "ascii" | "usascii" | "646" => Encoding::Ascii,
        "latin1" | "latin" | "l1" | "iso88591" | "88591" | "cp819" => Encoding::Latin1,
        "latin9" | "l9" | "iso885915" | "885915" => Encoding::Latin9,
        "cp1252" | "windows1252" | "1252" => Encoding::Windows1252,
        "utf16" | "u16" => Encoding::Utf16(Order::Little, true),
        "utf16le" => Encoding::Utf16(Order::Little, false),
        "utf16be" => Encoding::Utf16(Order::Big, false),
        "utf32" | "u32" => Encoding::Utf32(Order::Little, true),
        "utf32le" => Encoding::Utf32(Order::Little, false),
        "utf32be" => Encoding::Utf32(Order::Big, false),
        _ => {
            return Err(format!(
                "the encoding `{name}` is not known: utf-8, utf-16, utf-32, ascii, iso-8859-1, iso-8859-15 and cp1252 are"
            ));
        }
    })
}

/// The text that bytes in an encoding are.
pub(super) fn decode(bytes: &[u8], name: &str) -> Result<String, String> {
    let wrong = || format!("the bytes are no text in {name}");
    match named(name)? {
        Encoding::Utf8 => String::from_utf8(bytes.to_vec()).map_err(|_| wrong()),
        Encoding::Ascii if bytes.is_ascii() => String::from_utf8(bytes.to_vec()).map_err(|_| wrong()),
        Encoding::Ascii => Err(wrong()),
        Encoding::Latin1 => Ok(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Encoding::Latin9 => Ok(bytes.iter().map(|byte| latin9(*byte)).collect()),
        Encoding::Windows1252 => bytes
            .iter()
            .map(|byte| windows(*byte).ok_or_else(wrong))
            .collect(),
        Encoding::Utf16(order, marked) => {
            let (bytes, order) = after_mark(bytes, order, marked, &[0xff, 0xfe], &[0xfe, 0xff]);
            let units = bytes.chunks(2).map(|pair| match (pair, order) {
                ([a, b], Order::Little) => Ok(u16::from_le_bytes([*a, *b])),
                ([a, b], Order::Big) => Ok(u16::from_be_bytes([*a, *b])),
                _ => Err(wrong()),
            });
            let units: Vec<u16> = units.collect::<Result<_, _>>()?;
            String::from_utf16(&units).map_err(|_| wrong())
        }
        Encoding::Utf32(order, marked) => {
            let (bytes, order) = after_mark(bytes, order, marked, &[0xff, 0xfe, 0, 0], &[0, 0, 0xfe, 0xff]);
            let chars = bytes.chunks(4).map(|four| {
                let four = <[u8; 4]>::try_from(four).map_err(|_| wrong())?;
                let number = if order == Order::Big {
                    u32::from_be_bytes(four)
                } else {
                    u32::from_le_bytes(four)
                };
                char::from_u32(number).ok_or_else(wrong)
            });
            chars.collect()
        }
    }
}

/// The bytes of a text in an encoding.
pub(super) fn encode(text: &str, name: &str) -> Result<Vec<u8>, String> {
    let each = |byte_of: fn(char) -> Option<u8>| {
        let missing = |c: char| format!("`{c}` is not in {name}");
        text.chars()
            .map(|c| byte_of(c).ok_or_else(|| missing(c)))
            .collect()
    };
    match named(name)? {
        Encoding::Utf8 => Ok(text.as_bytes().to_vec()),
        Encoding::Ascii => each(|c| u8::try_from(c).ok().filter(u8::is_ascii)),
        Encoding::Latin1 => each(|c| u8::try_from(c).ok()),
        Encoding::Latin9 => each(|c| (0..=255).find(|byte| latin9(*byte) == c)),
        Encoding::Windows1252 => each(|c| (0..=255).find(|byte| windows(*byte) == Some(c))),
        Encoding::Utf16(order, marked) => {
            let mark = marked.then_some(0xfeff);
            let units = mark.into_iter().chain(text.encode_utf16());
            Ok(units
                .flat_map(|unit| {
                    if order == Order::Big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect())
        }
        Encoding::Utf32(order, marked) => {
            let mark = marked.then_some(0xfeff_u32);
            let units = mark.into_iter().chain(text.chars().map(u32::from));
            Ok(units
                .flat_map(|unit| {
                    if order == Order::Big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect())
        }
    }
}

fn latin9(byte: u8) -> char {
    LATIN9
        .iter()
        .find(|(at, _)| *at == byte)
        .map_or(char::from(byte), |(_, c)| *c)
}

fn windows(byte: u8) -> Option<char> {
    match byte {
        0x80..=0x9f => WINDOWS[usize::from(byte - 0x80)],
        other => Some(char::from(other)),
    }
}

/// The bytes behind a byte order mark, and the order that it says.
fn after_mark<'a>(
    bytes: &'a [u8],
    order: Order,
    marked: bool,
    little: &[u8],
    big: &[u8],
) -> (&'a [u8], Order) {
    let rest = |mark: &[u8]| bytes.strip_prefix(mark).filter(|_| marked);
    match (rest(little), rest(big)) {
        (Some(rest), _) => (rest, Order::Little),
        (None, Some(rest)) => (rest, Order::Big),
        (None, None) => (bytes, order),
    }
}

#[cfg(test)]
mod tests {
    use super::decode;
    use super::encode;

    #[test]
    fn texts_survive_the_way_there_and_back() {
        for name in [
            "utf-8",
            "UTF_16",
            "utf-16-be",
            "utf-32",
            "utf-32-le",
            "latin-1",
            "ISO8859-15",
            "cp1252",
        ] {
            let text = if name == "latin-1" { "été" } else { "été Œ€" };
            assert_eq!(
                decode(&encode(text, name).unwrap(), name).unwrap(),
                text,
                "{name}"
            );
        }
        assert_eq!(encode("A€", "utf-16-le").unwrap(), [0x41, 0, 0xac, 0x20]);
        assert_eq!(decode(&[0xfe, 0xff, 0, 0x41], "utf-16").unwrap(), "A");
        assert!(encode("é", "ascii").is_err() && decode(&[0x81], "cp1252").is_err());
    }
}
