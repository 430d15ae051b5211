//! The variables that only the text of one template file sees.

use std::path::Path;
use std::sync::Arc;

use minijinja::Value;

use super::TemplarSettings;
use super::filters::time;
use crate::Scope;
use crate::Var;

/// What `ansible_managed` is where nothing else says it.
const MANAGED: &str = "Ansible managed";

/// The names of the variables that a template file has of its own, beside `ansible_managed`.
pub const FILE_VARIABLES: [&str; 7] = [
    "template_destpath",
    "template_fullpath",
    "template_host",
    "template_mtime",
    "template_path",
    "template_run_date",
    "template_uid",
];

/// A template file, as the variables about it tell of it.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// As the task names it: `template_path`.
    pub written: Arc<str>,
    /// Where it lies, from the root on: `template_fullpath`.
    pub path: Arc<str>,
    /// Where its text goes to: `template_destpath`, which is none where a lookup renders it.
    pub dest: Option<Arc<str>>,
}

impl TemplateFile {
    /// One of which no more is known than its path.
    pub(super) fn at(path: &str) -> TemplateFile {
        TemplateFile {
            written: path.into(),
            path: path.into(),
            dest: None,
        }
    }
}

/// Some variables and those of a template file over others: what it is, and `ansible_managed` unless it is set.
pub(super) fn scope(
    mut own: Vec<(Arc<str>, Var)>,
    file: TemplateFile,
    settings: &TemplarSettings,
    below: &Arc<dyn Scope>,
) -> Arc<dyn Scope> {
    if below.get("ansible_managed").is_none() {
        own.push(("ansible_managed".into(), Var::data(Value::from(MANAGED))));
    }
    let (below, settings) = (Arc::clone(below), settings.clone());
    Arc::new(Own {
        own,
        file,
        settings,
        below,
    })
}

#[derive(Debug)]
struct Own {
    own: Vec<(Arc<str>, Var)>,
    file: TemplateFile,
    settings: TemplarSettings,
    below: Arc<dyn Scope>,
}

impl Own {
    /// One of the variables about the file, as far as its files tell it.
    fn of_file(&self, name: &str) -> Option<Value> {
        let files = &self.settings.files;
        let stamp = || files.stamp(Path::new(self.file.path.as_ref()));
        match name {
            "template_path" => Some(Value::from(Arc::clone(&self.file.written))),
            "template_fullpath" => Some(Value::from(Arc::clone(&self.file.path))),
            "template_destpath" => Some(self.file.dest.clone().map_or(Value::from(()), Value::from)),
            "template_host" => {
                let name = files.read(Path::new("/proc/sys/kernel/hostname")).ok()?;
                Some(Value::from(String::from_utf8_lossy(&name).trim_end()))
            }
            "template_uid" => {
                let owner = stamp()?.owner;
                let users = files.read(Path::new("/etc/passwd")).unwrap_or_default();
                let name = user(&String::from_utf8_lossy(&users), owner);
                Some(name.map_or_else(|| Value::from(owner), Value::from))
            }
            "template_mtime" => time::local(stamp()?.modified, (self.settings.clock)().1),
            "template_run_date" => {
                let (now, east) = (self.settings.clock)();
                time::local(now, east)
            }
            _ => None,
        }
    }
}

/// The name of a user, from the text of passwd(5).
fn user(users: &str, number: u32) -> Option<String> {
    let mut lines = users.lines().map(|line| line.split(':'));
    lines.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    })
}

impl Scope for Own {
    fn get(&self, name: &str) -> Option<Var> {
        let own = self.own.iter().find(|(known, _)| known.as_ref() == name);
        own.map(|(_, var)| var.clone())
            .or_else(|| self.of_file(name).map(Var::data))
            .or_else(|| self.below.get(name))
    }

    fn names(&self) -> Vec<Arc<str>> {
        let mut names = self.below.names();
        names.extend(self.own.iter().map(|(name, _)| Arc::clone(name)));
        names.extend(FILE_VARIABLES.map(Arc::from));
        names
    }

    fn unnamed(&self) -> Option<Arc<str>> {
        self.below.unnamed()
    }
}

#[cfg(test)]
mod tests {
    use super::user;

    #[test]
    fn users_by_their_numbers() {
        let users = "root:x:0:0:root:/root:/bin/bash\nbroken\nme:x:1000:1000::/home/me:/bin/sh\n";
        assert_eq!(user(users, 1000).as_deref(), Some("me"));
        assert_eq!(user(users, 1), None);
    }
}
