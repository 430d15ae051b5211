//! `known_hosts`: the host keys that ssh(1) accepts.

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::group::Presence;
use crate::Controller;
use crate::Error;
use crate::FileArguments;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::arguments::pending;
use crate::files::Edit;
use crate::files::Edited;
use crate::files::NewText;

mod entry;

use entry::Entry;

arguments! {
    /// Manages the host keys that ssh(1) accepts.
    pub struct KnownHosts {
        /// The host, as ssh calls it: `example.org`, `192.0.2.1`, `[example.org]:2222`.
        name | "host": Text,
        /// The line of the file: names, type, key. Without it `absent` removes all keys of the host.
        key: Option<String>,
        /// The file.
        path: AbsPath = pending::at_home(".ssh/known_hosts"),
        /// Whether the host's name is hidden by a hash.
        hash_host: bool = false,
        /// Whether the key should be there.
        state: Presence = Presence::Present;
        /// What makes the hash of a name another one each time.
        salt: Vec<u8>,
    }
}

/// The file's text as it shall be.
struct Goal {
    text: String,
    /// Whether every key of the host goes, as `ssh-keygen -R` does it.
    removes_all: bool,
}

impl KnownHosts {
    fn host(&self) -> String {
        self.name.text.to_lowercase()
    }

    fn is_present(&self) -> bool {
        self.state == Presence::Present
    }

    /// The line that shall be in the file, with a newline; its name hidden where that is wanted.
    fn line(&self) -> Option<String> {
        let key = self.key.as_ref().filter(|key| !key.is_empty())?;
        let mut line = if self.hash_host { entry::hashed(&self.host(), key, &self.salt) } else { key.clone() };
        if !line.ends_with('\n') {
            line.push('\n');
        }
        Some(line)
    }

    fn goal(&self, old: &str) -> Result<Goal> {
        let host = self.host();
        let found: Vec<(usize, Entry<'_>)> = entry::find(old, &host).collect();
        let keep = |text: String| Ok(Goal { text, removes_all: false });
        let Some(line) = self.line() else {
            // `ssh-keygen -R` leaves marked lines.
            let goes: Vec<usize> = found.iter().filter(|(_, entry)| entry.marker.is_none()).map(|(at, _)| *at).collect();
            return Ok(Goal { text: without(old, &goes), removes_all: !goes.is_empty() });
        };
        let wanted = Entry::parse(line.trim()).ok_or_else(|| {
            Error::failed("the key is no line of a known_hosts file").help("write `key` as `HOST TYPE KEY`")
        })?;
        let same = found.iter().find(|(_, entry)| entry.is_same(&wanted));
        let other = found.iter().find(|(_, entry)| entry.marker.is_none() && entry.kind == wanted.kind);
        match (same, other, self.is_present()) {
            (Some(_), _, true) => keep(old.to_owned()),
            (Some((at, _)), _, false) => keep(without(old, &[*at])),
            (None, Some((at, _)), true) => keep(with(without(old, &[*at]), &line)),
            // Another key of the same type goes too, as it does with Ansible.
            (None, Some((at, _)), false) => keep(without(old, &[*at])),
            (None, None, true) => keep(with(old.to_owned(), &line)),
            (None, None, false) => keep(old.to_owned()),
        }
    }

    fn edit<'a>(&'a self, file: &'a FileArguments, backup: Option<&'a str>) -> Edit<'a> {
        Edit { path: &self.path, create: true, secret: false, file, validate: None, backup }
    }

    fn new_text(&self, old: Option<&[u8]>) -> Result<NewText> {
        let old = crate::files::to_text(old.unwrap_or_default());
        let text = self.goal(&old)?.text;
        let message = if text == old { String::new() } else { "changed".to_owned() };
        Ok(NewText { text: crate::files::to_bytes(&text), message })
    }

    /// What is wrong with the name, seen beside the key.
    fn other_host(&self) -> Option<Problem> {
        let line = self.line()?;
        let host = self.host();
        let before_comma = host.find(',').map(|at| host[..at].trim());
        let (message, label) = if before_comma.is_some_and(|name| !name.is_empty()) {
            let message = "Comma separated list of names is not supported. \
                           Please pass a single name to lookup in the known_hosts file.";
            (message, "several names")
        } else if entry::find(&line, &host).next().is_none() {
            ("Host parameter does not match hashed host field in supplied key", "not the name in `key`")
        } else {
            return None;
        };
        Some(Problem::error("task::known_hosts", message).at(&self.name.place, label))
    }

    fn unchanged(&self) -> String {
        let what = if self.is_present() { "knows this key of" } else { "knows no such key of" };
        format!("{} {what} {}", self.path, self.name)
    }

    fn diff(&self, edited: &Edited) -> Known<serde_json::Value> {
        edited.text().map(|old| {
            let before = old.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            let after = self.goal(before.as_deref().unwrap_or_default()).map(|goal| goal.text);
            let header = if before.is_some() { self.path.as_str() } else { "/dev/null" };
            // Ansible's diff does not show what `ssh-keygen -R` takes away.
            let after = if self.line().is_some() { after.ok() } else { before.clone() };
            json!({
                "before_header": header,
                "after_header": self.path.as_str(),
                "before": before.unwrap_or_default(),
                "after": after.unwrap_or_default(),
            })
        })
    }
}

