//! `assemble`: one file of many.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Controller;
use crate::Destination;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Origin;
use crate::Validation;
use crate::files;
use crate::files::Delivery;
use crate::files::NewFile;
use crate::files::Target;
use crate::regex::Pattern;

mod joined;

use joined::Joined;

arguments! {
    /// Assembles a file from the files of a folder, in the order of their names.
    pub struct Assemble {
        /// The folder, on the machine; with `remote_src: false` on the controller, looked for as by `copy`.
        src: Origin,
        /// The file.
        dest: Destination,
        /// Keeps the old file beside the new one, with the time in its name.
        backup: bool = false,
        /// What is put between two files, in a line of its own; `\n`, `\t`, `\x41` and so on are read as in Python.
        delimiter: Option<String>,
        /// Whether `src` is on the machine.
        remote_src: bool = true,
        /// Takes only files whose names match this regular expression.
        regexp: Option<Pattern>,
        /// Leaves files out whose names begin with `.`.
        ignore_hidden: bool = false,
        /// A command that must accept the new file before it replaces the old one; `%s` is the file's path.
        validate: Option<Validation>,
        /// Whether files of the controller that are encrypted are decrypted.
        decrypt: bool = true;
        ..file: FileArguments;
        /// What the files of the controller make.
        local: Option<Known<Arc<[u8]>>>,
        /// What is appended to the name of a backup.
        suffix: Option<String>,
        /// Whether the result says what was before and after.
        diff: bool,
    }
}

/// What was seen.
#[derive(Debug)]
pub struct Seen {
    target: Target,
    content: Known<Arc<[u8]>>,
}

impl Assemble {
    fn delivery(&self) -> Delivery<'_> {
        Delivery {
            dest: &self.dest,
            name: None,
            follow: false,
            force: true,
            file: &self.file,
            directory_mode: None,
        }
    }

    fn takes(&self, name: &str) -> Result<bool> {
        let matches = match &self.regexp {
            Some(regexp) => regexp.is_match(name).map_err(Error::failed)?,
            None => true,
        };
        Ok(matches && !(self.ignore_hidden && name.starts_with('.')))
    }

    fn joined(&self) -> Joined {
        Joined::new(self.delimiter.as_deref(), !self.remote_src)
    }

    fn folder(&self) -> Option<AbsPath> {
        self.src.path.clone()
    }

    /// The files of the controller's folder, not those of folders in it.
    fn fetch(&self, controller: &mut dyn Controller) -> Result<Arc<[u8]>> {
        let mut files = controller.tree(&self.src.text)?;
        files.sort();
        let mut joined = self.joined();
        for (name, bytes) in files {
            if !name.contains('/') && self.takes(&name)? {
                joined.push(&bytes);
            }
        }
        Ok(joined.into_bytes().into())
    }

    /// The same of the machine's folder.
    fn look(&self, on: &View<'_>, folder: &AbsPath) -> Result<Known<Arc<[u8]>>> {
        match on.entry(folder, true)? {
            Known::Is(Some(entry)) if entry.stat.kind == Kind::Directory => {}
            Known::Is(Some(_)) => return Err(Error::failed(format!("Source ({folder}) is not a directory"))),
            Known::Is(None) => return Err(Error::failed(format!("Source ({folder}) does not exist"))),
            Known::Unknown(why) => return Ok(Known::Unknown(why)),
        }
        let paths = match on.ask(Want::List(folder.clone()))? {
            Known::Is(Answer::Paths(paths)) => paths,
            Known::Is(_) => return Err(Error::failed(format!("{folder} cannot be listed"))),
            Known::Unknown(why) => return Ok(Known::Unknown(why)),
        };
        let mut taken = Vec::new();
        for path in paths {
            if self.takes(path.name())? {
                taken.push(path);
            }
        }
        let want = |path: &AbsPath| Want::Entry { path: path.clone(), follow: true, content: true };
        let mut joined = self.joined();
        let answers = on.ask_all(taken.iter().map(want).collect())?;
        for (path, answer) in taken.iter().zip(answers) {
            match answer {
                Known::Is(Answer::Entry(Some(entry))) if entry.stat.kind == Kind::File => {
                    match files::contents(on, path, &entry)? {
                        Known::Is(bytes) => joined.push(&bytes),
                        Known::Unknown(why) => return Ok(Known::Unknown(why)),
                    }
                }
                Known::Is(Answer::Failed(why)) => return Err(Error::failed(format!("{path} cannot be read: {why}"))),
                Known::Is(_) => {}
                Known::Unknown(why) => return Ok(Known::Unknown(why)),
            }
        }
        Ok(Known::Is(joined.into_bytes().into()))
    }
}

