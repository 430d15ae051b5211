//! The lines of a text, each with its end.

use std::borrow::Cow;

use crate::Result;

/// The lines of a text, each with its `\n`.
pub(super) struct Lines {
    lines: Vec<Vec<u8>>,
}

impl Lines {
    pub(super) fn of(text: &[u8]) -> Lines {
        Lines { lines: text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect() }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.lines.concat()
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// A line as text; what is no UTF-8 is shown as such, and kept.
    pub(super) fn at(&self, at: usize) -> Cow<'_, str> {
        self.lines.get(at).map_or(Cow::Borrowed(""), |line| String::from_utf8_lossy(line))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Cow<'_, str>> {
        self.lines.iter().map(|line| String::from_utf8_lossy(line))
    }

    /// The first or last line that matches.
    pub(super) fn find(&self, first: bool, matches: impl Fn(&str) -> Result<bool>) -> Result<Option<usize>> {
        let mut found = None;
        for (at, line) in self.iter().enumerate() {
            if matches(&line)? {
                found = Some(at);
                if first {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Puts a line in place of another; whether that changed anything.
    pub(super) fn set(&mut self, at: usize, line: &str) -> bool {
        let new = with_end(line);
        match self.lines.get_mut(at) {
            Some(old) if *old != new => {
                *old = new;
                true
            }
            _ => false,
        }
    }

    /// Puts a new line before the one at `at`.
    pub(super) fn insert(&mut self, at: usize, line: &str) {
        if let Some(before) = at.checked_sub(1).and_then(|before| self.lines.get_mut(before))
            && !before.ends_with(b"\n")
        {
            before.push(b'\n');
        }
        self.lines.insert(at, [line.as_bytes(), b"\n"].concat());
    }

    /// Removes all lines that match; how many.
    pub(super) fn remove(&mut self, matches: impl Fn(&str) -> Result<bool>) -> Result<usize> {
        let (all, mut kept) = (self.lines.len(), Vec::new());
        for line in std::mem::take(&mut self.lines) {
            if !matches(&String::from_utf8_lossy(&line))? {
                kept.push(line);
            }
        }
        self.lines = kept;
        Ok(all - self.lines.len())
    }
}

fn with_end(line: &str) -> Vec<u8> {
    let end = if line.ends_with('\n') { "" } else { "\n" };
    [line, end].concat().into_bytes()
}
