//! Folders as they shall be.

use std::sync::Arc;

use evenkeel_host::AbsPath;
use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Kind;
use evenkeel_host::Known;
use evenkeel_host::Stat;

use super::attributes::refuse_nobody;
use super::returned::state_of;
use super::steps::Steps;
use super::target::Target;
use crate::Error;
use crate::FileArguments;
use crate::Result;

/// Makes the folders above a target that are missing, topmost first, each with what `file` says.
pub(crate) fn make_missing(target: &Target, file: &FileArguments) -> Result<Vec<Change>> {
    let attributes = file.of_new(true, near(target));
    if !target.missing.is_empty() {
        refuse_nobody(&attributes, target)?;
    }
    let make = |path: &AbsPath| Change::MakeDirectory {
        path: path.clone(),
        attributes: attributes.clone(),
    };
    Ok(target.missing.iter().map(make).collect())
}

/// Makes a folder, or sets what it shall have; the folder above is there already, or made before.
pub(crate) fn make_folder(target: &Target, file: &FileArguments) -> Result<Steps> {
    let make = || {
        let attributes = file.of_new(true, near(target));
        refuse_nobody(&attributes, target)?;
        Ok::<_, Error>(vec![Change::MakeDirectory {
            path: target.path.clone(),
            attributes,
        }])
    };
    match &target.entry {
        Known::Unknown(why) => Ok(Steps::unsure(make()?, why)),
        Known::Is(None) => Ok(match &target.near {
            Some(Known::Unknown(why)) => Steps::unsure(make()?, why),
            Some(Known::Is(_)) | None => Steps {
                changes: make()?,
                ..Steps::default()
            },
        }),
        Known::Is(Some(entry)) if entry.stat.kind == Kind::Directory => set_attributes(target, file),
        Known::Is(Some(entry)) => Err(Error::failed(format!(
            "{} already exists as a {}",
            target.path,
            state_of(&entry.stat)
        ))),
    }
}

/// Sets what differs on what is there.
pub(crate) fn set_attributes(target: &Target, file: &FileArguments) -> Result<Steps> {
    let Some(entry) = target.present() else {
        return Ok(Steps::default());
    };
    let attributes = file.differing(entry, target.flags.as_ref());
    refuse_nobody(&attributes, target)?;
    let warnings = file.warning(&entry.stat).into_iter().collect();
    let mut steps = Steps {
        warnings,
        ..Steps::default()
    };
    if !attributes.is_empty() {
        let (path, before) = (target.path.clone(), Before::Was(Arc::clone(entry)));
        steps.changes.push(Change::SetAttributes {
            path,
            attributes,
            follow: false,
            before,
        });
    }
    Ok(steps)
}

fn near(target: &Target) -> Option<&Stat> {
    match &target.near {
        Some(Known::Is(entry)) => Some(&entry.stat),
        Some(Known::Unknown(_)) | None => None,
    }
}
