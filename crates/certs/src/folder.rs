//! The folder of the certificates.

use std::io::ErrorKind;
use std::path::Path;
use std::path::PathBuf;

use evenkeel_playbook::Files;
use evenkeel_yaml::Problem;

use crate::wanted::Kind;

const FOLDER_MODE: u32 = 0o700;
const KEY_MODE: u32 = 0o600;
const CERTIFICATE_MODE: u32 = 0o644;
/// Permissions of anybody but the owner.
const OTHERS: u32 = 0o077;

/// The folder of the certificates, and the names of what is in it.
pub(crate) struct Folder<'a> {
    files: &'a dyn Files,
    path: &'a Path,
    names: Vec<String>,
}

impl<'a> Folder<'a> {
    /// Looks into a folder that may not be there yet.
    ///
    /// # Errors
    /// When others than the owner may look into it, or into a key.
    pub(crate) fn open(files: &'a dyn Files, path: &'a Path) -> Result<Folder<'a>, Vec<Problem>> {
        let shown = path.display();
        let names = match files.is_folder(path) {
            None => Vec::new(),
            Some(false) => {
                let message = format!("{shown} is a file, not a folder for certificates");
                return Err(vec![
                    Problem::error("certs::folder", message).help("name another folder with --dir"),
                ]);
            }
            Some(true) => files.list(path).map_err(|error| {
                let message = format!("cannot look into the folder of certificates {shown}: {error}");
                vec![Problem::error("certs::folder", message)]
            })?,
        };
        let folder = Folder { files, path, names };
        let problems = folder.open_to_others();
        if problems.is_empty() {
            Ok(folder)
        } else {
            Err(problems)
        }
    }

    fn open_to_others(&self) -> Vec<Problem> {
        let too_open = |path: &Path, what: &str, mend: u32| {
            let mode = self.files.permissions(path).ok()?;
            let shown = path.display();
            (mode & OTHERS != 0).then(|| {
                let message = format!("{what} {shown} is open to others than its owner (mode {mode:04o})");
                Problem::error("certs::permissions", message).help(format!("chmod {mend:04o} {shown}"))
            })
        };
        let mut problems = Vec::from_iter(too_open(self.path, "the folder of keys", FOLDER_MODE));
        let keys = self.names.iter().filter(|name| name.ends_with("-key.pem"));
        problems.extend(keys.filter_map(|name| too_open(&self.path.join(name), "the key", KEY_MODE)));
        problems
    }

    /// The folder with the name of a file in it, for messages.
    pub(crate) fn shown(&self, name: &str) -> String {
        self.path.join(name).display().to_string()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.path.to_owned()
    }

    /// The files of hosts, whether or not they are still in the cluster.
    pub(crate) fn of_hosts(&self) -> impl Iterator<Item = &str> {
        let ours = |name: &&str| {
            name.ends_with(".pem") && Kind::ALL.iter().any(|kind| name.starts_with(kind.prefix()))
        };
        self.names.iter().map(String::as_str).filter(ours)
    }

    /// The bytes of a file; `None` when there is none.
    pub(crate) fn read(&self, name: &str) -> Result<Option<Vec<u8>>, Problem> {
        match self.files.read(&self.path.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let message = format!("cannot read {}: {error}", self.shown(name));
                Err(Problem::error("certs::read", message))
            }
        }
    }

    pub(crate) fn make(&self) -> Result<(), Problem> {
        self.files.make_folder(self.path, FOLDER_MODE).map_err(|error| {
            let message = format!("cannot make the folder {}: {error}", self.path.display());
            Problem::error("certs::write", message)
        })
    }

    pub(crate) fn write_key(&self, name: &str, pem: &str) -> Result<(), Problem> {
        self.write(name, pem, KEY_MODE)
    }

    pub(crate) fn write_certificate(&self, name: &str, pem: &str) -> Result<(), Problem> {
        self.write(name, pem, CERTIFICATE_MODE)
    }

    fn write(&self, name: &str, pem: &str, mode: u32) -> Result<(), Problem> {
        let path = self.path.join(name);
        self.files.write(&path, pem.as_bytes(), mode).map_err(|error| {
            let message = format!("cannot write {}: {error}", path.display());
            Problem::error("certs::write", message)
        })
    }
}
