//! `deb822_repository`: a source of packages with its key.

mod key;
mod text;

use evenkeel_host::AbsPath;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::Value;
use serde_json::json;
use std::sync::Arc;

use super::group::Presence;
use crate::FileArguments;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::files::NewFile;
use crate::files::Steps;
use crate::files::Target;
use crate::files::Wanted;
use crate::files::make_missing;
use crate::files::unknown_content;
use key::KEYRINGS;
use key::SignedBy;

words! {
    /// What a source has.
    pub enum Kind {
        /// Packages.
        Deb = "deb",
        /// Their sources.
        DebSrc = "deb-src",
    }
}

arguments! {
    /// Adds and removes sources of packages, in the form of deb822.
    pub struct Deb822Repository {
        /// Whether a source may stop being signed.
        allow_downgrade_to_insecure: Option<bool>,
        /// Whether a source need not be signed.
        allow_insecure: Option<bool>,
        /// Whether a source may be signed with weak means.
        allow_weak: Option<bool>,
        /// For which architectures it is used.
        architectures: Option<Vec<String>>,
        /// Whether lists are fetched by their hash.
        by_hash: Option<bool>,
        /// Whether the machine's clock is trusted.
        check_date: Option<bool>,
        /// Whether lists can be too old.
        check_valid_until: Option<bool>,
        /// Its components: `main`.
        components: Option<Vec<String>>,
        /// By how many seconds the lists may be from the future.
        date_max_future: Option<i64>,
        /// Whether it is used.
        enabled: Option<bool>,
        /// Where its InRelease file lies.
        inrelease_path: Option<String>,
        /// Which translations of descriptions are fetched.
        languages: Option<Vec<String>>,
        /// Its name: the file is called after it.
        name: Text,
        /// Whether changes of lists are fetched instead of the lists.
        pdiffs: Option<bool>,
        /// Its key: a URL, a file on the machine, or the key itself.
        signed_by: Option<Text>,
        /// Its suites: `bookworm`, or a path that ends with `/`.
        suites: Option<Vec<String>>,
        /// What is fetched of it.
        targets: Option<Vec<String>>,
        /// Whether it is trusted without a signature.
        trusted: Option<bool>,
        /// Packages, their sources, or both.
        types: Vec<Kind> = vec![Kind::Deb],
        /// Where it is.
        uris: Option<Vec<String>>,
        /// The permissions of its file.
        mode: Mode = Mode::Bits(0o644),
        /// Whether it should be there.
        state: Presence = Presence::Present,
    }
}

/// What was seen of a source.
#[derive(Debug)]
pub struct Seen {
    sources: Target,
    /// Both files that the key can be in.
    keys: Vec<Target>,
    signed_by: Known<Option<SignedBy>>,
}

fn looked_at(file: &FileArguments, content: bool) -> Wanted<'_> {
    Wanted {
        follow: false,
        content,
        file,
    }
}

impl Deb822Repository {
    /// The name of its files.
    fn slug(&self) -> String {
        let mut slug = String::new();
        let mut blank = false;
        for c in self.name.text.to_lowercase().chars() {
            if c == '_' || c.is_whitespace() {
                blank = true;
                continue;
            }
            if std::mem::take(&mut blank) {
                slug.push('-');
            }
            if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' {
                slug.push(c);
            }
        }
        if blank {
            slug.push('-');
        }
        slug
    }

    fn path(&self) -> AbsPath {
        let path = format!("/etc/apt/sources.list.d/{}.sources", self.slug());
        AbsPath::new(&path).unwrap_or_else(AbsPath::root)
    }

    fn key_paths(&self) -> Vec<AbsPath> {
        ["asc", "gpg"]
            .iter()
            .filter_map(|ending| AbsPath::new(&format!("{KEYRINGS}/{}.{ending}", self.slug())))
            .collect()
    }

    fn file(&self) -> FileArguments {
        FileArguments::of_mode(Some(self.mode.clone()))
    }

    fn key_file() -> FileArguments {
        FileArguments::of_mode(Some(Mode::Bits(0o644)))
    }

    fn remove(&self, seen: &Seen) -> Plan {
        let mut steps = Steps::default();
        for target in std::iter::once(&seen.sources).chain(&seen.keys) {
            let path = target.path.clone();
            match &target.entry {
                Known::Is(None) => {}
                Known::Is(Some(entry)) => steps.changes.push(Change::Remove {
                    path,
                    before: Before::Was(Arc::clone(entry)),
                }),
                Known::Unknown(why) => {
                    let before = Before::Unknown;
                    steps.extend(Steps::unsure(vec![Change::Remove { path, before }], why));
                }
            }
        }
        steps.into_plan(|| format!("there is no {}", self.path()))
    }

    /// What stands in the file, where it is known.
    fn text(&self, seen: &Seen) -> Known<String> {
        let signed_by = seen.signed_by.as_ref();
        signed_by.map(|signed_by| text::of(self, signed_by.as_ref().map(|signed_by| signed_by.written(&self.slug()))))
    }

    fn put(&self, seen: &Seen) -> Result<Plan> {
        let mut steps = Steps::default();
        if let Known::Is(Some(SignedBy::Fetched(bytes))) = &seen.signed_by {
            let path = key::path(&self.slug(), bytes);
            let file = Deb822Repository::key_file();
            for target in seen.keys.iter().filter(|target| target.path == path) {
                if matches!(target.entry, Known::Is(None)) {
                    let folders = FileArguments::of_mode(Some(Mode::Bits(0o755)));
                    steps.changes.extend(make_missing(target, &folders)?);
                }
                steps.extend(new_file(bytes.as_slice().into(), &file).steps(target)?);
            }
        }
        let file = self.file();
        match self.text(seen) {
            Known::Is(text) => steps.extend(new_file(text.into_bytes().into(), &file).steps(&seen.sources)?),
            // The key is in one of the files, and what it is decides on the text.
            Known::Unknown(why) => {
                for target in seen.keys.iter().chain([&seen.sources]) {
                    steps.extend(Steps::unsure(unknown_content(target, true, &why).changes, &why));
                }
            }
        }
        Ok(steps.into_plan(|| format!("{} is so", self.path())))
    }
}

