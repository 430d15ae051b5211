//! Machines that are only a description: captured from a real one, or made up for a test.

mod capture;
mod look;
mod saved;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

pub use capture::FamilyCapture;
pub use capture::capture;
pub(crate) use look::below;
pub(crate) use saved::SavedEntry;
use serde::Serialize;

use crate::AbsPath;
use crate::Content;
use crate::Entry;
use crate::Fact;
use crate::Identified;
use crate::Identity;
use crate::Kind;
use crate::Stat;

/// A machine that can only be looked at, and that is the floor of a simulated host: files and answers to facts, shared
/// by all hosts that start from it.
///
/// It is strict: a path outside of what it covers, a family of facts that it doesn't know, and a key that is not in
/// an incomplete family are `Answer::Failed`, never made up.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Folders whose whole content is known: what is not in `files` is not there.
    pub(crate) roots: Vec<AbsPath>,
    /// Folders of which only the names in them are known: what is not among these names is not there.
    pub(crate) listed: Vec<AbsPath>,
    pub(crate) files: BTreeMap<AbsPath, Arc<Entry>>,
    pub(crate) facts: HashMap<String, Family>,
}

/// The known answers to one family of facts.
#[derive(Clone, Debug, Default)]
pub struct Family {
    /// The value of a key that is not in `values`, when the family is complete.
    pub absent: Arc<serde_json::Value>,
    /// Whether `values` holds every key that has another value than `absent`.
    pub complete: bool,
    /// Key to value.
    pub values: HashMap<String, Arc<serde_json::Value>>,
}

impl Family {
    /// The value of a key, where it is known.
    pub(crate) fn get(&self, key: &str) -> Option<&Arc<serde_json::Value>> {
        self.values.get(key).or(self.complete.then_some(&self.absent))
    }
}

impl Default for Fixture {
    /// A machine with nothing but `/`, known to have no file, where one logs in as root.
    fn default() -> Fixture {
        let root = Identified {
            uid: 0,
            user: "root".into(),
            gid: 0,
            group: "root".into(),
            umask: 0o022,
        };
        let files = BTreeMap::from([(
            AbsPath::root(),
            Arc::new(Entry {
                stat: folder(),
                content: None,
            }),
        )]);
        let fixture = Fixture {
            roots: vec![AbsPath::root()],
            listed: Vec::new(),
            files,
            facts: HashMap::new(),
        };
        fixture.fact(Identity, root)
    }
}

impl Fixture {
    /// Adds a file with mode 0644, owned by root, and the folders that lead to it.
    ///
    /// # Panics
    /// When the path is not absolute.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Fixture {
        let content = content.as_ref();
        let stat = Stat {
            kind: Kind::File,
            mode: 0o644,
            size: content.len() as u64,
            ..folder()
        };
        self.entry(
            path,
            Entry {
                stat,
                content: Some(Content::Bytes(content.into())),
            },
        )
    }

    /// Adds a folder with mode 0755, owned by root, and those that lead to it.
    ///
    /// # Panics
    /// When the path is not absolute.
    #[must_use]
    pub fn directory(self, path: &str) -> Fixture {
        self.entry(
            path,
            Entry {
                stat: folder(),
                content: None,
            },
        )
    }

    /// Adds a symbolic link, and the folders that lead to it.
    ///
    /// # Panics
    /// When the path is not absolute.
    #[must_use]
    pub fn link(self, path: &str, target: &str) -> Fixture {
        let kind = Kind::Link(target.to_owned());
        let stat = Stat {
            kind,
            mode: 0o777,
            size: target.len() as u64,
            ..folder()
        };
        self.entry(path, Entry { stat, content: None })
    }

    /// Adds or replaces what is at a path, and adds the folders that lead to it.
    ///
    /// # Panics
    /// When the path is not absolute.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "a wrong path in a test's description is a mistake in the test"
    )]
    pub fn entry(mut self, path: &str, entry: Entry) -> Fixture {
        let path = AbsPath::new(path).expect("the path of an entry is absolute");
        self.insert(path, entry);
        self
    }

    pub(crate) fn insert(&mut self, path: AbsPath, mut entry: Entry) {
        if let Some(parent) = path.parent()
            && !self.files.contains_key(&parent)
        {
            self.insert(
                parent,
                Entry {
                    stat: folder(),
                    content: None,
                },
            );
        }
        if entry.stat.inode == 0 {
            entry.stat.inode = self.files.len() as u64 + 2;
        }
        self.files.insert(path, Arc::new(entry));
    }

    /// Adds the value of a fact.
    #[must_use]
    pub fn fact<F: Fact>(mut self, fact: F, value: F::Value) -> Fixture {
        let value = Arc::new(json(value));
        self.facts
            .entry(F::FAMILY.to_owned())
            .or_default()
            .values
            .insert(fact.key(), value);
        self
    }

    /// Declares that a family is complete: every key that is not added has this value.
    #[must_use]
    pub fn absent<F: Fact>(mut self, value: F::Value) -> Fixture {
        let family = self.facts.entry(F::FAMILY.to_owned()).or_default();
        family.complete = true;
        family.absent = Arc::new(json(value));
        self
    }

    /// Declares that only what lies in these folders is known; by default everything is.
    #[must_use]
    pub fn only(mut self, roots: impl IntoIterator<Item = AbsPath>) -> Fixture {
        self.roots = roots.into_iter().collect();
        self
    }

    /// The families of facts and what is known of them.
    pub fn families(&self) -> &HashMap<String, Family> {
        &self.facts
    }

    /// The paths and what is at each.
    pub fn files(&self) -> &BTreeMap<AbsPath, Arc<Entry>> {
        &self.files
    }
}

fn json(value: impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// A folder as a fresh system makes it.
pub(crate) fn folder() -> Stat {
    Stat {
        kind: Kind::Directory,
        mode: 0o755,
        uid: 0,
        gid: 0,
        owner: "root".to_owned(),
        group: "root".to_owned(),
        size: 4096,
        links: 1,
        device: 1,
        inode: 0,
        accessed: 0.0,
        modified: 0.0,
        changed: 0.0,
        context: None,
    }
}
