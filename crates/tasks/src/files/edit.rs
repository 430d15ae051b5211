//! A text file that is edited: what `lineinfile` and `blockinfile` share.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;
use serde_json::json;

use super::contents::contents;
use super::deliver::unknown_content;
use super::difference::diff_key;
use super::difference::diffs_key;
use super::folders::make_missing;
use super::returned::backup_key;
use super::steps::Steps;
use super::target::Target;
use super::target::Wanted;
use super::write::NewFile;
use crate::Error;
use crate::FileArguments;
use crate::Mode;
use crate::Plan;
use crate::Result;
use crate::Returned;
use crate::Validation;

/// A file and how it may be edited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edit<'a> {
    /// The file.
    pub(crate) path: &'a AbsPath,
    /// Whether a missing file is made.
    pub(crate) create: bool,
    /// Whether the new content must not be shown.
    pub(crate) secret: bool,
    /// Owner, permissions and so on.
    pub(crate) file: &'a FileArguments,
    /// A check before the file replaces the old one.
    pub(crate) validate: Option<&'a Validation>,
    /// What is appended to the path for the copy of the old file, if one is kept.
    pub(crate) backup: Option<&'a str>,
}

/// What was seen of an edited file.
#[derive(Debug)]
pub struct Edited {
    target: Target,
    /// Its text; `None`: there is no file.
    text: Known<Option<Arc<[u8]>>>,
}

impl Edited {
    /// Whether there surely is no file.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.text, Known::Is(None))
    }

    /// Its text; `None`: there is no file.
    pub(crate) fn text(&self) -> Known<Option<&[u8]>> {
        self.text.as_ref().map(Option::as_deref)
    }

    /// What stands where the file is.
    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// The folder above that is missing, if one is.
    pub(crate) fn missing_folder(&self) -> Option<&AbsPath> {
        self.target.missing.last()
    }
}

/// A new text, and what was done, as Ansible says it.
#[derive(Debug, Default)]
pub(crate) struct NewText {
    /// The text.
    pub(crate) text: Vec<u8>,
    /// `line added`; empty when nothing was done.
    pub(crate) message: String,
}

impl Edit<'_> {
    fn wanted(&self) -> Wanted<'_> {
        Wanted {
            follow: true,
            content: true,
            file: self.file,
        }
    }

    pub(crate) fn wants(&self) -> Vec<Want> {
        self.wanted().wants(self.path)
    }

    pub(crate) fn observe(&self, on: &View<'_>) -> Result<Edited> {
        let target = self.wanted().look(on, self.path)?;
        if target.is_folder() {
            let message = format!("Path {} is a directory !", self.path);
            return Err(Error::failed(message).returning("rc", json!(256)));
        }
        let text = match &target.entry {
            Known::Is(Some(entry)) => contents(on, &target.path, entry)?.map(Some),
            Known::Is(None) => Known::Is(None),
            Known::Unknown(why) => Known::Unknown(Arc::clone(why)),
        };
        Ok(Edited { target, text })
    }

    /// The plan that gives the file the text that `edit` makes of the old one; `edit` is not asked where nothing is to
    /// be made.
    pub(crate) fn plan(
        &self,
        seen: &Edited,
        removes: bool,
        edit: impl FnOnce(Option<&[u8]>) -> Result<NewText>,
        unchanged: impl FnOnce() -> String,
    ) -> Result<Plan> {
        let old = match &seen.text {
            Known::Unknown(why) => return Ok(unknown_content(&seen.target, true, why)),
            Known::Is(None) if removes => {
                return Ok(Plan::unchanged(format!("{} does not exist", self.path)));
            }
            Known::Is(None) if !self.create => {
                let message = format!("Destination {} does not exist !", self.path);
                let failed = Error::failed(message).returning("rc", json!(257));
                return Err(failed.help("`create: true` makes the file"));
            }
            Known::Is(old) => old.as_deref(),
        };
        let new = edit(old)?;
        if old.is_none() && new.message.is_empty() {
            return Ok(Plan::unchanged(unchanged()));
        }
        let mut steps = Steps::default();
        if !seen.target.missing.is_empty() {
            let plain = FileArguments {
                mode: None,
                ..self.file.clone()
            };
            steps.changes = make_missing(&seen.target, &plain)?;
        }
        let new = NewFile {
            content: new.text.into(),
            secret: self.secret,
            file: self.file,
            validate: self.validate,
            backup: self.backup,
        };
        steps.extend(new.steps(&seen.target)?);
        Ok(steps.into_plan(unchanged))
    }

    /// What Ansible says of a plan: what was done to the text, and whether anything else was.
    pub(crate) fn message(
        &self,
        seen: &Edited,
        plan: &Plan,
        new: impl FnOnce(Option<&[u8]>) -> Result<NewText>,
    ) -> Known<String> {
        let old = match &seen.text {
            Known::Is(old) => old.as_deref(),
            Known::Unknown(why) => return Known::Unknown(Arc::clone(why)),
        };
        let done = new(old).map(|new| new.message).unwrap_or_default();
        let attributes = "ownership, perms or SE linux context changed";
        Known::Is(
            match (plan.changes.iter().any(sets_attributes), done.is_empty()) {
                (false, _) => done,
                (true, true) => attributes.to_owned(),
                (true, false) => format!("{done} and {attributes}"),
            },
        )
    }

    /// What was before and after, as one mapping.
    pub(crate) fn diff(returned: &mut Returned, plan: &Plan, seen: &Edited) {
        diff_key(returned, plan, &seen.target);
    }

    /// The same as a list, with the attributes' behind the content's.
    pub(crate) fn diffs(returned: &mut Returned, plan: &Plan, seen: &Edited) {
        diffs_key(returned, plan, &seen.target);
    }

    /// Where the old file is kept, under the key that a type uses for it.
    pub(crate) fn backup_file(plan: &Plan) -> Option<Known<serde_json::Value>> {
        let mut returned = Returned::new();
        backup_key(&mut returned, plan);
        returned.swap_remove("backup_file")
    }

    /// Refuses a mode that needs a source.
    pub(crate) fn problems(&self) -> Vec<evenkeel_yaml::Problem> {
        let preserves = self.file.mode == Some(Mode::Preserve);
        let message = "`mode: preserve` is for `copy` and `template`: here is no source";
        preserves
            .then(|| evenkeel_yaml::Problem::error("task::mode", message))
            .into_iter()
            .collect()
    }
}

/// Whether a change sets more than the content of a file that was there; what a new file gets cannot be told from what
/// it would have anyway, but for its mode.
fn sets_attributes(change: &Change) -> bool {
    match change {
        Change::SetAttributes { .. } => true,
        Change::Write(write) if matches!(write.before, Before::Was(_)) => !write.attributes.is_empty(),
        Change::Write(write) => write.attributes.mode.is_some_and(|mode| mode != 0o644),
        _ => false,
    }
}
