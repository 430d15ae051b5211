//! Keys of a mapping: merged, unique, hashable.

use std::collections::HashMap;

use super::advice;
use super::compose::Composed;
use crate::Map;
use crate::Node;
use crate::Place;
use crate::Problem;
use crate::Value;
use crate::resolve::Kind;

/// A key as Python compares it: `1`, `1.0` and `true` are the same.
#[derive(PartialEq, Eq, Hash)]
enum Key<'n> {
    Null,
    Number(i128),
    Float(u64),
    Date(&'n str),
    Str(&'n str),
}

/// The mapping of these pairs: merged entries first, of equal keys the last value at the place of the first.
pub(super) fn assemble(
    pairs: Vec<(Composed, Node)>,
    start: &Place,
    warnings: &mut Vec<Problem>,
) -> Result<Map, Problem> {
    let (mut entries, mut own) = (Vec::new(), Vec::with_capacity(pairs.len()));
    for (key, value) in pairs {
        if key.kind == Some(Kind::Merge) {
            merge(value, start, &mut entries)?;
        } else {
            own.push((key.node, value));
        }
    }
    let merged = entries.len();
    entries.append(&mut own);
    let slots = slots(&entries, merged, start, warnings)?;
    let unique = slots.iter().enumerate().all(|(at, slot)| at == *slot);
    Ok(Map {
        entries: if unique {
            entries
        } else {
            last_wins(entries, &slots)
        },
    })
}

/// For each entry the index of the first entry with an equal key; warns of keys written twice.
fn slots(
    entries: &[(Node, Node)],
    merged: usize,
    start: &Place,
    warnings: &mut Vec<Problem>,
) -> Result<Vec<usize>, Problem> {
    let mut seen: HashMap<Key<'_>, (usize, usize)> = HashMap::with_capacity(entries.len());
    let mut slots = Vec::with_capacity(entries.len());
    for (at, (node, _)) in entries.iter().enumerate() {
        let key = key(node).ok_or_else(|| advice::unhashable(node, start))?;
        let (first, previous) = *seen.get(&key).unwrap_or(&(at, at));
        if previous < at && previous >= merged {
            warnings.push(duplicate(&entries[previous].0, node));
        }
        seen.insert(key, (first, at));
        slots.push(first);
    }
    Ok(slots)
}

fn last_wins(entries: Vec<(Node, Node)>, slots: &[usize]) -> Vec<(Node, Node)> {
    let mut kept: Vec<Option<(Node, Node)>> = Vec::with_capacity(entries.len());
    for ((key, value), slot) in entries.into_iter().zip(slots) {
        kept.push(None);
        let first = kept[*slot].take().map(|(first, _)| first.value);
        let key = Node {
            value: first.unwrap_or(key.value),
            ..key
        };
        kept[*slot] = Some((key, value));
    }
    kept.into_iter().flatten().collect()
}

fn key(node: &Node) -> Option<Key<'_>> {
    Some(match &node.value {
        Value::Null => Key::Null,
        Value::Bool(flag) => Key::Number(i128::from(*flag)),
        Value::Int(number) => Key::Number(*number),
        Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e38 => Key::Number(*number as i128),
        Value::Float(number) => Key::Float(number.to_bits()),
        Value::Date(text) => Key::Date(text),
        Value::Str(text) => Key::Str(text),
        Value::Seq(_) | Value::Map(_) => return None,
    })
}

fn duplicate(first: &Node, second: &Node) -> Problem {
    let name = second.place.text();
    Problem::warning(
        "yaml::duplicate-key",
        format!("the key `{name}` occurs twice in a mapping; the last one counts"),
    )
    .at(&second.place, "this one counts")
    .related(&first.place, "this one is ignored")
    .help("remove one of the two")
}

/// Appends what `<<: value` brings: a mapping, or a list of mappings of which earlier ones win.
fn merge(value: Node, start: &Place, entries: &mut Vec<(Node, Node)>) -> Result<(), Problem> {
    let mappings = match value.value {
        Value::Seq(items) => items,
        _ => vec![value],
    };
    for node in mappings.into_iter().rev() {
        if node.tag.is_some() {
            return Err(not_mergeable(&node, start));
        }
        match node.value {
            Value::Map(map) => entries.extend(map.entries),
            _ => return Err(not_mergeable(&node, start)),
        }
    }
    Ok(())
}

fn not_mergeable(node: &Node, start: &Place) -> Problem {
    let found = node
        .tag
        .as_deref()
        .map_or(node.kind().to_owned(), |tag| format!("a value tagged `{tag}`"));
    let message = format!("expected a mapping or a list of mappings for merging (`<<`), but found {found}");
    Problem::error("yaml::merge", message)
        .at(&node.place, "this cannot be merged")
        .related(
            &Place::new(&start.source, start.start as usize, start.start as usize),
            "into this mapping",
        )
}
