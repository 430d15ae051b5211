//! One host of a fleet.

use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use super::Error;
use super::HostSpec;
use super::Image;
use super::Output;
use super::Result;
use super::image;
use super::network;
use super::process::Process;
use super::program;
use super::state::State;

/// A booted host.
#[derive(Debug)]
pub struct Host {
    index: usize,
    spec: HostSpec,
    state: Arc<Mutex<State>>,
    image: PathBuf,
    directory: PathBuf,
}

impl Host {
    pub(crate) fn new(
        index: usize,
        spec: HostSpec,
        state: &Arc<Mutex<State>>,
        image: &Path,
        fleet: &Path,
    ) -> Host {
        let directory = fleet.join(&spec.name);
        Host {
            index,
            spec,
            state: Arc::clone(state),
            image: image.to_owned(),
            directory,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Its address.
    pub fn address(&self) -> Ipv4Addr {
        self.spec.address
    }

    /// Runs a shell command as root, not through SSH (nothing of a login stays behind), and returns its standard output.
    ///
    /// # Errors
    /// When it ends with another code than 0, with what it printed.
    pub fn exec(&self, command: &str) -> Result<String> {
        program::succeed(&mut self.command(command)?)
    }

    /// The same, whatever the command returns.
    ///
    /// # Errors
    /// When the host is down.
    pub fn run(&self, command: &str) -> Result<Output> {
        program::output(&mut self.command(command)?)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is no text.
    pub fn read(&self, path: &str) -> Result<String> {
        self.in_root(path, fs::read_to_string)
    }

    /// Writes a file in place; owner and mode of an existing one stay.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, path: &str, content: &str) -> Result<()> {
        self.in_root(path, |path| fs::write(path, content))
    }

    /// Starts a program of this machine in the host's network; [`crate::fleet`] does not end it.
    pub fn beside(&self, program: &str) -> Command {
        network::command(&self.machine(), program)
    }

    /// Cuts its power: unplugged, and every process gone at once. Its files stay.
    ///
    /// # Errors
    /// When it cannot be unplugged, or does not end.
    pub fn kill(&self) -> Result<()> {
        self.unplug()?;
        let Some(supervisor) = self.supervisor() else {
            return Ok(());
        };
        if let Some(system) = self.system() {
            system.kill();
        }
        if supervisor.wait(Duration::from_secs(10)) {
            return Ok(());
        }
        Err(Error::failed(self.name(), "it did not end when killed"))
    }

    /// Switches it on again after [`Host::kill`]; [`Host::wait_up`] waits until it is up.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self) -> Result<()> {
        let mut command = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fleet/boot"));
        command.args([
            &self.fleet(),
            self.name(),
            &image::layers(&self.image, self.spec.image),
        ]);
        command.arg(&self.directory).arg(self.image.join("apt"));
        if self.spec.image != Image::Bare {
            // Nothing may take dpkg's lock in the middle of a test.
            command.args([
                "systemd.mask=apt-daily.timer",
                "systemd.mask=apt-daily-upgrade.timer",
            ]);
        }
        let failed = |error| Error::failed(self.name(), error);
        let console = fs::File::create(self.directory.join("console")).map_err(failed)?;
        let copy = console.try_clone().map_err(failed)?;
        command.stdin(Stdio::null()).stdout(console).stderr(copy);
        let supervisor = command.spawn().map_err(failed)?;
        let mut state = self.locked();
        state.hosts[self.index].supervisor = Process::of(supervisor.id());
        state.save(self.directory.parent().unwrap_or(&self.directory))?;
        drop(state);
        self.plug()
    }

    /// Takes it off the network; it keeps running.
    ///
    /// # Errors
    /// When its port is gone.
    pub fn unplug(&self) -> Result<()> {
        network::set_port(&self.fleet(), &self.port(), false)
    }

    /// Puts it back on the network.
    ///
    /// # Errors
    /// When its port is gone.
    pub fn plug(&self) -> Result<()> {
        network::set_port(&self.fleet(), &self.port(), true)
    }

    /// Whether it is switched on.
    pub fn runs(&self) -> bool {
        self.supervisor().is_some_and(Process::lives)
    }

    /// What its system printed while booting.
    pub fn console(&self) -> String {
        let bytes = fs::read(self.directory.join("console")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Where this machine keeps the files that the host has changed, as an overlay's upper folder.
    pub(crate) fn changed_files(&self) -> PathBuf {
        self.directory.join("upper")
    }

    /// The read-only layers below those, uppermost first.
    pub(crate) fn layers(&self) -> Vec<PathBuf> {
        let layers = image::layers(&self.image, self.spec.image);
        layers.split(':').map(PathBuf::from).collect()
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The fleet's name.
    pub(crate) fn fleet(&self) -> String {
        self.locked().id.clone()
    }

    /// The name of its namespace.
    pub(crate) fn machine(&self) -> String {
        self.locked().machine(self.name())
    }

    /// Its port of the controller's bridge.
    pub(crate) fn port(&self) -> String {
        format!("port{}", self.index)
    }

    fn command(&self, script: &str) -> Result<Command> {
        let system = self
            .system()
            .ok_or_else(|| Error::failed(self.name(), "it is down"))?;
        let mut command = Command::new("nsenter");
        command
            .arg("--target")
            .arg(system.pid.to_string())
            .args(["--all", "--root", "--wd", "--"]);
        command.args(["/usr/bin/env", "-i", "HOME=/root", "LANG=C.UTF-8"]);
        command.arg("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.args(["/bin/sh", "-c", script]);
        Ok(command)
    }

    pub(crate) fn in_root<T>(
        &self,
        path: &str,
        work: impl FnOnce(PathBuf) -> std::io::Result<T>,
    ) -> Result<T> {
        let system = self
            .system()
            .ok_or_else(|| Error::failed(self.name(), "it is down"))?;
        let root = PathBuf::from(format!("/proc/{}/root", system.pid));
        work(root.join(path.trim_start_matches('/'))).map_err(|error| Error::failed(path, error))
    }

    fn supervisor(&self) -> Option<Process> {
        self.locked().hosts[self.index].supervisor
    }

    /// The host's PID 1.
    fn system(&self) -> Option<Process> {
        self.supervisor()?.children().first().copied()
    }

    fn locked(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