/// A text without some of its lines.
fn without(text: &str, lines: &[usize]) -> String {
    let kept = text.split_inclusive('\n').enumerate().filter(|(at, _)| !lines.contains(at));
    kept.map(|(_, line)| line).collect()
}

/// A text with a line at its end.
fn with(mut text: String, line: &str) -> String {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text + line
}

impl TaskType for KnownHosts {
    const NAME: &'static str = "known_hosts";
    const ABOUT: &'static str = "Manages the host keys that ssh(1) accepts.";
    const EXAMPLE: &'static str = "- name: Know the backup host\n  ansible.builtin.known_hosts:\n    path: /etc/ssh/ssh_known_hosts\n    name: backup.example.org\n    key: backup.example.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIzlnSq5ESxLgW0avvPk3j7zLV59hcAPkxrMNdnZMKP2\n";
    type Seen = Edited;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        if self.line().is_none() && self.is_present() {
            return Err(vec![Problem::error("task::known_hosts", "No key specified when adding a host")]);
        }
        self.other_host().map_or(Ok(()), |problem| Err(vec![problem]))
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        let (seconds, process) = controller.now();
        self.salt = entry::salt(&format!("{seconds} {process} {}", self.name));
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        self.edit(&FileArguments::none(), None).wants()
    }

    fn observe(&self, on: &View<'_>) -> Result<Edited> {
        self.edit(&FileArguments::none(), None).observe(on)
    }

    fn plan(&self, seen: &Edited) -> Result<Plan> {
        let path = &self.path;
        if let Some(folder) = seen.missing_folder().filter(|_| self.is_present()) {
            let message = format!("Failed to write to file {path}: {folder} does not exist");
            let mend = format!("make it with a `file` task: `path: {folder}`, `state: directory`, `mode: \"0700\"`");
            return Err(Error::failed(message).help(mend));
        }
        // `ssh-keygen -R` leaves the file as it was under this name.
        let old = match seen.text() {
            Known::Is(Some(bytes)) => self.goal(&String::from_utf8_lossy(bytes))?.removes_all.then_some(".old"),
            Known::Is(None) | Known::Unknown(_) => None,
        };
        let plain = FileArguments::none();
        self.edit(&plain, old).plan(seen, !self.is_present(), |old| self.new_text(old), || self.unchanged())
    }

    fn result(&self, seen: &Edited, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let mut put = |key: &str, value| drop(returned.insert(key.to_owned(), value));
        put("name", Known::Is(json!(self.name.text)));
        put("key", Known::Is(json!(self.key)));
        put("path", Known::Is(json!(self.path.as_str())));
        put("hash_host", Known::Is(json!(self.hash_host)));
        put("state", Known::Is(json!(if self.is_present() { "present" } else { "absent" })));
        put("diff", self.diff(seen));
        returned
    }
}
