//! Files one after the other.

/// Bytes to which file after file is added.
#[derive(Debug)]
pub(super) struct Joined {
    bytes: Vec<u8>,
    delimiter: Option<Vec<u8>>,
    /// Whether a newline follows the delimiter although it ends with one, as it does for files of the controller.
    always_newline: bool,
    is_first: bool,
    /// Whether the file before ends within a line.
    ends_open: bool,
}

impl Joined {
    pub(super) fn new(delimiter: Option<&str>, always_newline: bool) -> Joined {
        let delimiter = delimiter.and_then(|text| unescape(text).ok()).filter(|bytes| !bytes.is_empty());
        Joined { bytes: Vec::new(), delimiter, always_newline, is_first: true, ends_open: false }
    }

    /// Adds a file.
    pub(super) fn push(&mut self, file: &[u8]) {
        if !std::mem::take(&mut self.is_first) {
            if self.ends_open {
                self.bytes.push(b'\n');
            }
            if let Some(delimiter) = &self.delimiter {
                self.bytes.extend_from_slice(delimiter);
                if self.always_newline || !delimiter.ends_with(b"\n") {
                    self.bytes.push(b'\n');
                }
            }
        }
        self.bytes.extend_from_slice(file);
        self.ends_open = !file.ends_with(b"\n");
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// The bytes of a text in which `\n`, `\x41`, `\101` and so on stand for characters, as in Python's bytes literals.
pub(super) fn unescape(text: &str) -> Result<Vec<u8>, String> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let escaped = bytes.get(at).ok_or("it ends with `\\`")?;
        at += 1;
        match escaped {
            b'\n' => {}
            b'\\' | b'\'' | b'"' => out.push(*escaped),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'0'..=b'7' => {
                let digits = bytes[at - 1..].iter().take(3).take_while(|c| (b'0'..=b'7').contains(c)).count();
                let value = bytes[at - 1..at - 1 + digits].iter().fold(0_u32, |sum, c| sum * 8 + u32::from(c - b'0'));
                out.push(value.to_le_bytes()[0]);
                at += digits - 1;
            }
            b'x' => {
                let digits = text.get(at..at + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
                out.push(digits.ok_or("`\\x` needs two hexadecimal digits")?);
                at += 2;
            }
            other => out.extend([b'\\', *other]),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(delimiter: Option<&str>, always_newline: bool, files: &[&str]) -> String {
        let mut joined = Joined::new(delimiter, always_newline);
        files.iter().for_each(|file| joined.push(file.as_bytes()));
        String::from_utf8_lossy(&joined.into_bytes()).into_owned()
    }

    #[test]
    fn files_begin_in_lines_of_their_own() {
        assert_eq!(joined(None, false, &["a", "b\n", "c"]), "a\nb\nc");
        assert_eq!(joined(None, false, &["a\n", "", "c"]), "a\n\nc");
        assert_eq!(joined(Some("--"), false, &["a", "b\n", "c"]), "a\n--\nb\n--\nc");
        assert_eq!(joined(Some("-\\n"), false, &["a\n", "b\n"]), "a\n-\nb\n");
        assert_eq!(joined(Some("-\\n"), true, &["a\n", "b\n"]), "a\n-\n\nb\n");
    }

    /// Expected values: `codecs.escape_decode` of Python 3.11.
    #[test]
    fn delimiters_are_read_as_python_reads_them() {
        for (text, expected) in [
            (r"\n\t\\", &b"\n\t\\"[..]),
            (r"\x41\101\7b", b"AA\x07b"),
            (r"\q\'", b"\\q'"),
            ("ü", "ü".as_bytes()),
        ] {
            assert_eq!(unescape(text).as_deref(), Ok(expected), "{text}");
        }
        assert!(unescape("\\").is_err() && unescape("\\x4").is_err());
    }
}
