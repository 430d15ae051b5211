//! What a fleet has started, on disk, so that it can be ended by somebody else.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;
use serde::Serialize;

use super::Error;
use super::HostSpec;
use super::Result;
use super::network;
use super::process::Process;

/// The record of a fleet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    /// The fleet's name; also that of the controller's namespace.
    pub(crate) id: String,
    /// Who ends it; `None`: started by hand.
    pub(crate) owner: Option<Process>,
    /// Its hosts.
    pub(crate) hosts: Vec<HostState>,
    /// Other programs it started.
    pub(crate) programs: Vec<Process>,
}

/// The record of a host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HostState {
    /// What was asked for.
    pub(crate) spec: HostSpec,
    /// Its systemd-nspawn.
    pub(crate) supervisor: Option<Process>,
}

impl State {
    /// The name of a host's network namespace and machine.
    pub(crate) fn machine(&self, host: &str) -> String {
        format!("{}-{host}", self.id)
    }

    /// Reads a fleet's record.
    pub(crate) fn load(directory: &Path) -> Result<State> {
        let path = file(directory);
        let text = fs::read(&path).map_err(|error| Error::failed(path.display(), error))?;
        serde_json::from_slice(&text).map_err(|error| Error::failed(path.display(), error))
    }

    /// Writes the record.
    pub(crate) fn save(&self, directory: &Path) -> Result<()> {
        let path = file(directory);
        let text = serde_json::to_vec_pretty(self).map_err(|error| Error::failed(path.display(), error))?;
        fs::write(&path, text).map_err(|error| Error::failed(path.display(), error))
    }

    /// Whether nobody is left who would end this fleet.
    pub(crate) fn is_stale(&self) -> bool {
        self.owner.is_some_and(|owner| !owner.lives())
    }

    /// Ends everything the fleet started and removes its folder.
    pub(crate) fn end(&self, directory: &Path) {
        let supervisors: Vec<_> = self.hosts.iter().filter_map(|host| host.supervisor).collect();
        for process in supervisors
            .iter()
            .flat_map(|process| process.children())
            .chain(self.programs.iter().copied())
        {
            process.kill();
        }
        for process in supervisors {
            // Without its container it ends by itself.
            if !process.wait(Duration::from_secs(5)) {
                process.kill();
                process.wait(Duration::from_secs(5));
            }
        }
        for host in &self.hosts {
            let machine = self.machine(&host.spec.name);
            network::remove(&machine);
            let _not_there = fs::remove_dir(format!("/run/systemd/nspawn/propagate/{machine}"));
        }
        network::remove(&self.id);
        for root in cgroup_roots() {
            remove_cgroup(&root.join("evenkeel-fleet").join(&self.id));
        }
        // What stays is found by the next sweep, through the record in the folder.
        let _gone = fs::remove_dir_all(directory);
    }
}

fn file(directory: &Path) -> PathBuf {
    directory.join("fleet.json")
}

/// Where control groups are made: in the one hierarchy, or, on a machine with both versions, in the two that systemd uses.
pub(crate) fn cgroup_roots() -> Vec<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    if root.join("cgroup.controllers").exists() {
        return vec![root.to_owned()];
    }
    ["unified", "systemd"]
        .iter()
        .map(|name| root.join(name))
        .filter(|path| path.exists())
        .collect()
}

fn remove_cgroup(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_cgroup(&entry.path());
        }
    }
    let _busy = fs::remove_dir(group);
}
