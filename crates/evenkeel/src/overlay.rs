//! Files in memory over those on disk.

use std::io;
use std::path::Path;
use std::sync::Arc;

use evenkeel_playbook::Contents;
use evenkeel_playbook::Files;
use evenkeel_playbook::Identity;
use evenkeel_playbook::Memory;
use evenkeel_playbook::Stamp;

/// Files in memory, and where there is none, the files below; only these are written.
///
/// A program that makes its own playbook or templates puts them into the memory; inventories and keys stay where they are.
pub struct Overlay {
    memory: Memory,
    below: Arc<dyn Files>,
}

impl Overlay {
    /// These files, and where there is none, those below.
    pub fn new(memory: Memory, below: Arc<dyn Files>) -> Overlay {
        Overlay { memory, below }
    }
}

impl Files for Overlay {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.memory.read(path).or_else(|_| self.below.read(path))
    }

    fn open(&self, path: &Path) -> io::Result<Contents> {
        self.memory.open(path).or_else(|_| self.below.open(path))
    }

    fn read_raw(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.memory.read_raw(path).or_else(|_| self.below.read_raw(path))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        match (self.memory.list(folder), self.below.list(folder)) {
            (Ok(mut names), Ok(more)) => {
                names.extend(more);
                names.sort();
                names.dedup();
                Ok(names)
            }
            (Ok(names), Err(_)) => Ok(names),
            (Err(_), below) => below,
        }
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        self.memory.is_folder(path).or_else(|| self.below.is_folder(path))
    }

    fn identity(&self, path: &Path, follow: bool) -> Option<Identity> {
        let below = || self.below.identity(path, follow);
        self.memory.is_folder(path).is_none().then(below).flatten()
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let below = || self.below.stamp(path);
        self.memory.is_folder(path).is_none().then(below).flatten()
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        match self.memory.is_folder(path) {
            Some(_) => self.memory.permissions(path),
            None => self.below.permissions(path),
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
