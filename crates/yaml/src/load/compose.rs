//! Builds the tree from the parser's events.

use std::collections::HashMap;
use std::sync::Arc;

use super::Loaded;
use super::MAX_COPIES;
use super::MAX_DEPTH;
use super::advice;
use super::entries;
use super::scalar;
use crate::Node;
use crate::Place;
use crate::Problem;
use crate::Source;
use crate::Style;
use crate::Value;
use crate::libyaml::Event;
use crate::libyaml::Parser;
use crate::libyaml::Properties;
use crate::libyaml::Scalar;
use crate::resolve::Kind;

/// Bytes of text that weigh as much as one node when they are copied.
const BYTES_PER_NODE: usize = 64;

/// Reads all documents.
pub(super) fn documents(source: &Arc<Source>) -> Result<Loaded, Problem> {
    let parser = Parser::new(&source.text);
    let mut composer = Composer {
        source,
        parser,
        open: Vec::new(),
        anchors: HashMap::new(),
        copied: 0,
        loaded: Loaded::default(),
    };
    while composer.step()? {}
    Ok(composer.loaded)
}

/// A node with what its users must know to copy it or to use it as a key.
#[derive(Clone)]
pub(super) struct Composed {
    pub(super) node: Node,
    /// What a plain scalar's text stands for.
    pub(super) kind: Option<Kind>,
    /// Levels of nesting below and including this node.
    height: usize,
    /// What a copy costs.
    weight: usize,
    /// Where its text ends; an alias' node stands elsewhere.
    end: usize,
}

impl Composed {
    /// The node as a value, which `<<` and `=` cannot be.
    pub(super) fn into_value(self) -> Result<Node, Problem> {
        let (Some(kind @ (Kind::Merge | Kind::Default)), Some(text)) = (self.kind, self.node.as_str()) else {
            return Ok(self.node);
        };
        let message = crate::resolve::construct(kind, text).err().unwrap_or_default();
        Err(Problem::error("yaml::value", message)
            .at(&self.node.place, "this value")
            .help(format!("quote it: \"{text}\"")))
    }
}

/// An anchor's node; none while it is still being read.
struct Anchor {
    place: Place,
    composed: Option<Composed>,
}

struct Composer<'s> {
    source: &'s Arc<Source>,
    parser: Parser<'s>,
    /// The lists and mappings around the next event; a stack of our own, since threads may have small ones.
    open: Vec<Open>,
    anchors: HashMap<String, Anchor>,
    copied: usize,
    loaded: Loaded,
}

