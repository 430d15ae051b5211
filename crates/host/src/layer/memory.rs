//! What a layer remembers.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::ops::Bound;
use std::sync::Arc;

use super::node::Node;
use crate::AbsPath;
use crate::Key;
use crate::Kind;
use crate::Known;
use crate::Obscures;

/// Everything that differs from the floor.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// What exists at single paths.
    pub(super) nodes: BTreeMap<AbsPath, Node>,
    /// What holds at a path and below it, where no node and no deeper cover says something else.
    pub(super) covers: BTreeMap<AbsPath, Cover>,
    /// Facts by family and key.
    facts: HashMap<String, HashMap<String, Known<Arc<serde_json::Value>>>>,
    families: HashMap<&'static str, Arc<str>>,
    /// Packages that a simulated host has got from its catalogue.
    pub(super) packages: HashSet<String>,
    /// Whether a symbolic link was ever made.
    pub(super) has_links: bool,
    /// Whether this is all there is of a simulated host.
    pub(super) simulated: bool,
    ticks: u32,
}

/// What holds for a whole tree.
#[derive(Clone, Debug)]
pub(super) enum Cover {
    /// Nothing is there.
    Absent,
    /// What is there is known only after apply.
    Unknown(Arc<str>),
}

/// What memory says about a path.
pub(super) enum Memo<'a> {
    /// Nothing: ask the floor.
    Floor,
    /// Nothing is there.
    Absent,
    /// It is not known what is there.
    Unknown(&'a Arc<str>),
    /// This is there.
    Node(&'a Node),
}

impl Memory {
    pub(super) fn new(simulated: bool) -> Memory {
        Memory {
            simulated,
            ..Memory::default()
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.no_paths() && self.facts.is_empty() && self.families.is_empty()
    }

    /// Whether all paths are as on the floor.
    pub(super) fn no_paths(&self) -> bool {
        self.nodes.is_empty() && self.covers.is_empty()
    }

    /// What is at a path itself; no link on the way to it.
    pub(super) fn at(&self, path: &AbsPath) -> Memo<'_> {
        match self.nodes.get(path) {
            Some(node) => Memo::Node(node),
            None => match self.cover(path) {
                None => Memo::Floor,
                Some(Cover::Absent) => Memo::Absent,
                Some(Cover::Unknown(why)) => Memo::Unknown(why),
            },
        }
    }

    /// Whether something in a folder itself is only forecast to come, to be replaced or to go. On a simulated host,
    /// where everything that is made has its inode, nothing is.
    pub(super) fn changes_entries_of(&self, folder: &AbsPath) -> bool {
        let directly_in = |path: &AbsPath| path.parent().as_ref() == Some(folder);
        let made = |(path, node): (&AbsPath, &Node)| node.entry.stat.is_forecast() && directly_in(path);
        within(&self.nodes, folder).any(made)
            || (!self.simulated && within(&self.covers, folder).any(|(path, _)| directly_in(path)))
    }

    /// The nearest cover at a path or above it.
    pub(super) fn cover(&self, path: &AbsPath) -> Option<&Cover> {
        if self.covers.is_empty() {
            return None;
        }
        std::iter::successors(Some(path.clone()), AbsPath::parent).find_map(|path| self.covers.get(&path))
    }

    pub(super) fn fact(&self, key: &Key) -> Option<Known<Arc<serde_json::Value>>> {
        let family = || {
            self.families
                .get(key.family)
                .map(|why| Known::Unknown(Arc::clone(why)))
        };
        let fact = self
            .facts
            .get(key.family)
            .and_then(|family| family.get(key.key.as_ref()));
        fact.cloned().or_else(family)
    }

    /// Says what exists at a path; what is said of a file holds for all its names.
    pub(super) fn put(&mut self, path: AbsPath, node: Node) {
        if node.file.is_some() {
            let names = self.nodes.values_mut().filter(|other| other.file == node.file);
            names.for_each(|other| other.clone_from(&node));
        }
        self.has_links |= matches!(node.entry.stat.kind, Kind::Link(_));
        self.nodes.insert(path, node);
    }

    /// Takes one name from the file that was made in memory at a path.
    pub(super) fn unlink(&mut self, path: &AbsPath) {
        let Some(Node { file: Some(file), .. }) = self.nodes.remove(path) else {
            return;
        };
        let names = self.nodes.values_mut().filter(|other| other.file == Some(file));
        names.for_each(|other| other.stat_mut().links -= 1);
    }

    pub(super) fn remove(&mut self, path: &AbsPath) {
        self.cover_with(path, Cover::Absent);
    }

    pub(super) fn obscure_path(&mut self, path: &AbsPath, why: Arc<str>) {
        self.cover_with(path, Cover::Unknown(why));
    }

    fn cover_with(&mut self, path: &AbsPath, cover: Cover) {
        let gone: Vec<AbsPath> = within(&self.nodes, path).map(|(path, _)| path.clone()).collect();
        gone.iter().for_each(|path| self.unlink(path));
        drop_within(&mut self.covers, path);
        self.covers.insert(path.clone(), cover);
    }

    pub(super) fn set_fact(&mut self, family: &str, key: &str, value: Known<Arc<serde_json::Value>>) {
        if !self.facts.contains_key(family) {
            self.facts.insert(family.to_owned(), HashMap::new());
        }
        if let Some(family) = self.facts.get_mut(family) {
            family.insert(key.to_owned(), value);
        }
    }

    pub(super) fn forget_fact(&mut self, family: &str, key: &str) {
        if let Some(family) = self.facts.get_mut(family) {
            family.remove(key);
        }
    }

    /// A number that serves as the next inode and as the time.
    pub(super) fn tick(&mut self) -> u64 {
        self.ticks += 1;
        1_700_000_000 + u64::from(self.ticks)
    }

    /// Makes something unknown; a path has no links on the way to it.
    pub(super) fn obscure(&mut self, what: &Obscures, why: &Arc<str>) {
        match what {
            Obscures::Path(path) => self.obscure_path(path, Arc::clone(why)),
            Obscures::Fact(family, key) => self.set_fact(family, key, Known::Unknown(Arc::clone(why))),
            Obscures::Family(family) => {
                self.facts.remove(*family);
                self.families.insert(family, Arc::clone(why));
            }
        }
    }
}

fn drop_within<T>(map: &mut BTreeMap<AbsPath, T>, path: &AbsPath) {
    map.retain(|at, _| !at.is_within(path));
}

/// The entries of a map at a folder and below it.
pub(super) fn within<'a, T>(
    map: &'a BTreeMap<AbsPath, T>,
    folder: &'a AbsPath,
) -> impl Iterator<Item = (&'a AbsPath, &'a T)> {
    let range = map.range::<AbsPath, _>((Bound::Included(folder), Bound::Unbounded));
    range
        .take_while(|(at, _)| at.as_str().starts_with(folder.as_str()))
        .filter(|(at, _)| at.is_within(folder))
}
