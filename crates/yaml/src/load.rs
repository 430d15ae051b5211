//! Reads YAML texts as Ansible does.

mod advice;
mod compose;
mod entries;
mod hint;
mod scalar;

use std::sync::Arc;

use crate::Node;
use crate::Place;
use crate::Problem;
use crate::Source;
use crate::Value;

/// Deepest nesting of lists and mappings that is read, aliases expanded.
pub const MAX_DEPTH: usize = 256;

/// Most nodes that anchors and aliases may copy; long texts count as several.
pub const MAX_COPIES: usize = 2_000_000;

/// Longest text that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;

/// The documents of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loaded {
    /// One node per document, in order; an empty document (`---` alone) is null, an empty text has none.
    pub documents: Vec<Node>,
    /// What is probably wrong, such as duplicate keys.
    pub warnings: Vec<Problem>,
}

/// Reads all documents of a text, with the place of every key, scalar and collection.
///
/// Aliases become copies that keep the place of their anchor, merge keys (`<<`) are applied, of duplicate keys
/// the last one counts and a warning names both. The tags `!vault`, `!vault-encrypted` and `!unsafe` stay on
/// their nodes (`!unsafe` also on all nodes below); tags of YAML itself (`!!str`) are applied.
///
/// # Errors
/// The first thing that Ansible could not read either, with libyaml's words and its place; a text beyond
/// [`MAX_BYTES`], [`MAX_DEPTH`] or [`MAX_COPIES`].
pub fn load(source: &Arc<Source>) -> Result<Loaded, Problem> {
    if source.text.len() > MAX_BYTES {
        let message = format!("{} is larger than {} MiB", source.name, MAX_BYTES >> 20);
        return Err(Problem::error("yaml::limit", message).at(&Place::new(source, 0, 0), "this text"));
    }
    compose::documents(source)
}

/// Reads a text that holds at most one document; an empty text is null.
///
/// # Errors
/// Those of [`load`], and a second document.
pub fn load_one(source: &Arc<Source>) -> Result<(Node, Vec<Problem>), Problem> {
    let mut loaded = load(source)?;
    if let Some(second) = loaded.documents.get(1) {
        return Err(Problem::error(
            "yaml::documents",
            format!("{} holds more than one document", source.name),
        )
        .at(&second.place, "the second document begins here")
        .help("keep one document per file: remove the `---` before this line"));
    }
    let empty = || Node::new(Value::Null, Place::new(source, 0, 0));
    Ok((loaded.documents.pop().unwrap_or_else(empty), loaded.warnings))
}
