//! `apt_repository`: a source of packages in one line.

mod lists;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_host::AbsPath;
use evenkeel_host::Attributes;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Content;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::Secret;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_host::Write;
use evenkeel_host::quote;
use evenkeel_yaml::Problem;
use serde_json::json;

use super::apt::Apt;
use super::group::Presence;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::files::to_bytes;
use lists::List;
use lists::Source;

arguments! {
    /// Adds and removes sources of packages, a line each.
    pub struct AptRepository {
        /// The source: `deb https://example.org/debian bookworm main`.
        repo: Text,
        /// Whether it should be there.
        state: Presence = Presence::Present,
        /// The permissions of a new file.
        mode: Option<Mode>,
        /// Updates the package lists after a change.
        update_cache | "update-cache": bool = true,
        /// How often an update of the lists is tried.
        update_cache_retries: i64 = 5,
        /// The longest pause between two tries, in seconds.
        update_cache_retry_max_delay: i64 = 12,
        /// Accepted: only a PPA's key would be fetched.
        validate_certs: bool = true,
        /// The name of the file in /etc/apt/sources.list.d, without `.list`; without it, after the source.
        filename: Option<Text>,
        /// Accepted: only PPAs need it.
        codename: Option<String>,
        /// Accepted: nothing has to be installed on the machine.
        install_python_apt: bool = true,
    }
}

/// `back NUMBER MODE OWNER PATH`: a list as it was; the old ones are the lines of the input, because a login may be in
/// them.
const BACK: &str = r#"x=$(mktemp -d) || exit 1; trap 'rm -rf "$x"' EXIT; cat >"$x/lists"
back() {
t=$(mktemp "$4.XXXXXXXX") || return
sed -n "$1p" "$x/lists" | base64 -d >"$t" && chown "$3" "$t" && chmod "$2" "$t" && sync && mv -fT -- "$t" "$4" || rm -f -- "$t"
}
"#;

/// Where sources lie.
const FOLDER: &str = "/etc/apt/sources.list.d";

impl AptRepository {
    /// The file of a new source.
    fn path(&self) -> AbsPath {
        let path = match self.filename.as_ref().map(|name| name.text.as_str()) {
            Some(name) if name.contains('/') => format!("{name}.list"),
            Some(name) => format!("{FOLDER}/{name}.list"),
            None => format!("{FOLDER}/{}.list", lists::file_name(&self.repo.text)),
        };
        AbsPath::new(&path).unwrap_or_else(AbsPath::root)
    }

    /// The source as it is compared: blanks are one.
    fn source(&self) -> Option<String> {
        match Source::read(&self.repo.text) {
            Some(source) if source.enabled => Some(source.text),
            _ => None,
        }
    }

    /// The lists that change, with their new texts; `None` for one that goes.
    fn changed<'l>(&self, lists: &'l [List]) -> Vec<(Option<&'l List>, AbsPath, Option<String>)> {
        let Some(source) = self.source() else {
            return Vec::new();
        };
        let own = self.path();
        let is_known = lists.iter().any(|list| list.has(&source));
        let mut changed = Vec::new();
        for list in lists {
            let new = match self.state {
                Presence::Present => list.enabled(&source),
                Presence::Absent => list.without(&source),
            };
            let new = match (self.state, is_known) {
                (Presence::Present, false) if list.path == own => Some(list.with(&source)),
                _ => new,
            };
            if let Some(text) = new {
                changed.push((Some(list), list.path.clone(), Some(text).filter(|text| !text.is_empty())));
            }
        }
        if self.state == Presence::Present && !is_known && !lists.iter().any(|list| list.path == own) {
            changed.push((None, own, Some(format!("{source}\n"))));
        }
        changed
    }

    fn change(&self, list: Option<&List>, path: &AbsPath, text: Option<&String>) -> Change {
        let before = list.map_or(Before::Absent, |list| Before::Was(list.entry.clone()));
        let Some(text) = text else {
            return Change::Remove {
                path: path.clone(),
                before,
            };
        };
        let mode = self.mode.as_ref().map_or(0o644, |mode| mode.apply(0o644, false));
        Change::Write(Box::new(Write {
            path: path.clone(),
            content: to_bytes(text).into(),
            attributes: Attributes {
                mode: list.is_none().then_some(mode),
                ..Attributes::default()
            },
            before,
            validate: None,
            backup: None,
            secret: false,
            unsafe_write: false,
        }))
    }

    /// Updates the package lists; where that fails, the files are as before.
    fn update(&self, changed: &[(Option<&List>, AbsPath, Option<String>)]) -> Run {
        let mut kept = String::new();
        let mut back = Vec::new();
        for (list, path, _) in changed {
            let path = quote(path.as_str());
            match list.map(|list| (&list.entry.content, &list.entry.stat)) {
                Some((Some(Content::Bytes(bytes)), stat)) => {
                    kept += &format!("{}\n", STANDARD.encode(bytes));
                    back.push(format!("back {} {:o} {}:{} {path}", kept.lines().count(), stat.mode, stat.uid, stat.gid));
                }
                _ => back.push(format!("rm -f -- {path}")),
            }
        }
        let back = back.join("; ");
        let mut run = Apt::update_lists(
            self.update_cache_retries,
            self.update_cache_retry_max_delay,
            &|update| format!("{BACK}(\n{update}) </dev/null || {{ c=$?; {back}; exit $c; }}\n"),
        );
        run.command.stdin = Some(Secret::new(kept.into_bytes()));
        run
    }
}

