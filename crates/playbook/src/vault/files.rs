//! Files that are decrypted while they are read.

use std::io;
use std::path::Path;
use std::sync::Arc;

use evenkeel_yaml::Place;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Source;
use thiserror::Error;

use super::Vault;
use super::VaultError;
use super::is_encrypted;
use crate::Contents;
use crate::Files;
use crate::Identity;
use crate::Stamp;

/// Files in which every encrypted one reads as what was encrypted, and is secret. Writing is that of the files below.
pub struct Vaulted {
    below: Arc<dyn Files>,
    vault: Vault,
}

impl Vaulted {
    /// These files, decrypted with these passwords.
    pub fn new(below: Arc<dyn Files>, vault: Vault) -> Vaulted {
        Vaulted { below, vault }
    }
}

impl Files for Vaulted {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.open(path).map(|contents| contents.bytes)
    }

    fn open(&self, path: &Path) -> io::Result<Contents> {
        let contents = self.below.open(path)?;
        if !is_encrypted(&contents.bytes) {
            return Ok(contents);
        }
        let decrypted = self.vault.decrypt(&contents.bytes);
        let decrypted = decrypted.map_err(|why| {
            let header = contents
                .bytes
                .split(|byte| *byte == b'\n')
                .next()
                .unwrap_or_default();
            let header = String::from_utf8_lossy(header).into_owned();
            io::Error::new(io::ErrorKind::InvalidData, Refused { header, why })
        })?;
        Ok(Contents {
            bytes: decrypted.bytes.to_vec(),
            secret: true,
        })
    }

    fn read_raw(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.below.read_raw(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.below.list(folder)
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        self.below.is_folder(path)
    }

    fn identity(&self, path: &Path, follow: bool) -> Option<Identity> {
        self.below.identity(path, follow)
    }

    fn stamp(&self, path: &Path) -> Option<Stamp> {
        self.below.stamp(path)
    }

    fn permissions(&self, path: &Path) -> io::Result<u32> {
        self.below.permissions(path)
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        self.below.write(path, bytes, mode)
    }

    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.below.make_folder(path, mode)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.below.remove(path)
    }
}

/// Why a file was not decrypted.
#[derive(Debug, Error)]
#[error("{why}")]
struct Refused {
    /// Its first line.
    header: String,
    why: VaultError,
}

/// What a file that cannot be read means: one that is encrypted has a place, a code and a mend of its own.
pub fn refusal(code: &'static str, shown: &str, error: &io::Error) -> Problem {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Refused>()) {
        Some(Refused { header, why }) => {
            let source = Source::new(shown, header.as_str());
            let place = Place::new(&source, 0, header.len());
            let problem = Problem::error("vault::secret", format!("cannot read {shown}: {why}"));
            mended(problem.at(&place, "encrypted from here on"), why)
        }
        None => Problem::error(code, format!("cannot read {shown}: {error}")),
    }
}

/// Says what to do about a text that cannot be decrypted.
pub(crate) fn mended(problem: Problem, why: &VaultError) -> Problem {
    match why {
        VaultError::NoSecret => problem
            .help("give its password: --vault-password-file FILE, --vault-id LABEL@FILE or --ask-vault-pass"),
        VaultError::NoneFits { .. } => {
            problem.help("give the password that it was encrypted with, too: --vault-id LABEL@FILE")
        }
        VaultError::Format(_) => {
            problem.help("restore it from a copy: it was changed since it was encrypted")
        }
        VaultError::NoLabel(_) | VaultError::Random(_) => problem,
    }
}
