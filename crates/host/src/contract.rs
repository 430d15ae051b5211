//! What every host does, as assertions that run on any of them: in memory, local, over ssh.
#![expect(clippy::unwrap_used, reason = "assertions of a test")]

mod files;
mod folders;
mod links;
mod programs;
mod refusals;

use std::sync::Arc;

use crate::AbsPath;
use crate::Answer;
use crate::Ask;
use crate::Attributes;
use crate::Before;
use crate::Change;
use crate::Commit;
use crate::Committed;
use crate::Content;
use crate::Entry;
use crate::Host;
use crate::Known;
use crate::View;
use crate::Want;
use crate::Who;
use crate::Write;

/// A host under test, and what it can do.
pub struct Contract<'a> {
    /// The host.
    pub host: &'a dyn Host,
    /// As whom.
    pub who: Who,
    /// An empty folder there, which belongs to that user.
    pub folder: AbsPath,
    /// Whether that user is root.
    pub is_root: bool,
    /// Whether programs are run; not in memory.
    pub runs_programs: bool,
    /// Whether a change is refused when what it was planned on has moved; a forecast does not.
    pub refuses_stale: bool,
}

impl Contract<'_> {
    /// Checks everything that this host can do.
    ///
    /// # Panics
    /// When the host does something else.
    pub fn check(&self) {
        self.files();
        self.folders();
        self.links();
        if self.refuses_stale {
            self.refusals();
        }
        if self.runs_programs {
            self.programs();
        }
        if self.runs_programs && self.is_root {
            self.untrusted_folders();
        }
    }

    fn path(&self, name: &str) -> AbsPath {
        AbsPath::new(&format!("{}/{name}", self.folder)).unwrap()
    }

    fn view(&self) -> View<'_> {
        View::new(self.host, self.who.clone())
    }

    fn ask(&self, want: Want) -> Ask {
        Ask {
            who: self.who.clone(),
            want,
        }
    }

    fn commit(&self, changes: Vec<Change>) -> Committed {
        let commit = Commit {
            who: self.who.clone(),
            changes,
            ..Commit::default()
        };
        self.host.commit(&commit).unwrap()
    }

    /// Makes changes that must succeed.
    fn make(&self, changes: Vec<Change>) -> Committed {
        let count = changes.len();
        let committed = self.commit(changes);
        assert_eq!(committed.failed, None);
        assert_eq!(committed.done.len(), count);
        committed
    }

    /// What is at a path, with its content.
    fn at(&self, name: &str) -> Option<Arc<Entry>> {
        match self.view().file(&self.path(name), false).unwrap() {
            Known::Is(entry) => entry,
            Known::Unknown(why) => panic!("{name} is not known: {why}"),
        }
    }

    /// The content of a small file.
    fn text(&self, name: &str) -> String {
        let entry = self.at(name).unwrap_or_else(|| panic!("{name} is missing"));
        match &entry.content {
            Some(Content::Bytes(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
            other => panic!("{name}: {other:?}"),
        }
    }

    /// What a change to a path is planned on.
    fn before(&self, name: &str) -> Before {
        self.at(name).map_or(Before::Absent, Before::Was)
    }

    fn paths(&self, want: Want) -> Vec<String> {
        let answer = self.view().ask(want).unwrap();
        let paths: Vec<AbsPath> = match answer {
            Known::Is(Answer::Paths(paths)) => paths,
            Known::Is(Answer::Tree(tree)) => tree.into_iter().map(|(path, _)| path).collect(),
            other => panic!("{other:?}"),
        };
        let below = |path: &AbsPath| {
            path.as_str()
                .strip_prefix(self.folder.as_str())
                .unwrap()
                .to_owned()
        };
        paths.iter().map(below).collect()
    }

    fn write_with(&self, name: &str, content: &[u8], change: impl FnOnce(&mut Write)) -> Change {
        let mut write = Write {
            path: self.path(name),
            content: content.into(),
            attributes: Attributes::default(),
            before: self.before(name),
            validate: None,
            backup: None,
            secret: false,
            unsafe_write: false,
        };
        change(&mut write);
        Change::Write(Box::new(write))
    }

    fn write(&self, name: &str, content: &str) -> Change {
        self.write_with(name, content.as_bytes(), |_| {})
    }

    fn make_directory(&self, name: &str) -> Change {
        Change::MakeDirectory {
            path: self.path(name),
            attributes: Attributes::default(),
        }
    }
}

/// Attributes with a mode only.
fn mode(mode: u32) -> Attributes {
    Attributes {
        mode: Some(mode),
        ..Attributes::default()
    }
}