impl TaskType for AptRepository {
    const NAME: &'static str = "apt_repository";
    const ABOUT: &'static str = "Adds and removes a source of packages of Debian and Ubuntu, in one line.";
    const EXAMPLE: &'static str = "\
- name: Newer versions
  ansible.builtin.apt_repository:
    repo: deb http://deb.debian.org/debian bookworm-backports main
    filename: backports
";
    type Seen = Known<Vec<List>>;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let repo = &self.repo.text;
        if let Some(ppa) = repo.trim().strip_prefix("ppa:") {
            let (owner, name) = ppa.split_once('/').unwrap_or((ppa, "ppa"));
            problems.push(
                Problem::error("task::unsupported", "a PPA is not supported: its key would come from a key server")
                    .at(&self.repo.place, "a PPA")
                    .help(format!(
                        "use `deb822_repository` with `uris: https://ppa.launchpadcontent.net/{owner}/{name}/ubuntu`, \
                         the release in `suites`, `components: main`, and the PPA's key in `signed_by`"
                    )),
            );
        } else if self.source().is_none() || repo.trim().contains('\n') {
            problems.push(
                Problem::error("task::value", format!("Invalid repository string: {}", repo.trim()))
                    .at(&self.repo.place, "expected `deb URI SUITE COMPONENT...`"),
            );
        }
        if let Some(name) = &self.filename {
            let fits = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
            let folder = name.text.contains('/') && !name.text.starts_with('/');
            if name.text.is_empty() || folder || !name.text.chars().all(fits) {
                problems.push(
                    Problem::error("task::value", format!("apt would not read a file called `{name}.list`"))
                        .at(&name.place, "expected letters, digits, `_`, `-` and `.`"),
                );
            }
        }
        if self.mode == Some(Mode::Preserve) {
            problems.push(Problem::error(
                "task::value",
                "`mode: preserve` has no meaning here: there is no source",
            ));
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }

    fn wants(&self) -> Vec<Want> {
        lists::wants()
    }

    fn observe(&self, on: &View<'_>) -> Result<Known<Vec<List>>> {
        lists::look(on, &self.path())
    }

    fn plan(&self, seen: &Known<Vec<List>>) -> Result<Plan> {
        let lists = match seen {
            Known::Is(lists) => lists,
            Known::Unknown(why) => {
                let source = self.source().unwrap_or_default();
                let path = self.path();
                let command = format!("printf '%s\\n' {} >>{}", quote(&source), quote(path.as_str()));
                let mut run = Run::new(format!("put {source} into {path}"), evenkeel_host::Command::shell(command));
                run.obscures = vec![Obscures::Path(path)];
                return Ok(Plan::unknown(vec![Change::Run(Box::new(run))], why.to_string()));
            }
        };
        let changed = self.changed(lists);
        if changed.is_empty() {
            let is = if self.state == Presence::Present { "is" } else { "is not" };
            return Ok(Plan::unchanged(format!("{} {is} among the sources", self.repo)));
        }
        let mut changes: Vec<Change> = changed
            .iter()
            .map(|(list, path, text)| self.change(*list, path, text.as_ref()))
            .collect();
        if self.update_cache {
            changes.push(Change::Run(Box::new(self.update(&changed))));
        }
        Ok(Plan::changes(changes))
    }

    fn result(&self, seen: &Known<Vec<List>>, _plan: &Plan, _outputs: &Outputs<'_>) -> Returned {
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        if let Known::Is(lists) = seen {
            for (list, path, text) in self.changed(lists) {
                match (list, text) {
                    (None, _) => added.push(path.as_str().to_owned()),
                    (Some(_), None) => removed.push(path.as_str().to_owned()),
                    (Some(_), Some(_)) => {}
                }
            }
        }
        let state = if self.state == Presence::Present { "present" } else { "absent" };
        Returned::from_iter([
            ("repo".to_owned(), Known::Is(json!(self.repo.text))),
            ("sources_added".to_owned(), Known::Is(json!(added))),
            ("sources_removed".to_owned(), Known::Is(json!(removed))),
            ("state".to_owned(), Known::Is(json!(state))),
        ])
    }
}
