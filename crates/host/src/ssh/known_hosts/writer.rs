//! Making a key known.
#![expect(
    clippy::disallowed_types,
    reason = "ssh keeps known_hosts itself: it is no file of the project"
)]

use std::fs::DirBuilder;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Appends an entry; the file and its folder are made for the user alone if they are missing.
///
/// One `write` in append mode, so that hosts reached at the same time do not tear each other's lines.
///
/// # Errors
/// When the file cannot be written.
pub(crate) fn add(file: &Path, entry: &str) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)?;
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let begin = if last == [b'\n'] { "" } else { "\n" };
    file.write_all(format!("{begin}{entry}\n").as_bytes())
}
