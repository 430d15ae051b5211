//! Stand-ins for kubeadm, k3s and k0s on a host: recording programs that reject what the real ones would.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::Error;
use super::Fleet;
use super::Host;
use super::Readiness;
use super::Result;

/// Where the programs and what they share lie on a host.
const LIBRARY: &str = "/usr/local/lib/stand-ins";

/// The stand-ins on one host. They are no Kubernetes: what a test shows with them is that calls, configuration files and the
/// order of steps are such that the real programs would accept them, and that every path to the API is open.
///
/// `k3s` and `k0s` lie in /usr/local/bin; `kubeadm` and `kubelet` come with the host's packages of that name.
#[derive(Debug)]
pub struct StandIns<'a> {
    host: &'a Host,
}

/// A call of a stand-in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Call {
    /// Its arguments, without the program.
    pub argv: Vec<String>,
    /// The configuration files it read: path and content.
    pub files: BTreeMap<String, String>,
}

impl<'a> StandIns<'a> {
    /// Copies them to a host that has python3, python3-yaml and openssl ([`Image::Python`](super::Image::Python) or more).
    ///
    /// # Errors
    /// When the host is down or its files cannot be written.
    ///
    /// # Panics
    /// When the fleet has no host of that name.
    pub fn install(fleet: &'a Fleet, host: &str) -> Result<StandIns<'a>> {
        let host = fleet.host(host);
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/stand-ins"));
        host.exec(&format!("mkdir -p {LIBRARY} /usr/local/bin"))?;
        let failed = |error| Error::failed(folder.display(), error);
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if path.is_file() {
                let text = fs::read_to_string(&path).map_err(failed)?;
                host.write(&format!("{LIBRARY}/{name}"), &text)?;
            }
        }
        host.exec(&format!(
            "cd {LIBRARY} && chmod 0755 * && chmod 0644 *.py && cp k3s k0s /usr/local/bin/"
        ))?;
        Ok(StandIns { host })
    }

    /// Puts Debian's etcd beside them: from now on masters whose etcd is Kubernetes' own are members of a real one.
    ///
    /// # Errors
    /// When the package cannot be unpacked.
    pub fn with_etcd(&self) -> Result<()> {
        let unpack =
            "dpkg-deb --fsys-tarfile /srv/apt/etcd-server_*.deb | tar --extract --to-stdout ./usr/bin/etcd";
        self.host
            .exec(&format!("{unpack} >{LIBRARY}/etcd && chmod 0755 {LIBRARY}/etcd"))
            .map(drop)
    }

    /// The calls of a program so far, oldest first.
    ///
    /// # Errors
    /// When its log cannot be read.
    pub fn calls(&self, program: &str) -> Result<Vec<Call>> {
        let log = self.host.exec(&format!(
            "cat /var/log/stand-ins/{program}.log 2>/dev/null || true"
        ))?;
        log.lines()
            .map(|line| serde_json::from_str(line).map_err(|error| Error::failed(program, error)))
            .collect()
    }

    /// Changes what `/readyz` of this host's API stand-in answers from now on.
    ///
    /// # Errors
    /// When the host's files cannot be written.
    pub fn answer(&self, readiness: Readiness) -> Result<()> {
        let word = readiness.word();
        self.host
            .exec(&format!(
                "mkdir -p /var/lib/stand-ins && cd /var/lib/stand-ins && echo {word} >answer.new && mv answer.new answer"
            ))
            .map(drop)
    }
}
