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

#[test]
fn a_file_that_is_written_anew_keeps_its_extended_attributes() {
    let (dir, folder) = folder();
    let file = dir.path().join("f");
    std::fs::write(&file, "old").unwrap();
    let name = "user.evenkeel";
    if let Err(error) = rustix::fs::setxattr(&file, name, b"kept", rustix::fs::XattrFlags::empty()) {
        return eprintln!("skipped: this file system has no extended attributes of users: {error}");
    }
    let host = Posix::new(Local::new());
    let path = folder.join("f");
    let want = Want::Entry {
        path: path.clone(),
        follow: false,
        content: true,
    };
    let ask = Ask {
        who: Who::Login,
        want,
    };
    let Known::Is(Answer::Entry(Some(entry))) = host.look(&[ask]).unwrap().remove(0) else {
        panic!("the file was not seen");
    };
    let write = Write {
        path,
        content: b"new".as_slice().into(),
        attributes: Attributes {
            mode: Some(0o640),
            ..Attributes::default()
        },
        before: Before::Was(entry),
        validate: None,
        backup: None,
        secret: false,
        unsafe_write: false,
    };
    let commit = Commit {
        changes: vec![Change::Write(Box::new(write))],
        ..Commit::default()
    };
    assert!(host.commit(&commit).unwrap().failed.is_none());
    let mut value = [0; 4];
    assert_eq!(rustix::fs::getxattr(&file, name, &mut value).unwrap(), 4);
    assert_eq!(
        (&value, std::fs::read(&file).unwrap().as_slice()),
        (b"kept", b"new".as_slice())
    );
    host.finish().unwrap();
}
