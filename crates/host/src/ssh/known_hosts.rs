//! Known host keys: SSH_KNOWN_HOSTS FILE FORMAT in sshd(8).

mod line;
mod writer;

use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use sha2::Digest;
use sha2::Sha256;

use self::line::Line;
use self::line::Marker;
use super::certificate::Certificate;
use super::certificate::SUFFIX;
use super::wire::Fields;

pub(crate) use writer::add;

/// The known host keys of several files.
#[derive(Debug, Default)]
pub(crate) struct KnownHosts {
    lines: Vec<Line>,
}

/// What the files say about a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the host's.
    Known,
    /// Nothing is known; `others` are the key types that are known for the host, with their places.
    Unknown {
        /// E.g. `ssh-rsa (known_hosts:3)`.
        others: Vec<String>,
    },
    /// The host is known with another key of the same type, there.
    Changed(String),
    /// It must not be used, says the line there.
    Revoked(String),
    /// A certificate by a trusted authority that does not vouch for the host, and why.
    Invalid(String),
}

impl KnownHosts {
    /// Reads the files; one that does not exist is empty.
    ///
    /// # Errors
    /// When one exists and cannot be read.
    pub(crate) fn read(files: &[PathBuf]) -> Result<KnownHosts, String> {
        let mut known = KnownHosts::default();
        for file in files {
            match std::fs::read(file) {
                Ok(bytes) => known.parse(file, &String::from_utf8_lossy(&bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{}: {error}", file.display())),
            }
        }
        Ok(known)
    }

    /// Adds the lines of a file; a line that is no entry counts for nothing, as in OpenSSH.
    fn parse(&mut self, file: &Path, text: &str) {
        let lines = text.lines().enumerate();
        self.lines
            .extend(lines.filter_map(|(at, text)| Line::parse(file, at + 1, text)));
    }

    /// The host key algorithms to ask for, best first: what is known, then what could be.
    pub(crate) fn algorithms(&self, name: &str) -> String {
        let lines: Vec<&Line> = self.lines.iter().filter(|line| line.is_for(name)).collect();
        let known = |kind: &str| {
            lines
                .iter()
                .any(|line| line.marker == Marker::Key && line.kind() == kind)
        };
        let authority = lines.iter().any(|line| line.marker == Marker::Authority);
        let mut wanted: Vec<String> = Vec::new();
        if authority {
            wanted.extend(
                ALGORITHMS
                    .iter()
                    .map(|(_, algorithm)| format!("{algorithm}{SUFFIX}")),
            );
        }
        for first in [true, false] {
            let part = ALGORITHMS.iter().filter(|(kind, _)| known(kind) == first);
            wanted.extend(part.map(|(_, algorithm)| (*algorithm).to_owned()));
        }
        wanted.join(",")
    }

    /// What the files say about the key that a host has shown.
    ///
    /// `name` is the host as in the files: `[HOST]:PORT` unless the port is 22; `host` is the bare name, which
    /// certificates know.
    pub(crate) fn check(&self, name: &str, host: &str, key: &[u8]) -> Verdict {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        self.check_at(name, host, key, now)
    }

    fn check_at(&self, name: &str, host: &str, key: &[u8], now: u64) -> Verdict {
        let certificate = Certificate::read(key);
        let plain = certificate.as_ref().map_or(key, |certificate| &certificate.key);
        let authority = certificate.as_ref().map(|certificate| certificate.authority);
        let revoked = |line: &&Line| {
            line.marker == Marker::Revoked && (line.key == plain || authority == Some(&line.key))
        };
        if let Some(line) = self.lines.iter().find(|line| revoked(line) && line.is_for(name)) {
            return Verdict::Revoked(line.place());
        }
        let trusts = |line: &&Line| line.marker == Marker::Authority && authority == Some(&line.key);
        if let Some(certificate) = &certificate
            && self.lines.iter().any(|line| trusts(&line) && line.is_for(name))
        {
            // As in OpenSSH, a bad certificate leaves the host with its plain key.
            return match (certificate.check(host, now), self.check_plain(name, plain)) {
                (Ok(()), _) => Verdict::Known,
                (Err(why), Verdict::Unknown { .. }) => Verdict::Invalid(why),
                (Err(_), verdict) => verdict,
            };
        }
        self.check_plain(name, plain)
    }

    fn check_plain(&self, name: &str, key: &[u8]) -> Verdict {
        let keys = || {
            self.lines
                .iter()
                .filter(|line| line.marker == Marker::Key && line.is_for(name))
        };
        if keys().any(|line| line.key == key) {
            return Verdict::Known;
        }
        match keys().find(|line| Some(line.kind()) == kind(key)) {
            Some(line) => Verdict::Changed(line.place()),
            None => Verdict::Unknown {
                others: keys().map(|l| format!("{} ({})", l.kind(), l.place())).collect(),
            },
        }
    }
}

/// Key types and the signature algorithms that use them, in the order of preference.
const ALGORITHMS: [(&str, &str); 6] = [
    ("ssh-ed25519", "ssh-ed25519"),
    ("ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"),
    ("ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"),
    ("ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"),
    ("ssh-rsa", "rsa-sha2-512"),
    ("ssh-rsa", "rsa-sha2-256"),
];

/// The key's type, e.g. `ssh-ed25519`.
fn kind(key: &[u8]) -> Option<&str> {
    Fields::new(key).text()
}

/// The key as `ssh` shows it, e.g. `ED25519 SHA256:...`.
pub(crate) fn fingerprint(key: &[u8]) -> String {
    let certificate = Certificate::read(key);
    let key = certificate.as_ref().map_or(key, |certificate| &certificate.key);
    let kind = kind(key).unwrap_or("unknown");
    let kind = match kind.strip_prefix("ssh-") {
        Some(short) => short.to_uppercase(),
        None => kind.split('-').next().unwrap_or(kind).to_uppercase(),
    };
    format!(
        "{kind} SHA256:{}",
        BASE64_STANDARD_NO_PAD.encode(Sha256::digest(key))
    )
}

/// The line that makes a key known; of a certificate, the host's own key.
pub(crate) fn entry(name: &str, key: &[u8]) -> String {
    let certificate = Certificate::read(key);
    let key = certificate.as_ref().map_or(key, |certificate| &certificate.key);
    format!(
        "{name} {} {}",
        kind(key).unwrap_or("unknown"),
        BASE64_STANDARD.encode(key)
    )
}

/// How a host stands in the files: lower case, `[HOST]:PORT` unless the port is 22.
pub(crate) fn name_in_files(host: &str, port: u16) -> String {
    let host = host.to_lowercase();
    if port == 22 {
        host
    } else {
        format!("[{host}]:{port}")
    }
}
