//! The controller's files as tasks of a forecast would have left them.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Ask;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Layer;
use evenkeel_host::Look as _;
use evenkeel_host::Want;
use evenkeel_host::Who;
use evenkeel_playbook::Contents;
use evenkeel_playbook::Files;
use evenkeel_playbook::Identity;
use evenkeel_playbook::Later;
use evenkeel_playbook::Stamp;

use crate::machines::Machines;

/// Files over which lie those that tasks of a forecast would write on the controller: as on any other machine, or kept
/// there by `fetch`.
pub(crate) struct Drafted {
    below: Arc<dyn Files>,
    machines: Arc<Machines>,
    /// Where relative paths begin.
    folder: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    files: HashMap<PathBuf, Known<Arc<[u8]>>>,
    /// Why there may be more.
    more: Option<Arc<str>>,
}

/// What a forecast says of a path.
enum Draft {
    /// Nothing is there.
    Absent,
    File(Vec<u8>, u32),
    Folder(u32),
    /// It is known only after apply.
    Later(Arc<str>),
}

impl Drafted {
    /// Over files, nothing drafted yet; relative paths begin at `folder`.
    pub(crate) fn over(below: Arc<dyn Files>, machines: Arc<Machines>, folder: PathBuf) -> Drafted {
        Drafted {
            below,
            machines,
            folder,
            kept: Mutex::default(),
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in a file that a task keeps on the controller.
    pub(crate) fn keep(&self, path: &Path, bytes: Known<Arc<[u8]>>) {
        self.kept().files.insert(self.folder.join(path), bytes);
    }

    /// Notes that a task may keep a file on the controller, under a name that is not known.
    pub(crate) fn keep_more(&self, why: &str) {
        self.kept().more.get_or_insert_with(|| why.into());
    }

    /// Whether a task has written anything on the controller.
    pub(crate) fn is_empty(&self) -> bool {
        let nothing_kept = self.kept().files.is_empty();
        nothing_kept && self.layer().is_none() && self.awaited().is_none()
    }

    /// What is assumed of the controller, as the rest of a sentence.
    pub(crate) fn assumes(&self) -> Option<Arc<str>> {
        self.machines.controller()?.may_differ()
    }

    /// The forecast over the controller, where it differs from what is there.
    fn layer(&self) -> Option<Arc<Layer>> {
        let layer = self.machines.controller()?.drafts()?;
        (!layer.leaves_paths()).then_some(layer)
    }

    fn absolute(&self, path: &Path) -> Option<AbsPath> {
        AbsPath::new(self.folder.join(path).to_str()?)
    }

    fn draft(&self, path: &Path) -> Option<Draft> {
        if let Some(bytes) = self.kept().files.get(&self.folder.join(path)) {
            return Some(match bytes {
                Known::Is(bytes) => Draft::File(bytes.to_vec(), 0o644),
                Known::Unknown(why) => Draft::Later(Arc::clone(why)),
            });
        }
        match self.layer()?.drafted(&self.absolute(path)?) {
            Ok(Some(Known::Is(Answer::Entry(None)))) => Some(Draft::Absent),
            Ok(Some(Known::Is(Answer::Entry(Some(entry))))) => of_entry(&entry),
            Ok(Some(Known::Unknown(why))) => Some(Draft::Later(why)),
            Ok(_) | Err(_) => None,
        }
    }

    fn bytes(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match self.draft(path) {
            None => Ok(None),
            Some(Draft::File(bytes, _)) => Ok(Some(bytes)),
            Some(Draft::Absent) => Err(io::ErrorKind::NotFound.into()),
            Some(Draft::Folder(_)) => Err(io::ErrorKind::IsADirectory.into()),
            Some(Draft::Later(why)) => Err(Later::error(why)),
        }
    }

    /// The names that the forecast over the controller has in a folder.
    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        let (Some(layer), Some(at)) = (self.layer(), self.absolute(folder)) else {
            return Ok(Vec::new());
        };
        let ask = Ask {
            who: Who::Login,
            want: Want::List(at),
        };
        match layer.look(&[ask]).ok().and_then(|mut answers| answers.pop()) {
            Some(Known::Is(Answer::Paths(paths))) => {
                Ok(paths.iter().map(|path| path.name().to_owned()).collect())
            }
            Some(Known::Unknown(why)) => Err(Later::error(why)),
            _ => Ok(Vec::new()),
        }
    }
}

/// What an entry says; a file of which only a digest is known is as it lies there.
fn of_entry(entry: &Entry) -> Option<Draft> {
    let mode = entry.stat.mode & 0o7777;
    match (&entry.stat.kind, &entry.content) {
        (Kind::Directory, _) => Some(Draft::Folder(mode)),
        (_, Some(Content::Bytes(bytes))) => Some(Draft::File(bytes.to_vec(), mode)),
        (_, Some(Content::Digest(_)) | None) => None,
    }
}

impl Files for Drafted {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.bytes(path)?.map_or_else(|| self.below.read(path), Ok)
    }

    fn open(&self, path: &Path) -> io::Result<Contents> {
        let drafted = |bytes| Ok(Contents { bytes, secret: false });
        self.bytes(path)?.map_or_else(|| self.below.open(path), drafted)
    }

    fn read_raw(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.bytes(path)?.map_or_else(|| self.below.read_raw(path), Ok)
    }

    fn awaited(&self) -> Option<Arc<str>> {
        let moved = self
            .assumes()
            .map(|clause| Arc::from(format!("whether {clause}")));
        moved.or_else(|| self.kept().more.clone())
    }

    fn undecided(&self, path: &Path) -> Option<Arc<str>> {
        match self.draft(path) {
            Some(Draft::Later(why)) => Some(why).filter(|_| self.below.is_folder(path).is_none()),
            Some(Draft::Absent | Draft::File(..) | Draft::Folder(_)) => None,
            None => self.awaited().filter(|_| self.below.is_folder(path).is_none()),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let at = self.folder.join(folder);
        let mut names = self.names(folder)?;
        names.extend(self.kept().files.keys().filter_map(|path| {
            let name = path.strip_prefix(&at).ok()?.to_str()?;
            (!name.contains('/')).then(|| name.to_owned())
        }));
        match self.below.list(folder) {
            Err(error) if names.is_empty() => return Err(error),
            Err(_) => {}
            Ok(below) => {
                let there = |name: &String| !matches!(self.draft(&folder.join(name)), Some(Draft::Absent));
                names.extend(below.into_iter().filter(there));
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        match self.draft(path) {
            None => self.below.is_folder(path),
            Some(Draft::Absent) => None,
            Some(Draft::Folder(_)) => Some(true),
            Some(Draft::File(..)) => Some(false),
            Some(Draft::Later(_)) => self.below.is_folder(path).or(Some(false)),
        }
    }

    fn identity(&self, path: &Path, follow: bool) -> Option<Identity> {
        let as_below = self.draft(path).is_none();
        as_below.then(|| self.below.identity(path, follow)).flatten()
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let as_below = self.draft(path).is_none();
        as_below.then(|| self.below.stamp(path)).flatten()
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        match self.draft(path) {
            None => self.below.permissions(path),
            Some(Draft::File(_, mode) | Draft::Folder(mode)) => Ok(mode),
            Some(Draft::Absent) => Err(io::ErrorKind::NotFound.into()),
            Some(Draft::Later(why)) => Err(Later::error(why)),
        }
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.below.write(path, bytes, mode)
    }

    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.below.make_folder(path, mode)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.below.remove(path)
    }
}
