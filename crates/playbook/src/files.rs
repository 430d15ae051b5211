//! The controller's files, on disk or in memory.

mod disk;
mod draft;
mod memory;

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use disk::Disk;
pub use draft::Draft;
pub use memory::Memory;

/// What a file holds.
#[derive(Debug)]
pub struct Contents {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Whether they must not be shown.
    pub secret: bool,
}

/// Why a file cannot be read in a forecast: what it holds is known only after apply. It travels in an [`io::Error`].
#[derive(Clone, Debug)]
pub struct Later(Arc<str>);

impl Later {
    /// An error that depends on `why`.
    pub fn error(why: impl Into<Arc<str>>) -> io::Error {
        io::Error::other(Later(why.into()))
    }

    /// What an error depends on, if it is of this kind.
    pub fn why(error: &io::Error) -> Option<Arc<str>> {
        let later = error.get_ref()?.downcast_ref::<Later>()?;
        Some(Arc::clone(&later.0))
    }
}

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "known after apply: {}", self.0)
    }
}

impl std::error::Error for Later {}

/// What tells a file from every other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The device that it lies on.
    pub device: u64,
    /// Its number there.
    pub inode: u64,
    /// Whether it is a symbolic link.
    pub link: bool,
}

/// When a file was changed last, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stamp {
    /// Seconds since the epoch.
    pub modified: f64,
    /// The number of the owner.
    pub owner: u32,
}

