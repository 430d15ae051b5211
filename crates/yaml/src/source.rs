//! Texts and the places in them.

use std::fmt;
use std::sync::Arc;

/// A text together with the name it is shown under (a file's path, `-e`, ...).
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Source {
    /// What an error message calls the text: usually the path as the user wrote it.
    pub name: String,
    /// The whole text.
    pub text: String,
    /// Whether nothing of the text may be shown.
    pub secret: bool,
}

impl Source {
    /// A text under a name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Arc<Source> {
        Arc::new(Source {
            name: name.into(),
            text: text.into(),
            secret: false,
        })
    }

    /// A text under a name, which may be one that must not be shown.
    pub fn marked(name: impl Into<String>, text: impl Into<String>, secret: bool) -> Arc<Source> {
        Arc::new(Source {
            name: name.into(),
            text: text.into(),
            secret,
        })
    }
}

/// A range of bytes in a [`Source`].
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Place {
    /// The range `start..end` of `source`.
    pub fn new(source: &Arc<Source>, start: usize, end: usize) -> Place {
        let clamp = |at: usize| u32::try_from(at.min(source.text.len())).unwrap_or(u32::MAX);
        Place {
            source: Arc::clone(source),
            start: clamp(start),
            end: clamp(end.max(start)),
        }
    }

    /// A place for values that no text holds: an empty source under the given name.
    pub fn nowhere(name: &str) -> Place {
        Place {
            source: Source::new(name, ""),
            start: 0,
            end: 0,
        }
    }

    /// Whether no text holds the value.
    pub fn is_nowhere(&self) -> bool {
        self.source.text.is_empty()
    }

    /// Line and column of the first byte, both from 1; the column counts characters.
    pub fn line_column(&self) -> (usize, usize) {
        let before = self
            .source
            .text
            .get(..self.start as usize)
            .unwrap_or(&self.source.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (
            before.matches('\n').count() + 1,
            before[line_start..].chars().count() + 1,
        )
    }

    /// The text of the range.
    pub fn text(&self) -> &str {
        self.source
            .text
            .get(self.start as usize..self.end as usize)
            .unwrap_or("")
    }
}

/// `file:line:column`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.name)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}..{}", self.source.name, self.start, self.end)
    }
}
