//! Bytes as a text from which they come back, whatever they are.

/// The character that stands for a byte above 0x7f which is no part of UTF-8: the end of the last private plane, U+10FF80
/// to U+10FFFF, which nobody uses.
const BASE: u32 = 0x10_ff00;

fn stand_in(byte: u8) -> char {
    char::from_u32(BASE + u32::from(byte)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn is_stand_in(c: char) -> bool {
    u32::from(c) >= BASE + 0x80
}

/// The bytes of a file as a text that can be edited; what is not UTF-8 in it is there again after [`to_bytes`].
pub(crate) fn to_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_stand_in(c) {
                text.extend(c.encode_utf8(&mut [0; 4]).bytes().map(stand_in));
            } else {
                text.push(c);
            }
        }
        text.extend(chunk.invalid().iter().copied().map(stand_in));
    }
    text
}

/// The bytes of an edited text of [`to_text`].
pub(crate) fn to_bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(u32::from(c).wrapping_sub(BASE)) {
            Ok(byte) if is_stand_in(c) => bytes.push(byte),
            _ => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_beside_an_edited_one_keep_their_bytes() {
        let old = b"# f\xfcr \xf4\x8f\xbf\xbf\n\xc3\xa4\n";
        let text = to_text(old);
        assert_eq!(text.lines().nth(1), Some("\u{e4}"));
        assert_eq!(
            to_bytes(&text.replace('\u{e4}', "x")),
            b"# f\xfcr \xf4\x8f\xbf\xbf\nx\n"
        );
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes: Vec<u8>, text: String) {
            prop_assert_eq!(&to_bytes(&to_text(&bytes)), &bytes);
            prop_assert_eq!(to_bytes(&to_text(text.as_bytes())), text.as_bytes());
        }
    }
}
