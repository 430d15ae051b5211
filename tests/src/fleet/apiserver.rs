//! A stand-in for kube-apiserver on a host's address: TLS and the health endpoints, nothing behind them.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use std::time::Instant;

use super::Error;
use super::Fleet;
use super::Host;
use super::Result;
use super::program;
use super::running::Running;

/// What a stand-in answers to `GET /readyz`. `/healthz` and `/livez` answer 200 in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// 200, `ok`.
    Ready,
    /// 401 and a `Status` object, as a cluster without anonymous access.
    Unauthorized,
    /// 500, as an API server whose etcd is away.
    Failing,
    /// Nothing, until the asker gives up.
    Hanging,
}

/// A running stand-in for kube-apiserver; ends when dropped. It is no Kubernetes: what a test shows with it is how load
/// balancers treat TLS backends and their health endpoints.
#[derive(Debug)]
pub struct ApiServer {
    answer: PathBuf,
    running: Running,
}

impl ApiServer {
    /// Starts one in a host's network, on all its addresses, and waits until it listens. It says the host's name as its own.
    ///
    /// # Errors
    /// When python3 or openssl is missing or it does not come up.
    pub fn start(fleet: &Fleet, host: &Host, port: u16) -> Result<ApiServer> {
        let folder = fleet.directory();
        make_certificate(folder)?;
        let answer = folder.join(format!("{}.answer", host.name()));
        write(&answer, Readiness::Ready)?;
        let mut command = host.beside(concat!(env!("CARGO_MANIFEST_DIR"), "/fleet/apiserver"));
        command
            .args([host.name(), "0.0.0.0", &port.to_string()])
            .arg(folder);
        let server = ApiServer {
            answer,
            running: fleet.launch(&mut command)?,
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while program::output(host.beside("nc").args(["-z", "127.0.0.1", &port.to_string()]))?.code != 0 {
            if Instant::now() > deadline || !server.running.lives() {
                return Err(Error::failed(
                    host.name(),
                    "the stand-in for kube-apiserver does not listen",
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// Changes what `/readyz` answers from now on.
    ///
    /// # Errors
    /// When the fleet's folder cannot be written.
    pub fn answer(&self, readiness: Readiness) -> Result<()> {
        write(&self.answer, readiness)
    }

    /// Ends it, as a crash would: its port refuses connections from now on.
    pub fn stop(self) {
        self.running.end();
    }
}

impl Fleet {
    /// The certificate with which the stand-ins prove themselves.
    pub fn certificate(&self) -> PathBuf {
        self.directory().join("certificate")
    }
}

impl Readiness {
    /// As the stand-ins read it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Readiness::Ready => "ready",
            Readiness::Unauthorized => "unauthorized",
            Readiness::Failing => "failing",
            Readiness::Hanging => "hanging",
        }
    }
}

fn write(path: &Path, readiness: Readiness) -> Result<()> {
    // Renamed into place: the server reads it at any moment.
    let new = path.with_extension("new");
    fs::write(&new, readiness.word())
        .and_then(|()| fs::rename(&new, path))
        .map_err(|error| Error::failed(path.display(), error))
}

fn make_certificate(folder: &Path) -> Result<()> {
    let path = folder.join("certificate");
    if path.exists() {
        return Ok(());
    }
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]);
    command.args([
        "-subj",
        "/CN=kubernetes",
        "-addext",
        "subjectAltName=DNS:kubernetes",
        "-keyout",
        "-",
        "-out",
        "-",
    ]);
    let pem = program::succeed(&mut command)?;
    fs::write(&path, pem).map_err(|error| Error::failed(path.display(), error))
}
