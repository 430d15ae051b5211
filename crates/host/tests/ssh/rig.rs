//! A throw-away sshd on a loopback port, with keys of its own.

use std::fs;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use evenkeel_host::OpenSsh;
use evenkeel_host::Ssh2;
use evenkeel_host::SshSettings;
use evenkeel_host::Transport;
use tempfile::TempDir;

const SSHD: &str = "/usr/sbin/sshd";

/// Which transport a test is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Libssh2,
    OpenSsh,
}

/// An sshd that ends with the test, and the client's files.
pub(crate) struct Rig {
    folder: TempDir,
    pub(crate) port: u16,
    sshd: Child,
}

impl Rig {
    /// Starts an sshd; `None`, with a message, where there is none or it cannot run.
    pub(crate) fn start() -> Option<Rig> {
        Rig::start_with("", |_| ())
    }

    /// Starts an sshd with more lines of configuration, after `prepare` has put more files into the folder.
    pub(crate) fn start_with(config: &str, prepare: impl FnOnce(&Path)) -> Option<Rig> {
        Rig::launch(config, prepare, |config| {
            let mut command = Command::new(SSHD);
            command.arg("-D").arg("-e").arg("-f").arg(config);
            command
        })
    }

    /// As [`Rig::start_with`], with a command that runs sshd its own way.
    pub(crate) fn launch(
        config: &str,
        prepare: impl FnOnce(&Path),
        command: impl FnOnce(&Path) -> Command,
    ) -> Option<Rig> {
        if !Path::new(SSHD).exists() {
            println!("skipped: there is no {SSHD}");
            return None;
        }
        // Debian's unit makes it when the system's own sshd starts; without it none runs as root.
        let _there = fs::create_dir("/run/sshd");
        let folder = tempfile::Builder::new().prefix("ek").tempdir().unwrap();
        let at = folder.path();
        keygen(&at.join("host_key"), &["-N", ""]);
        keygen(&at.join("key"), &["-N", ""]);
        keygen(&at.join("locked"), &["-N", "open sesame"]);
        let both = fs::read_to_string(at.join("key.pub")).unwrap()
            + &fs::read_to_string(at.join("locked.pub")).unwrap();
        fs::write(at.join("authorized_keys"), both).unwrap();
        prepare(at);
        let port = free_port();
        // SHLVL keeps bash from reading the tester's own ~/.bashrc.
        let text = format!(
            "{config}\nPort {port}\nListenAddress 127.0.0.1\nHostKey {0}/host_key\nAuthorizedKeysFile {0}/authorized_keys\n\
             PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n\
             MaxStartups 200\nUseDNS no\nPermitRootLogin yes\nSetEnv SHLVL=9\n",
            at.display()
        );
        let file = at.join("sshd_config");
        fs::write(&file, text).unwrap();
        let log = fs::File::create(at.join("log")).unwrap();
        let mut command = command(&file);
        let sshd = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut rig = Rig { folder, port, sshd };
        rig.wait_until_up();
        rig.trust();
        Some(rig)
    }

    fn wait_until_up(&mut self) {
        let until = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            let ended = self.sshd.try_wait().unwrap();
            assert!(ended.is_none() && Instant::now() < until, "sshd: {}", self.log());
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Makes the host key known.
    fn trust(&self) {
        let key = fs::read_to_string(self.path("host_key.pub")).unwrap();
        fs::write(self.path("known_hosts"), format!("{} {key}", self.name())).unwrap();
    }

    /// The host as in known_hosts.
    pub(crate) fn name(&self) -> String {
        format!("[127.0.0.1]:{}", self.port)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// Settings that log in.
    pub(crate) fn settings(&self) -> SshSettings {
        SshSettings {
            port: Some(self.port),
            user: Some(user()),
            identity_files: vec![self.path("key")],
            identities_only: true,
            known_hosts: vec![self.path("known_hosts")],
            connect_timeout: Some(Duration::from_secs(20)),
            ..SshSettings::new("127.0.0.1")
        }
    }

    pub(crate) fn transport(&self, kind: Kind) -> Box<dyn Transport> {
        self.transport_with(kind, self.settings())
    }

    pub(crate) fn transport_with(&self, kind: Kind, settings: SshSettings) -> Box<dyn Transport> {
        match kind {
            Kind::Libssh2 => Box::new(Ssh2::new(settings)),
            Kind::OpenSsh => Box::new(OpenSsh::new(settings, self.path("s"))),
        }
    }

    /// The processes that serve connections.
    pub(crate) fn sessions(&self) -> Vec<u32> {
        descendants(self.sshd.id())
    }

    /// Sends a signal to the processes that serve connections, and to no other.
    pub(crate) fn signal_sessions(&self, signal: &str) {
        for pid in self.sessions() {
            kill(signal, pid);
        }
    }

    /// Sends a signal to the process that takes connections.
    pub(crate) fn signal_listener(&self, signal: &str) {
        kill(signal, self.sshd.id());
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.signal_sessions("KILL");
        let _ended = self.sshd.kill();
        let _status = self.sshd.wait();
    }
}

fn kill(signal: &str, pid: u32) {
    let _gone = Command::new("kill")
        .arg(format!("-{signal}"))
        .arg(pid.to_string())
        .stderr(Stdio::null())
        .status();
}

fn descendants(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    children
        .flat_map(|child| [vec![child], descendants(child)].concat())
        .collect()
}

/// Makes a key pair.
pub(crate) fn keygen(file: &Path, arguments: &[&str]) {
    run(
        "ssh-keygen",
        &[&["-q", "-t", "ed25519", "-f", file.to_str().unwrap()], arguments].concat(),
    );
}

/// Runs a program that must succeed; its standard output.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// Who runs the test.
pub(crate) fn user() -> String {
    run("id", &["-un"]).trim().to_owned()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
