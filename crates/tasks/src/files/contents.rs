//! The bytes of files on the machine.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Known;
use evenkeel_host::View;

use crate::Error;
use crate::Result;
use crate::facts::whole_file::MAX_BYTES;
use crate::facts::whole_file::WholeFile;

/// All bytes of a file that was seen, large ones fetched.
///
/// A fetched text that is not the one that was seen belongs to a state that a forecast has left behind: unknown.
pub(crate) fn contents(on: &View<'_>, path: &AbsPath, entry: &Entry) -> Result<Known<Arc<[u8]>>> {
    let digest = match &entry.content {
        Some(Content::Bytes(bytes)) => return Ok(Known::Is(Arc::clone(bytes))),
        Some(Content::Digest(digest)) => digest,
        None => return Err(Error::failed(format!("{path} cannot be read"))),
    };
    if entry.stat.size > u64::from(MAX_BYTES) {
        return Err(
            Error::failed(format!("{path} has more than {} MiB", MAX_BYTES / 1024 / 1024))
                .help("use `command` with a program that works on the machine itself, as `cp` or `sed -i`"),
        );
    }
    let fetched = on.fact(WholeFile(path.clone()))?;
    Ok(
        fetched.and_then(|text| match text.as_deref().and_then(WholeFile::decode) {
            Some(bytes) if Content::Bytes(bytes.as_slice().into()).sha256() == *digest => {
                Known::Is(bytes.into())
            }
            _ => Known::unknown(format!("the content of {path}")),
        }),
    )
}
