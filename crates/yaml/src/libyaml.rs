//! libyaml's event parser and emitter behind a safe face: the only unsafe code of the workspace.
//!
//! The C-style structures live behind one pointer each, are never moved after their initialisation and never
//! leave this file; every text is copied out before the event that owns it is freed.

use std::ffi::CStr;
use std::marker::PhantomData;
use std::ptr::null;
use std::ptr::null_mut;

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
    /// Bytes before what the parser sees: a byte order mark, which would shift its columns.
    skipped: usize,
    text: PhantomData<&'t str>,
}

impl<'t> Parser<'t> {
    pub(crate) fn new(text: &'t str) -> Parser<'t> {
        let visible = text.strip_prefix('\u{feff}').unwrap_or(text);
        let raw: *mut sys::yaml_parser_t = Box::into_raw(Box::<sys::yaml_parser_t>::new_uninit()).cast();
        // SAFETY: `raw` points to memory of the right size that only this struct frees; the input outlives
        // the parser by the lifetime `'t`.
        unsafe {
            let _ = sys::yaml_parser_initialize(raw);
            sys::yaml_parser_set_encoding(raw, sys::YAML_UTF8_ENCODING);
            sys::yaml_parser_set_input_string(raw, visible.as_ptr(), visible.len() as u64);
        }
        Parser {
            raw,
            skipped: text.len() - visible.len(),
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
                start: self.skipped + (*event).start_mark.index as usize,
                end: self.skipped + (*event).end_mark.index as usize,
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
            let context = (!parser.context.is_null()).then(|| {
                (
                    message(parser.context),
                    self.skipped + parser.context_mark.index as usize,
                )
            });
            SyntaxError {
                problem: message(parser.problem),
                at: self.skipped + at as usize,
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

/// What the emitter is told.
pub(crate) enum Emit<'t> {
    StreamStart,
    StreamEnd,
    DocumentStart { explicit: bool },
    DocumentEnd { explicit: bool },
    Scalar(Text<'t>),
    SequenceStart { tag: &'static CStr, flow: bool },
    SequenceEnd,
    MappingStart { tag: &'static CStr, flow: bool },
    MappingEnd,
}

/// A scalar with its tag, and in which styles a reader finds that tag by itself.
pub(crate) struct Text<'t> {
    pub(crate) tag: &'static CStr,
    pub(crate) text: &'t str,
    pub(crate) plain_implicit: bool,
    pub(crate) quoted_implicit: bool,
    pub(crate) style: Style,
}

/// Writes events as text.
pub(crate) struct Emitter {
    raw: *mut sys::yaml_emitter_t,
    out: *mut Vec<u8>,
}

impl Emitter {
    /// Indentation and line width as libyaml takes them; 0 stands for its defaults, 2 and 80.
    pub(crate) fn new(indent: i32, width: i32, unicode: bool) -> Emitter {
        let raw: *mut sys::yaml_emitter_t = Box::into_raw(Box::<sys::yaml_emitter_t>::new_uninit()).cast();
        let out = Box::into_raw(Box::<Vec<u8>>::default());
        // SAFETY: both pointers are fresh and owned by this struct; `append` gets `out` back as its data.
        unsafe {
            let _ = sys::yaml_emitter_initialize(raw);
            sys::yaml_emitter_set_output(raw, append, out.cast());
            sys::yaml_emitter_set_unicode(raw, unicode);
            if indent != 0 {
                sys::yaml_emitter_set_indent(raw, indent);
            }
            if width != 0 {
                sys::yaml_emitter_set_width(raw, width);
            }
        }
        Emitter { raw, out }
    }

    /// Writes one event; the error is libyaml's text.
    pub(crate) fn emit(&mut self, event: Emit<'_>) -> Result<(), String> {
        let mut memory = std::mem::MaybeUninit::<sys::yaml_event_t>::zeroed();
        // SAFETY: `initialize` fills the event, whose ownership `yaml_emitter_emit` takes also when it fails.
        unsafe {
            if !initialize(memory.as_mut_ptr(), event) {
                return Err("a text is too long".to_owned());
            }
            if sys::yaml_emitter_emit(self.raw, memory.as_mut_ptr()).fail {
                return Err(message((**self.raw).problem));
            }
        }
        Ok(())
    }

    /// All that was written.
    pub(crate) fn finish(self) -> String {
        // SAFETY: both pointers are alive until the drop of `self` at the end of this function.
        let bytes = unsafe {
            let _ = sys::yaml_emitter_flush(self.raw);
            std::mem::take(&mut *self.out)
        };
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Drop for Emitter {
    fn drop(&mut self) {
        // SAFETY: both pointers came from `Box::into_raw` in `new`, and nothing uses them after this.
        unsafe {
            sys::yaml_emitter_delete(self.raw);
            drop(Box::from_raw(
                self.raw.cast::<std::mem::MaybeUninit<sys::yaml_emitter_t>>(),
            ));
            drop(Box::from_raw(self.out));
        }
    }
}

/// The emitter's write handler.
///
/// # Safety
/// `data` must be the `Vec` of a living `Emitter`, `buffer` must hold `size` bytes.
unsafe fn append(data: *mut std::ffi::c_void, buffer: *mut u8, size: u64) -> i32 {
    // SAFETY: as this function demands.
    unsafe { (*data.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(buffer, size as usize)) };
    1
}

/// # Safety
/// `event` must point to memory for one event.
unsafe fn initialize(event: *mut sys::yaml_event_t, emit: Emit<'_>) -> bool {
    // SAFETY: libyaml copies all texts; those given without a length end in NUL.
    unsafe {
        let success = match emit {
            Emit::StreamStart => sys::yaml_stream_start_event_initialize(event, sys::YAML_UTF8_ENCODING),
            Emit::StreamEnd => sys::yaml_stream_end_event_initialize(event),
            Emit::DocumentStart { explicit } => sys::yaml_document_start_event_initialize(
                event,
                null_mut(),
                null_mut(),
                null_mut(),
                !explicit,
            ),
            Emit::DocumentEnd { explicit } => sys::yaml_document_end_event_initialize(event, !explicit),
            Emit::Scalar(scalar) => {
                let Ok(length) = i32::try_from(scalar.text.len()) else {
                    return false;
                };
                sys::yaml_scalar_event_initialize(
                    event,
                    null(),
                    scalar.tag.as_ptr().cast(),
                    scalar.text.as_ptr(),
                    length,
                    scalar.plain_implicit,
                    scalar.quoted_implicit,
                    sys_style(scalar.style),
                )
            }
            Emit::SequenceStart { tag, flow } => {
                let style = if flow {
                    sys::YAML_FLOW_SEQUENCE_STYLE
                } else {
                    sys::YAML_BLOCK_SEQUENCE_STYLE
                };
                sys::yaml_sequence_start_event_initialize(event, null(), tag.as_ptr().cast(), true, style)
            }
            Emit::SequenceEnd => sys::yaml_sequence_end_event_initialize(event),
            Emit::MappingStart { tag, flow } => {
                let style = if flow {
                    sys::YAML_FLOW_MAPPING_STYLE
                } else {
                    sys::YAML_BLOCK_MAPPING_STYLE
                };
                sys::yaml_mapping_start_event_initialize(event, null(), tag.as_ptr().cast(), true, style)
            }
            Emit::MappingEnd => sys::yaml_mapping_end_event_initialize(event),
        };
        success.ok
    }
}

fn sys_style(style: Style) -> sys::yaml_scalar_style_t {
    match style {
        Style::Plain | Style::Block | Style::Flow => sys::YAML_PLAIN_SCALAR_STYLE,
        Style::SingleQuoted => sys::YAML_SINGLE_QUOTED_SCALAR_STYLE,
        Style::DoubleQuoted => sys::YAML_DOUBLE_QUOTED_SCALAR_STYLE,
        Style::Literal => sys::YAML_LITERAL_SCALAR_STYLE,
        Style::Folded => sys::YAML_FOLDED_SCALAR_STYLE,
    }
}
