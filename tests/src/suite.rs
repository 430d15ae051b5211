//! ansible-core's own integration targets, run by real Ansible and by Evenkeel, each on a fresh host of the fleet.
//!
//! A target is a role that ends with exit code 0 when the program under it does what Ansible does. It counts when Evenkeel ends
//! with exit code 0 too, and with the same numbers of tasks that were ok, changed, skipped, rescued and ignored.
#![expect(
    clippy::disallowed_types,
    reason = "it starts programs and keeps their output"
)]

mod by_ansible;
mod by_evenkeel;
mod cache;
mod catalogue;
mod record;
mod runs;
mod stage;
mod table;
mod verdict;

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

pub use catalogue::Catalogue;
pub use catalogue::Class;
pub use catalogue::Listed;
pub use record::Counts;
pub use record::Record;
pub use record::Step;
pub use runs::run;
pub use table::document;
pub use table::summary;
pub use table::terminal;
pub use verdict::Measured;
pub use verdict::Verdict;

use crate::fleet::Error;
use crate::fleet::Result;

/// The folder of the harness's own files.
pub(crate) fn home() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/ansible-suite"))
}

/// The folder of the targets, fetched when it is missing.
///
/// # Errors
/// When pip cannot bring them.
pub fn targets() -> Result<&'static Path> {
    static TARGETS: OnceLock<Result<PathBuf>> = OnceLock::new();
    let fetched = TARGETS.get_or_init(|| {
        let script = home().join("fetch");
        let output = Command::new(&script).output();
        let output = output.map_err(|error| Error::failed(script.display(), error))?;
        if !output.status.success() {
            return Err(Error::failed(
                script.display(),
                String::from_utf8_lossy(&output.stderr),
            ));
        }
        Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
    });
    fetched.as_deref().map_err(Clone::clone)
}
