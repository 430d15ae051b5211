//! What has to be known to make a change in memory.

use std::sync::Arc;

use super::answer::Answering;
use super::node::Names;
use crate::AbsPath;
use crate::Answer;
use crate::Attributes;
use crate::Before;
use crate::Change;
use crate::Content;
use crate::Entry;
use crate::Identified;
use crate::Kind;
use crate::Known;
use crate::Obscures;

/// What is at a path: nothing, this, or not known.
pub(super) type There = Known<Option<Arc<Entry>>>;

/// What a change stands on.
#[derive(Debug, Default)]
pub(super) struct Ground {
    /// The changed path, without links on the way to it.
    pub(super) at: Option<AbsPath>,
    /// Where the old file is kept, or what a hard link leads to, likewise.
    pub(super) other: Option<AbsPath>,
    /// What is there, where a change doesn't bring it.
    pub(super) there: Option<There>,
    /// What is at `other`, for a hard link.
    pub(super) other_there: Option<There>,
    /// The folder that holds it, where it matters.
    pub(super) parent: Option<There>,
    /// Who makes it, where it matters.
    pub(super) maker: Option<Known<Identified>>,
    /// Users and groups, where asking is free.
    pub(super) names: Names,
    /// What a program obscures, without links on the way to the paths.
    pub(super) obscured: Vec<Obscures>,
}

/// The parts of a change that its ground depends on.
pub(super) struct Subject<'a> {
    pub(super) path: &'a AbsPath,
    pub(super) follow: bool,
    pub(super) before: Option<&'a Before>,
    pub(super) attributes: Option<&'a Attributes>,
    /// Whether it makes something new.
    pub(super) creates: bool,
}

/// What a change is about; `None` for a program.
pub(super) fn subject(change: &Change) -> Option<Subject<'_>> {
    let of = |path, before, attributes, creates| Subject {
        path,
        follow: false,
        before,
        attributes,
        creates,
    };
    Some(match change {
        Change::Write(write) => of(&write.path, Some(&write.before), Some(&write.attributes), true),
        Change::MakeDirectory { path, attributes } => of(path, Some(&Before::Absent), Some(attributes), true),
        Change::Link { path, before, .. } => of(path, Some(before), None, true),
        Change::SetAttributes {
            path,
            follow,
            before,
            attributes,
        } => Subject {
            follow: *follow,
            ..of(path, Some(before), Some(attributes), false)
        },
        Change::SetTimes { path, .. } => Subject {
            follow: true,
            ..of(path, None, None, false)
        },
        Change::Remove { path, before } => of(path, Some(before), None, false),
        Change::Run(_) => return None,
    })
}

/// The second path of a change: where the old file is kept, or what a hard link leads to.
fn other(change: &Change) -> Option<AbsPath> {
    match change {
        Change::Write(write) => write.backup.clone(),
        Change::Link {
            path,
            target,
            hard: true,
            ..
        } => Some(path.parent().unwrap_or_else(AbsPath::root).join(target)),
        _ => None,
    }
}

/// Whether a change writes over a regular file, whose owner and mode then stay.
fn is_rewritten(change: &Change) -> bool {
    let Change::Write(write) = change else {
        return false;
    };
    matches!(&write.before, Before::Was(entry) if entry.stat.kind == Kind::File)
}

impl Answering<'_, '_> {
    /// Finds the ground of a change; `None` when the floor has to be asked first.
    pub(super) fn ground(&mut self, change: &Change, simulated: bool) -> Option<Ground> {
        let Some(subject) = subject(change) else {
            return self.program(change);
        };
        let is_new = subject.creates && !is_rewritten(change);
        let incomplete = !subject
            .attributes
            .is_some_and(|named| named.owner.is_some() && named.group.is_some() && named.mode.is_some());
        let at = self.place(subject.path, subject.follow);
        let other = other(change).map(|path| self.place(&path, false));
        let maker = (is_new && incomplete).then(|| self.maker());
        let (at, other) = match other {
            Some(other) => (at?, Some(other?)),
            None => (at?, None),
        };
        let parent = (simulated || (is_new && incomplete)).then(|| {
            let parent = at.parent().unwrap_or_else(AbsPath::root);
            self.there(&parent, false)
        });
        let there = (simulated || subject.before.is_none()).then(|| self.there(&at, simulated));
        let hard = matches!(change, Change::Link { hard: true, .. });
        let other_there = other
            .as_ref()
            .filter(|_| hard)
            .map(|other| self.there(other, false));
        let named = subject
            .attributes
            .is_some_and(|named| named.owner.is_some() || named.group.is_some());
        let names = if named { self.names()? } else { Names::default() };
        Some(Ground {
            there: ready(there)?,
            other_there: ready(other_there)?,
            parent: ready(parent)?,
            maker: ready(maker)?,
            names,
            at: Some(at),
            other,
            obscured: Vec::new(),
        })
    }

    fn program(&mut self, change: &Change) -> Option<Ground> {
        let Change::Run(run) = change else {
            return Some(Ground::default());
        };
        let places = run.obscures.iter().map(|what| match what {
            Obscures::Path(path) => self.place(path, false).map(Obscures::Path),
            other => Some(other.clone()),
        });
        let obscured = places
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Option<Vec<_>>>()?;
        Some(Ground {
            obscured,
            ..Ground::default()
        })
    }

    /// The path without links on the way to it; as it is written where they form a loop.
    fn place(&mut self, path: &AbsPath, follow: bool) -> Option<AbsPath> {
        Some(self.resolve(path, follow)?.unwrap_or_else(|_| path.clone()))
    }

    fn there(&mut self, at: &AbsPath, content: bool) -> Option<There> {
        Some(match self.entry_at(at, content)? {
            Known::Is(Answer::Entry(entry)) => Known::Is(entry),
            Known::Is(Answer::Failed(why)) | Known::Unknown(why) => Known::Unknown(why),
            Known::Is(_) => Known::unknown("an answer of another kind"),
        })
    }

    fn maker(&mut self) -> Option<Known<Identified>> {
        use serde::Deserialize;
        Some(match self.floor.identity(self.who)? {
            Known::Is(Answer::Fact(value)) => match Identified::deserialize(value.as_ref()) {
                Ok(maker) => Known::Is(maker),
                Err(error) => Known::unknown(error.to_string()),
            },
            Known::Is(Answer::Failed(why)) | Known::Unknown(why) => Known::Unknown(why),
            Known::Is(_) => Known::unknown("an answer of another kind"),
        })
    }

    fn names(&mut self) -> Option<Names> {
        if !self.floor.is_free() {
            return Some(Names::default());
        }
        Some(Names {
            passwd: self.table("/etc/passwd")?,
            group: self.table("/etc/group")?,
        })
    }

    fn table(&mut self, path: &str) -> Option<Option<Arc<[u8]>>> {
        let Some(path) = AbsPath::new(path) else {
            return Some(None);
        };
        Some(match self.entry_at(&path, true)? {
            Known::Is(Answer::Entry(Some(entry))) => match &entry.content {
                Some(Content::Bytes(bytes)) => Some(Arc::clone(bytes)),
                _ => None,
            },
            _ => None,
        })
    }
}

/// Turns "not wanted, or wanted but to be asked first" into "to be asked first, or not wanted".
fn ready<T>(wanted: Option<Option<T>>) -> Option<Option<T>> {
    match wanted {
        None => Some(None),
        Some(found) => found.map(Some),
    }
}
