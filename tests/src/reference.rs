//! The reference clusters of the project: their inventories, and hosts as these describe them.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;
use std::time::SystemTime;

use evenkeel::Disk;
use evenkeel::Loaded;
use evenkeel::Problem;
use evenkeel::Project;
use evenkeel::topology;
use rustix::process::Resource;
use rustix::process::getrlimit;

use crate::fleet::Error;
use crate::fleet::Fleet;
use crate::fleet::Host;
use crate::fleet::HostSpec;
use crate::fleet::Result;
use crate::fleet::StandIns;

/// How long anything may take that happens eventually.
const PATIENCE: Duration = Duration::from_secs(120);

/// What HAProxy opens for the role's 20,000 connections: two files each, and some for itself.
const OPEN_FILES: u64 = 40_100;

/// The root of the project.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or(Path::new("."))
        .to_owned()
}

/// Fewer connections for HAProxy, where this machine lets hosts open fewer files than the role's default takes: name and
/// value of the variable.
pub fn connections() -> Option<(&'static str, u32)> {
    let limit = getrlimit(Resource::Nofile).maximum;
    limit
        .is_some_and(|limit| limit < OPEN_FILES)
        .then_some(("haproxy_maxconn", 4000))
}

/// A reference cluster.
pub struct Reference {
    inventory: PathBuf,
    loaded: Loaded,
}

impl Reference {
    /// That of `inventories/NAME`, with extra variables as `-e` takes them.
    ///
    /// # Errors
    /// When the inventory is wrong or describes no cluster.
    pub fn of(name: &str, extra: &[&str]) -> Result<Reference> {
        Reference::at(root().join("inventories").join(name), extra)
    }

    /// The same in a copy of the inventory in a folder, such that its hosts can be hosts of this machine.
    ///
    /// # Errors
    /// As [`Reference::of`], and when the folder cannot be written.
    pub fn copied(name: &str, folder: &Path) -> Result<Reference> {
        let to = folder.join("inventories").join(name);
        let failed = |error| Error::Failed(format!("{}: {error}", to.display()));
        copy(&root().join("inventories").join(name), &to).map_err(failed)?;
        if let Some((name, value)) = connections() {
            let path = to.join("group_vars/all.yml");
            let text = fs::read_to_string(&path).map_err(failed)?;
            fs::write(path, format!("{text}\n{name}: {value}\n")).map_err(failed)?;
        }
        Reference::at(to, &[])
    }

    fn at(inventory: PathBuf, extra: &[&str]) -> Result<Reference> {
        let project = Project::new(Arc::new(Disk)).inventory(inventory.to_string_lossy());
        let project = extra.iter().fold(project, |project, vars| project.extra(*vars));
        let loaded = project.without_playbook().load().map_err(problems)?;
        if loaded.cluster.is_none() {
            return Err(Error::Failed(format!("{}: no cluster", inventory.display())));
        }
        Ok(Reference { inventory, loaded })
    }

    /// The inventory's folder.
    pub fn inventory(&self) -> &Path {
        &self.inventory
    }

    /// What the inventory describes.
    ///
    /// # Panics
    /// Never: it has been seen to be there.
    pub fn model(&self) -> &topology::Cluster {
        match &self.loaded.cluster {
            Some(cluster) => cluster,
            None => unreachable!("the inventory describes a cluster"),
        }
    }

    /// Boots its hosts with the stand-ins; nothing, with a message, where that is not possible.
    ///
    /// # Errors
    /// When the stand-ins cannot be installed.
    ///
    /// # Panics
    /// As [`Fleet::for_test`].
    pub fn boot(&self) -> Result<Option<Fleet>> {
        let host = |node: &topology::Node| HostSpec::python(&node.name, &node.access.to_string());
        let hosts: Vec<HostSpec> = self.model().nodes.values().map(host).collect();
        let Some(fleet) = Fleet::for_test(&hosts) else {
            return Ok(None);
        };
        for host in fleet.hosts() {
            StandIns::install(&fleet, host.name())?;
        }
        Ok(Some(fleet))
    }

    /// Writes the playbooks that it needs to a folder.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn generate(&self, folder: &Path) -> Result<()> {
        let files = evenkeel::generate(&self.loaded).map_err(|problem| problems(vec![problem]))?;
        for (path, text) in files {
            let path = folder.join(path);
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent)
                .and_then(|()| fs::write(&path, text))
                .map_err(|error| Error::Failed(format!("{}: {error}", path.display())))?;
        }
        Ok(())
    }

    /// Makes the certificates of its etcd where runs look for them, if it has one of its own.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn certify(&self) -> Result<()> {
        if !self.model().etcd.deployed {
            return Ok(());
        }
        let folder = self.loaded.certificate_folder();
        let folder = folder.map_err(|problem| problems(vec![problem]))?;
        self.loaded
            .ensure_certificates(&folder, SystemTime::now())
            .map_err(problems)?;
        Ok(())
    }
}

/// Copies a folder and all that is in it.
///
/// # Errors
/// When it cannot be read or the copy not be written.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}

/// The command for etcdctl with a host's own certificate, through its own localhost.
pub fn etcdctl(host: &Host, words: &str) -> String {
    let certificate = format!("/etc/ssl/etcd/ssl/node-{}", host.name());
    format!(
        "ETCDCTL_API=3 etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/ssl/etcd/ssl/ca.pem \
         --cert={certificate}.pem --key={certificate}-key.pem --command-timeout=5s {words}"
    )
}

/// Waits for something that must happen, with generous patience.
///
/// # Panics
/// When it does not happen.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(
            Instant::now() < deadline,
            "not within {} s: {what}",
            PATIENCE.as_secs()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn problems(problems: Vec<Problem>) -> Error {
    let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
    Error::Failed(texts.join("\n"))
}
