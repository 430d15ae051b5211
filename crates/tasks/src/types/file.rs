//! `file`: files, folders and links, and what they have besides content.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use evenkeel_yaml::Problem;
use serde_json::json;

use crate::Controller;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Outputs;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::TaskType;
use crate::Text;
use crate::facts::account::Group;
use crate::facts::account::User;
use crate::files;
use crate::files::NewFile;
use crate::files::Steps;
use crate::files::Target;
use crate::files::Wanted;

mod diff;
mod links;
mod recurse;
mod times;

use times::Moment;
use times::Times;

words! {
    /// What should be at the path.
    pub enum State {
        /// Nothing.
        Absent = "absent",
        /// A folder.
        Directory = "directory",
        /// A file that is there already.
        File = "file",
        /// A hard link.
        Hard = "hard",
        /// A symbolic link.
        Link = "link",
        /// A file, made empty where none is, with new times.
        Touch = "touch",
    }
}

const TIME_FORMAT: &str = "%Y%m%d%H%M.%S";

arguments! {
    /// Manages files, folders and links.
    pub struct File {
        /// Where.
        path | "dest" | "name": AbsPath,
        /// What should be there; by default what is there, else a file.
        state: Option<State>,
        /// What a link leads to.
        src: Option<Text>,
        /// Sets owner, permissions and so on for everything in the folder too.
        recurse: bool = false,
        /// Follows a link at the path.
        follow: bool = true,
        /// Makes a link although its target is missing, or in place of a file.
        force: bool = false,
        /// The access time: `preserve`, `now`, or a time in the machine's time zone.
        access_time: Option<Text>,
        /// How `access_time` is written, strptime(3).
        access_time_format: String = TIME_FORMAT.to_owned(),
        /// The modification time: `preserve`, `now`, or a time in the machine's time zone.
        modification_time: Option<Text>,
        /// How `modification_time` is written, strptime(3).
        modification_time_format: String = TIME_FORMAT.to_owned(),
        /// Is for Ansible's own use, and does nothing here.
        _diff_peek: Option<bool>;
        ..file: FileArguments;
        /// Whether the result says what was before and after.
        diff: bool,
    }
}

/// What was seen.
#[derive(Debug)]
pub struct Seen {
    /// What should be there, where that is not given.
    state: State,
    /// What is at the path; links are followed as the state needs it.
    target: Target,
    /// What a link leads to.
    source: Option<Source>,
    /// What the owner of a link's target is set on.
    beyond: Option<Target>,
    /// Everything in the folder.
    below: Vec<Target>,
    /// A number that is wanted as owner or group and that nobody has, where nothing is there to be given.
    nobody: Vec<String>,
    times: Times,
}

/// What a link leads to.
#[derive(Debug)]
struct Source {
    path: AbsPath,
    entry: Known<Option<Arc<evenkeel_host::Entry>>>,
    /// What is in the folder that a link would replace.
    replaced: Vec<AbsPath>,
}

