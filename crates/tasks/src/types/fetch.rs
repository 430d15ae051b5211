//! `fetch`: a file of the machine, kept on the controller.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::raw::passed_over;
use super::slurp::look;
use super::slurp::readable;
use crate::Controller;
use crate::Effects;
use crate::Error;
use crate::Local;
use crate::LocalEntry;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::Saved;
use crate::TaskType;
use crate::Text;
use crate::files;
use crate::files::same_content;

arguments! {
    /// Keeps a file of the machine on the controller.
    pub struct Fetch {
        /// The file.
        src: Text,
        /// The folder on the controller in which it is kept, below the host's name and its own path; with `flat` the file
        /// itself, or with `/` at the end the folder that gets it. A relative one is beside the playbook.
        dest: Text,
        /// Fails where the file is missing or cannot be read.
        fail_on_missing: bool = true,
        /// Keeps it under its own name alone.
        flat: bool = false,
        /// Whether what was written is compared with what was read. It always is.
        validate_checksum: bool = true;
        /// Where it is kept, and what is there.
        local: Option<Local>,
    }
}

/// What was seen.
#[derive(Debug)]
pub enum Seen {
    /// There is nothing to be fetched; Ansible's words.
    Nothing(String),
    /// A file.
    File {
        /// What is known of it.
        entry: Arc<Entry>,
        /// Its bytes; not asked for where the controller has the same.
        bytes: Option<Known<Arc<[u8]>>>,
    },
    /// It is not known what is there.
    Unknown(Arc<str>),
}

impl Fetch {
    fn path(&self) -> Option<AbsPath> {
        AbsPath::new(&self.src.text)
    }

    fn refused(&self, message: String) -> Problem {
        Problem::error("task::fetch", message).at(&self.dest.place, "this place of the controller")
    }

    /// Where the file is kept.
    fn place(&self, controller: &mut dyn Controller) -> Result<Local> {
        let dest = &self.dest.text;
        let name = self.src.text.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let text = match (self.flat, dest.ends_with('/')) {
            (false, _) => format!("{}/{}/{}", dest.trim_end_matches('/'), controller.host(), self.src.text),
            (true, true) => format!("{dest}{name}"),
            (true, false) => dest.clone(),
        };
        let local = controller.local(&Text { text, place: self.dest.place.clone() })?;
        match &local.entry {
            LocalEntry::Folder if self.flat && !dest.ends_with('/') => Err(self
                .refused(
                    "dest is an existing directory, use a trailing slash if you want to fetch src into that directory"
                        .to_owned(),
                )
                .into()),
            LocalEntry::Folder => {
                let path = local.path.display();
                let mend = "use another path that does not point to an existing directory";
                Err(self.refused(format!("calculated dest '{path}' is an existing directory, {mend}")).into())
            }
            LocalEntry::Nothing | LocalEntry::File(_) => Ok(local),
        }
    }

    fn missing(&self, message: &str) -> Result<Seen> {
        if self.fail_on_missing {
            return Err(Error::failed(message).returning("file", json!(self.src.text)));
        }
        Ok(Seen::Nothing(message.to_owned()))
    }

    fn kept(&self) -> Option<&Arc<[u8]>> {
        match &self.local.as_ref()?.entry {
            LocalEntry::File(bytes) => Some(bytes),
            LocalEntry::Folder | LocalEntry::Nothing => None,
        }
    }
}

