//! The disk.

use std::fs::Permissions;
use std::io;
use std::io::Write as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

use super::Files;
use super::Identity;
use super::Stamp;

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

    fn identity(&self, path: &Path, follow: bool) -> Option<Identity> {
        let meta = if follow {
            std::fs::metadata(path)
        } else {
            std::fs::symlink_metadata(path)
        }
        .ok()?;
        Some(Identity {
            device: meta.dev(),
            inode: meta.ino(),
            link: meta.is_symlink(),
        })
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        let meta = std::fs::metadata(path).ok()?;
        let since = meta.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        Some(Stamp {
            modified: since.as_secs_f64(),
            owner: meta.uid(),
        })
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        Ok(std::fs::metadata(path)?.mode() & 0o7777)
    }

    /// The temporary file is made by mkstemp(3), so it is the owner's alone (0600) until all is in it.
    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".evenkeel-")
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }

    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        std::fs::DirBuilder::new().recursive(true).mode(mode).create(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }
}
