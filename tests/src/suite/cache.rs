//! What real Ansible made of a target, kept: it is the same until what is run, or what it is run on, changes.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use sha2::Digest;
use sha2::Sha256;

use super::home;
use super::record::Record;
use super::stage;
use crate::fleet::Error;
use crate::fleet::Fleet;
use crate::fleet::Result;

/// Where what Ansible made of a target is kept: beside the targets' source distribution, by target and what went into the run.
pub(crate) fn place(fleet: &Fleet, targets: &Path, target: &str) -> Result<PathBuf> {
    let recorder = home().join("recorder.py");
    let recorder = fs::read(&recorder).map_err(|error| Error::failed(recorder.display(), error))?;
    // The host's root filesystem lies in a folder named by its content, the distribution in one named by its version.
    let host = fleet.key();
    let mut hash = Sha256::new();
    for part in [
        stage::told(targets, target).as_bytes(),
        &recorder,
        host.as_os_str().as_encoded_bytes(),
        targets.as_os_str().as_encoded_bytes(),
    ] {
        hash.update(part);
        hash.update([0]);
    }
    let key: String = hash
        .finalize()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // HOME/ansible_core-VERSION/test/integration/targets
    let kept = targets.ancestors().nth(4).unwrap_or(targets).join("results");
    Ok(kept.join(format!("{target}-{key}.json")))
}

/// What is kept there.
pub(crate) fn read(place: &Path) -> Option<Record> {
    serde_json::from_slice(&fs::read(place).ok()?).ok()
}

/// Keeps it there.
pub(crate) fn write(place: &Path, record: &Record) -> Result<()> {
    let failed = |error: std::io::Error| Error::failed(place.display(), error);
    fs::create_dir_all(place.parent().unwrap_or(place)).map_err(failed)?;
    let text = serde_json::to_vec(record).map_err(|error| Error::failed(place.display(), error))?;
    // Another run may read it at the same time.
    let partial = place.with_extension(format!("{}", std::process::id()));
    fs::write(&partial, text).map_err(failed)?;
    fs::rename(&partial, place).map_err(failed)
}
