//! Why apt cannot do what is wanted, and what to do about it.

use evenkeel_host::Answer;
use evenkeel_host::Known;
use evenkeel_host::View;
use evenkeel_host::Want;

use super::spec::Spec;
use super::spec::Wanted;
use crate::Error;
use crate::Result;
use crate::facts::package::Versions;

/// Where dpkg keeps what it has not finished.
const UNFINISHED: &str = "/var/lib/dpkg/updates/*";

pub(super) fn missing(name: &str) -> Error {
    Error::failed(format!("there is no package {name} in the package lists"))
        .help("check the name, or set `update_cache: true`; is its source among apt's sources?")
}

pub(super) fn no_version(spec: &Spec, versions: &Versions) -> Error {
    let wanted = match &spec.version {
        Wanted::Any => "that can be installed".to_owned(),
        Wanted::Fits(pattern) => format!("that fits {pattern}"),
        Wanted::AtLeast(least) => format!("from {least} on"),
    };
    let known = if versions.versions.is_empty() {
        "none".to_owned()
    } else {
        versions.versions.join(", ")
    };
    Error::failed(format!("there is no version of {} {wanted}", spec.name)).help(format!(
        "apt knows these versions: {known}; `update_cache: true` looks for newer ones"
    ))
}

/// Says what apt-get refuses, with what to do.
pub(super) fn refusal(error: &str) -> Error {
    let parts: Vec<&str> = error.split("; ").collect();
    let unknown: Vec<&str> = parts
        .iter()
        .filter_map(|part| part.strip_prefix("Unable to locate package "))
        .collect();
    if !unknown.is_empty() {
        return missing(&unknown.join(", "));
    }
    let help = if error.contains("has no installation candidate") {
        "name a package that provides it, or set `update_cache: true`"
    } else if error.contains("Held packages were changed") {
        "set `allow_change_held_packages: true`, or release the packages with `apt-mark unhold`"
    } else if error.contains("downgraded") {
        "set `allow_downgrade: true`"
    } else if error.contains("need to be removed")
        || error.contains("--no-remove")
        || error.contains("remove is disabled")
    {
        "drop `fail_on_autoremove`, or name versions that need no removal"
    } else if error.contains("dpkg was interrupted") {
        return unfinished();
    } else if error.contains("pkgProblemResolver")
        || error.contains("Unmet dependencies")
        || error.contains("broken packages")
    {
        "`apt-get --simulate install` on the machine tells which dependencies cannot be met; `state: fixed` mends broken ones"
    } else {
        "try the same with `apt-get --simulate` on the machine"
    };
    Error::failed(format!("apt-get refuses: {error}")).help(help)
}

fn unfinished() -> Error {
    Error::failed("dpkg was interrupted on this machine and must finish first")
        .help("run `dpkg --configure -a` there")
}

/// Refuses to start where dpkg has not finished; a machine that cannot be asked is not stopped by it.
pub(super) fn refuse_unfinished(on: &View<'_>) -> Result<()> {
    match on.ask_all(vec![Want::Glob(UNFINISHED.to_owned())])?.pop() {
        Some(Known::Is(Answer::Paths(paths))) if !paths.is_empty() => Err(unfinished()),
        _ => Ok(()),
    }
}