/// Reads and writes the files of a project. Nothing else in the library touches the controller's disk.
pub trait Files: Send + Sync {
    /// The bytes of a file.
    ///
    /// # Errors
    /// As `std::fs::read`.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The bytes of a file, and whether they are secret, because it lies here encrypted.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn open(&self, path: &Path) -> io::Result<Contents> {
        let bytes = self.read(path)?;
        Ok(Contents { bytes, secret: false })
    }

    /// The bytes of a file as they lie here, encrypted or not.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn read_raw(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read(path)
    }

    /// Why files may come that are not there now; `None` when what is missing stays so. Only a forecast has a reason: a
    /// task of the run may write them.
    fn awaited(&self) -> Option<Arc<str>> {
        None
    }

    /// Why it is known only after apply what is at a path, as [`Files::awaited`]; `None` where [`Files::is_folder`] says it.
    fn undecided(&self, path: &Path) -> Option<Arc<str>> {
        self.awaited().filter(|_| self.is_folder(path).is_none())
    }

    /// The names in a folder, sorted.
    ///
    /// # Errors
    /// As `std::fs::read_dir`.
    fn list(&self, folder: &Path) -> io::Result<Vec<String>>;

    /// Whether a path is a folder (links followed); `None` when nothing is there.
    fn is_folder(&self, path: &Path) -> Option<bool>;

    /// What tells a file or folder from every other one: its device and inode, and whether it is a symbolic link, which is
    /// not followed when `follow` is false. `None` when nothing is there, or these files know no such numbers.
    fn identity(&self, path: &Path, follow: bool) -> Option<Identity> {
        let _ = (path, follow);
        None
    }

    /// When a file was changed last, and whose it is (links followed). `None` when nothing is there, or these files know
    /// no such things.
    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let _ = path;
        None
    }

    /// The permissions of a file or folder (`0o7777`, links followed).
    ///
    /// # Errors
    /// When it is not there, or has no permissions, as files put into memory by [`Memory::with`].
    fn permissions(&self, path: &Path) -> io::Result<u32> {
        let _ = path;
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Writes a file with these permissions (`0o7777`, whatever the umask says), whole or not at all: readers see the old
    /// content or the new one, and nobody who may not read the new file can read it while it is written.
    ///
    /// # Errors
    /// When its folder is not there or cannot be written to, or these files are only for reading.
    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let _ = (path, bytes, mode);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Makes a folder, and those above it that are missing, with these permissions (`0o7777`, less the umask). What is
    /// there already stays as it is.
    ///
    /// # Errors
    /// As `std::fs::DirBuilder::create`, or when these files are only for reading.
    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        let _ = (path, mode);
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Removes a file.
    ///
    /// # Errors
    /// As `std::fs::remove_file`, or when these files are only for reading.
    fn remove(&self, path: &Path) -> io::Result<()> {
        let _ = path;
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;
    use std::path::Path;
    use std::sync::Arc;

    use super::Disk;
    use super::Draft;
    use super::Files;
    use super::Memory;

    /// What holds for files that can be written, wherever they are kept.
    fn written(files: &dyn Files, root: &Path) {
        let folder = root.join("a/b");
        let file = folder.join("key");
        assert_eq!(
            files.write(&file, b"1", 0o600).unwrap_err().kind(),
            ErrorKind::NotFound
        );
        files.make_folder(&folder, 0o700).unwrap();
        assert_eq!(files.is_folder(&folder), Some(true));
        assert_eq!(files.list(&folder).unwrap(), Vec::<String>::new());
        for made in [&folder, &root.join("a")] {
            assert_eq!(files.permissions(made).unwrap(), 0o700);
        }
        files.write(&file, b"1", 0o600).unwrap();
        files.write(&file, b"22", 0o644).unwrap();
        assert_eq!(files.read(&file).unwrap(), b"22");
        assert_eq!(files.permissions(&file).unwrap(), 0o644);
        assert_eq!(files.list(&folder).unwrap(), ["key"], "nothing is left beside it");
        assert_eq!(files.list(root).unwrap(), ["a"]);
        files.make_folder(&folder, 0o755).unwrap();
        assert_eq!(files.permissions(&folder).unwrap(), 0o700, "it was there already");
        assert_eq!(
            files.make_folder(&file, 0o700).unwrap_err().kind(),
            ErrorKind::AlreadyExists
        );
        files.remove(&file).unwrap();
        assert_eq!(files.list(&folder).unwrap(), Vec::<String>::new());
        assert_eq!(files.remove(&file).unwrap_err().kind(), ErrorKind::NotFound);
        files.remove(&folder).unwrap_err();
    }

    #[test]
    fn files_are_written_with_their_permissions_on_disk_and_in_memory() {
        let root = tempfile::tempdir().unwrap();
        written(&Disk, root.path());
        let memory = Memory::default();
        memory.make_folder(Path::new("/srv"), 0o755).unwrap();
        written(&memory, Path::new("/srv"));
        let memory = Memory::default();
        memory.make_folder(Path::new("/srv"), 0o755).unwrap();
        written(&Draft::over(Arc::new(memory)), Path::new("/srv"));
    }

    #[test]
    fn a_draft_is_read_as_if_it_were_written_and_is_written_by_its_commit() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        Disk.make_folder(&root.join("there"), 0o750).unwrap();
        Disk.write(&root.join("there/old"), b"old", 0o644).unwrap();
        let draft = Draft::over(Arc::new(Disk));
        assert_eq!(draft.list(root).unwrap(), ["there"]);
        draft.write(&root.join("there/old"), b"new", 0o600).unwrap();
        draft.write(&root.join("there/more"), b"more", 0o600).unwrap();
        draft.write(&root.join("there"), b"", 0o600).unwrap_err();
        draft.make_folder(&root.join("there/old/er"), 0o700).unwrap_err();
        draft.make_folder(&root.join("a/b"), 0o700).unwrap();
        draft.write(&root.join("a/b/key"), b"key", 0o600).unwrap();
        let seen = |files: &dyn Files| {
            assert_eq!(files.list(root).unwrap(), ["a", "there"]);
            assert_eq!(files.list(&root.join("there")).unwrap(), ["more", "old"]);
            assert_eq!(files.read(&root.join("there/old")).unwrap(), b"new");
            let modes = ["there", "there/old", "a", "a/b", "a/b/key"];
            let modes = modes.map(|path| files.permissions(&root.join(path)).unwrap());
            assert_eq!(modes, [0o750, 0o600, 0o700, 0o700, 0o600]);
        };
        seen(&draft);
        assert_eq!(Disk.list(root).unwrap(), ["there"]);
        assert_eq!(Disk.read(&root.join("there/old")).unwrap(), b"old");
        draft.commit().unwrap();
        seen(&Disk);
        Disk.write(&root.join("there/old"), b"newer", 0o600).unwrap();
        assert_eq!(
            draft.read(&root.join("there/old")).unwrap(),
            b"newer",
            "nothing is held any more"
        );
    }

    #[test]
    fn a_file_whose_writing_fails_stays_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("taken");
        Disk.make_folder(&folder, 0o700).unwrap();
        Disk.write(&folder, b"x", 0o600).unwrap_err();
        assert_eq!(
            Disk.list(root.path()).unwrap(),
            ["taken"],
            "nothing is left beside it"
        );
    }
}