impl TaskType for Fetch {
    const NAME: &'static str = "fetch";
    const ABOUT: &'static str = "Keeps a file of the machine on the controller.";
    const EXAMPLE: &'static str = "- name: Keep the administrator's kubeconfig\n  ansible.builtin.fetch:\n    src: /etc/kubernetes/admin.conf\n    dest: admin.conf\n    flat: true\n";
    const CHANGES: bool = false;
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        if self.path().is_none() {
            let problem = Problem::error("task::path", format!("`{}` is no absolute path", self.src));
            let problem = problem.at(&self.src.place, "expected a path on the machine");
            problems.push(problem.help("write the path out from `/` on: it names the file on the controller too"));
        }
        if self.src.text.split('/').any(|part| part == "..") {
            let message = format!("Detected directory traversal in `src`: {}", self.src);
            let problem = Problem::error("task::fetch", message).at(&self.src.place, "`..` in this path");
            problems.push(problem.help("write the path without `..`"));
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.local = Some(self.place(controller)?);
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        let want = |path| Want::Entry { path, follow: true, content: true };
        self.path().map(want).into_iter().collect()
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let Some(path) = self.path() else { return Err(Error::failed("src and dest are required")) };
        let seen = match look(on, &path) {
            Err(error @ Error::Failed { .. }) => return self.missing(&error.to_string()),
            seen => seen?,
        };
        let entry = match seen {
            Known::Is(None) => return self.missing("the remote file does not exist, not transferring, ignored"),
            Known::Is(Some(entry)) if entry.stat.kind == Kind::Directory => {
                return self.missing("remote file is a directory, fetch cannot work on directories");
            }
            Known::Is(entry) => match readable(&path, entry) {
                Ok(entry) => entry,
                Err(error) => return self.missing(&error.to_string()),
            },
            Known::Unknown(why) => return Ok(Seen::Unknown(why)),
        };
        let same = self.kept().is_some_and(|kept| same_content(&entry, kept));
        let bytes = if same { None } else { Some(files::contents(on, &path, &entry)?) };
        Ok(Seen::File { entry, bytes })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        let Some(local) = &self.local else { return Ok(Plan::unchanged("nothing is to be kept")) };
        let path = local.path.display();
        Ok(match seen {
            Seen::Nothing(why) => Plan::unchanged(why.as_str()),
            Seen::File { bytes: None, .. } => Plan::unchanged(format!("{path} on the controller has this content")),
            Seen::File { bytes: Some(Known::Is(bytes)), .. } => Plan {
                changed: Some(true),
                message: Some(format!("{} is kept in {path} on the controller", self.src)),
                effects: Effects {
                    saves: vec![Saved { path: local.path.clone(), bytes: Known::Is(Arc::clone(bytes)) }],
                    ..Effects::default()
                },
                ..Plan::unchanged("")
            },
            Seen::File { bytes: Some(Known::Unknown(why)), .. } | Seen::Unknown(why) => Plan {
                changed: Some(true),
                message: Some(format!("{} may be kept in {path} on the controller", self.src)),
                effects: Effects {
                    saves: vec![Saved { path: local.path.clone(), bytes: Known::Unknown(Arc::clone(why)) }],
                    ..Effects::default()
                },
                ..Plan::unknown(Vec::new(), why.as_ref())
            },
        })
    }

    fn checked(&self, _seen: &Seen, _plan: &Plan) -> Option<Returned> {
        Some(passed_over(Some("check mode not (yet) supported for this module")))
    }

    fn result(&self, seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let mut put = |key: &str, value| drop(returned.insert(key.to_owned(), value));
        put("file", Known::Is(json!(self.src.text)));
        let bytes = match seen {
            Seen::Nothing(why) => {
                put("msg", Known::Is(json!(why)));
                return returned;
            }
            Seen::File { bytes: None, .. } => self.kept().map(|kept| Known::Is(Arc::clone(kept))),
            Seen::File { bytes: Some(bytes), .. } => Some(bytes.clone()),
            Seen::Unknown(why) => Some(Known::Unknown(Arc::clone(why))),
        };
        let bytes = bytes.unwrap_or_else(|| Known::unknown("reading the file"));
        let local = self.local.as_ref().map(|local| local.path.display().to_string());
        put("dest", Known::Is(json!(local)));
        put("checksum", bytes.as_ref().map(|bytes| json!(files::sha1(bytes))));
        put("md5sum", bytes.as_ref().map(|bytes| json!(files::md5(bytes))));
        if !matches!(seen, Seen::File { bytes: None, .. }) {
            put("remote_checksum", bytes.as_ref().map(|bytes| json!(files::sha1(bytes))));
            put("remote_md5sum", Known::Is(json!(null)));
        }
        returned
    }
}
