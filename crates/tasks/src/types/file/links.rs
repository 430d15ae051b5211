//! Symbolic and hard links.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use serde_json::json;

use super::File;
use super::Seen;
use super::Source;
use super::State;
use crate::Error;
use crate::Result;
use crate::files;
use crate::files::Steps;
use crate::files::Target;

impl File {
    /// What a link leads to: as given, or for a link that is there already, as it is.
    fn link_text(&self, target: &Target) -> Option<String> {
        match (&self.src, target.present().map(|entry| &entry.stat.kind)) {
            (Some(src), _) => Some(src.text.clone()),
            (None, Some(Kind::Link(to))) => Some(to.clone()),
            (None, _) => None,
        }
    }

    pub(super) fn look_at_source(&self, on: &View<'_>, state: State, target: &Target) -> Result<Option<Source>> {
        let (Some(text), State::Link | State::Hard) = (self.link_text(target), state) else { return Ok(None) };
        let base = if target.is_folder() { Some(target.path.clone()) } else { target.path.parent() };
        let path = base.unwrap_or_else(AbsPath::root).join(&text);
        // A hard link to a symbolic link shares its inode, unless links are followed.
        let mut entry = on.entry(&path, state == State::Link || self.follow)?;
        if let (State::Hard, Some(there)) = (state, target.present().filter(|there| is_link(there))) {
            let itself = on.entry(&path, false)?;
            if matches!(&itself, Known::Is(Some(itself)) if same_file(itself, there)) {
                entry = itself;
            }
        }
        let replaced = if target.is_folder() { self.names_in(on, &target.path)? } else { Vec::new() };
        Ok(Some(Source { path, entry, replaced }))
    }

    fn names_in(&self, on: &View<'_>, folder: &AbsPath) -> Result<Vec<AbsPath>> {
        Ok(match on.ask(Want::List(folder.clone()))? {
            Known::Is(Answer::Paths(paths)) => paths,
            Known::Is(_) | Known::Unknown(_) => Vec::new(),
        })
    }

    /// What owner and permissions are set on when a link is followed.
    pub(super) fn look_beyond(
        &self,
        on: &View<'_>,
        state: State,
        target: &Target,
        source: Option<&Source>,
    ) -> Result<Option<Target>> {
        match source {
            Some(source) if state == State::Link && self.follow && target.path != source.path => {
                Ok(Some(self.wanted(true).look(on, &source.path)?))
            }
            _ => Ok(None),
        }
    }

    pub(super) fn plan_link(&self, seen: &Seen) -> Result<Steps> {
        let target = &seen.target;
        let text = self.link_text(target);
        let Some((source, text)) = seen.source.as_ref().zip(text) else {
            return Err(Error::failed("src is required for creating new symlinks"));
        };
        let mut steps = Steps::default();
        match &source.entry {
            Known::Is(None) if !self.force && self.src.is_some() => {
                return Err(Error::failed(format!(
                    "src file does not exist, use 'force=yes' if you really want to create the link: {}",
                    source.path
                )));
            }
            Known::Unknown(why) if !self.force => steps.unsure = Some(why.to_string()),
            Known::Is(_) | Known::Unknown(_) => {}
        }
        let made = self.make_link(seen, source, &text)?;
        let is_new = !made.changes.is_empty();
        steps.extend(made);
        steps.extend(self.set_on_link(seen, is_new)?);
        Ok(steps)
    }

    fn make_link(&self, seen: &Seen, source: &Source, text: &str) -> Result<Steps> {
        let target = &seen.target;
        if let Some(folder) = target.missing.last() {
            return Err(Error::failed(format!("Error while linking {}: {folder} does not exist", target.path)));
        }
        let Some(entry) = target.present() else { return files::make_link(target, text) };
        let kind = files::state_of(&entry.stat);
        if kind != "link" && !self.force {
            return Err(Error::failed(format!("refusing to convert from {kind} to symlink for {}", target.path)));
        }
        if kind != "directory" {
            return files::make_link(target, text);
        }
        if !source.replaced.is_empty() {
            return Err(Error::failed(format!("the directory {} is not empty, refusing to convert it", target.path)));
        }
        let before = Before::Was(Arc::clone(entry));
        let (path, gone) = (target.path.clone(), Before::Absent);
        Ok(Steps {
            changes: vec![
                Change::Remove { path: path.clone(), before },
                Change::Link { path, target: text.to_owned(), hard: false, before: gone },
            ],
            ..Steps::default()
        })
    }

