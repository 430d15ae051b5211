//! YAML text as PyYAML's `dump` writes it, for the filters `to_yaml` and `to_nice_yaml`.

use std::cmp::Ordering;
use std::ffi::CStr;

use crate::Content;
use crate::Data;
use crate::Problem;
use crate::Style;
use crate::libyaml::Emit;
use crate::libyaml::Emitter;
use crate::libyaml::Text;
use crate::resolve::Kind;
use crate::resolve::float_text;
use crate::resolve::kind;

const STR: &CStr = c"tag:yaml.org,2002:str";
const SEQ: &CStr = c"tag:yaml.org,2002:seq";
const MAP: &CStr = c"tag:yaml.org,2002:map";

/// The keyword arguments of PyYAML's `dump`, as the filters pass them on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpOptions {
    /// Spaces per level, 2 to 9; anything else is 2.
    pub indent: i32,
    /// Preferred length of a line; a negative one is unlimited, 0 is 80.
    pub width: i32,
    /// Flow style (brackets) for all, for none, or for collections of scalars.
    pub default_flow_style: Option<bool>,
    /// The style of all scalars, keys too.
    pub default_style: Option<Style>,
    /// Whether mappings are written in the order of their keys.
    pub sort_keys: bool,
    /// Whether letters beyond ASCII are written as they are.
    pub allow_unicode: bool,
    /// Whether the text begins with `---`.
    pub explicit_start: bool,
    /// Whether the text ends with `...`.
    pub explicit_end: bool,
}

impl DumpOptions {
    /// Those of the filter `to_yaml`.
    pub fn terse() -> DumpOptions {
        DumpOptions {
            indent: 2,
            width: 80,
            default_flow_style: None,
            default_style: None,
            sort_keys: true,
            allow_unicode: true,
            explicit_start: false,
            explicit_end: false,
        }
    }

    /// Those of the filter `to_nice_yaml`.
    pub fn nice() -> DumpOptions {
        DumpOptions {
            indent: 4,
            default_flow_style: Some(false),
            ..DumpOptions::terse()
        }
    }
}

/// The text that `yaml.dump` gives for the value, byte by byte.
///
/// Two things differ: characters beyond U+FFFF are written as they are where PyYAML escapes them, and no anchors
/// are written, since a value here is never shared.
///
/// # Errors
/// libyaml's text, for a string of 2 GiB or more.
pub fn to_yaml(value: impl Into<Data>, options: &DumpOptions) -> Result<String, Problem> {
    let mut dumper = Dumper {
        emitter: Emitter::new(options.indent, options.width, options.allow_unicode),
        options,
    };
    dumper.document(&value.into()).map_err(|message| {
        Problem::error(
            "yaml::emit",
            format!("the value cannot be written as YAML: {message}"),
        )
    })?;
    Ok(dumper.emitter.finish())
}

struct Dumper<'o> {
    emitter: Emitter,
    options: &'o DumpOptions,
}

