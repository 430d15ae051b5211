//! `copy`: files from the controller, or from elsewhere on the machine.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Node;
use evenkeel_yaml::Problem;
use evenkeel_yaml::Value;
use serde_json::json;

use crate::Argument;
use crate::Controller;
use crate::Destination;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Origin;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::Validation;
use crate::files;
use crate::files::Delivery;
use crate::files::NewFile;
use crate::files::Target;

mod tree;

use tree::Item;
use tree::Tree;

/// The text of a file; a mapping or list is written as JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Contents(pub String);

impl Argument for Contents {
    fn kind() -> String {
        "string, mapping or list".to_owned()
    }

    fn read(node: &Node) -> std::result::Result<Contents, Problem> {
        match node.value {
            Value::Seq(_) | Value::Map(_) => Ok(Contents(crate::json::python(&crate::json::of_node(node)))),
            _ => String::read(node).map(Contents),
        }
    }

    fn write(&self) -> Value {
        Value::Str(self.0.clone())
    }
}

arguments! {
    /// Copies files and folders to the machine.
    pub struct Copy {
        /// The file or folder to copy. A folder with `/` at its end: what is in it; without: the folder itself.
        src: Option<Origin>,
        /// The text of the file, instead of `src`.
        content: Option<Contents>,
        /// Where to: a file, or a folder, which gets the name of `src`. A folder with `/` at its end is made.
        dest: Destination,
        /// Keeps the old file beside the new one, with the time in its name.
        backup: bool = false,
        /// The SHA-1 that the source must have.
        checksum: Option<String>,
        /// Whether a source that is encrypted is decrypted.
        decrypt: bool = true,
        /// Permissions of folders that are made.
        directory_mode: Option<Mode>,
        /// Follows a link at the destination.
        follow: bool = false,
        /// Replaces a file that differs; when false, only a missing file is written.
        force: bool = true,
        /// Follows links in the source folder.
        local_follow: Option<bool>,
        /// Whether `src` is on the machine.
        remote_src: bool = false,
        /// A command that must accept the new file before it replaces the old one; `%s` is the file's path.
        validate: Option<Validation>;
        ..file: FileArguments;
        /// What is copied; none: it is on the machine.
        source: Option<Source>,
        /// What is appended to the name of a backup.
        suffix: Option<String>,
        /// Whether the result says what was before and after.
        diff: bool,
    }
}

/// What the controller holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// One file.
    File {
        /// The bytes.
        bytes: Known<Arc<[u8]>>,
        /// Whether they must not be shown.
        secret: bool,
        /// The permissions, where they are to be kept.
        mode: Option<u32>,
    },
    /// What is in a folder.
    Folder(Vec<Inside>),
}

/// A file or folder inside a folder of the controller.
#[derive(Clone, Debug, PartialEq)]
pub struct Inside {
    /// Its path below the folder; that of a folder ends with `/`.
    pub path: String,
    /// The bytes of a file.
    pub bytes: Arc<[u8]>,
    /// The permissions of a file, where they are to be kept.
    pub mode: Option<u32>,
}

/// What was seen.
#[derive(Debug)]
pub enum Seen {
    /// One file.
    One(Box<One>),
    /// A folder.
    Many(Tree),
    /// What is copied is not known.
    Unknown(Arc<str>),
}

/// One file, and where it goes.
#[derive(Debug)]
pub struct One {
    target: Target,
    bytes: Known<Arc<[u8]>>,
    secret: bool,
    file: FileArguments,
}

impl Copy {
    fn name(&self) -> Option<&str> {
        self.src.as_ref()?.text.text.trim_end_matches('/').rsplit('/').next()
    }

    fn delivery<'a>(&'a self, file: &'a FileArguments) -> Delivery<'a> {
        Delivery {
            dest: &self.dest,
            name: self.name(),
            follow: self.follow,
            force: self.force,
            file,
            directory_mode: self.directory_mode.as_ref(),
        }
    }

    fn new_file<'a>(&'a self, file: &'a FileArguments, bytes: &Arc<[u8]>, secret: bool) -> NewFile<'a> {
        NewFile {
            content: Arc::clone(bytes),
            secret,
            file,
            validate: self.validate.as_ref(),
            backup: self.suffix.as_deref(),
        }
    }