    /// What is set on the link itself, or on what it leads to; a new link has nothing of the one that was there.
    fn set_on_link(&self, seen: &Seen, is_new: bool) -> Result<Steps> {
        let on = seen.beyond.as_ref().unwrap_or(&seen.target);
        if seen.beyond.is_some() && on.present().is_none() && !self.file.is_empty() {
            let warning = "Cannot set fs attributes on a non-existent symlink target. follow should be set to False \
                           to avoid this.";
            return Ok(Steps { warnings: vec![warning.to_owned()], ..Steps::default() });
        }
        if seen.beyond.is_some() {
            return files::set_attributes(on, &self.file);
        }
        let attributes = evenkeel_host::Attributes { mode: None, ..self.file.of_new(false, None) };
        if is_new && !attributes.is_empty() {
            let (path, before) = (on.path.clone(), Before::Absent);
            let set = Change::SetAttributes { path, attributes, follow: false, before };
            return Ok(Steps { changes: vec![set], ..Steps::default() });
        }
        if is_new { Ok(Steps::default()) } else { files::set_attributes(on, &self.file) }
    }

    pub(super) fn plan_hard(&self, seen: &Seen) -> Result<Steps> {
        let target = &seen.target;
        if self.src.is_none() && target.present().is_none_or(|entry| entry.stat.links < 2) {
            return Err(Error::failed("src is required for creating new hardlinks"));
        }
        let Some(source) = &seen.source else { return files::set_attributes(target, &self.file) };
        let make = |before| {
            let (path, to) = (target.path.clone(), source.path.as_str().to_owned());
            vec![Change::Link { path, target: to, hard: true, before }]
        };
        let (there, to) = match (&target.entry, &source.entry) {
            (Known::Unknown(why), _) | (_, Known::Unknown(why)) => {
                return Ok(Steps::unsure(make(Before::Unknown), why));
            }
            (_, Known::Is(None)) => {
                let given = self.src.as_ref().map(|src| src.text.clone());
                return Err(Error::failed("src does not exist")
                    .returning("dest", json!(target.path.as_str()))
                    .returning("src", json!(given))
                    .help(format!("nothing is at {}", source.path)));
            }
            (Known::Is(there), Known::Is(Some(to))) => (there, to),
        };
        let Some(there) = there else {
            let mut steps = Steps { changes: make(Before::Absent), ..Steps::default() };
            steps.changes.extend(self.set_on_hard(target, to));
            return Ok(steps);
        };
        if there.stat.is_forecast() || to.stat.is_forecast() {
            return Ok(Steps::unsure(make(Before::Was(Arc::clone(there))), "whether both are the same file"));
        }
        if same_file(there, to) {
            return files::set_attributes(target, &self.file);
        }
        let kind = files::state_of(&there.stat);
        if kind == "directory" || !self.force {
            return Err(Error::failed(format!("Cannot link, {kind} exists at destination: {}", target.path)));
        }
        Ok(Steps { changes: make(Before::Was(Arc::clone(there))), ..Steps::default() })
    }

    /// What differs on the file that both names lead to.
    fn set_on_hard(&self, target: &Target, to: &Arc<Entry>) -> Option<Change> {
        let attributes = self.file.differing(to, None);
        let (path, before) = (target.path.clone(), Before::Was(Arc::clone(to)));
        (!attributes.is_empty()).then_some(Change::SetAttributes { path, attributes, follow: false, before })
    }
}

fn is_link(entry: &Entry) -> bool {
    matches!(entry.stat.kind, Kind::Link(_))
}

fn same_file(one: &Entry, other: &Entry) -> bool {
    (one.stat.inode, one.stat.device) == (other.stat.inode, other.stat.device)
}
