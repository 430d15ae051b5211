//! Running many targets, a few at a time.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::by_ansible;
use super::by_evenkeel;
use super::cache;
use super::catalogue::Listed;
use super::record::Record;
use super::stage::HOST;
use super::targets;
use super::verdict::Measured;
use crate::command;
use crate::fleet::Error;
use crate::fleet::Fleet;
use crate::fleet::HostSpec;
use crate::fleet::Result;
use crate::reference::root;

/// Ansible's exit code when a host was lost: a host of the fleet never should be.
const UNREACHABLE: i32 = 4;

/// Runs targets with both programs on `jobs` hosts at a time, and tells of each when it has ended.
///
/// # Errors
/// When a host, Ansible or the command cannot be had.
pub fn run(
    chosen: &[Listed],
    programs: &Path,
    jobs: usize,
    told: impl Fn(&Measured) + Sync,
) -> Result<Vec<Measured>> {
    let targets = targets()?;
    command::program()?;
    let left = Mutex::new(chosen.iter());
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || -> Result<Vec<Measured>> {
        let fleet = Fleet::up(&[HostSpec::suite(HOST, "192.0.2.1")])?;
        let mut done = Vec::new();
        while let Some(target) = next() {
            let measured = measure(&fleet, programs, targets, target)?;
            told(&measured);
            done.push(measured);
        }
        Ok(done)
    };
    let jobs = jobs.clamp(1, chosen.len().max(1));
    let done: Vec<Measured> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let join = |worker: std::thread::ScopedJoinHandle<'_, Result<Vec<Measured>>>| {
            worker
                .join()
                .unwrap_or_else(|_| Err(Error::Failed("a worker panicked".to_owned())))
        };
        workers.into_iter().map(join).collect::<Result<Vec<_>>>()
    })?
    .concat();
    let in_order = |target: &Listed| done.iter().find(|one| one.target.name == target.name).cloned();
    Ok(chosen.iter().filter_map(in_order).collect())
}

fn measure(fleet: &Fleet, programs: &Path, targets: &Path, target: &Listed) -> Result<Measured> {
    let host = fleet.host(HOST);
    let ansible = cached(fleet, targets, &target.name, || {
        host.renew()?;
        by_ansible::run(fleet, programs, targets, &target.name)
    })?;
    host.renew()?;
    let evenkeel = by_evenkeel::run(fleet, targets, &target.name)?;
    Ok(Measured {
        target: target.clone(),
        ansible,
        evenkeel,
    })
}

fn cached(
    fleet: &Fleet,
    targets: &Path,
    target: &str,
    run: impl FnOnce() -> Result<Record>,
) -> Result<Record> {
    let place = cache::place(fleet, targets, target)?;
    if let Some(record) = cache::read(&place) {
        return Ok(record);
    }
    let record = run()?;
    if record.code == UNREACHABLE {
        return Err(Error::failed(format!("ansible: {target}"), record.why));
    }
    cache::write(&place, &record)?;
    Ok(record)
}

/// Keeps what a program said, to be read afterwards: `target/ansible-suite/TARGET.PROGRAM`.
pub(crate) fn kept(target: &str, program: &str, said: &str) -> Result<()> {
    let folder: PathBuf = root().join("target/ansible-suite");
    let path = folder.join(format!("{target}.{program}"));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(&path, said))
        .map_err(|error| Error::failed(path.display(), error))
}
