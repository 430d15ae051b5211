//! Bringing a fleet up.

use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use super::Error;
use super::Fleet;
use super::Host;
use super::HostSpec;
use super::Result;
use super::boot;
use super::image;
use super::network;
use super::process::Process;
use super::stale;
use super::state::HostState;
use super::state::State;

/// How long a host may take to answer; a second is usual.
const PATIENCE: Duration = Duration::from_secs(90);

/// When set, a fleet that cannot be had fails the test instead of skipping it.
const REQUIRED: &str = "EVENKEEL_FLEET_REQUIRED";

impl Fleet {
    /// Boots hosts and waits until they are up: SSH answers and systemd has finished starting.
    ///
    /// # Errors
    /// [`Error::Skip`] on a machine that cannot boot hosts; [`Error::Failed`] when a host does not come up.
    pub fn up(hosts: &[HostSpec]) -> Result<Fleet> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        Fleet::named(&format!("ek{}-{number}", std::process::id()), hosts)
    }

    /// The same under a given name, at most 16 letters, digits and dashes.
    ///
    /// # Errors
    /// As [`Fleet::up`]; also when a fleet of that name is up.
    pub fn named(id: &str, hosts: &[HostSpec]) -> Result<Fleet> {
        image::possible()?;
        let built = image::built()?;
        stale::down_stale()?;
        raise_inotify_limit();
        let fleet = Fleet::record(id, built, hosts)?;
        fleet.boot()?;
        fleet.wait()?;
        Ok(fleet)
    }

    /// The same for a test: where hosts cannot be booted, prints why and returns nothing, and the test returns.
    ///
    /// # Panics
    /// When a host does not come up; and, with `EVENKEEL_FLEET_REQUIRED` set, when hosts cannot be booted here.
    pub fn for_test(hosts: &[HostSpec]) -> Option<Fleet> {
        match Fleet::up(hosts) {
            Ok(fleet) => Some(fleet),
            Err(Error::Skip(why)) if std::env::var_os(REQUIRED).is_none() => {
                skipped(&why);
                None
            }
            Err(error) => panic!("{error}"),
        }
    }

    /// A fleet that is up, by its name; it stays up when this value goes.
    ///
    /// # Errors
    /// When there is none.
    pub fn attach(id: &str) -> Result<Fleet> {
        let directory = stale::folder(id);
        let state = State::load(&directory)?;
        Ok(Fleet::of(image::built()?, directory, state))
    }

    fn record(id: &str, built: PathBuf, hosts: &[HostSpec]) -> Result<Fleet> {
        let directory = stale::folder(id);
        let failed = |error| Error::failed(directory.display(), error);
        fs::create_dir_all(stale::home()).map_err(failed)?;
        fs::create_dir(&directory).map_err(failed)?;
        let hosts = hosts
            .iter()
            .map(|spec| HostState {
                spec: spec.clone(),
                supervisor: None,
            })
            .collect();
        let state = State {
            id: id.to_owned(),
            owner: Process::own(),
            hosts,
            programs: Vec::new(),
        };
        state.save(&directory)?;
        Ok(Fleet::of(built, directory, state))
    }

    fn of(image: PathBuf, directory: PathBuf, state: State) -> Fleet {
        let names: Vec<_> = state.hosts.iter().map(|host| host.spec.clone()).collect();
        let state = Arc::new(Mutex::new(state));
        let host = |(index, spec)| Host::new(index, spec, &state, &image, &directory);
        let hosts = names.into_iter().enumerate().map(host).collect();
        Fleet {
            hosts,
            image,
            directory,
            state,
        }
    }

    fn boot(&self) -> Result<()> {
        let Some(first) = self.hosts().first() else {
            return Ok(());
        };
        network::make_controller(&self.network(), first.address())?;
        let mut known = String::new();
        for host in self.hosts() {
            known += &boot::prepare(host)?;
            host.start()?;
        }
        fs::write(self.known_hosts(), known)
            .map_err(|error| Error::failed(self.known_hosts().display(), error))
    }

    fn wait(&self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        self.inside(|| {
            self.hosts()
                .iter()
                .try_for_each(|host| wait_for_ssh(host, deadline))
        })?;
        self.hosts().iter().try_for_each(Host::wait_started)
    }
}

impl Host {
    /// Waits until SSH answers and systemd has finished starting, after [`Host::start`].
    ///
    /// # Errors
    /// When that takes too long or the host has ended.
    pub fn wait_up(&self) -> Result<()> {
        network::inside(&self.fleet(), || wait_for_ssh(self, Instant::now() + PATIENCE))?;
        self.wait_started()
    }

    fn wait_started(&self) -> Result<()> {
        // `degraded` ends with a code too; what failed is the test's business.
        self.run("systemctl is-system-running --wait").map(drop)
    }
}

fn wait_for_ssh(host: &Host, deadline: Instant) -> Result<()> {
    loop {
        if ssh_answers(host) {
            return Ok(());
        }
        if !host.runs() || Instant::now() > deadline {
            let why = if host.runs() {
                "does not answer on port 22"
            } else {
                "has ended while it booted"
            };
            return Err(Error::failed(format!("{} {why}", host.name()), host.console()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn ssh_answers(host: &Host) -> bool {
    let address = SocketAddr::from((host.address(), 22));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_millis(300)) else {
        return false;
    };
    let mut banner = [0; 4];
    stream.set_read_timeout(Some(Duration::from_secs(2))).is_ok()
        && stream.read_exact(&mut banner).is_ok()
        && &banner == b"SSH-"
}

/// Every systemd takes some; with the kernel's default of 128 the sixteenth host does not boot. The limit stays raised.
fn raise_inotify_limit() {
    let path = Path::new("/proc/sys/fs/inotify/max_user_instances");
    let now = fs::read_to_string(path)
        .ok()
        .and_then(|text| text.trim().parse::<u32>().ok());
    if now.is_some_and(|now| now < 8192) {
        // A host that then fails to boot says so on its console.
        let _refused = fs::write(path, "8192");
    }
}

#[expect(clippy::print_stderr, reason = "a test that was left out must say so")]
fn skipped(why: &str) {
    eprintln!("left out: {why}");
}
