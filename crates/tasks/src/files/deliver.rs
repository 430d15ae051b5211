//! One file brought to a destination: what `copy` and `template` share.

use evenkeel_host::AbsPath;
use evenkeel_host::Change;
use evenkeel_host::Command;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Obscures;
use evenkeel_host::Run;
use evenkeel_host::View;
use evenkeel_host::Want;

use super::folders::make_missing;
use super::steps::Steps;
use super::target::Target;
use super::target::Wanted;
use super::write::NewFile;
use crate::Destination;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Plan;
use crate::Result;

/// A file and where it goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delivery<'a> {
    /// Where it goes: a file, or a folder that it goes into.
    pub(crate) dest: &'a Destination,
    /// Its name in that folder.
    pub(crate) name: Option<&'a str>,
    /// Whether a link at the destination is followed.
    pub(crate) follow: bool,
    /// Whether a file that is there already is replaced.
    pub(crate) force: bool,
    /// Owner, permissions and so on.
    pub(crate) file: &'a FileArguments,
    /// Permissions of folders that are made.
    pub(crate) directory_mode: Option<&'a Mode>,
}

impl Delivery<'_> {
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            follow: self.follow,
            content: true,
            file: self.file,
        }
    }

    fn in_folder(&self) -> Option<AbsPath> {
        self.name.map(|name| self.dest.path.join(name))
    }

    /// What will be asked.
    pub(crate) fn wants(&self) -> Vec<Want> {
        match self.in_folder().filter(|_| self.dest.is_folder) {
            Some(path) => self.wanted().wants(&path),
            None => self.wanted().wants(&self.dest.path),
        }
    }

    /// Looks at the destination.
    pub(crate) fn observe(&self, on: &View<'_>) -> Result<Target> {
        let refused = || {
            Error::failed(format!(
                "can not use content with a dir as dest: {}",
                self.dest.path
            ))
        };
        if self.dest.is_folder {
            return self.wanted().look(on, &self.in_folder().ok_or_else(refused)?);
        }
        let target = self.wanted().look(on, &self.dest.path)?;
        let is_link = target
            .present()
            .is_some_and(|entry| matches!(entry.stat.kind, Kind::Link(_)));
        let is_folder = target.is_folder()
            || is_link
                && matches!(on.entry(&target.path, true)?, Known::Is(Some(entry)) if entry.stat.kind == Kind::Directory);
        if is_folder {
            return self.wanted().look(on, &self.in_folder().ok_or_else(refused)?);
        }
        Ok(target)
    }

    /// What has to be done.
    pub(crate) fn plan(&self, target: &Target, new: &NewFile<'_>) -> Result<Plan> {
        if target.present().is_some() && !self.force {
            return Ok(Plan::unchanged(format!(
                "{} exists, and `force` is false",
                target.path
            )));
        }
        let mut steps = Steps::default();
        if let Some(folder) = target.missing.last() {
            if !self.dest.is_folder {
                return Err(
                    Error::failed(format!("Destination directory {folder} does not exist")).help(format!(
                        "make it with a `file` task: `path: {folder}`, `state: directory`"
                    )),
                );
            }
            let file = FileArguments {
                mode: self.directory_mode.cloned(),
                ..self.file.clone()
            };
            steps.changes = make_missing(target, &file)?;
        }
        steps.extend(new.steps(target)?);
        if let (Known::Unknown(_), false) = (&target.entry, self.force) {
            steps.unsure = Some(format!("whether {} exists", target.path));
        }
        let plan = steps.into_plan(|| new.unchanged(target));
        Ok(Plan {
            whole: self.force,
            ..plan
        })
    }
}

/// What Ansible appends to the name of a backup: `.PID.YYYY-MM-DD@HH:MM:SS~`, in UTC.
pub(crate) fn backup_suffix((seconds, pid): (i64, u32)) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    format!(".{pid}.{}~", time.strftime("%Y-%m-%d@%H:%M:%S"))
}

/// The plan where what shall be written is known only after apply.
pub(crate) fn unknown_content(target: &Target, force: bool, why: &str) -> Plan {
    if target.present().is_some() && !force {
        return Plan::unchanged(format!("{} exists, and `force` is false", target.path));
    }
    let mut run = Run::new(format!("write {}", target.path), Command::argv(["false"]));
    run.obscures = vec![Obscures::Path(target.path.clone())];
    run.guard = Some((
        "false".to_owned(),
        "its content was not known when it was planned".to_owned(),
    ));
    Plan::unknown(vec![Change::Run(Box::new(run))], why)
}
