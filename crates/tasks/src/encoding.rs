//! Encodings of text, by the names that Python knows them under.

use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;

use crate::Argument;

/// An encoding, under one of the names of Python's standard encodings.
///
/// ```
/// use evenkeel_tasks::Encoding;
///
/// let encoding = Encoding::named("latin-1")?;
/// assert_eq!(encoding.encode("é")?, [0xe9]);
/// assert_eq!(Encoding::named("gbk")?.decode(&[0xc4, 0xe3])?, "你");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    name: String,
    codec: Codec,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Utf8,
    Ascii,
    Latin1,
    Utf16(Order, bool),
    Utf32(Order, bool),
    /// One of the others, as the WHATWG's Encoding Standard has them.
    Other(&'static encoding_rs::Encoding),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Little,
    Big,
}

impl Default for Encoding {
    fn default() -> Encoding {
        Encoding {
            name: "utf-8".to_owned(),
            codec: Codec::Utf8,
        }
    }
}

impl Encoding {
    /// The encoding of a name.
    ///
    /// # Errors
    /// No such encoding is known.
    pub fn named(name: &str) -> Result<Encoding, String> {
        let codec = own(name).or_else(|| other(name)).ok_or_else(|| {
            format!("the encoding `{name}` is not known: utf-8, utf-16, utf-32, ascii, latin-1, cp1252, gbk and their kin are")
        })?;
        Ok(Encoding {
            name: name.to_owned(),
            codec,
        })
    }

    /// The text that bytes are.
    ///
    /// # Errors
    /// The bytes are no text in this encoding.
    pub fn decode(&self, bytes: &[u8]) -> Result<String, String> {
        self.decoded(bytes)
            .ok_or_else(|| format!("the bytes are no text in {}", self.name))
    }

    fn decoded(&self, bytes: &[u8]) -> Option<String> {
        match self.codec {
            Codec::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Codec::Ascii => bytes
                .is_ascii()
                .then(|| bytes.iter().copied().map(char::from).collect()),
            Codec::Latin1 => Some(bytes.iter().copied().map(char::from).collect()),
            Codec::Utf16(order, marked) => {
                let (bytes, order) = after_mark(bytes, order, marked, &[0xff, 0xfe], &[0xfe, 0xff]);
                let units = bytes.chunks(2).map(|pair| {
                    let pair = <[u8; 2]>::try_from(pair).ok()?;
                    Some(order.of(pair, u16::from_le_bytes, u16::from_be_bytes))
                });
                String::from_utf16(&units.collect::<Option<Vec<u16>>>()?).ok()
            }
            Codec::Utf32(order, marked) => {
                let (bytes, order) =
                    after_mark(bytes, order, marked, &[0xff, 0xfe, 0, 0], &[0, 0, 0xfe, 0xff]);
                let chars = bytes.chunks(4).map(|four| {
                    let four = <[u8; 4]>::try_from(four).ok()?;
                    char::from_u32(order.of(four, u32::from_le_bytes, u32::from_be_bytes))
                });
                chars.collect()
            }
            Codec::Other(encoding) => {
                let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
                // The web's tables fill the empty places of Windows' code pages, Python's do not.
                let filled = encoding.name().starts_with("windows-")
                    && text.contains(|c| matches!(c, '\u{80}'..='\u{9f}'));
                (!filled).then(|| text.into_owned())
            }
        }
    }

    /// The bytes of a text.
    ///
    /// # Errors
    /// A character is not in this encoding.
    pub fn encode(&self, text: &str) -> Result<Vec<u8>, String> {
        let each = |byte_of: fn(char) -> Option<u8>| {
            let missing = |c: char| format!("the character `{c}` is not in {}", self.name);
            text.chars()
                .map(|c| byte_of(c).ok_or_else(|| missing(c)))
                .collect()
        };
        match self.codec {
            Codec::Utf8 => Ok(text.as_bytes().to_vec()),
            Codec::Ascii => each(|c| u8::try_from(c).ok().filter(u8::is_ascii)),
            Codec::Latin1 => each(|c| u8::try_from(c).ok()),
            Codec::Utf16(order, marked) => {
                let units = marked.then_some(0xfeff).into_iter().chain(text.encode_utf16());
                Ok(units
                    .flat_map(|unit| order.of(unit, u16::to_le_bytes, u16::to_be_bytes))
                    .collect())
            }
            Codec::Utf32(order, marked) => {
                let units = marked
                    .then_some(0xfeff_u32)
                    .into_iter()
                    .chain(text.chars().map(u32::from));
                Ok(units
                    .flat_map(|unit| order.of(unit, u32::to_le_bytes, u32::to_be_bytes))
                    .collect())
            }
            Codec::Other(encoding) => {
                let alone = |c: char| encoding.encode(c.encode_utf8(&mut [0; 4])).2;
                match text.chars().find(|c| alone(*c)) {
                    Some(c) => Err(format!("the character `{c}` is not in {}", self.name)),
                    None => Ok(encoding.encode(text).0.into_owned()),
                }
            }
        }
    }
}

