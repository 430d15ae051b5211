//! The bytes of files that are too large for the usual answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_host::AbsPath;
use evenkeel_host::Fact;
use evenkeel_host::Output;
use evenkeel_host::quote;

/// More is not fetched: a task that needs it says so instead.
pub const MAX_BYTES: u32 = 8 * 1024 * 1024;

/// All bytes of a file, as base64; `None` when it cannot be read or is larger than [`MAX_BYTES`].
#[derive(Clone, Debug)]
pub struct WholeFile(pub AbsPath);

impl WholeFile {
    /// The bytes of a value of this fact.
    pub fn decode(value: &str) -> Option<Vec<u8>> {
        STANDARD.decode(value).ok()
    }
}

impl Fact for WholeFile {
    type Value = Option<String>;
    const FAMILY: &'static str = "whole-file";

    fn key(&self) -> String {
        self.0.as_str().to_owned()
    }

    fn script(keys: &[&str]) -> String {
        let paths: Vec<_> = keys.iter().map(|key| quote(key)).collect();
        format!(
            "for f in {}; do printf '\\n== %s\\n' \"$f\"; \
             find \"$f\" -maxdepth 0 -follow -type f -size -{}k -exec base64 -w 0 {{}} \\; 2>/dev/null; done; echo",
            paths.join(" "),
            MAX_BYTES / 1024 + 1
        )
    }

    fn parse(&self, output: &Output) -> Result<Option<String>, String> {
        let text = output.text();
        let head = format!("\n== {}\n", self.0);
        let start = text.find(&head).ok_or("the answer lacks this file")? + head.len();
        let line = text[start..].lines().next().unwrap_or("");
        Ok(Some(line.to_owned()).filter(|line| !line.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_has_its_part() {
        let output = Output {
            stdout: b"\n== /a\nYQo=\n== /b\n\n== /c\nYwo=\n".to_vec(),
            ..Output::default()
        };
        let bytes = |path| {
            let value = WholeFile(AbsPath::new(path).expect("a path"))
                .parse(&output)
                .expect("an answer");
            value.as_deref().and_then(WholeFile::decode)
        };
        assert_eq!(bytes("/a"), Some(b"a\n".to_vec()));
        assert_eq!(bytes("/b"), None);
        assert_eq!(bytes("/c"), Some(b"c\n".to_vec()));
    }
}
