//! What stands where a file, folder or link shall be.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use crate::Error;
use crate::FileArguments;
use crate::Result;
use crate::facts;
use crate::facts::account::Group;
use crate::facts::account::User;
use crate::facts::flags::Flags;

/// More links than this in a row are taken for a circle, as Linux does.
const MAX_LINKS: usize = 40;

/// What is looked at, and how closely.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    /// Whether a link at the end is followed.
    pub(crate) follow: bool,
    /// Whether the bytes are needed.
    pub(crate) content: bool,
    /// What is to be set there.
    pub(crate) file: &'a FileArguments,
}

/// What stands at a path.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// Where, after links where they are followed.
    pub(crate) path: AbsPath,
    /// What is there; a link only where links are not followed.
    pub(crate) entry: Known<Option<Arc<Entry>>>,
    /// The folders above that are missing, topmost first.
    pub(crate) missing: Vec<AbsPath>,
    /// The nearest folder above that is not missing; only looked at where nothing is at the path.
    pub(crate) near: Option<Known<Arc<Entry>>>,
    /// The flags that `lsattr` shows, where they matter.
    pub(crate) flags: Option<Known<String>>,
    /// A user or group that is wanted as owner and that does not exist.
    pub(crate) nobody: Option<String>,
}

impl Wanted<'_> {
    /// What will be asked about a path.
    pub(crate) fn wants(&self, path: &AbsPath) -> Vec<Want> {
        let mut wants = vec![Want::Entry {
            path: path.clone(),
            follow: false,
            content: self.content,
        }];
        if let Some(parent) = path.parent() {
            wants.push(Want::Entry {
                path: parent,
                follow: true,
                content: false,
            });
        }
        if self.file.attributes.is_some() {
            wants.push(facts::want(Flags(path.clone())));
        }
        if let Some(owner) = named(self.file.owner.as_deref()) {
            wants.push(facts::want(User(owner.to_owned())));
        }
        if let Some(group) = named(self.file.group.as_deref()) {
            wants.push(facts::want(Group(group.to_owned())));
        }
        wants
    }

    /// Looks at a path.
    pub(crate) fn look(&self, on: &View<'_>, path: &AbsPath) -> Result<Target> {
        let mut path = path.clone();
        let mut entry = self.entry(on, &path)?;
        for _ in 0..MAX_LINKS {
            let Some(target) = link_target(&entry).filter(|_| self.follow) else {
                return self.around(on, path, entry);
            };
            path = path.parent().unwrap_or_else(AbsPath::root).join(&target);
            entry = self.entry(on, &path)?;
        }
        Err(Error::failed(format!(
            "{path}: too many levels of symbolic links"
        )))
    }

    fn entry(&self, on: &View<'_>, path: &AbsPath) -> Result<Known<Option<Arc<Entry>>>> {
        Ok(if self.content {
            on.file(path, false)?
        } else {
            on.entry(path, false)?
        })
    }

    fn around(&self, on: &View<'_>, path: AbsPath, entry: Known<Option<Arc<Entry>>>) -> Result<Target> {
        let mut target = Target {
            path,
            entry,
            missing: Vec::new(),
            near: None,
            flags: None,
            nobody: None,
        };
        if let Known::Is(None) = target.entry {
            target.look_up(on)?;
        }
        if self.file.attributes.is_some() {
            target.flags = Some(on.fact(Flags(target.path.clone()))?);
        }
        target.nobody = self.nobody(on);
        Ok(target)
    }

    /// Who is wanted as owner and does not exist; where that cannot be asked, nobody is.
    fn nobody(&self, on: &View<'_>) -> Option<String> {
        if let Some(owner) = named(self.file.owner.as_deref())
            && let Ok(Known::Is(None)) = on.fact(User(owner.to_owned()))
        {
            return Some(format!("user {owner}"));
        }
        if let Some(group) = named(self.file.group.as_deref())
            && let Ok(Known::Is(None)) = on.fact(Group(group.to_owned()))
        {
            return Some(format!("group {group}"));
        }
        None
    }
}

/// A name that may not exist: no number, and not root's, who always does.
fn named(name: Option<&str>) -> Option<&str> {
    name.filter(|name| *name != "root" && name.parse::<u32>().is_err())
}

fn link_target(entry: &Known<Option<Arc<Entry>>>) -> Option<String> {
    match entry {
        Known::Is(Some(entry)) => match &entry.stat.kind {
            Kind::Link(target) => Some(target.clone()),
            Kind::File | Kind::Directory | Kind::Special(_) => None,
        },
        Known::Is(None) | Known::Unknown(_) => None,
    }
}

impl Target {
    /// Finds the folders above that are missing.
    fn look_up(&mut self, on: &View<'_>) -> Result<()> {
        let mut above = self.path.parent();
        while let Some(folder) = above {
            match on.entry(&folder, true)? {
                Known::Is(None) => self.missing.insert(0, folder.clone()),
                Known::Is(Some(entry)) if entry.stat.kind == Kind::Directory => {
                    self.near = Some(Known::Is(entry));
                    break;
                }
                Known::Is(Some(_)) => return Err(Error::failed(format!("{folder} is no folder"))),
                Known::Unknown(why) => {
                    self.near = Some(Known::Unknown(why));
                    break;
                }
            }
            above = folder.parent();
        }
        Ok(())
    }

    /// What is there, if that is known.
    pub(crate) fn present(&self) -> Option<&Arc<Entry>> {
        match &self.entry {
            Known::Is(entry) => entry.as_ref(),
            Known::Unknown(_) => None,
        }
    }

    /// What a result wants to see after the changes.
    pub(crate) fn then(&self) -> Vec<Want> {
        vec![Want::Entry {
            path: self.path.clone(),
            follow: false,
            content: false,
        }]
    }

    /// Whether a folder is there.
    pub(crate) fn is_folder(&self) -> bool {
        self.present()
            .is_some_and(|entry| entry.stat.kind == Kind::Directory)
    }
}
