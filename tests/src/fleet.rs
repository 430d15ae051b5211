//! Real hosts on this machine: Debian 12 with systemd as PID 1, an own sshd, address, firewall and packages.
//!
//! Each host is a systemd-nspawn container over a shared root filesystem (`tests/fleet/rootfs` builds it), in a network
//! namespace of its own; the controller has one too, so nothing leaves the machine and any number of fleets run side
//! by side with the same addresses. A [`Fleet`] ends with its value, also after a panic; what a killed test leaves behind
//! is removed by the next fleet, or by `tests/fleet/fleet down-stale`.
//!
//! ```no_run
//! use evenkeel_tests::fleet::{Fleet, HostSpec};
//!
//! let Some(fleet) = Fleet::for_test(&[HostSpec::fresh("lb1", "192.0.2.1")]) else { return };
//! fleet.host("lb1").exec("systemctl is-active ssh").unwrap();
//! let _output = fleet.controller("ssh").args(fleet.ssh_options()).args(["root@192.0.2.1", "true"]).output();
//! ```
#![expect(
    clippy::disallowed_types,
    reason = "the rig starts programs and opens connections itself"
)]

mod apiserver;
mod boot;
mod client;
mod error;
mod host;
mod image;
mod network;
mod process;
mod program;
mod renew;
mod running;
mod snapshot;
mod spec;
mod stale;
mod stand_ins;
mod state;
mod up;

use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

pub use apiserver::ApiServer;
pub use apiserver::Readiness;
pub use client::Client;
pub use client::Request;
pub use client::Requests;
pub use client::now;
pub use error::Error;
pub use error::Result;
pub use host::Host;
pub use program::Output;
pub use snapshot::Difference;
pub use snapshot::Snapshot;
pub use spec::HostSpec;
pub use spec::Image;
pub use stale::down;
pub use stale::down_stale;
pub use stand_ins::Call;
pub use stand_ins::StandIns;

use process::Process;
use state::State;

/// Booted hosts and the controller's network. Ends them when dropped.
#[derive(Debug)]
pub struct Fleet {
    image: PathBuf,
    directory: PathBuf,
    state: Arc<Mutex<State>>,
    hosts: Vec<Host>,
}

impl Fleet {
    /// All hosts, in the order in which they were asked for.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// One host.
    ///
    /// # Panics
    /// When the fleet has no host of that name.
    pub fn host(&self, name: &str) -> &Host {
        match self.hosts.iter().find(|host| host.name() == name) {
            Some(host) => host,
            None => panic!("the fleet has no host {name}"),
        }
    }

    /// The private key that lets `root` in, and on hosts with users also `ops`, `opspw` and `guest`.
    pub fn key(&self) -> PathBuf {
        self.image.join("id")
    }

    /// A known_hosts file with the hosts' keys, by address and by name.
    pub fn known_hosts(&self) -> PathBuf {
        self.directory.join("known_hosts")
    }

    /// A folder for this fleet's files; it goes when the fleet goes.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What `ssh` needs to log in: the key and the known_hosts file, and nothing of this machine's own settings.
    pub fn ssh_options(&self) -> Vec<String> {
        let mut options = vec![
            "-F".to_owned(),
            "none".to_owned(),
            "-i".to_owned(),
            self.key().display().to_string(),
        ];
        let known = format!("UserKnownHostsFile={}", self.known_hosts().display());
        for option in [
            known.as_str(),
            "GlobalKnownHostsFile=none",
            "StrictHostKeyChecking=yes",
            "IdentitiesOnly=yes",
            "BatchMode=yes",
        ] {
            options.extend(["-o".to_owned(), option.to_owned()]);
        }
        options
    }

    /// Runs a command through `ssh`, as `USER@ADDRESS`, whatever it returns.
    ///
    /// # Errors
    /// When `ssh` cannot be started.
    pub fn ssh(&self, login: &str, command: &str) -> Result<Output> {
        program::output(
            self.controller("ssh")
                .args(self.ssh_options())
                .args(["--", login, command]),
        )
    }

    /// Whether something listens at `ADDRESS:PORT`, seen from the controller.
    ///
    /// # Panics
    /// When `address` is none.
    pub fn reaches(&self, address: &str) -> bool {
        let address = match address.parse() {
            Ok(address) => address,
            Err(error) => panic!("{address}: {error}"),
        };
        self.inside(|| TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_ok())
    }

    /// An inventory in INI form: `NAME ansible_host=ADDRESS` for every host.
    pub fn inventory(&self) -> String {
        self.hosts
            .iter()
            .map(|host| format!("{} ansible_host={}\n", host.name(), host.address()))
            .collect()
    }

    /// A program that will start in the controller's network.
    pub fn controller(&self, program: &str) -> Command {
        network::command(&self.network(), program)
    }

    /// Runs `work` on a thread in the controller's network, so that its own connections (and those of threads it starts)
    /// reach the hosts.
    ///
    /// # Panics
    /// When `work` does, or when the namespace cannot be entered.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        network::inside(&self.network(), work)
    }

    /// Leaves the hosts running when this value goes; [`down`] ends them.
    ///
    /// # Errors
    /// When the fleet's record cannot be written.
    pub fn keep(self) -> Result<()> {
        let mut state = self.locked();
        state.owner = None;
        state.save(&self.directory)
    }

    fn network(&self) -> String {
        self.locked().id.clone()
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let state = self.locked();
        // One that was kept, or that somebody else started, stays.
        if state.owner.is_some() && state.owner == Process::own() {
            state.end(&self.directory);
        }
    }
}
