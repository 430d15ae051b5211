//! The controller's files, on disk or in memory.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::path::PathBuf;

/// Reads the files of a project. Nothing else in the library touches the controller's disk.
pub trait Files: Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// As `std::fs::read`.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The names in a folder, sorted.
    ///
    /// # Errors
    /// As `std::fs::read_dir`.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Whether a path is a folder (links followed); `None` when nothing is there.
    fn is_folder(&self, path: &Path) -> Option<bool>;

    /// The permissions of a file (`0o7777`), for `mode: preserve`.
    ///
    /// # Errors
    /// When it is not there, or the files have no permissions, as those in memory.
    fn permissions(&self, path: &Path) -> io::Result<u32> {
        let _ = path;
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// The disk of the controller.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        std::fs::read(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        std::fs::metadata(path).ok().map(|meta| meta.is_dir())
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        use std::os::unix::fs::MetadataExt as _;
        Ok(std::fs::metadata(path)?.mode() & 0o7777)
    }
}

/// Files held in memory: for generated playbooks, embedded roles and tests.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// Adds a file.
    #[must_use]
    pub fn with(mut self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Memory {
        self.files.insert(path.into(), bytes.into());
        self
    }

    /// The files in a folder and the folders in it, which stand together in the order of paths.
    fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
        self.files
            .range::<Path, _>((Bound::Included(folder), Bound::Unbounded))
            .map(|(path, _)| path)
            .take_while(move |path| path.starts_with(folder))
    }
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files
            .get(path)
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let mut names: Vec<String> = self
            .below(folder)
            .filter_map(|path| path.strip_prefix(folder).ok()?.iter().next())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.dedup();
        if names.is_empty() {
            Err(io::ErrorKind::NotFound.into())
        } else {
            Ok(names)
        }
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        if self.files.contains_key(path) {
            return Some(false);
        }
        self.below(path).next().is_some().then_some(true)
    }
}
