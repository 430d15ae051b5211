//! Making a host fresh again.

use std::fs;
use std::path::Path;

use super::Error;
use super::Host;
use super::Result;
use super::boot;

impl Host {
    /// Cuts its power, forgets every file it has changed, and boots it again: as it was when the fleet came up, with the same
    /// keys and address.
    ///
    /// # Errors
    /// When it does not end, or does not come up.
    pub fn renew(&self) -> Result<()> {
        self.kill()?;
        let upper = self.changed_files();
        let failed = |error| Error::failed(upper.display(), error);
        let keys = self.directory().join("keys");
        take_keys(&upper.join("etc/ssh"), &keys).map_err(failed)?;
        fs::remove_dir_all(&upper).map_err(failed)?;
        fs::remove_dir(self.directory().join("root")).map_err(failed)?;
        boot::write_files(self, &upper).map_err(failed)?;
        take_keys(&keys, &upper.join("etc/ssh")).map_err(failed)?;
        self.start()?;
        self.wait_up()
    }
}

/// Copies the host's keys from one folder to another, which is made when it is missing.
fn take_keys(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with("ssh_host_") {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
