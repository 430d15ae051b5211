//! Problems and texts as miette draws them.

use std::fmt;
use std::ops::Range;

use miette::Diagnostic;
use miette::LabeledSpan;
use miette::MietteError;
use miette::MietteSpanContents;
use miette::SourceCode;
use miette::SourceSpan;
use miette::SpanContents;

use crate::Place;
use crate::Problem;
use crate::Related;
use crate::Severity;
use crate::Source;

impl Diagnostic for Problem {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(&self.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Note => miette::Severity::Advice,
            Severity::Warning => miette::Severity::Warning,
            Severity::Error => miette::Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let hidden = self.at.as_ref().filter(|(place, _)| place.source.secret);
        let hidden = hidden.map(|(place, label)| format!("at {place}, which is not shown: {label}"));
        let help: Vec<&str> = hidden.iter().chain(&self.help).map(String::as_str).collect();
        if help.is_empty() {
            None
        } else {
            Some(Box::new(help.join("\n")))
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let shown = self.at.as_ref().filter(|(place, _)| !place.source.secret);
        shown.map(|(place, _)| &*place.source as &dyn SourceCode)
    }

    /// The place itself and the related places in the same text.
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (place, label) = self.at.as_ref().filter(|(place, _)| !place.source.secret)?;
        let primary = LabeledSpan::new_primary_with_span(Some(label.clone()), place.span());
        let near = self.related.iter().filter(|related| self.shares_source(related));
        let near = near.map(|r| LabeledSpan::new_with_span(Some(r.label.clone()), r.place.span()));
        Some(Box::new(std::iter::once(primary).chain(near)))
    }

    /// The related places in other texts, since a diagnostic has one text only.
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        let mut far = self
            .related
            .iter()
            .filter(|related| !self.shares_source(related) && !related.place.source.secret)
            .peekable();
        far.peek()?;
        Some(Box::new(far.map(|related| related as &dyn Diagnostic)))
    }
}

impl Problem {
    fn shares_source(&self, related: &Related) -> bool {
        self.at
            .as_ref()
            .is_some_and(|(place, _)| place.source == related.place.source)
    }
}

impl Diagnostic for Related {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&*self.place.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(
            None,
            self.place.span(),
        ))))
    }
}

impl Place {
    /// The bytes that are marked: of a very long place its beginning.
    fn span(&self) -> SourceSpan {
        let (start, end) = (self.start as usize, self.end.max(self.start) as usize);
        let end = if end - start > LONG {
            self.source.text.floor_char_boundary(start + 2 * AROUND)
        } else {
            end
        };
        (start, end - start).into()
    }
}

/// Draws under the text's name.
impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.as_str().read_span(span, lines_before, lines_after)?;
        let (start, end) = (inner.span().offset(), inner.span().offset() + inner.data().len());
        let (from, to) = self.readable(span, start..end);
        // Only what is cut at its beginning counts lines and columns anew.
        let (line, column) = if from == start {
            (inner.line(), inner.column())
        } else {
            let line_start = self.text[..from].rfind('\n').map_or(0, |at| at + 1);
            let lines = self.text[start..from].matches('\n').count();
            (inner.line() + lines, from - line_start)
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            &self.text.as_bytes()[from..to],
            (from, to - from).into(),
            line,
            column,
            inner.line_count(),
        )))
    }
}

/// Longer parts of a text are not shown around a place, such as JSON in one line.
const LONG: usize = 2000;

/// How much is shown before and after a place in such a text, in bytes.
const AROUND: usize = 40;

impl Source {
    /// The part of some lines that a person can read.
    fn readable(&self, span: &SourceSpan, lines: Range<usize>) -> (usize, usize) {
        if lines.len() <= LONG {
            return (lines.start, lines.end);
        }
        let text = &self.text;
        let ends = (span.offset() + span.len()).min(lines.end);
        let first = text[..span.offset()].rfind('\n').map_or(0, |at| at + 1);
        let last = text[ends..].find('\n').map_or(text.len(), |at| ends + at);
        let from = first.max(span.offset().saturating_sub(AROUND));
        let to = last.min(ends + AROUND);
        (text.floor_char_boundary(from), text.ceil_char_boundary(to))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_line_only_the_part_around_the_place_is_shown() {
        let text = format!("first\n{}wrong{}\nlast\n", "é".repeat(5000), "ü".repeat(5000));
        let source = Source::new("vars.json", text.clone());
        let at = text.find("wrong").unwrap();
        let shown = source.read_span(&(at, 5).into(), 2, 2).unwrap();
        assert!(shown.data().len() < 200);
        let data = std::str::from_utf8(shown.data()).unwrap();
        assert!(data.contains("wrong"));
        assert_eq!(shown.line(), 1);
        assert_eq!(&text[shown.span().offset()..][..data.len()], data);
        let everything = Problem::error("a", "b").at(&Place::new(&source, 0, text.len()), "c");
        assert!(
            everything
                .labels()
                .unwrap()
                .all(|label| label.len() <= 2 * AROUND)
        );
        let short = Source::new("vars.yml", "a: 1\nb: 2\nc: 3\n");
        let shown = short.read_span(&(5, 1).into(), 1, 1).unwrap();
        assert_eq!(shown.data(), b"a: 1\nb: 2\nc: 3\n".as_slice());
    }
}