impl Order {
    fn of<A, B>(self, value: A, little: fn(A) -> B, big: fn(A) -> B) -> B {
        match self {
            Order::Little => little(value),
            Order::Big => big(value),
        }
    }
}

impl Argument for Encoding {
    fn kind() -> String {
        "name of an encoding".to_owned()
    }

    fn read(node: &Node) -> Result<Encoding, Problem> {
        let name = String::read(node)?;
        Encoding::named(&name)
            .map_err(|why| Problem::error("task::value", why).at(&node.place, "this encoding"))
    }

    fn write(&self) -> Value {
        Value::Str(self.name.clone())
    }
}

/// What Python and the web mean different things by, and what the web does not have.
fn own(name: &str) -> Option<Codec> {
    let plain: String = name
        .to_ascii_lowercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    Some(match plain.as_str() {
        "utf8" | "u8" | "utf" => Codec::Utf8,
        "ascii" | "usascii" | "646" => Codec::Ascii,
        "latin1" | "latin" | "l1" | "iso88591" | "88591" | "cp819" => Codec::Latin1,
        "utf16" | "u16" => Codec::Utf16(Order::Little, true),
        "utf16le" => Codec::Utf16(Order::Little, false),
        "utf16be" => Codec::Utf16(Order::Big, false),
        "utf32" | "u32" => Codec::Utf32(Order::Little, true),
        "utf32le" => Codec::Utf32(Order::Little, false),
        "utf32be" => Codec::Utf32(Order::Big, false),
        _ => return None,
    })
}

fn other(name: &str) -> Option<Codec> {
    let dashed = name.to_ascii_lowercase().replace('_', "-");
    let label = match dashed.as_str() {
        "latin9" | "l9" | "8859-15" => "iso-8859-15",
        "936" | "cp936" => "gbk",
        "932" | "cp932" => "shift-jis",
        "949" | "cp949" => "euc-kr",
        "950" | "cp950" => "big5",
        "1250" | "1251" | "1252" | "1253" | "1254" | "1255" | "1256" | "1257" | "1258" => {
            &format!("windows-{dashed}")
        }
        other => other,
    };
    let found = encoding_rs::Encoding::for_label_no_replacement(label.as_bytes())?;
    (found != encoding_rs::X_USER_DEFINED).then_some(Codec::Other(found))
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
    use super::Encoding;

    fn named(name: &str) -> Encoding {
        Encoding::named(name).expect(name)
    }

    #[test]
    fn texts_survive_the_way_there_and_back() {
        for (name, text) in [
            ("utf-8", "été Œ€"),
            ("UTF_16", "été Œ€"),
            ("utf-16-be", "été Œ€"),
            ("utf-32", "été Œ€"),
            ("utf-32-le", "été Œ€"),
            ("latin-1", "été"),
            ("ISO8859-15", "été Œ€"),
            ("cp1252", "été Œ€"),
            ("gbk", "你好世界"),
            ("shift_jis", "日本"),
            ("koi8-r", "да"),
        ] {
            let encoding = named(name);
            let bytes = encoding.encode(text).expect(name);
            assert_eq!(encoding.decode(&bytes).expect(name), text, "{name}");
        }
    }

    /// Expected values: `str.encode` and `bytes.decode` of Python 3.11.
    #[test]
    fn as_python_has_them() {
        assert_eq!(named("utf-16-le").encode("A€"), Ok(vec![0x41, 0, 0xac, 0x20]));
        assert_eq!(named("utf-16").decode(&[0xfe, 0xff, 0, 0x41]), Ok("A".to_owned()));
        assert_eq!(named("gbk").encode("你"), Ok(vec![0xc4, 0xe3]));
        assert_eq!(named("latin-1").decode(&[0x80]), Ok("\u{80}".to_owned()));
        assert!(named("cp1252").decode(&[0x81]).is_err());
        assert!(named("ascii").encode("é").is_err());
        assert!(named("cp1252").encode("é你").is_err());
        assert!(Encoding::named("nonsense").is_err());
    }
}