    /// What a folder's copy is called, seen from below: nothing when only what is in it is copied.
    fn root(&self) -> AbsPath {
        match &self.src {
            Some(src) if !src.text.text.ends_with('/') => self.dest.path.join(self.name().unwrap_or("")),
            _ => self.dest.path.clone(),
        }
    }

    fn fetch(&self, controller: &mut dyn Controller, src: &Text) -> Result<Source> {
        let file = match controller.file(src) {
            Ok(file) => file,
            Err(problem) => {
                let Ok(files) = controller.tree(src) else { return Err(problem.into()) };
                return self.folder(controller, src, files);
            }
        };
        let preserve = matches!(self.file.mode, Some(Mode::Preserve));
        let mode = if preserve { Some(controller.permissions(src, false)?) } else { None };
        Ok(Source::File { bytes: file.value.map(Arc::from), secret: file.secret, mode })
    }

    fn folder(&self, controller: &mut dyn Controller, src: &Text, files: Vec<(String, Vec<u8>)>) -> Result<Source> {
        if self.local_follow == Some(false) {
            let problem = Problem::error("task::copy", "`local_follow: false` with a folder is not supported");
            let problem = problem.at(&src.place, "this is a folder");
            return Err(problem.help("make links with `file` tasks, `state: link`").into());
        }
        let preserve = self.file.mode == Some(Mode::Preserve);
        let above = src.text.trim_end_matches('/');
        let inside = files.into_iter().map(|(path, bytes)| {
            let file = Text { text: format!("{above}/{path}"), place: src.place.clone() };
            let kept = preserve && !path.ends_with('/');
            let mode = if kept { Some(controller.permissions(&file, false)?) } else { None };
            Ok(Inside { path, bytes: bytes.into(), mode })
        });
        Ok(Source::Folder(inside.collect::<Result<_>>()?))
    }

    fn observe_remote(&self, on: &View<'_>, src: &AbsPath) -> Result<Seen> {
        let entry = match on.file(src, true)? {
            Known::Is(entry) => entry.ok_or_else(|| Error::failed(format!("Source {src} not found")))?,
            Known::Unknown(why) => return Ok(Seen::Unknown(why)),
        };
        match entry.stat.kind {
            Kind::Directory => self.observe_tree(on, tree::on_machine(on, src, &self.root(), self)?),
            Kind::File => {
                let bytes = files::contents(on, src, &entry)?;
                let file = self.file.with_source_mode(Some(entry.stat.mode));
                self.observe_one(on, bytes, false, file)
            }
            Kind::Link(_) | Kind::Special(_) => {
                Err(Error::failed(format!("Cannot copy invalid source '{src}': not a file")))
            }
        }
    }

    fn observe_one(&self, on: &View<'_>, bytes: Known<Arc<[u8]>>, secret: bool, file: FileArguments) -> Result<Seen> {
        let target = self.delivery(&file).observe(on)?;
        Ok(Seen::One(Box::new(One { target, bytes, secret, file })))
    }

    fn observe_tree(&self, on: &View<'_>, items: Known<Vec<Item>>) -> Result<Seen> {
        Ok(match items {
            Known::Is(items) => Seen::Many(Tree::observe(on, &self.dest.path, &self.file, items)?),
            Known::Unknown(why) => Seen::Unknown(why),
        })
    }

    fn plan_one(&self, one: &One) -> Result<Plan> {
        let bytes = match &one.bytes {
            Known::Is(bytes) => bytes,
            Known::Unknown(why) => return Ok(files::unknown_content(&one.target, self.force, why)),
        };
        let found = files::sha1(bytes);
        if let Some(wanted) = self.checksum.as_ref().filter(|wanted| !wanted.is_empty() && **wanted != found) {
            let message = "Copied file does not match the expected checksum. Transfer failed.";
            return Err(Error::failed(message).returning("checksum", json!(found)).returning("expected_checksum", json!(wanted)));
        }
        self.delivery(&one.file).plan(&one.target, &self.new_file(&one.file, bytes, one.secret))
    }
}

