//! Everything in a folder.

use std::collections::HashSet;

use evenkeel_host::AbsPath;
use evenkeel_host::Answer;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use super::File;
use crate::Error;
use crate::Result;
use crate::files::Target;

impl File {
    /// Everything in a folder; where links are followed, what they lead to as well.
    pub(super) fn look_below(&self, on: &View<'_>, folder: &AbsPath) -> Result<Vec<Target>> {
        let (mut seen, mut found, mut folders) = (HashSet::new(), Vec::new(), vec![folder.clone()]);
        while let Some(folder) = folders.pop() {
            if !seen.insert(folder.clone()) {
                continue;
            }
            for (path, entry) in self.tree(on, &folder)? {
                let is_link = matches!(entry.stat.kind, Kind::Link(_));
                let entry = Known::Is(Some(entry));
                let flags = None;
                found.push(Target { path: path.clone(), entry, missing: Vec::new(), near: None, flags, nobody: None });
                if is_link && self.follow {
                    let beyond = self.wanted(true).look(on, &path)?;
                    if beyond.is_folder() {
                        folders.push(beyond.path.clone());
                    }
                    found.extend(Some(beyond).filter(|beyond| beyond.present().is_some()));
                }
            }
        }
        let mut once = HashSet::new();
        found.retain(|target| once.insert(target.path.clone()));
        Ok(found)
    }

    fn tree(
        &self,
        on: &View<'_>,
        folder: &AbsPath,
    ) -> Result<Vec<(AbsPath, std::sync::Arc<evenkeel_host::Entry>)>> {
        match on.ask(Want::Tree(folder.clone()))? {
            Known::Is(Answer::Tree(entries)) => Ok(entries),
            Known::Is(_) => Err(Error::failed(format!("{folder} cannot be listed"))),
            // What will be in it is set when it is there: the folder itself says that it is not known.
            Known::Unknown(_) => Ok(Vec::new()),
        }
    }
}
