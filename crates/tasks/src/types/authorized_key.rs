//! `authorized_key`: who may log in with a key.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::group::Presence;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts;
use crate::facts::account::Account;
use crate::facts::account::User;
use crate::files;
use crate::files::NewFile;
use crate::files::Steps;
use crate::files::Target;
use crate::files::Wanted;

mod entry;

use entry::Entry;

arguments! {
    /// Manages the keys with which a user may log in over SSH.
    pub struct AuthorizedKey {
        /// The user.
        user: Text,
        /// The public keys, one on each line.
        key: Text,
        /// The file, by default `.ssh/authorized_keys` in the user's home.
        path: Option<AbsPath>,
        /// Makes the folder of the file, and gives it to the user alone.
        manage_dir: bool = true,
        /// Whether the keys should be there.
        state: Presence = Presence::Present,
        /// What the keys may be used for, in place of what stands before them.
        key_options: Option<String>,
        /// Removes all other keys.
        exclusive: bool = false,
        /// The comment behind the keys, in place of their own.
        comment: Option<String>,
        /// Whether the certificate of a server is verified that keys are fetched from; here none are.
        validate_certs: bool = true,
        /// Follows a link at the path.
        follow: bool = false,
    }
}

/// What was seen.
#[derive(Debug)]
pub struct Seen {
    path: AbsPath,
    folder: Option<Target>,
    target: Target,
    text: Known<String>,
    /// What owner and permissions the file and its folder get.
    file: FileArguments,
    /// What of the owner is known only after apply.
    unsure: Option<Arc<str>>,
}

impl AuthorizedKey {
    fn is_present(&self) -> bool {
        self.state == Presence::Present
    }

    /// The keys as they shall stand in the file.
    fn keys(&self) -> std::result::Result<Vec<Entry>, Problem> {
        let lines = self.key.text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let read = |line: &str| {
            let mut entry = Entry::parse(line).ok_or_else(|| {
                Problem::error("task::authorized_key", format!("invalid key specified: {line}"))
                    .at(&self.key.place, "no public key of OpenSSH")
            })?;
            if let Some(options) = &self.key_options {
                entry.options.clone_from(options);
            }
            if let Some(comment) = &self.comment {
                entry.comment.clone_from(comment);
            }
            Ok(entry)
        };
        lines.map(read).collect()
    }

    /// The file's new text.
    fn new_text(&self, old: &str) -> Result<String> {
        let wanted = self.keys()?;
        let mut lines: Vec<(&str, Option<Entry>)> = old.lines().map(|line| (line, Entry::parse(line))).collect();
        let of = |entry: &Option<Entry>, key: &Entry| entry.as_ref().is_some_and(|entry| entry.key == key.key);
        if !self.is_present() {
            lines.retain(|(_, entry)| !wanted.iter().any(|key| of(entry, key)));
            return Ok(joined(lines.iter().map(|(line, _)| (*line).to_owned()), old));
        }
        if self.exclusive {
            lines.retain(|(_, entry)| wanted.iter().any(|key| of(entry, key)));
        }
        let is_there =
            |key: &Entry| lines.iter().any(|(_, entry)| entry.as_ref().is_some_and(|entry| entry.is_same(key)));
        let mut new: Vec<&Entry> = Vec::new();
        for key in wanted.iter().filter(|key| !is_there(key)) {
            if !new.contains(&key) {
                new.push(key);
            }
        }
        lines.retain(|(_, entry)| !new.iter().any(|key| of(entry, key)));
        let kept = lines.iter().map(|(line, _)| (*line).to_owned());
        Ok(joined(kept.chain(new.iter().map(|key| key.line())), old))
    }

    /// The path, whose owner is known.
    fn path_of(&self, account: &Account) -> Known<AbsPath> {
        match &self.path {
            Some(path) => Known::Is(path.clone()),
            None => account.home.as_ref().and_then(|home| {
                let home = AbsPath::new(home).map(|home| home.join(".ssh/authorized_keys"));
                home.map_or_else(|| Known::unknown("the user's home"), Known::Is)
            }),
        }
    }

    fn unchanged(&self) -> String {
        let have = if self.is_present() { "may" } else { "may not" };
        format!("{} {have} log in with it", self.user)
    }
}