impl Dumper<'_> {
    fn document(&mut self, data: &Data) -> Result<(), String> {
        self.emitter.emit(Emit::StreamStart)?;
        self.emitter.emit(Emit::DocumentStart {
            explicit: self.options.explicit_start,
        })?;
        self.value(data)?;
        self.emitter.emit(Emit::DocumentEnd {
            explicit: self.options.explicit_end,
        })?;
        self.emitter.emit(Emit::StreamEnd)
    }

    fn value(&mut self, data: &Data) -> Result<(), String> {
        match &data.content {
            Content::List(items) => {
                let flow = self.flow(items.iter());
                self.emitter.emit(Emit::SequenceStart { tag: SEQ, flow })?;
                items.iter().try_for_each(|item| self.value(item))?;
                self.emitter.emit(Emit::SequenceEnd)
            }
            Content::Mapping(entries) => {
                let flow = self.flow(entries.iter().flat_map(|(key, value)| [key, value]));
                self.emitter.emit(Emit::MappingStart { tag: MAP, flow })?;
                for (key, value) in self.ordered(entries) {
                    self.value(key)?;
                    self.value(value)?;
                }
                self.emitter.emit(Emit::MappingEnd)
            }
            Content::Str(text) if data.tag.as_deref() == Some("!vault") => self.ciphertext(text),
            Content::Str(text) => self.scalar(STR, Kind::Str, text),
            Content::Date(text) => self.scalar(c"tag:yaml.org,2002:timestamp", Kind::Timestamp, text),
            Content::Null => self.scalar(c"tag:yaml.org,2002:null", Kind::Null, "null"),
            Content::Bool(flag) => self.scalar(c"tag:yaml.org,2002:bool", Kind::Bool, &flag.to_string()),
            Content::Int(number) => self.scalar(c"tag:yaml.org,2002:int", Kind::Int, &number.to_string()),
            Content::Float(number) => {
                self.scalar(c"tag:yaml.org,2002:float", Kind::Float, &represent_float(*number))
            }
        }
    }

    fn scalar(&mut self, tag: &'static CStr, own: Kind, text: &str) -> Result<(), String> {
        self.emitter.emit(Emit::Scalar(Text {
            tag,
            text,
            plain_implicit: kind(text) == own,
            quoted_implicit: own == Kind::Str,
            style: self.options.default_style.unwrap_or(Style::Plain),
        }))
    }

    fn ciphertext(&mut self, text: &str) -> Result<(), String> {
        let (plain_implicit, quoted_implicit, style) = (false, false, Style::Literal);
        self.emitter.emit(Emit::Scalar(Text {
            tag: c"!vault",
            text,
            plain_implicit,
            quoted_implicit,
            style,
        }))
    }

    /// Whether a collection is written in brackets: unless told, if it holds nothing but scalars without a style.
    fn flow<'d>(&self, mut parts: impl Iterator<Item = &'d Data>) -> bool {
        self.options.default_flow_style.unwrap_or_else(|| {
            parts.all(|part| {
                let collection = matches!(part.content, Content::List(_) | Content::Mapping(_));
                !collection && self.options.default_style.is_none() && part.tag.as_deref() != Some("!vault")
            })
        })
    }

    /// The entries in Python's order of their keys; unsorted if Python cannot compare them.
    fn ordered<'d>(&self, entries: &'d [(Data, Data)]) -> Vec<&'d (Data, Data)> {
        let mut sorted: Vec<_> = entries.iter().collect();
        let comparable = sorted
            .iter()
            .all(|(key, _)| compare(&key.content, &entries[0].0.content).is_some());
        if self.options.sort_keys && comparable {
            sorted.sort_by(|(a, _), (b, _)| compare(&a.content, &b.content).unwrap_or(Ordering::Equal));
        }
        sorted
    }
}

/// Python's `<` between keys.
fn compare(a: &Content, b: &Content) -> Option<Ordering> {
    match (a, b) {
        (Content::Str(a), Content::Str(b)) | (Content::Date(a), Content::Date(b)) => Some(a.cmp(b)),
        (Content::Int(a), Content::Int(b)) => Some(a.cmp(b)),
        _ => number(a)?.partial_cmp(&number(b)?),
    }
}

fn number(content: &Content) -> Option<f64> {
    match content {
        Content::Bool(flag) => Some(f64::from(u8::from(*flag))),
        Content::Int(number) => Some(*number as f64),
        Content::Float(number) => Some(*number),
        Content::Null | Content::Date(_) | Content::Str(_) | Content::List(_) | Content::Mapping(_) => None,
    }
}

/// PyYAML's text of a float: Python's, but always with a dot, since YAML 1.1 wants one.
pub(crate) fn represent_float(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = float_text(number);
    if text.contains('.') {
        text
    } else {
        text.replacen('e', ".0e", 1)
    }
}
