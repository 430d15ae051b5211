//! What only a simulated host does: it refuses what a real one would refuse, and packages bring what they contain.

use std::sync::Arc;

use super::apply::is_opaque;
use super::apply::may_be_folder;
use super::apply::refused;
use super::ground::Ground;
use super::ground::subject;
use super::memory::Memory;
use super::node::Node;
use crate::Before;
use crate::Catalogue;
use crate::Change;
use crate::Committed;
use crate::Content;
use crate::Entry;
use crate::Failure;
use crate::Known;
use crate::Run;

/// Why a host would refuse a change; `earlier` are those of the same commit.
pub(super) fn fault(change: &Change, ground: &Ground, earlier: &[Change]) -> Option<Failure> {
    let subject = subject(change)?;
    // What an opaque command left on this host nobody will ever know: what is planned on that stands.
    let knowable = !matches!(ground.there, Some(Known::Unknown(_)));
    if subject.before == Some(&Before::Unknown) && knowable {
        return Some(Failure::Stale(format!(
            "{}: what was there is not known",
            subject.path
        )));
    }
    if subject.creates
        && ground
            .parent
            .as_ref()
            .is_some_and(|parent| !may_be_folder(parent))
    {
        return Some(refused(format!("the folder of {} does not exist", subject.path)));
    }
    let touched = earlier
        .iter()
        .filter_map(super::ground::subject)
        .any(|other| subject.path.is_within(other.path));
    if touched {
        return None;
    }
    match (subject.before?, ground.there.as_ref()?) {
        (Before::Absent, Known::Is(None)) | (_, Known::Unknown(_)) | (Before::Unknown, _) => None,
        (Before::Was(was), Known::Is(Some(is))) => difference(was, is)
            .map(|difference| Failure::Stale(format!("{} has changed: {difference}", subject.path))),
        (Before::Absent, Known::Is(Some(_))) => Some(Failure::Stale(format!("{} exists now", subject.path))),
        (Before::Was(_), Known::Is(None)) => Some(Failure::Stale(format!("{} is gone", subject.path))),
    }
}

/// What differs between what a change was planned on and what is there.
fn difference(was: &Entry, is: &Entry) -> Option<String> {
    let (a, b) = (&was.stat, &is.stat);
    if a.kind != b.kind {
        return Some("its type".to_owned());
    }
    if a.mode != b.mode {
        return Some(format!("its mode is {:04o}", b.mode));
    }
    if (a.uid, a.gid) != (b.uid, b.gid) {
        return Some(format!("it belongs to {}:{}", b.owner, b.group));
    }
    match (&was.content, &is.content) {
        (Some(Content::Bytes(a)), Some(Content::Bytes(b))) if a == b => None,
        (Some(a), Some(b)) if a.sha256() != b.sha256() => Some("its content".to_owned()),
        _ => None,
    }
}

/// Notes what a host in memory cannot do.
pub(super) fn note(change: &Change, index: usize, committed: &mut Committed) {
    if is_opaque(change) {
        committed.unknown.push(index);
    }
    committed.not_run.extend(match change {
        Change::Write(write) => write
            .validate
            .as_ref()
            .map(|validate| format!("validate: {}", validate.command)),
        Change::Run(run) if is_opaque(change) => Some(run.summary.clone()),
        _ => None,
    });
}

/// Installs and removes packages as the catalogue says; whether it knew them all.
pub(super) fn packages(memory: &mut Memory, catalogue: Option<&Catalogue>, run: &Run) -> bool {
    let Some(catalogue) = catalogue else { return false };
    if run.brings.is_empty() && run.takes.is_empty() {
        return false;
    }
    let known = catalogue.covers(&run.brings) && run.takes.iter().all(|name| catalogue.knows(name));
    for name in run.brings.iter().filter(|_| known) {
        install(memory, catalogue, name);
    }
    for name in run.takes.iter().filter(|_| known) {
        remove(memory, catalogue, name);
    }
    known
}

fn install(memory: &mut Memory, catalogue: &Catalogue, name: &str) {
    for package in catalogue.closure(name) {
        if !memory.packages.insert(package.name.clone()) {
            continue;
        }
        for (path, entry) in &package.files {
            if !memory.nodes.contains_key(path) {
                memory.put(path.clone(), Node::known(Arc::clone(entry), path));
            }
        }
        for (family, key, value) in package.facts() {
            memory.set_fact(family, key, Known::Is(Arc::clone(value)));
        }
    }
}

/// Removes a package's files except those below `/etc`, which `dpkg --remove` leaves.
fn remove(memory: &mut Memory, catalogue: &Catalogue, name: &str) {
    let Some(package) = catalogue.package(name) else {
        return;
    };
    memory.packages.remove(&package.name);
    for (path, entry) in &package.files {
        if !path.as_str().starts_with("/etc/") && entry.stat.kind != crate::Kind::Directory {
            memory.remove(path);
        }
    }
    for (family, key, _) in package.facts() {
        memory.forget_fact(family, key);
    }
}
