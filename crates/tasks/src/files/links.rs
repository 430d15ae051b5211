//! Links as they shall be.

use std::sync::Arc;

use evenkeel_host::Before;
use evenkeel_host::Change;
use evenkeel_host::Kind;
use evenkeel_host::Known;

use super::steps::Steps;
use super::target::Target;
use crate::Error;
use crate::Result;

/// Makes a symbolic link, in place of a file if one is there.
pub(crate) fn make_link(target: &Target, to: &str) -> Result<Steps> {
    let make = |before| {
        vec![Change::Link {
            path: target.path.clone(),
            target: to.to_owned(),
            hard: false,
            before,
        }]
    };
    Ok(match &target.entry {
        Known::Unknown(why) => Steps::unsure(make(Before::Unknown), why),
        Known::Is(None) => Steps {
            changes: make(Before::Absent),
            ..Steps::default()
        },
        Known::Is(Some(entry)) => match &entry.stat.kind {
            Kind::Link(there) if there == to => Steps::default(),
            Kind::Directory => {
                return Err(Error::failed(format!(
                    "{} is a folder, not replaced by a link",
                    target.path
                )));
            }
            Kind::Link(_) | Kind::File | Kind::Special(_) => Steps {
                changes: make(Before::Was(Arc::clone(entry))),
                ..Steps::default()
            },
        },
    })
}
