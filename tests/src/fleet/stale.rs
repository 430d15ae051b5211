//! Ending fleets that nobody ends any more.

use std::fs;
use std::path::PathBuf;

use super::Error;
use super::Result;
use super::state::State;

/// Where fleets keep their files and records; beside the root filesystem, on the same disk.
pub(crate) fn home() -> PathBuf {
    let home = std::env::var_os("EVENKEEL_FLEET_DIR")
        .map_or_else(|| "/var/cache/evenkeel-fleet".into(), PathBuf::from);
    home.join("run")
}

/// The folder of one fleet.
pub(crate) fn folder(id: &str) -> PathBuf {
    home().join(id)
}

/// Ends the fleets whose process has gone without ending them, and returns their names.
///
/// # Errors
/// When the folder with the records cannot be read.
pub fn down_stale() -> Result<Vec<String>> {
    let entries = match fs::read_dir(home()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::failed(home().display(), error)),
    };
    let mut ended = Vec::new();
    for directory in entries.flatten().map(|entry| entry.path()) {
        // A folder without a record is one that is being made.
        let Ok(state) = State::load(&directory) else {
            continue;
        };
        if state.is_stale() {
            state.end(&directory);
            ended.push(state.id);
        }
    }
    Ok(ended)
}

/// Ends a fleet by its name, whoever started it.
///
/// # Errors
/// When there is none.
pub fn down(id: &str) -> Result<()> {
    let directory = folder(id);
    State::load(&directory)?.end(&directory);
    Ok(())
}
