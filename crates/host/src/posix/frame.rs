//! What a script printed, cut at the marks between its questions.

use std::collections::HashMap;

use super::protocol;
use crate::Error;
use crate::Output;
use crate::Result;
use crate::Who;

/// The output of one question or change.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Frame {
    /// What the script said of it: an exit code, mostly.
    pub(super) note: String,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// The outputs by label.
#[derive(Debug, Default)]
pub(super) struct Frames {
    frames: HashMap<String, Frame>,
    /// The users that could not be become, and why.
    refused: Vec<(Who, String)>,
}

impl Frames {
    /// Cuts the output of a script at its marks: lines of the mark, a label and a note.
    ///
    /// # Errors
    /// When the first mark is missing: the script did not start.
    pub(super) fn read(mark: &str, output: &Output) -> Result<Frames> {
        let stdout = cut(mark, &output.stdout);
        let stderr = cut(mark, &output.stderr);
        if stdout.is_empty() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let code = output.code;
            return Err(protocol(format!(
                "the shell did not start the script: exit code {code}, it said {said:?}"
            )));
        }
        let mut frames: HashMap<String, Frame> = HashMap::new();
        for (label, note, bytes) in stdout {
            let frame = Frame {
                note: note.to_owned(),
                stdout: bytes.to_vec(),
                stderr: Vec::new(),
            };
            frames.insert(label.to_owned(), frame);
        }
        for (label, _, bytes) in stderr {
            if let Some(frame) = frames.get_mut(label) {
                frame.stderr = bytes.to_vec();
            }
        }
        let refused = Vec::new();
        Ok(Frames { frames, refused })
    }

    /// The output of a question; `None` when the script did not get to its end.
    pub(super) fn get(&self, label: &str) -> Option<&Frame> {
        self.frames.get(label)
    }

    /// The same, knowing which users could not be become.
    pub(super) fn refusing(self, refused: Vec<(Who, String)>) -> Frames {
        Frames { refused, ..self }
    }

    /// Why a user could not be become.
    pub(super) fn refusal(&self, who: &Who) -> Option<&str> {
        let refused = self.refused.iter().find(|(user, _)| user == who);
        refused.map(|(_, why)| why.as_str())
    }

    /// Checks that a user was become.
    ///
    /// # Errors
    /// With what the program said that refused.
    pub(super) fn permitted(self, who: &Who) -> Result<Frames> {
        match self.refusal(who) {
            Some(why) => Err(Error::Become(why.to_owned())),
            None => Ok(self),
        }
    }

    /// The number of the user who logged in, where the script said it.
    pub(super) fn login(&self) -> Option<u32> {
        self.get("start")?.note.parse().ok()
    }
}

type Section<'a> = (&'a str, &'a str, &'a [u8]);

/// Label, note and what stood before, for each mark.
fn cut<'a>(mark: &str, mut bytes: &'a [u8]) -> Vec<Section<'a>> {
    let begin = format!("\n{mark} ");
    let mut sections = Vec::new();
    while let Some(at) = find(bytes, begin.as_bytes()) {
        let line = &bytes[at + begin.len()..];
        let Some(end) = line.iter().position(|byte| *byte == b'\n') else {
            break;
        };
        let Ok(words) = std::str::from_utf8(&line[..end]) else {
            break;
        };
        let (label, note) = words.split_once(' ').unwrap_or((words, ""));
        sections.push((label, note, &bytes[..at]));
        bytes = &line[end + 1..];
    }
    sections
}

/// Where `needle` first stands in `hay`.
pub(super) fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = hay[from..].iter().position(|byte| *byte == first) {
        if hay[from + at..].starts_with(needle) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_script_that_prints_and_odd_bytes_do_no_harm() {
        let stdout = b"Welcome!\n\nM start 0\nno newline\0\xff\nM q1 0\n\nM q2 3\n".to_vec();
        let stderr = b"motd\nM start 0\n\nM q1 0\noops\n\nM q2 3\ntail".to_vec();
        let frames = Frames::read(
            "M",
            &Output {
                stdout,
                stderr,
                ..Output::default()
            },
        )
        .unwrap();
        assert_eq!(frames.login(), Some(0));
        assert_eq!(frames.get("q1").unwrap().stdout, b"no newline\0\xff");
        let q2 = frames.get("q2").unwrap();
        assert_eq!(
            (q2.note.as_str(), &*q2.stdout, &*q2.stderr),
            ("3", &b""[..], &b"oops\n"[..])
        );
        assert!(frames.get("q3").is_none());
    }

    #[test]
    fn a_shell_that_cannot_start_is_an_error() {
        let output = Output {
            code: 1,
            stderr: b"This account is not available.\n".to_vec(),
            ..Output::default()
        };
        let error = Frames::read("M", &output).unwrap_err();
        insta::assert_snapshot!(error, @r#"the shell did not start the script: exit code 1, it said "This account is not available.""#);
    }
}