fn new_file(content: Arc<[u8]>, file: &FileArguments) -> NewFile<'_> {
    NewFile {
        content,
        secret: false,
        file,
        validate: None,
        backup: None,
    }
}

impl TaskType for Deb822Repository {
    const NAME: &'static str = "deb822_repository";
    const ABOUT: &'static str = "Adds and removes a source of packages of Debian and Ubuntu, with the key that signs it.";
    const EXAMPLE: &'static str = "\
- name: Kubernetes' packages, and the key that signs only them
  ansible.builtin.deb822_repository:
    name: kubernetes
    uris: [https://pkgs.k8s.io/core:/stable:/v1.31/deb/]
    suites: [/]
    signed_by: https://pkgs.k8s.io/core:/stable:/v1.31/deb/Release.key
";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        if self.slug().is_empty() {
            problems.push(
                Problem::error("task::value", format!("no file can be called after `{}`", self.name))
                    .at(&self.name.place, "expected letters or digits"),
            );
        }
        if self.mode == Mode::Preserve {
            problems.push(Problem::error(
                "task::value",
                "`mode: preserve` has no meaning here: there is no source",
            ));
        }
        if self.state == Presence::Present {
            let missing = [("uris", self.uris.is_none()), ("suites", self.suites.is_none())];
            for (field, _) in missing.into_iter().filter(|(_, is)| *is) {
                problems.push(Problem::error("task::missing", format!("`{field}` is missing")));
            }
            let paths = self.suites.iter().flatten().all(|suite| suite.ends_with('/'));
            if !paths && self.components.is_none() && self.suites.is_some() {
                problems.push(
                    Problem::error("task::missing", "`components` is missing")
                        .help("name them, as `main`; only suites that end with `/` have none"),
                );
            }
        }
        let lists = [&self.architectures, &self.components, &self.languages, &self.suites, &self.targets, &self.uris];
        let broken = |text: &&String| text.contains(char::is_whitespace);
        let words = lists.into_iter().flatten().flatten().chain(&self.inrelease_path);
        problems.extend(words.filter(broken).map(|text| {
            Problem::error("task::value", format!("`{}` has a blank in it", text.trim())).help("write a list of words")
        }));
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        let (file, key_file) = (self.file(), Deb822Repository::key_file());
        let mut wants = looked_at(&file, true).wants(&self.path());
        for path in self.key_paths() {
            wants.extend(looked_at(&key_file, true).wants(&path));
        }
        if self.state == Presence::Present {
            wants.extend(self.signed_by.iter().flat_map(|text| key::wants(&text.text)));
        }
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let (file, key_file) = (self.file(), Deb822Repository::key_file());
        let keys = self.key_paths().into_iter();
        let signed_by = match (&self.signed_by, self.state) {
            (Some(text), Presence::Present) => key::look(on, &text.text)?.map(Some),
            _ => Known::Is(None),
        };
        Ok(Seen {
            sources: looked_at(&file, true).look(on, &self.path())?,
            keys: keys
                .map(|path| looked_at(&key_file, true).look(on, &path))
                .collect::<Result<_>>()?,
            signed_by,
        })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        match self.state {
            Presence::Present => self.put(seen),
            Presence::Absent => Ok(self.remove(seen)),
        }
    }

    fn result(&self, seen: &Seen, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let slug = self.slug();
        let (repo, key) = match self.state {
            Presence::Absent => (
                Known::Is(Value::Null),
                Known::Is(json!(format!("{KEYRINGS}/{slug}.gpg"))),
            ),
            Presence::Present => (
                self.text(seen).map(Value::String),
                seen.signed_by.as_ref().map(|signed_by| {
                    json!(signed_by.as_ref().and_then(|signed_by| signed_by.file(&slug)))
                }),
            ),
        };
        Returned::from_iter([
            ("repo".to_owned(), repo),
            ("dest".to_owned(), Known::Is(json!(self.path().as_str()))),
            ("key_filename".to_owned(), key),
        ])
    }
}
