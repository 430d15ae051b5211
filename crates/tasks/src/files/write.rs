//! A regular file as it shall be.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Attributes;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Content;
use evenkeel_host::Entry;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Validate;
use evenkeel_host::Write;

use super::attributes::describe;
use super::attributes::refuse_nobody;
use super::steps::Steps;
use super::target::Target;
use crate::Error;
use crate::FileArguments;
use crate::Result;
use crate::Validation;

/// A regular file as it shall be.
#[derive(Clone, Debug)]
pub(crate) struct NewFile<'a> {
    /// All bytes.
    pub(crate) content: Arc<[u8]>,
    /// Whether they must not be shown.
    pub(crate) secret: bool,
    /// Owner, permissions and so on.
    pub(crate) file: &'a FileArguments,
    /// A check before the file replaces the old one.
    pub(crate) validate: Option<&'a Validation>,
    /// What is appended to the path for the copy of the old file, if one is kept.
    pub(crate) backup: Option<&'a str>,
}

impl NewFile<'_> {
    /// What has to be done; the folder above must be there already, or be made before.
    pub(crate) fn steps(&self, target: &Target) -> Result<Steps> {
        match &target.entry {
            Known::Unknown(why) => {
                let attributes = self.file.of_new(false, None);
                Ok(Steps::unsure(
                    vec![self.write(target, attributes, Before::Unknown)],
                    why,
                ))
            }
            Known::Is(None) => self.create(target),
            Known::Is(Some(entry)) => match entry.stat.kind {
                Kind::File => self.update(target, entry),
                Kind::Link(_) => self.replace(target, entry),
                Kind::Directory => Err(Error::failed(format!("{} is a folder, not a file", target.path))),
                Kind::Special(_) => Err(Error::failed(format!(
                    "{} is a device, socket or pipe",
                    target.path
                ))),
            },
        }
    }

    /// Why nothing is to be done.
    pub(crate) fn unchanged(&self, target: &Target) -> String {
        format!("{} has this content{}", target.path, describe(self.file))
    }

    fn create(&self, target: &Target) -> Result<Steps> {
        let near = target.near.as_ref();
        let attributes = self
            .file
            .of_new(false, near.and_then(|near| Some(&near.as_ref().ok()?.stat)));
        refuse_nobody(&attributes, target)?;
        let write = vec![self.write(target, attributes, Before::Absent)];
        Ok(match near {
            Some(Known::Unknown(why)) => Steps::unsure(write, why),
            Some(Known::Is(folder)) => {
                let warnings = self.file.warning(&folder.stat).into_iter().collect();
                Steps {
                    changes: write,
                    unsure: None,
                    warnings,
                }
            }
            None => Steps {
                changes: write,
                ..Steps::default()
            },
        })
    }

    fn replace(&self, target: &Target, link: &Arc<Entry>) -> Result<Steps> {
        let mut attributes = self.file.of_new(false, Some(&link.stat));
        // What is not named is kept from what was there, and a link has 0777.
        attributes.mode.get_or_insert(0o644);
        refuse_nobody(&attributes, target)?;
        let write = self.write(target, attributes, Before::Was(Arc::clone(link)));
        Ok(Steps {
            changes: vec![write],
            ..Steps::default()
        })
    }

    fn update(&self, target: &Target, entry: &Arc<Entry>) -> Result<Steps> {
        let attributes = self.file.differing(entry, target.flags.as_ref());
        refuse_nobody(&attributes, target)?;
        let before = Before::Was(Arc::clone(entry));
        let changes = if !same_content(entry, &self.content) {
            vec![self.write(target, attributes, before)]
        } else if !attributes.is_empty() {
            vec![Change::SetAttributes {
                path: target.path.clone(),
                attributes,
                follow: false,
                before,
            }]
        } else {
            Vec::new()
        };
        Ok(Steps {
            changes,
            unsure: None,
            warnings: self.file.warning(&entry.stat).into_iter().collect(),
        })
    }

    fn write(&self, target: &Target, attributes: Attributes, before: Before) -> Change {
        let is_file = matches!(&before, Before::Was(entry) if entry.stat.kind == Kind::File);
        let kept = |suffix: &&str| AbsPath::new(&format!("{}{suffix}", target.path));
        Change::Write(Box::new(Write {
            path: target.path.clone(),
            content: Arc::clone(&self.content),
            attributes,
            before,
            validate: self.validate.map(|check| Validate {
                command: check.command.clone(),
            }),
            backup: self.backup.as_ref().filter(|_| is_file).and_then(kept),
            secret: self.secret,
            unsafe_write: self.file.unsafe_writes,
        }))
    }
}

/// Whether a file has these bytes.
pub(crate) fn same_content(entry: &Entry, content: &[u8]) -> bool {
    match &entry.content {
        Some(Content::Bytes(bytes)) => bytes.as_ref() == content,
        Some(Content::Digest(hex)) => *hex == Content::Bytes(content.into()).sha256(),
        None => false,
    }
}