impl TaskType for Copy {
    const NAME: &'static str = "copy";
    const ABOUT: &'static str = "Copies files and folders to the machine.";
    const EXAMPLE: &'static str = "- name: Say who manages this host\n  ansible.builtin.copy:\n    content: \"Managed by Evenkeel.\\n\"\n    dest: /etc/motd\n    owner: root\n    group: root\n    mode: \"0644\"\n";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |message: &str| problems.push(Problem::error("task::copy", message));
        match (&self.src, &self.content) {
            (None, None) => wrong("src (or content) is required"),
            (Some(_), Some(_)) => wrong("src and content are mutually exclusive"),
            (None, Some(_)) if self.dest.is_folder => wrong("can not use content with a dir as dest"),
            (None, Some(_)) if self.remote_src => wrong("`remote_src` is for `src`, not for `content`"),
            (None, Some(_)) if self.file.mode == Some(Mode::Preserve) => wrong("`content` has no mode to preserve"),
            _ => {}
        }
        if !self.decrypt {
            wrong("`decrypt: false` is not supported: encrypted files are always decrypted");
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        if let Some(src) = self.src.as_mut().filter(|_| self.remote_src) {
            src.is_on_machine();
        }
        if let Some(content) = &self.content {
            let bytes = Known::Is(content.0.as_bytes().into());
            self.source = Some(Source::File { bytes, secret: controller.is_secret("content"), mode: None });
        } else if let Some(src) = self.src.as_ref().filter(|_| !self.remote_src) {
            self.source = Some(self.fetch(controller, &src.text)?);
        }
        self.suffix = self.backup.then(|| files::backup_suffix(controller.now()));
        self.diff = controller.diff();
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        match &self.source {
            Some(Source::File { .. }) => self.delivery(&self.file).wants(),
            Some(Source::Folder(files)) => Tree::wants(&self.dest.path, &self.file, &tree::local(files, &self.root(), &self.dest.path)),
            None => {
                let remote = self.src.as_ref().and_then(|src| src.path.clone());
                let remote = remote.map(|path| Want::Entry { path, follow: true, content: true });
                self.delivery(&self.file).wants().into_iter().chain(remote).collect()
            }
        }
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        match &self.source {
            Some(Source::File { bytes, secret, mode }) => {
                self.observe_one(on, bytes.clone(), *secret, self.file.with_source_mode(*mode))
            }
            Some(Source::Folder(files)) => self.observe_tree(on, Known::Is(tree::local(files, &self.root(), &self.dest.path))),
            None => match self.src.as_ref().and_then(|src| src.path.clone()) {
                Some(src) => self.observe_remote(on, &src),
                None => Err(Error::failed("src (or content) is required")),
            },
        }
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        match seen {
            Seen::One(one) => self.plan_one(one),
            Seen::Many(tree) => tree.plan(self),
            Seen::Unknown(why) => Ok(Plan::unknown(Vec::new(), why.as_ref())),
        }
    }

    fn then(&self, seen: &Seen, plan: &Plan) -> Vec<Want> {
        match seen {
            Seen::One(one) if !plan.changes.is_empty() => one.target.then(),
            Seen::One(_) | Seen::Many(_) | Seen::Unknown(_) => Vec::new(),
        }
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        if let Some(src) = &self.src {
            returned.insert("src".to_owned(), Known::Is(json!(src.text.text)));
        }
        let Seen::One(one) = seen else {
            returned.insert("dest".to_owned(), Known::Is(json!(format!("{}/", self.dest.path))));
            return returned;
        };
        returned.insert("dest".to_owned(), Known::Is(json!(one.target.path.as_str())));
        returned.insert("checksum".to_owned(), one.bytes.as_ref().map(|bytes| json!(files::sha1(bytes))));
        returned.insert("md5sum".to_owned(), one.bytes.as_ref().map(|bytes| json!(files::md5(bytes))));
        files::entry_keys(&mut returned, &one.target, plan, outputs.answer(0));
        if self.diff {
            files::diff_key(&mut returned, plan, &one.target);
        }
        files::backup_key(&mut returned, plan);
        returned
    }
}