impl Composer<'_> {
    /// Takes one event; false after the last one.
    fn step(&mut self) -> Result<bool, Problem> {
        let marked = self
            .parser
            .next()
            .map_err(|error| advice::syntax(self.source, error))?;
        let place = Place::new(self.source, marked.start, marked.end);
        let composed = match marked.event {
            Event::StreamEnd => return Ok(false),
            Event::StreamStart | Event::DocumentStart => return Ok(true),
            Event::DocumentEnd => {
                self.anchors.clear();
                return Ok(true);
            }
            Event::SequenceStart(properties) => {
                self.begin(properties, place, Parts::Items(Vec::new()))?;
                return Ok(true);
            }
            Event::MappingStart(properties) => {
                self.begin(properties, place, Parts::Entries(Vec::new(), None))?;
                return Ok(true);
            }
            Event::Alias(name) => Some(self.alias(&name, &place)?),
            Event::Scalar(written) => Some(self.scalar(written, &place)?),
            Event::SequenceEnd | Event::MappingEnd => self.end(marked.end)?,
        };
        if let Some(composed) = composed {
            self.put(composed)?;
        }
        Ok(true)
    }

    /// Adds a finished node to what is open around it.
    fn put(&mut self, composed: Composed) -> Result<(), Problem> {
        let Some(open) = self.open.last_mut() else {
            self.loaded.documents.push(composed.into_value()?);
            return Ok(());
        };
        open.height = open.height.max(composed.height);
        open.weight += composed.weight;
        open.last = composed.end;
        match &mut open.parts {
            Parts::Items(items) => items.push(composed.into_value()?),
            Parts::Entries(entries, key) => match key.take() {
                None => *key = Some(composed),
                Some(key) => entries.push((key, composed.into_value()?)),
            },
        }
        Ok(())
    }

    fn begin(&mut self, mut properties: Properties, start: Place, parts: Parts) -> Result<(), Problem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(too_deep(&start));
        }
        let anchor = properties.anchor.take();
        self.announce(anchor.as_deref(), &start)?;
        let last = start.end as usize;
        self.open.push(Open {
            parts,
            properties,
            anchor,
            start,
            height: 0,
            weight: 0,
            last,
        });
        Ok(())
    }

    /// Closes the innermost list or mapping, whose last byte the event names for flow style only.
    fn end(&mut self, closed: usize) -> Result<Option<Composed>, Problem> {
        let Some(open) = self.open.pop() else {
            return Ok(None);
        };
        let style = open.properties.style;
        let end = if style == Style::Flow { closed } else { open.last };
        let place = Place::new(self.source, open.start.start as usize, end);
        let value = match open.parts {
            Parts::Items(items) => Value::Seq(items),
            Parts::Entries(entries, _) => Value::Map(entries::assemble(
                entries,
                &open.start,
                &mut self.loaded.warnings,
            )?),
        };
        let value = scalar::collection(value, &open.properties, &place)?;
        let mut node = Node {
            value,
            place,
            style,
            tag: scalar::kept_tag(&open.properties),
        };
        if node.tag.as_deref() == Some("!unsafe") {
            mark_unsafe(&mut node);
        }
        let (height, weight) = (open.height + 1, open.weight + 1);
        self.register(
            open.anchor,
            Composed {
                node,
                kind: None,
                height,
                weight,
                end,
            },
        )
        .map(Some)
    }

    fn scalar(&mut self, mut written: Scalar, place: &Place) -> Result<Composed, Problem> {
        let anchor = written.properties.anchor.take();
        self.announce(anchor.as_deref(), place)?;
        let place = trimmed(place);
        let (value, kind) = scalar::value(&written, &place)?;
        if kind == Some(Kind::Int) && matches!(value, Value::Str(_)) {
            self.loaded.warnings.push(scalar::too_long(&place));
        }
        let tag = scalar::kept_tag(&written.properties);
        self.register(
            anchor,
            leaf(
                Node {
                    value,
                    place,
                    style: written.properties.style,
                    tag,
                },
                kind,
            ),
        )
    }

    /// Takes note of an anchor whose node is about to be read.
    fn announce(&mut self, name: Option<&str>, place: &Place) -> Result<(), Problem> {
        let Some(name) = name else { return Ok(()) };
        let anchor = Anchor {
            place: place.clone(),
            composed: None,
        };
        match self.anchors.insert(name.to_owned(), anchor) {
            None => Ok(()),
            Some(first) => Err(
                Problem::error("yaml::anchor", format!("found duplicate anchor `{name}`"))
                    .at(place, "second occurrence")
                    .related(&first.place, "first occurrence")
                    .help("give each anchor of a document its own name"),
            ),
        }
    }

    /// Keeps a copy of an anchor's node.
    fn register(&mut self, name: Option<String>, composed: Composed) -> Result<Composed, Problem> {
        if let Some(anchor) = name.and_then(|name| self.anchors.get_mut(&name)) {
            self.copied += composed.weight;
            check_copies(self.copied, &anchor.place)?;
            anchor.composed = Some(composed.clone());
        }
        Ok(composed)
    }

    fn alias(&mut self, name: &str, place: &Place) -> Result<Composed, Problem> {
        let Some(anchor) = self.anchors.get(name) else {
            return Err(advice::undefined_alias(name, place));
        };
        let Some(composed) = &anchor.composed else {
            return Err(
                Problem::error("yaml::anchor", format!("the anchor `{name}` contains itself"))
                    .at(place, "this alias stands inside its own anchor")
                    .related(&anchor.place, "the anchor"),
            );
        };
        if self.open.len() + composed.height > MAX_DEPTH {
            return Err(too_deep(place));
        }
        let copied = self.copied + composed.weight;
        check_copies(copied, place)?;
        let copy = Composed {
            end: place.end as usize,
            ..composed.clone()
        };
        self.copied = copied;
        Ok(copy)
    }
}

fn check_copies(copied: usize, place: &Place) -> Result<(), Problem> {
    if copied <= MAX_COPIES {
        return Ok(());
    }
    Err(Problem::error(
        "yaml::limit",
        format!("the anchors and aliases expand to more than {MAX_COPIES} values"),
    )
    .at(place, "the limit is reached here")
    .help("write the values out, or move them into a variable"))
}

/// A list or mapping whose end was not met yet.
struct Open {
    parts: Parts,
    properties: Properties,
    anchor: Option<String>,
    start: Place,
    height: usize,
    weight: usize,
    /// The end of the last part.
    last: usize,
}

/// What was read of a list or mapping.
enum Parts {
    Items(Vec<Node>),
    /// Entries, and the key whose value comes next.
    Entries(Vec<(Composed, Node)>, Option<Composed>),
}

fn leaf(node: Node, kind: Option<Kind>) -> Composed {
    let text = node.as_str().map_or(0, str::len);
    let end = node.place.end as usize;
    Composed {
        node,
        kind,
        height: 0,
        weight: 1 + text / BYTES_PER_NODE,
        end,
    }
}

/// Without the line breaks and comments that libyaml counts to a block scalar.
fn trimmed(place: &Place) -> Place {
    let length = place.text().trim_end().len();
    Place::new(&place.source, place.start as usize, place.start as usize + length)
}

fn mark_unsafe(node: &mut Node) {
    node.tag.get_or_insert_with(|| "!unsafe".into());
    match &mut node.value {
        Value::Seq(items) => items.iter_mut().for_each(mark_unsafe),
        Value::Map(map) => map.entries.iter_mut().for_each(|(key, value)| {
            mark_unsafe(key);
            mark_unsafe(value);
        }),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Date(_) | Value::Str(_) => {}
    }
}

fn too_deep(place: &Place) -> Problem {
    Problem::error(
        "yaml::limit",
        format!("more than {MAX_DEPTH} levels of lists and mappings"),
    )
    .at(place, "this level is too deep")
}
