//! Files held in memory.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::path::Path;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::sync::RwLockWriteGuard;

use super::Files;

/// Files held in memory: for generated playbooks, embedded roles and tests.
#[derive(Debug, Default)]
pub struct Memory {
    held: RwLock<Held>,
}

/// Files, and folders that were made for their own sake; any other folder is there because a file is in it.
#[derive(Clone, Debug, Default)]
struct Held {
    files: BTreeMap<PathBuf, File>,
    folders: BTreeMap<PathBuf, u32>,
}

#[derive(Clone, Debug)]
struct File {
    bytes: Vec<u8>,
    mode: Option<u32>,
}

impl Memory {
    /// Adds a file, which has no permissions of its own.
    #[must_use]
    pub fn with(self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Memory {
        let file = File {
            bytes: bytes.into(),
            mode: None,
        };
        self.change().files.insert(path.into(), file);
        self
    }

    /// The folders that were made, those above first, with their permissions.
    pub(super) fn folders(&self) -> Vec<(PathBuf, u32)> {
        let held = self.look();
        let folders = held.folders.iter();
        folders.map(|(path, mode)| (path.clone(), *mode)).collect()
    }

    /// The files with their permissions (0600 where they have none).
    pub(super) fn files(&self) -> Vec<(PathBuf, Vec<u8>, u32)> {
        let held = self.look();
        let files = held.files.iter();
        files
            .map(|(path, file)| (path.clone(), file.bytes.clone(), file.mode.unwrap_or(0o600)))
            .collect()
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        *self.change() = Held::default();
    }

    fn look(&self) -> RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A copy that goes its own way.
impl Clone for Memory {
    fn clone(&self) -> Memory {
        Memory {
            held: RwLock::new(self.look().clone()),
        }
    }
}

impl Held {
    /// The files and folders in a folder and in the folders in it.
    fn below<'a>(&'a self, folder: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
        let files = keys_below(&self.files, folder);
        files.chain(keys_below(&self.folders, folder))
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        if self.files.contains_key(path) {
            return Some(false);
        }
        self.below(path).next().is_some().then_some(true)
    }
}

/// The paths that begin with a folder, which stand together in the order of paths.
fn keys_below<'a, T>(map: &'a BTreeMap<PathBuf, T>, folder: &'a Path) -> impl Iterator<Item = &'a PathBuf> {
    map.range::<Path, _>((Bound::Included(folder), Bound::Unbounded))
        .map(|(path, _)| path)
        .take_while(move |path| path.starts_with(folder))
}

impl Files for Memory {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let held = self.look();
        let file = held.files.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(file.bytes.clone())
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        let held = self.look();
        let mut names: Vec<String> = held
            .below(folder)
            .filter_map(|path| path.strip_prefix(folder).ok()?.iter().next())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names.dedup();
        if names.is_empty() && !held.folders.contains_key(folder) {
            Err(io::ErrorKind::NotFound.into())
        } else {
            Ok(names)
        }
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        self.look().is_folder(path)
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        let held = self.look();
        held.is_folder(path).ok_or(io::ErrorKind::NotFound)?;
        let mode = match held.files.get(path) {
            Some(file) => file.mode,
            None => held.folders.get(path).copied(),
        };
        mode.ok_or_else(|| io::ErrorKind::Unsupported.into())
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let mut held = self.change();
        let folder = path.parent().unwrap_or(Path::new(""));
        if held.is_folder(path) == Some(true) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if !folder.as_os_str().is_empty() && held.is_folder(folder) != Some(true) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let file = File {
            bytes: bytes.to_vec(),
            mode: Some(mode),
        };
        held.files.insert(path.to_owned(), file);
        Ok(())
    }

    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        let mut held = self.change();
        let mut missing = Vec::new();
        for folder in path.ancestors().filter(|path| !path.as_os_str().is_empty()) {
            match held.is_folder(folder) {
                Some(true) => break,
                Some(false) => return Err(io::ErrorKind::AlreadyExists.into()),
                None => missing.push((folder.to_owned(), mode)),
            }
        }
        held.folders.extend(missing);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let removed = self.change().files.remove(path);
        removed.map(drop).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}