impl File {
    fn wanted(&self, follow: bool) -> Wanted<'_> {
        Wanted { follow, content: false, file: &self.file }
    }

    fn state_for(&self, target: &Target) -> State {
        let current = target.present().map(|entry| files::state_of(&entry.stat));
        self.state.unwrap_or(match current {
            Some("directory") => State::Directory,
            Some("link") => State::Link,
            Some("hard") => State::Hard,
            None if self.recurse => State::Directory,
            _ => State::File,
        })
    }

    fn plan_absent(&self, target: &Target) -> Plan {
        let remove = |before| vec![Change::Remove { path: target.path.clone(), before }];
        match &target.entry {
            Known::Is(None) => Plan::unchanged(format!("{} does not exist", target.path)),
            Known::Is(Some(entry)) => Plan::changes(remove(Before::Was(Arc::clone(entry)))),
            Known::Unknown(why) => Plan::unknown(remove(Before::Unknown), why.as_ref()),
        }
    }

    fn plan_file(&self, target: &Target, nobody: &[String]) -> Result<Steps> {
        let state = match &target.entry {
            Known::Is(Some(entry)) => files::state_of(&entry.stat),
            Known::Is(None) => "absent",
            Known::Unknown(why) => {
                let attributes = self.file.of_new(false, None);
                let (path, before) = (target.path.clone(), Before::Unknown);
                let set = Change::SetAttributes { path, attributes, follow: false, before };
                return Ok(Steps::unsure(vec![set], why));
            }
        };
        if !matches!(state, "file" | "hard") {
            let message = format!("file ({}) is {state}, cannot continue", target.path);
            let failed = Error::failed(message).returning("path", json!(target.path.as_str()));
            let failed = failed.returning("state", json!(state));
            return Err(match state {
                "absent" if !nobody.is_empty() => failed.returning("warnings", json!(nobody)),
                "absent" => failed.help("`state: file` makes nothing; use `copy`, `template` or `state: touch`"),
                _ => failed,
            });
        }
        files::set_attributes(target, &self.file)
    }

    fn plan_directory(&self, seen: &Seen) -> Result<Steps> {
        let mut steps = Steps { changes: files::make_missing(&seen.target, &self.file)?, ..Steps::default() };
        steps.extend(files::make_folder(&seen.target, &self.file)?);
        for target in &seen.below {
            steps.extend(files::set_attributes(target, &self.file)?);
            steps.changes.extend(seen.times.change(target));
        }
        Ok(steps)
    }

    fn plan_touch(&self, target: &Target) -> Result<Steps> {
        match &target.entry {
            Known::Is(Some(_)) => files::set_attributes(target, &self.file),
            Known::Is(None) | Known::Unknown(_) => {
                if let Some(folder) = target.missing.last() {
                    return Err(Error::failed(format!("could not touch {}: {folder} does not exist", target.path)));
                }
                let content = Arc::from(Vec::new());
                let new = NewFile { content, secret: false, file: &self.file, validate: None, backup: None };
                new.steps(target)
            }
        }
    }

    fn steps(&self, seen: &Seen) -> Result<Steps> {
        match seen.state {
            State::Absent => Ok(Steps::default()),
            State::File => self.plan_file(&seen.target, &seen.nobody),
            State::Directory => self.plan_directory(seen),
            State::Touch => self.plan_touch(&seen.target),
            State::Link => self.plan_link(seen),
            State::Hard => self.plan_hard(seen),
        }
    }

    /// What Ansible warns of in check mode: who is wanted as owner and does not exist.
    fn look_for_nobody(&self, on: &View<'_>, target: &Target) -> Result<Vec<String>> {
        let end = "up to this point in real play";
        let mut warnings: Vec<String> =
            target.nobody.iter().map(|who| format!("failed to look up {who}. Create it {end}")).collect();
        let number = |name: &Option<String>| name.clone().filter(|name| name.parse::<u32>().is_ok());
        if let Some(uid) = number(&self.file.owner)
            && let Known::Is(None) = on.fact(User(uid.clone()))?
        {
            warnings.push(format!("failed to look up user with uid {uid}. Create user {end}"));
        }
        if let Some(gid) = number(&self.file.group)
            && let Known::Is(None) = on.fact(Group(gid.clone()))?
        {
            warnings.push(format!("failed to look up group with gid {gid}. Create group {end}"));
        }
        Ok(warnings)
    }

    fn unchanged(&self, seen: &Seen) -> String {
        let what = match seen.state {
            State::Absent => "nothing",
            State::Directory => "a folder",
            State::File | State::Touch => "a file",
            State::Hard => "a hard link",
            State::Link => "a link",
        };
        let to = match (&self.src, seen.state) {
            (Some(src), State::Hard | State::Link) => format!(" to {src}"),
            _ => String::new(),
        };
        let below = if self.recurse { ", and all in it is so too" } else { "" };
        format!("{} is {what}{to}{}{below}", seen.target.path, files::describe(&self.file))
    }

    fn times(&self) -> std::result::Result<[Moment; 2], Problem> {
        Ok([
            Moment::read(self.access_time.as_ref(), &self.access_time_format)?,
            Moment::read(self.modification_time.as_ref(), &self.modification_time_format)?,
        ])
    }
}

impl TaskType for File {
    const NAME: &'static str = "file";
    const ABOUT: &'static str = "Manages files, folders, links, and their owner and permissions.";
    const EXAMPLE: &'static str = "- name: Make the folder of the certificates\n  ansible.builtin.file:\n    path: /etc/etcd/pki\n    state: directory\n    owner: etcd\n    group: etcd\n    mode: \"0750\"\n";
    type Seen = Seen;

    arguments_of!();