/// Lines with newlines; what had none at its end and is not changed keeps it so.
fn joined(lines: impl Iterator<Item = String>, old: &str) -> String {
    let lines: Vec<String> = lines.collect();
    if lines.iter().map(String::as_str).eq(old.lines()) {
        return old.to_owned();
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

impl TaskType for AuthorizedKey {
    const NAME: &'static str = "authorized_key";
    const COLLECTION: &'static str = "ansible.posix";
    const ABOUT: &'static str = "Manages the keys with which a user may log in over SSH.";
    const EXAMPLE: &'static str = "- name: Let the operators log in\n  ansible.posix.authorized_key:\n    user: root\n    key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIzlnSq5ESxLgW0avvPk3j7zLV59hcAPkxrMNdnZMKP2 operators\n";
    type Seen = Known<Box<Seen>>;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        if self.key.text.starts_with("http") {
            let message = "keys are not fetched from a server by the host";
            let mend = format!("let the controller fetch them: `key: \"{{{{ lookup('url', '{}', split_lines=false) }}}}\"`", self.key);
            return Err(vec![
                Problem::error("task::authorized_key", message).at(&self.key.place, "this is a URL").help(mend),
            ]);
        }
        self.keys().map(drop).map_err(|problem| vec![problem])
    }

    fn wants(&self) -> Vec<Want> {
        let file = self.path.as_ref().map(|path| {
            Wanted { follow: self.follow, content: true, file: &FileArguments::none() }.wants(path)
        });
        let user = facts::want(User(self.user.text.clone()));
        std::iter::once(user).chain(file.into_iter().flatten()).collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Self::Seen> {
        let account = match on.fact(User(self.user.text.clone()))? {
            Known::Is(Some(account)) => account,
            Known::Is(None) => {
                let message = format!("Failed to lookup user {}", self.user);
                return Err(Error::failed(message).help("make the user with a `user` task before this one"));
            }
            Known::Unknown(why) => return Ok(Known::Unknown(why)),
        };
        let path = match self.path_of(&account) {
            Known::Is(path) => path,
            Known::Unknown(why) => return Ok(Known::Unknown(why)),
        };
        let (group, unsure) = match &account.gid {
            Known::Is(gid) => (Some(gid.to_string()), None),
            Known::Unknown(why) => (None, Some(Arc::clone(why))),
        };
        let owner = match &account.uid {
            Known::Is(uid) => uid.to_string(),
            Known::Unknown(_) => account.name.clone(),
        };
        let file = FileArguments { mode: Some(Mode::Bits(0o600)), owner: Some(owner), group, ..FileArguments::none() };
        let target = Wanted { follow: self.follow, content: true, file: &file }.look(on, &path)?;
        let text = match &target.entry {
            Known::Is(Some(entry)) => files::contents(on, &target.path, entry)?
                .map(|bytes| files::to_text(&bytes)),
            Known::Is(None) => Known::Is(String::new()),
            Known::Unknown(why) => Known::Unknown(Arc::clone(why)),
        };
        let folder = path.parent().filter(|_| self.manage_dir);
        let folder = folder.map(|folder| Wanted { follow: true, content: false, file: &file }.look(on, &folder));
        Ok(Known::Is(Box::new(Seen { path, folder: folder.transpose()?, target, text, file, unsure })))
    }

    fn plan(&self, seen: &Self::Seen) -> Result<Plan> {
        let seen = match seen {
            Known::Is(seen) => seen,
            Known::Unknown(why) => return Ok(Plan::unknown(Vec::new(), why.as_ref())),
        };
        let old = match &seen.text {
            Known::Is(old) => old,
            Known::Unknown(why) => return Ok(files::unknown_content(&seen.target, true, why)),
        };
        let new = self.new_text(old)?;
        if new == *old {
            return Ok(Plan::unchanged(self.unchanged()));
        }
        let mut steps = Steps::default();
        if let Some(folder) = &seen.folder {
            let private = FileArguments { mode: Some(Mode::Bits(0o700)), ..seen.file.clone() };
            steps.changes.extend(files::make_missing(folder, &FileArguments::none())?);
            steps.extend(files::make_folder(folder, &private)?);
        } else {
            steps.changes.extend(files::make_missing(&seen.target, &FileArguments::none())?);
        }
        let new = NewFile {
            content: files::to_bytes(&new).into(),
            secret: false,
            file: &seen.file,
            validate: None,
            backup: None,
        };
        steps.extend(new.steps(&seen.target)?);
        if let (Some(why), None) = (&seen.unsure, &steps.unsure) {
            steps.unsure = Some(why.to_string());
        }
        Ok(steps.into_plan(|| self.unchanged()))
    }

    fn result(&self, seen: &Self::Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let mut put = |key: &str, value| drop(returned.insert(key.to_owned(), Known::Is(value)));
        put("user", json!(self.user.text));
        put("key", json!(self.key.text));
        put("path", json!(self.path.as_ref().map(AbsPath::as_str)));
        put("manage_dir", json!(self.manage_dir));
        put("state", json!(if self.is_present() { "present" } else { "absent" }));
        put("key_options", json!(self.key_options));
        put("exclusive", json!(self.exclusive));
        put("comment", json!(self.comment));
        put("validate_certs", json!(self.validate_certs));
        put("follow", json!(self.follow));
        let path = seen.as_ref().map(|seen| json!(seen.path.as_str()));
        returned.insert("keyfile".to_owned(), path);
        returned
    }
}
