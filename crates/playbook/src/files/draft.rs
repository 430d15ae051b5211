//! Files that are written later.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::Contents;
use super::Files;
use super::Identity;
use super::Memory;
use super::Stamp;

/// Files over others: what is written stays in memory, seen by every reader of the draft, until [`Draft::commit`].
///
/// A forecast that needs files which the run would write first (the certificates that a task copies) is made over one.
pub struct Draft {
    written: Memory,
    below: Arc<dyn Files>,
}

impl Draft {
    /// A draft in which nothing is written yet.
    pub fn over(below: Arc<dyn Files>) -> Draft {
        let written = Memory::default();
        Draft { written, below }
    }

    /// Writes to the files below what was written here.
    ///
    /// # Errors
    /// As [`Files::write`] and [`Files::make_folder`]; what was not written then stays in the draft.
    pub fn commit(&self) -> io::Result<()> {
        for (path, mode) in self.written.folders() {
            self.below.make_folder(&path, mode)?;
        }
        for (path, bytes, mode) in self.written.files() {
            self.below.write(&path, &bytes, mode)?;
        }
        self.written.clear();
        Ok(())
    }
}

impl Files for Draft {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.written.read(path).or_else(|_| self.below.read(path))
    }

    fn open(&self, path: &Path) -> io::Result<Contents> {
        self.written.open(path).or_else(|_| self.below.open(path))
    }

    fn read_raw(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.written.read_raw(path).or_else(|_| self.below.read_raw(path))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let Ok(mut names) = self.written.list(folder) else {
            return self.below.list(folder);
        };
        names.extend(self.below.list(folder).unwrap_or_default());
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        self.written
            .is_folder(path)
            .or_else(|| self.below.is_folder(path))
    }

    fn identity(&self, path: &Path, follow: bool) -> Option<Identity> {
        let below = || self.below.identity(path, follow);
        self.written.is_folder(path).is_none().then(below).flatten()
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let below = || self.below.stamp(path);
        self.written.is_folder(path).is_none().then(below).flatten()
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        // A folder that is there already keeps its permissions.
        let known = self.below.is_folder(path) == Some(true) || self.written.is_folder(path).is_none();
        if known {
            self.below.permissions(path)
        } else {
            self.written.permissions(path)
        }
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        if self.below.is_folder(path) == Some(true) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        if self.below.is_folder(folder) == Some(true) {
            let mode = self.below.permissions(folder).unwrap_or(0o700);
            self.written.make_folder(folder, mode)?;
        }
        self.written.write(path, bytes, mode)
    }

    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        for folder in path.ancestors() {
            match self.below.is_folder(folder) {
                Some(true) => break,
                Some(false) => return Err(io::ErrorKind::AlreadyExists.into()),
                None => {}
            }
        }
        self.written.make_folder(path, mode)
    }

    /// Only what was written here can be taken back; what is below stays.
    fn remove(&self, path: &Path) -> io::Result<()> {
        match self.below.is_folder(path) {
            Some(_) => Err(io::ErrorKind::Unsupported.into()),
            None => self.written.remove(path),
        }
    }
}
