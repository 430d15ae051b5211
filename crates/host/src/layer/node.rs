//! What a layer remembers of a path that exists.

use std::sync::Arc;

use crate::AbsPath;
use crate::Attributes;
use crate::Content;
use crate::Entry;
use crate::Kind;
use crate::Stat;

/// Why a value is not known; `None` when it is.
pub(super) type Why = Option<Arc<str>>;

/// Something that exists.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// What it is; what is not known of it holds no meaning.
    pub(super) entry: Arc<Entry>,
    /// Where the floor has the content, when it is not in `entry`.
    pub(super) content_at: Option<AbsPath>,
    /// The file, where it has several names that were made in memory.
    pub(super) file: Option<u64>,
    pub(super) owner: Why,
    pub(super) group: Why,
    pub(super) mode: Why,
}

impl Node {
    /// Something of which everything is known, its content perhaps only by the floor.
    pub(super) fn known(entry: Arc<Entry>, path: &AbsPath) -> Node {
        let elsewhere = entry.stat.kind == Kind::File && entry.content.is_none();
        Node {
            entry,
            content_at: elsewhere.then(|| path.clone()),
            file: None,
            owner: None,
            group: None,
            mode: None,
        }
    }

    /// Why some attribute is not known.
    pub(super) fn why(&self) -> Option<&Arc<str>> {
        self.owner.as_ref().or(self.group.as_ref()).or(self.mode.as_ref())
    }

    /// The entry, to be changed; it is not the one on the floor any more.
    pub(super) fn stat_mut(&mut self) -> &mut Stat {
        &mut Arc::make_mut(&mut self.entry).stat
    }

    /// Sets what is named.
    pub(super) fn set(&mut self, attributes: &Attributes, names: &Names) {
        let stat = self.stat_mut();
        if let Some(owner) = &attributes.owner {
            (stat.uid, stat.owner) = names.user(owner, (stat.uid, &stat.owner));
        }
        if let Some(group) = &attributes.group {
            (stat.gid, stat.group) = names.group(group, (stat.gid, &stat.group));
        }
        if let (Some(mode), false) = (attributes.mode, matches!(stat.kind, Kind::Link(_))) {
            stat.mode = mode;
        }
        if let Some(context) = &attributes.context {
            stat.context = Some(context.clone());
        }
        self.owner.take_if(|_| attributes.owner.is_some());
        self.group.take_if(|_| attributes.group.is_some());
        self.mode.take_if(|_| attributes.mode.is_some());
    }
}

/// What is known of users and groups by name.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Content of `/etc/passwd`, as far as it is known.
    pub(super) passwd: Option<Arc<[u8]>>,
    /// Content of `/etc/group`, as far as it is known.
    pub(super) group: Option<Arc<[u8]>>,
}

impl Names {
    fn user(&self, named: &str, old: (u32, &str)) -> (u32, String) {
        both(named, old, self.passwd.as_deref())
    }

    fn group(&self, named: &str, old: (u32, &str)) -> (u32, String) {
        both(named, old, self.group.as_deref())
    }
}

/// Number and name of a user or group that is named by one of them.
fn both(named: &str, old: (u32, &str), table: Option<&[u8]>) -> (u32, String) {
    if named == "root" || named == "0" {
        return (0, "root".to_owned());
    }
    let number: Option<u32> = named.parse().ok();
    if named == old.1 || number == Some(old.0) {
        return (old.0, old.1.to_owned());
    }
    let table = String::from_utf8_lossy(table.unwrap_or_default());
    let rows = table.lines().filter_map(|line| {
        let mut fields = line.split(':');
        Some((fields.next()?.to_owned(), fields.nth(1)?.parse().ok()?))
    });
    let mut rows = rows;
    let row = rows.find(|(name, id): &(String, u32)| name == named || (number == Some(*id)));
    match (row, number) {
        (Some((name, id)), _) => (id, name),
        (None, Some(number)) => (number, named.to_owned()),
        (None, None) => (u32::MAX, named.to_owned()),
    }
}

/// An entry that exists only in memory.
pub(super) fn made(kind: Kind, content: Option<Arc<[u8]>>) -> Arc<Entry> {
    let size = match (&kind, &content) {
        (Kind::Link(target), _) => target.len() as u64,
        (_, Some(bytes)) => bytes.len() as u64,
        _ => 0,
    };
    let mode = if matches!(kind, Kind::Link(_)) { 0o777 } else { 0 };
    let stat = Stat {
        kind,
        mode,
        uid: 0,
        gid: 0,
        owner: String::new(),
        group: String::new(),
        size,
        links: 1,
        device: 0,
        inode: 0,
        accessed: 0.0,
        modified: 0.0,
        changed: 0.0,
        context: None,
    };
    Arc::new(Entry {
        stat,
        content: content.map(Content::Bytes),
    })
}
