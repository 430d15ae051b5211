//! What a forecast says happens: random changes in memory, then on this machine.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use evenkeel_host::*;
use proptest::prelude::*;

/// Something to do with the path of this number; what it is planned on is looked up.
#[derive(Clone, Debug)]
enum Step {
    Write {
        at: usize,
        content: Vec<u8>,
        mode: Option<u32>,
        backup: bool,
    },
    Folder {
        at: usize,
        mode: Option<u32>,
    },
    Link {
        at: usize,
        to: usize,
        hard: bool,
    },
    Attributes {
        at: usize,
        mode: u32,
    },
    Times {
        at: usize,
    },
    Remove {
        at: usize,
    },
}

const PATHS: [&str; 7] = ["a", "b", "d", "d/x", "d/e", "d/e/y", "l/x"];

fn step() -> impl Strategy<Value = Step> {
    let at = || 0..PATHS.len();
    let mode = || prop::option::of(prop::sample::select(vec![0o600, 0o644, 0o755, 0o4711, 0o1777]));
    let content = prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        3 => (at(), content, mode(), any::<bool>())
            .prop_map(|(at, content, mode, backup)| Step::Write { at, content, mode, backup }),
        3 => (at(), mode()).prop_map(|(at, mode)| Step::Folder { at, mode }),
        2 => (at(), at(), any::<bool>()).prop_map(|(at, to, hard)| Step::Link { at, to, hard }),
        1 => (at(), mode()).prop_map(|(at, mode)| Step::Attributes { at, mode: mode.unwrap_or(0o640) }),
        1 => at().prop_map(|at| Step::Times { at }),
        2 => at().prop_map(|at| Step::Remove { at }),
    ]
}

/// The change of a step, planned on what a host says; `None` where no task would plan it.
fn plan(step: &Step, view: &View<'_>, folder: &AbsPath) -> Option<Change> {
    let path = |at: &usize| folder.join(PATHS[*at]);
    let there = |at: &usize| view.file(&path(at), false).ok().and_then(Known::ok).flatten();
    let before = |at: &usize| there(at).map_or(Before::Absent, Before::Was);
    let is_folder = |at: &usize| there(at).is_some_and(|entry| entry.stat.kind == Kind::Directory);
    let is_link = |at: &usize| there(at).is_some_and(|entry| matches!(entry.stat.kind, Kind::Link(_)));
    let parent = |at: &usize| {
        let parent = view
            .entry(&path(at).parent().unwrap(), true)
            .ok()
            .and_then(Known::ok)
            .flatten();
        parent.is_some_and(|entry| entry.stat.kind == Kind::Directory)
    };
    let named = |mode: &Option<u32>| Attributes {
        mode: *mode,
        ..Attributes::default()
    };
    Some(match step {
        Step::Write {
            at,
            content,
            mode,
            backup,
        } if parent(at) && !is_folder(at) => {
            let backup = (*backup && !is_link(at)).then(|| path(at).parent().unwrap().join("backup"));
            Change::Write(Box::new(Write {
                path: path(at),
                content: content.as_slice().into(),
                attributes: named(mode),
                before: before(at),
                validate: None,
                backup,
                secret: false,
                unsafe_write: false,
            }))
        }
        Step::Folder { at, mode } if parent(at) && there(at).is_none() => Change::MakeDirectory {
            path: path(at),
            attributes: named(mode),
        },
        Step::Link { at, to, hard: false } if parent(at) && !is_folder(at) => {
            let target = PATHS[*to].to_owned();
            Change::Link {
                path: path(at),
                target,
                hard: false,
                before: before(at),
            }
        }
        Step::Link { at, to, hard: true } if parent(at) && there(at).is_none() && !is_folder(to) => {
            there(to)?;
            Change::Link {
                path: path(at),
                target: path(to).to_string(),
                hard: true,
                before: before(at),
            }
        }
        Step::Attributes { at, mode } if there(at).is_some() && !is_link(at) => Change::SetAttributes {
            path: path(at),
            attributes: named(&Some(*mode)),
            follow: true,
            before: before(at),
        },
        Step::Times { at } if there(at).is_some() && !is_link(at) => Change::SetTimes {
            path: path(at),
            accessed: None,
            modified: Some(1_000_000_000.0),
            keep_accessed: true,
            keep_modified: false,
        },
        Step::Remove { at } => {
            there(at)?;
            Change::Remove {
                path: path(at),
                before: before(at),
            }
        }
        _ => return None,
    })
}