    fn check(&self) -> std::result::Result<(), Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |message: &str| problems.push(Problem::error("task::file", message));
        if self.recurse && !matches!(self.state, None | Some(State::Directory)) {
            wrong("recurse option requires state to be 'directory'");
        }
        if self.src.is_some() && !matches!(self.state, Some(State::Link | State::Hard)) {
            wrong("src option requires state to be 'link' or 'hard'");
        }
        if self.file.mode == Some(Mode::Preserve) {
            wrong("`mode: preserve` is for `copy` and `template`: here is no source");
        }
        if self.state == Some(State::Absent) && self.path == AbsPath::root() {
            wrong("`/` is not removed");
        }
        problems.extend(self.times().err());
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn prepare(&mut self, controller: &mut dyn Controller) -> Result<()> {
        self.diff = controller.diff();
        Ok(())
    }

    fn wants(&self) -> Vec<Want> {
        let mut wants = self.wanted(false).wants(&self.path);
        let mut above = self.path.parent();
        while let Some(folder) = above.filter(|_| self.state == Some(State::Directory)) {
            above = folder.parent();
            wants.push(Want::Entry { path: folder, follow: true, content: false });
        }
        if self.recurse {
            wants.push(Want::Tree(self.path.clone()));
        }
        if let (Some(src), Some(state @ (State::Link | State::Hard))) = (&self.src, self.state) {
            let path = self.path.parent().unwrap_or_else(AbsPath::root).join(&src.text);
            let follow = state == State::Link || self.follow;
            wants.push(Want::Entry { path: path.clone(), follow, content: false });
            wants.push(Want::Entry { path, follow: false, content: false });
        }
        if let Ok(times) = self.times() {
            wants.extend(times.iter().filter_map(Moment::want));
        }
        wants.dedup();
        wants
    }

    fn observe(&self, on: &View<'_>) -> Result<Seen> {
        let mut target = self.wanted(false).look(on, &self.path)?;
        let name = self.src.as_ref().and_then(|src| src.text.rsplit('/').next());
        if let (true, Some(State::Hard), Some(name)) = (target.is_folder(), self.state, name) {
            target = self.wanted(false).look(on, &self.path.join(name))?;
        }
        let state = self.state_for(&target);
        if self.follow && matches!(state, State::File | State::Directory | State::Touch) {
            target = self.wanted(true).look(on, &target.path)?;
        }
        let source = self.look_at_source(on, state, &target)?;
        let beyond = self.look_beyond(on, state, &target, source.as_ref())?;
        let shows_all = self.diff && state == State::Absent;
        let below = if (self.recurse || shows_all) && target.is_folder() { self.look_below(on, &target.path)? } else { Vec::new() };
        let times = Times::observe(on, self.times()?, state == State::Touch)?;
        let missing = state == State::File && matches!(target.entry, Known::Is(None));
        let nobody = if missing { self.look_for_nobody(on, &target)? } else { Vec::new() };
        Ok(Seen { state, target, source, beyond, below, nobody, times })
    }

    fn plan(&self, seen: &Seen) -> Result<Plan> {
        if seen.state == State::Absent {
            return Ok(self.plan_absent(&seen.target));
        }
        let mut steps = self.steps(seen)?;
        let makes = seen.target.present().is_none();
        let with_times = seen.beyond.as_ref().unwrap_or(&seen.target);
        if !makes || !seen.times.is_default_of_touch() {
            steps.changes.extend(seen.times.change(with_times));
        }
        Ok(steps.into_plan(|| self.unchanged(seen)))
    }

    fn then(&self, seen: &Seen, plan: &Plan) -> Vec<Want> {
        if plan.changes.is_empty() { Vec::new() } else { seen.target.then() }
    }

    fn result(&self, seen: &Seen, plan: &Plan, outputs: &Outputs<'_>) -> Returned {
        let mut returned = Returned::new();
        let key = match seen.state {
            State::Touch | State::Link | State::Hard => "dest",
            State::Absent | State::Directory | State::File => "path",
        };
        returned.insert(key.to_owned(), Known::Is(json!(seen.target.path.as_str())));
        if let Some(src) = &self.src {
            returned.insert("src".to_owned(), Known::Is(json!(src.text)));
        }
        files::entry_keys(&mut returned, &seen.target, plan, outputs.answer(0));
        if self.diff {
            returned.insert("diff".to_owned(), Known::Is(self.diff_of(seen, plan)));
        }
        returned
    }
}
