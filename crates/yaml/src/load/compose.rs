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
use crate::libyaml::Marked;
use crate::libyaml::Parser;
use crate::libyaml::Properties;
use crate::resolve::Kind;

/// Bytes of text that weigh as much as one node when they are copied.
const BYTES_PER_NODE: usize = 64;

/// Reads all documents.
pub(super) fn documents(source: &Arc<Source>) -> Result<Loaded, Problem> {
    let parser = Parser::new(&source.text);
    let mut composer = Composer {
        source,
        parser,
        anchors: HashMap::new(),
        copied: 0,
        warnings: Vec::new(),
    };
    let mut documents = Vec::new();
    loop {
        let marked = composer.next()?;
        match marked.event {
            Event::StreamEnd => break,
            Event::StreamStart | Event::DocumentStart => {}
            Event::DocumentEnd => composer.anchors.clear(),
            _ => documents.push(composer.node(marked, 0)?.into_value()?),
        }
    }
    Ok(Loaded {
        documents,
        warnings: composer.warnings,
    })
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
    anchors: HashMap<String, Anchor>,
    copied: usize,
    warnings: Vec<Problem>,
}

impl Composer<'_> {
    fn next(&mut self) -> Result<Marked, Problem> {
        self.parser
            .next()
            .map_err(|error| advice::syntax(self.source, error))
    }

    fn node(&mut self, marked: Marked, depth: usize) -> Result<Composed, Problem> {
        let place = Place::new(self.source, marked.start, marked.end);
        match marked.event {
            Event::Alias(name) => self.alias(&name, &place, depth),
            Event::Scalar(mut written) => {
                let anchor = written.properties.anchor.take();
                self.open(anchor.as_deref(), &place)?;
                let composed = self.scalar(&written, &place)?;
                self.close(anchor, composed)
            }
            Event::SequenceStart(properties) => self.collection(properties, place, depth, Composer::sequence),
            Event::MappingStart(properties) => self.collection(properties, place, depth, Composer::mapping),
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => Ok(leaf(Node::new(Value::Null, place), None)),
        }
    }

    fn scalar(&mut self, written: &crate::libyaml::Scalar, place: &Place) -> Result<Composed, Problem> {
        let place = trimmed(place);
        let (value, kind) = scalar::value(written, &place)?;
        if kind == Some(Kind::Int) && matches!(value, Value::Str(_)) {
            self.warnings.push(scalar::too_long(&place));
        }
        let tag = scalar::kept_tag(&written.properties);
        Ok(leaf(
            Node {
                value,
                place,
                style: written.properties.style,
                tag,
            },
            kind,
        ))
    }

    /// A list or mapping; `read` takes its items and says what they are and where the last byte was.
    fn collection(
        &mut self,
        mut properties: Properties,
        start: Place,
        depth: usize,
        read: fn(&mut Self, &Place, usize) -> Result<Read, Problem>,
    ) -> Result<Composed, Problem> {
        if depth >= MAX_DEPTH {
            return Err(too_deep(&start));
        }
        let anchor = properties.anchor.take();
        self.open(anchor.as_deref(), &start)?;
        let read = read(self, &start, depth + 1)?;
        let end = if properties.style == Style::Flow {
            read.closed
        } else {
            read.last.max(start.end as usize)
        };
        let place = Place::new(self.source, start.start as usize, end);
        let value = scalar::collection(read.value, &properties, &place)?;
        let tag = scalar::kept_tag(&properties);
        let mut node = Node {
            value,
            place,
            style: properties.style,
            tag,
        };
        if node.tag.as_deref() == Some("!unsafe") {
            mark_unsafe(&mut node);
        }
        let (height, weight) = (read.height + 1, read.weight + 1);
        self.close(
            anchor,
            Composed {
                node,
                kind: None,
                height,
                weight,
                end,
            },
        )
    }

    fn sequence(&mut self, _: &Place, depth: usize) -> Result<Read, Problem> {
        let (mut items, mut read) = (Vec::new(), Read::default());
        loop {
            let marked = self.next()?;
            if let Event::SequenceEnd = marked.event {
                read.closed = marked.end;
                break;
            }
            let composed = self.node(marked, depth)?;
            read.add(&composed);
            items.push(composed.into_value()?);
        }
        read.value = Value::Seq(items);
        Ok(read)
    }

    fn mapping(&mut self, start: &Place, depth: usize) -> Result<Read, Problem> {
        let (mut pairs, mut read) = (Vec::new(), Read::default());
        loop {
            let marked = self.next()?;
            if let Event::MappingEnd = marked.event {
                read.closed = marked.end;
                break;
            }
            let key = self.node(marked, depth)?;
            read.add(&key);
            let marked = self.next()?;
            let value = self.node(marked, depth)?;
            read.add(&value);
            pairs.push((key, value.into_value()?));
        }
        read.value = Value::Map(entries::assemble(pairs, start, &mut self.warnings)?);
        Ok(read)
    }

    fn open(&mut self, name: Option<&str>, place: &Place) -> Result<(), Problem> {
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

    fn close(&mut self, name: Option<String>, composed: Composed) -> Result<Composed, Problem> {
        if let Some(anchor) = name.and_then(|name| self.anchors.get_mut(&name)) {
            self.copied += composed.weight;
            check_copies(self.copied, &anchor.place)?;
            anchor.composed = Some(composed.clone());
        }
        Ok(composed)
    }

    fn alias(&mut self, name: &str, place: &Place, depth: usize) -> Result<Composed, Problem> {
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
        if depth + composed.height > MAX_DEPTH {
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

/// What was read between the start and the end of a collection.
struct Read {
    value: Value,
    height: usize,
    weight: usize,
    /// The end of the last item.
    last: usize,
    /// The end of the closing bracket.
    closed: usize,
}

impl Default for Read {
    fn default() -> Read {
        Read {
            value: Value::Null,
            height: 0,
            weight: 0,
            last: 0,
            closed: 0,
        }
    }
}

impl Read {
    fn add(&mut self, item: &Composed) {
        self.height = self.height.max(item.height);
        self.weight += item.weight;
        self.last = item.end;
    }
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