/// What a forecast is held to: everything but times, numbers of inodes and the like.
fn shown(host: &dyn Look, folder: &AbsPath) -> Vec<String> {
    let view = View::new(host, Who::Login);
    let Known::Is(Answer::Tree(tree)) = view.ask(Want::Tree(folder.clone())).unwrap() else {
        panic!("a tree")
    };
    let mut lines = Vec::new();
    for (path, _) in tree {
        let entry = view.file(&path, false).unwrap().ok().unwrap().unwrap();
        let (stat, content) = (&entry.stat, entry.content.as_ref().map(Content::sha256));
        let name = &path.as_str()[folder.as_str().len()..];
        let owner = (stat.uid, stat.gid, &stat.owner, &stat.group);
        lines.push(format!(
            "{name} {:?} {:o} {owner:?} {content:?}",
            stat.kind, stat.mode
        ));
        let followed = view
            .file(&path, true)
            .map(|known| known.ok().unwrap().map(|entry| entry.stat.mode));
        lines.push(format!("  leads to {:?}", followed.ok()));
    }
    lines
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_forecast_over_this_machine_is_what_happens(steps in prop::collection::vec(step(), 1..14)) {
        let dir = tempfile::tempdir().unwrap();
        let folder = AbsPath::new(dir.path().to_str().unwrap()).unwrap();
        std::os::unix::fs::symlink("d", dir.path().join("l")).unwrap();
        let host = Arc::new(Posix::new(Local::new()));
        let forecast = Layer::over(host.clone());
        let mut all = Vec::new();
        for step in &steps {
            let Some(change) = plan(step, &View::new(&forecast, Who::Login), &folder) else { continue };
            let commit = Commit { changes: vec![change], ..Commit::default() };
            prop_assert_eq!(forecast.commit(&commit).unwrap().failed, None);
            all.push(step.clone());
        }
        let expected = shown(&forecast, &folder);
        for step in &all {
            let change = plan(step, &View::new(host.as_ref(), Who::Login), &folder);
            let commit = Commit { changes: vec![change.expect("it was planned before")], ..Commit::default() };
            prop_assert_eq!(host.commit(&commit).unwrap().failed, None, "{:?}", step);
        }
        prop_assert_eq!(shown(host.as_ref(), &folder), expected);
        host.finish().unwrap();
    }

    #[test]
    fn a_simulated_host_does_the_same_as_this_machine(steps in prop::collection::vec(step(), 1..14)) {
        let dir = tempfile::tempdir().unwrap();
        let folder = AbsPath::new(dir.path().to_str().unwrap()).unwrap();
        std::os::unix::fs::symlink("d", dir.path().join("l")).unwrap();
        let host = Posix::new(Local::new());
        let start = capture(&host, &Who::Login, std::slice::from_ref(&folder), &[], &[FamilyCapture {
            facts: vec![AnyFact::new(Identity)],
            absent: None,
        }]).unwrap();
        let simulated = Layer::simulated(Arc::new(start), None);
        for step in &steps {
            let ours = plan(step, &View::new(&host, Who::Login), &folder);
            let theirs = plan(step, &View::new(&simulated, Who::Login), &folder);
            prop_assert_eq!(ours.is_some(), theirs.is_some(), "{:?}", step);
            let (Some(ours), Some(theirs)) = (ours, theirs) else { continue };
            let commit = |change| Commit { changes: vec![change], ..Commit::default() };
            prop_assert_eq!(host.commit(&commit(ours)).unwrap().failed, None);
            prop_assert_eq!(simulated.commit(&commit(theirs)).unwrap().failed, None);
        }
        prop_assert_eq!(shown(&simulated, &folder), shown(&host, &folder));
        host.finish().unwrap();
    }
}
