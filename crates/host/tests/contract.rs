//! One contract, on every host that needs no other machine.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use evenkeel_host::*;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A folder that this process may use as a target's.
fn folder() -> (tempfile::TempDir, AbsPath) {
    let dir = tempfile::tempdir().unwrap();
    let path = AbsPath::new(dir.path().to_str().unwrap()).unwrap();
    (dir, path)
}

fn contract<'a>(host: &'a dyn Host, folder: AbsPath) -> Contract<'a> {
    let (is_root, who) = (is_root(), Who::Login);
    Contract {
        host,
        who,
        folder,
        is_root,
        runs_programs: false,
        refuses_stale: false,
    }
}

#[test]
fn this_machine() {
    let (_dir, folder) = folder();
    let host = Posix::new(Local::new());
    Contract {
        runs_programs: true,
        refuses_stale: true,
        ..contract(&host, folder)
    }
    .check();
    host.finish().unwrap();
}

#[test]
fn a_forecast_over_this_machine() {
    let (dir, folder) = folder();
    let host = Layer::over(Arc::new(Posix::new(Local::new())));
    contract(&host, folder).check();
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        0,
        "the machine is untouched"
    );
}

#[test]
fn a_simulated_host() {
    let fixture = Fixture::default().directory("/srv/test");
    let host = Layer::simulated(Arc::new(fixture), None);
    let folder = AbsPath::new("/srv/test").unwrap();
    Contract {
        is_root: true,
        refuses_stale: true,
        ..contract(&host, folder)
    }
    .check();
}

#[test]
fn a_forecast_over_a_simulated_host() {
    let fixture = Fixture::default().directory("/srv/test");
    let host = Layer::over(Arc::new(Layer::simulated(Arc::new(fixture), None)));
    let folder = AbsPath::new("/srv/test").unwrap();
    Contract {
        is_root: true,
        ..contract(&host, folder)
    }
    .check();
}
