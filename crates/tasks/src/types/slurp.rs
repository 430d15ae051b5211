//! `slurp`: the bytes of a file of the machine.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_host::AbsPath;
use evenkeel_host::Entry;
use evenkeel_host::Error as HostError;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::quote;
use serde_json::json;

use crate::Error;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::facts::reached::Reached;
use crate::files;

arguments! {
    /// Reads a file of the machine into a variable.
    pub struct Slurp {
        /// The file.
        src | "path": AbsPath,
    }
}

/// What is at a path, where the user of the task may read it.
pub(crate) fn look(on: &View<'_>, path: &AbsPath) -> Result<Known<Option<Arc<Entry>>>> {
    match on.file(path, true) {
        Err(HostError::Unanswered { why, .. }) if why.contains("Permission denied") => Err(unreadable(path)),
        seen => Ok(seen?),
    }
}

fn unreadable(path: &AbsPath) -> Error {
    Error::failed(format!("File is not readable: {path}"))
}

/// Refuses what has no bytes to read, in the words of Ansible's `slurp`.
pub(crate) fn readable(path: &AbsPath, entry: Option<Arc<Entry>>) -> Result<Arc<Entry>> {
    let entry = entry.ok_or_else(|| Error::failed(format!("File not found: {path}")))?;
    match (&entry.stat.kind, &entry.content) {
        (Kind::Directory, _) => {
            Err(Error::failed(format!("Source is a directory and must be a file: {path}")))
        }
        (Kind::Special(_) | Kind::Link(_), _) => Err(Error::failed(format!("Unable to slurp file: {path}"))),
        (Kind::File, None) => Err(unreadable(path)),
        (Kind::File, Some(_)) => Ok(entry),
    }
}

impl Slurp {
    fn is_below_a_file(&self, on: &View<'_>) -> Result<bool> {
        let Some(above) = self.src.parent() else { return Ok(false) };
        let above = on.entry(&above, true)?;
        Ok(matches!(above, Known::Is(Some(entry)) if entry.stat.kind != Kind::Directory))
    }

    /// Whether the user of the task may read it, as far as the machine tells.
    fn may_read(&self, on: &View<'_>) -> bool {
        let test = Reached(format!("[ -r {} ]", quote(self.src.as_str())));
        !matches!(on.fact(test), Ok(Known::Is(false)))
    }
}

impl TaskType for Slurp {
    const NAME: &'static str = "slurp";
    const ABOUT: &'static str = "Reads a file of the machine into a variable, as base64.";
    const EXAMPLE: &'static str = "- name: Read the certificate authority\n  ansible.builtin.slurp:\n    src: /etc/kubernetes/pki/ca.crt\n  register: ca\n";
    const CHANGES: bool = false;
    type Seen = Known<Arc<[u8]>>;

    arguments_of!();

    fn wants(&self) -> Vec<Want> {
        vec![Want::Entry { path: self.src.clone(), follow: true, content: true }]
    }

    fn observe(&self, on: &View<'_>) -> Result<Known<Arc<[u8]>>> {
        match look(on, &self.src)? {
            Known::Is(None) if self.is_below_a_file(on)? => {
                Err(Error::failed(format!("Unable to slurp file: {}", self.src)))
            }
            Known::Is(Some(entry)) if entry.stat.kind == Kind::Directory && !self.may_read(on) => {
                Err(unreadable(&self.src))
            }
            Known::Is(entry) => {
                let entry = readable(&self.src, entry)?;
                files::contents(on, &self.src, &entry)
            }
            Known::Unknown(why) => Ok(Known::Unknown(why)),
        }
    }

    fn plan(&self, _seen: &Known<Arc<[u8]>>) -> Result<Plan> {
        Ok(Plan::unchanged("it only looks"))
    }

    fn result(&self, seen: &Known<Arc<[u8]>>, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let content = seen.as_ref().map(|bytes| json!(STANDARD.encode(bytes)));
        Returned::from_iter([
            ("content".to_owned(), content),
            ("source".to_owned(), Known::Is(json!(self.src.as_str()))),
            ("encoding".to_owned(), Known::Is(json!("base64"))),
        ])
    }
}