impl TaskType for Assemble {
    const NAME: &'static str = "assemble";
    const ABOUT: &'static str = "Assembles a file from the files of a folder.";
    const EXAMPLE: &'static str = "- name: Assemble the configuration\n  ansible.builtin.assemble:\n    src: /etc/haproxy/conf.d\n    dest: /etc/haproxy/haproxy.cfg\n    regexp: \\.cfg$\n    validate: haproxy -c -f %s\n";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        if self.file.mode == Some(Mode::Preserve) {
            let message = "`mode: preserve` is for `copy` and `template`: here are many sources";
            problems.push(Problem::error("task::assemble", message).help("write the mode: `mode: \"0644\"`"));
        }
        if !self.decrypt && !self.remote_src {
            let message = "`decrypt: false` is not supported: encrypted files are always decrypted";
            problems.push(Problem::error("task::assemble", message).help("leave `decrypt` out"));
        }
        if let Err(why) = joined::unescape(self.delimiter.as_deref().unwrap_or_default()) {
            problems.push(Problem::error("task::assemble", format!("the delimiter cannot be read: {why}")));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        if self.remote_src {
            self.src.is_on_machine();
        } else {
            self.local = Some(Known::Is(self.fetch(controller)?));
        }
        self.suffix = self.backup.then(|| files::backup_suffix(controller.now()));
        self.diff = controller.diff();
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        let mut wants = self.delivery().wants();
        if let Some(folder) = self.folder() {
            wants.push(Want::Entry { path: folder.clone(), follow: true, content: false });
            wants.push(Want::List(folder));
        }
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let content = match (&self.local, self.folder()) {
            (Some(content), _) => content.clone(),
            (None, Some(folder)) => self.look(on, &folder)?,
            (None, None) => return Err(Error::failed("src and dest are required")),
        };
        Ok(Seen { target: self.delivery().observe(on)?, content })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let content = match &seen.content {
            Known::Is(content) => Arc::clone(content),
            Known::Unknown(why) => return Ok(files::unknown_content(&seen.target, true, why)),
        };
        let new = NewFile {
            content,
            secret: false,
            file: &self.file,
            validate: self.validate.as_ref(),
            backup: self.suffix.as_deref(),
        };
        self.delivery().plan(&seen.target, &new)
    }

    fn then(&self, seen: &Seen, plan: &Plan) -> Vec<Want> {
        if plan.changes.is_empty() { Vec::new() } else { seen.target.then() }
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        returned.insert("src".to_owned(), Known::Is(json!(self.src.text.text)));
        returned.insert("dest".to_owned(), Known::Is(json!(seen.target.path.as_str())));
        returned.insert("checksum".to_owned(), seen.content.as_ref().map(|bytes| json!(files::sha1(bytes))));
        returned.insert("md5sum".to_owned(), seen.content.as_ref().map(|bytes| json!(files::md5(bytes))));
        returned.insert("msg".to_owned(), Known::Is(json!("OK")));
        files::entry_keys(&mut returned, &seen.target, plan, outputs.answer(0));
        if self.diff {
            files::diff_key(&mut returned, plan, &seen.target);
        }
        files::backup_key(&mut returned, plan);
        returned
    }
}
