//! Problems and texts as miette draws them.

use std::fmt;

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
        if self.help.is_empty() {
            None
        } else {
            Some(Box::new(self.help.join("\n")))
        }
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.at
            .as_ref()
            .map(|(place, _)| &*place.source as &dyn SourceCode)
    }

    /// The place itself and the related places in the same text.
    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (place, label) = self.at.as_ref()?;
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
            .filter(|related| !self.shares_source(related))
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
    fn span(&self) -> SourceSpan {
        (self.start as usize, self.end.saturating_sub(self.start) as usize).into()
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
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            inner.column(),
            inner.line_count(),
        )))
    }
}
