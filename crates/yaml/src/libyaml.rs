//! libyaml's event parser behind a safe face: the only unsafe code of the workspace.
//!
//! The C-style structures live behind one pointer each, are never moved after their initialisation and never
//! leave this file; every text is copied out before the event that owns it is freed.

use std::ffi::CStr;
use std::marker::PhantomData;

use libyaml_rs as sys;

use crate::Style;

/// One event with the bytes it was read from.
#[derive(Debug)]
pub(crate) struct Marked {
    pub(crate) event: Event,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// What the parser met.
#[derive(Debug)]
pub(crate) enum Event {
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    Alias(String),
    Scalar(Scalar),
    SequenceStart(Properties),
    SequenceEnd,
    MappingStart(Properties),
    MappingEnd,
}

/// A scalar as it was written, quotes and folds removed.
#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    pub(crate) properties: Properties,
    /// Whether an untagged plain scalar's type follows from its text.
    pub(crate) plain_implicit: bool,
}

/// What may stand before a node, and its style.
#[derive(Debug)]
pub(crate) struct Properties {
    pub(crate) anchor: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) style: Style,
}

/// libyaml's refusal of a text.
#[derive(Debug)]
pub(crate) struct SyntaxError {
    pub(crate) problem: String,
    pub(crate) at: usize,
    /// What was being read, and where that began.
    pub(crate) context: Option<(String, usize)>,
}

/// Reads events from a text.
pub(crate) struct Parser<'t> {
    raw: *mut sys::yaml_parser_t,
    text: PhantomData<&'t str>,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str) -> Parser<'t> {
        let raw: *mut sys::yaml_parser_t = Box::into_raw(Box::<sys::yaml_parser_t>::new_uninit()).cast();
        // SAFETY: `raw` points to memory of the right size that only this struct frees; the input outlives
        // the parser by the lifetime `'t`.
        unsafe {
            let _ = sys::yaml_parser_initialize(raw);
            sys::yaml_parser_set_encoding(raw, sys::YAML_UTF8_ENCODING);
            sys::yaml_parser_set_input_string(raw, text.as_ptr(), text.len() as u64);
        }
        Parser {
            raw,
            text: PhantomData,
        }
    }

    /// The next event; after the stream's end or an error it must not be called again.
    pub(crate) fn next(&mut self) -> Result<Marked, SyntaxError> {
        // SAFETY: `raw` is initialised; the event is initialised by the parser (zeroed first, also on failure),
        // read while it is alive, and freed once.
        unsafe {
            let mut memory = std::mem::MaybeUninit::<sys::yaml_event_t>::zeroed();
            let event = memory.as_mut_ptr();
            if sys::yaml_parser_parse(self.raw, event).fail {
                return Err(self.error());
            }
            let marked = Marked {
                event: copy(&*event),
                start: (*event).start_mark.index as usize,
                end: (*event).end_mark.index as usize,
            };
            sys::yaml_event_delete(event);
            Ok(marked)
        }
    }

    fn error(&self) -> SyntaxError {
        // SAFETY: `raw` is initialised and its message pointers are null or static strings ending in NUL.
        unsafe {
            let parser = &**self.raw;
            let reader = parser.error == sys::YAML_READER_ERROR;
            let at = if reader {
                parser.problem_offset
            } else {
                parser.problem_mark.index
            };
            let context = (!parser.context.is_null())
                .then(|| (message(parser.context), parser.context_mark.index as usize));
            SyntaxError {
                problem: message(parser.problem),
                at: at as usize,
                context,
            }
        }
    }
}

impl Drop for Parser<'_> {
    fn drop(&mut self) {
        // SAFETY: `raw` came from `Box::into_raw` in `new`, and nothing uses it after this.
        unsafe {
            sys::yaml_parser_delete(self.raw);
            drop(Box::from_raw(
                self.raw.cast::<std::mem::MaybeUninit<sys::yaml_parser_t>>(),
            ));
        }
    }
}

/// Copies an event out of libyaml's memory.
///
/// # Safety
/// The event must come from `yaml_parser_parse` and not be freed yet.
unsafe fn copy(event: &sys::yaml_event_t) -> Event {
    // SAFETY: the union's field is chosen by the event's type, which libyaml sets together with it.
    unsafe {
        match event.type_ {
            sys::YAML_STREAM_START_EVENT => Event::StreamStart,
            sys::YAML_DOCUMENT_START_EVENT => Event::DocumentStart,
            sys::YAML_DOCUMENT_END_EVENT => Event::DocumentEnd,
            sys::YAML_ALIAS_EVENT => Event::Alias(optional(event.data.alias.anchor).unwrap_or_default()),
            sys::YAML_SCALAR_EVENT => {
                let scalar = &event.data.scalar;
                let bytes = std::slice::from_raw_parts(scalar.value, scalar.length as usize);
                Event::Scalar(Scalar {
                    text: String::from_utf8_lossy(bytes).into_owned(),
                    properties: properties(scalar.anchor, scalar.tag, scalar_style(scalar.style)),
                    plain_implicit: scalar.plain_implicit,
                })
            }
            sys::YAML_SEQUENCE_START_EVENT => {
                let start = &event.data.sequence_start;
                let flow = start.style == sys::YAML_FLOW_SEQUENCE_STYLE;
                Event::SequenceStart(properties(start.anchor, start.tag, collection_style(flow)))
            }
            sys::YAML_SEQUENCE_END_EVENT => Event::SequenceEnd,
            sys::YAML_MAPPING_START_EVENT => {
                let start = &event.data.mapping_start;
                let flow = start.style == sys::YAML_FLOW_MAPPING_STYLE;
                Event::MappingStart(properties(start.anchor, start.tag, collection_style(flow)))
            }
            sys::YAML_MAPPING_END_EVENT => Event::MappingEnd,
            _ => Event::StreamEnd,
        }
    }
}

/// # Safety
/// Both pointers must be null or strings ending in NUL.
unsafe fn properties(anchor: *const u8, tag: *const u8, style: Style) -> Properties {
    // SAFETY: as this function demands.
    unsafe {
        Properties {
            anchor: optional(anchor),
            tag: optional(tag),
            style,
        }
    }
}

/// # Safety
/// The pointer must be null or a string ending in NUL.
unsafe fn optional(text: *const u8) -> Option<String> {
    // SAFETY: as this function demands.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text.cast()).to_string_lossy().into_owned() })
}

/// # Safety
/// The pointer must be null or a string ending in NUL.
unsafe fn message(text: *const i8) -> String {
    // SAFETY: as this function demands.
    unsafe { optional(text.cast()).unwrap_or_default() }
}

fn scalar_style(style: sys::yaml_scalar_style_t) -> Style {
    match style {
        sys::YAML_SINGLE_QUOTED_SCALAR_STYLE => Style::SingleQuoted,
        sys::YAML_DOUBLE_QUOTED_SCALAR_STYLE => Style::DoubleQuoted,
        sys::YAML_LITERAL_SCALAR_STYLE => Style::Literal,
        sys::YAML_FOLDED_SCALAR_STYLE => Style::Folded,
        _ => Style::Plain,
    }
}

fn collection_style(flow: bool) -> Style {
    if flow { Style::Flow } else { Style::Block }
}
