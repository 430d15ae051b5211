//! The layer: dry run and simulated host.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;
use std::sync::Mutex;

use evenkeel_host::*;

fn path(text: &str) -> AbsPath {
    AbsPath::new(text).unwrap()
}

fn write(at: &str, content: &str, before: Before) -> Change {
    Change::Write(Box::new(Write {
        path: path(at),
        content: content.as_bytes().into(),
        attributes: Attributes::default(),
        before,
        validate: None,
        backup: None,
        secret: false,
        unsafe_write: false,
    }))
}

fn commit(changes: Vec<Change>) -> Commit {
    Commit {
        changes,
        ..Commit::default()
    }
}

/// A fact without a command.
#[derive(Clone, Debug)]
struct Package(&'static str);

impl Fact for Package {
    type Value = Option<String>;
    const FAMILY: &'static str = "package";
    fn key(&self) -> String {
        self.0.to_owned()
    }
    fn script(_: &[&str]) -> String {
        String::new()
    }
    fn parse(&self, _: &Output) -> Result<Option<String>, String> {
        Err("never run".to_owned())
    }
}

fn floor() -> Fixture {
    let debian = Fixture::default()
        .file("/etc/hosts", "127.0.0.1 localhost\n")
        .link("/var/run", "/run");
    debian
        .directory("/run")
        .directory("/etc/skel")
        .absent::<Package>(None)
        .fact(Package("bash"), Some("5.2".into()))
}

/// A floor that costs a round trip, and counts them.
struct Far(Fixture, Mutex<usize>);

impl Look for Far {
    fn look(&self, asks: &[Ask]) -> Result<Vec<Known<Answer>>> {
        *self.1.lock().unwrap() += 1;
        self.0.look(asks)
    }
}

fn far() -> Arc<Far> {
    Arc::new(Far(floor(), Mutex::new(0)))
}

fn text(layer: &dyn Look, at: &str) -> Option<String> {
    let entry = View::new(layer, Who::Login)
        .file(&path(at), true)
        .unwrap()
        .ok()??;
    match &entry.content {
        Some(Content::Bytes(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

fn there(layer: &dyn Look, at: &str) -> Known<Option<Arc<Entry>>> {
    View::new(layer, Who::Login).entry(&path(at), false).unwrap()
}

#[test]
fn a_file_written_in_a_forecast_is_seen_by_the_next_task_and_not_by_the_floor() {
    let floor = far();
    let layer = Layer::over(floor.clone());
    let made = layer
        .commit(&commit(vec![write("/etc/a", "one\n", Before::Absent)]))
        .unwrap();
    assert_eq!(made.failed, None);
    assert_eq!(text(&layer, "/etc/a").as_deref(), Some("one\n"));
    assert_eq!(text(floor.as_ref(), "/etc/a"), None);
    let entry = there(&layer, "/etc/a").ok().unwrap().unwrap();
    assert_eq!((entry.stat.mode, entry.stat.owner.as_str()), (0o644, "root"));
    assert!(entry.stat.is_forecast());
}

#[test]
fn what_is_changed_through_a_link_is_seen_under_both_names() {
    let layer = Layer::over(far());
    layer
        .commit(&commit(vec![write("/var/run/x", "pid", Before::Absent)]))
        .unwrap();
    assert_eq!(text(&layer, "/run/x").as_deref(), Some("pid"));
    assert_eq!(text(&layer, "/var/run/x").as_deref(), Some("pid"));
    let list = View::new(&layer, Who::Login)
        .ask(Want::List(path("/var/run")))
        .unwrap();
    assert_eq!(list, Known::Is(Answer::Paths(vec![path("/var/run/x")])));
    let glob = View::new(&layer, Who::Login)
        .ask(Want::Glob("/var/run/*".into()))
        .unwrap();
    assert_eq!(glob, Known::Is(Answer::Paths(vec![path("/var/run/x")])));
}

#[test]
fn an_announced_question_costs_one_round_trip_and_a_chain_of_changes_no_more() {
    let floor = far();
    let layer = Layer::over(floor.clone());
    layer
        .commit(&commit(vec![write("/etc/a", "one\n", Before::Absent)]))
        .unwrap();
    assert_eq!(
        *floor.1.lock().unwrap(),
        1,
        "links on the way, identity and folder together"
    );
    there(&layer, "/etc/a");
    layer
        .commit(&commit(vec![write("/etc/b", "two\n", Before::Absent)]))
        .unwrap();
    assert_eq!(*floor.1.lock().unwrap(), 1, "nothing new to ask");
    text(&layer, "/etc/b");
    assert_eq!(*floor.1.lock().unwrap(), 1);
}

#[test]
fn what_an_installation_obscures_is_unknown_until_it_is_written() {
    let layer = Layer::over(far());
    let mut run = Run::new(
        "install haproxy",
        Command::argv(["apt-get", "install", "haproxy"]),
    );
    run.obscures = vec![
        Obscures::Path(path("/etc/haproxy")),
        Obscures::Fact("package", "haproxy".into()),
    ];
    layer.commit(&commit(vec![Change::Run(Box::new(run))])).unwrap();
    let unknown = Known::Unknown("installing haproxy".into());
    assert_eq!(there(&layer, "/etc/haproxy/haproxy.cfg"), unknown);
    assert_eq!(
        View::new(&layer, Who::Login)
            .fact(Package("haproxy"))
            .unwrap()
            .why(),
        Some("installing haproxy")
    );
    assert_eq!(
        View::new(&layer, Who::Login).fact(Package("bash")).unwrap(),
        Known::Is(Some("5.2".into()))
    );
    let named = Attributes {
        owner: Some("root".into()),
        group: Some("0".into()),
        ..Attributes::default()
    };
    let mut change = write("/etc/haproxy/haproxy.cfg", "global\n", Before::Unknown);
    if let Change::Write(write) = &mut change {
        write.attributes = named;
    }
    layer
        .commit_uncertain(&commit(vec![change]), "installing haproxy")
        .unwrap();
    assert_eq!(
        there(&layer, "/etc/haproxy/haproxy.cfg"),
        unknown,
        "its mode is not known"
    );
    let before = Before::Unknown;
    let attributes = Attributes {
        mode: Some(0o640),
        ..Attributes::default()
    };
    let at = path("/etc/haproxy/haproxy.cfg");
    let mode = Change::SetAttributes {
        path: at,
        attributes,
        follow: true,
        before,
    };
    layer
        .commit_uncertain(&commit(vec![mode]), "installing haproxy")
        .unwrap();
    assert_eq!(
        text(&layer, "/etc/haproxy/haproxy.cfg").as_deref(),
        Some("global\n")
    );
    assert_eq!(there(&layer, "/etc/haproxy/errors"), unknown);
}

#[test]
fn what_may_or_may_not_happen_leaves_its_path_unknown() {
    let layer = Layer::over(far());
    layer
        .commit_possible(
            &commit(vec![write("/etc/hosts", "x", Before::Absent)]),
            "the answer",
        )
        .unwrap();
    assert_eq!(there(&layer, "/etc/hosts"), Known::Unknown("the answer".into()));
    let list = View::new(&layer, Who::Login)
        .ask(Want::List(path("/etc")))
        .unwrap();
    assert_eq!(list.why(), Some("the answer"));
}

#[test]
fn a_removed_tree_is_gone_and_can_be_made_again() {
    let layer = Layer::over(far());
    let entry = there(&layer, "/etc").ok().unwrap().unwrap();
    let before = Before::Was(entry);
    let changes = vec![
        Change::Remove {
            path: path("/etc"),
            before,
        },
        Change::MakeDirectory {
            path: path("/etc"),
            attributes: Attributes::default(),
        },
        write("/etc/new", "n", Before::Absent),
    ];
    assert_eq!(layer.commit(&commit(changes)).unwrap().failed, None);
    assert_eq!(there(&layer, "/etc/hosts"), Known::Is(None));
    let list = View::new(&layer, Who::Login)
        .ask(Want::List(path("/etc")))
        .unwrap();
    assert_eq!(list, Known::Is(Answer::Paths(vec![path("/etc/new")])));
    let Known::Is(Answer::Tree(tree)) = View::new(&layer, Who::Login).ask(Want::Tree(path("/"))).unwrap()
    else {
        panic!("a tree")
    };
    let paths: Vec<_> = tree.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["/etc", "/etc/new", "/run", "/var", "/var/run"]);
}

#[test]
fn attributes_are_changed_without_asking_for_the_content() {
    let floor = far();
    let layer = Layer::over(floor.clone());
    let entry = there(&layer, "/etc/hosts").ok().unwrap().unwrap();
    let stripped = Entry {
        stat: entry.stat.clone(),
        content: None,
    };
    let attributes = Attributes {
        mode: Some(0o600),
        owner: Some("1234".into()),
        ..Attributes::default()
    };
    let before = Before::Was(Arc::new(stripped));
    let change = Change::SetAttributes {
        path: path("/etc/hosts"),
        attributes,
        follow: true,
        before,
    };
    layer.commit(&commit(vec![change])).unwrap();
    let entry = View::new(&layer, Who::Login)
        .file(&path("/etc/hosts"), true)
        .unwrap()
        .ok()
        .unwrap()
        .unwrap();
    assert_eq!((entry.stat.mode, entry.stat.uid), (0o600, 1234));
    assert_eq!(
        entry.content,
        Some(Content::Bytes((*b"127.0.0.1 localhost\n").into()))
    );
}

#[test]
fn a_simulated_host_gets_what_the_catalogue_says_and_refuses_what_is_stale() {
    let cfg = Arc::new(Entry {
        stat: there(&floor(), "/etc/hosts").ok().unwrap().unwrap().stat.clone(),
        content: Some(Content::Bytes((*b"defaults\n").into())),
    });
    let haproxy = evenkeel_host::Package {
        name: "haproxy".into(),
        depends: vec!["liblua".into()],
        files: [(path("/etc/haproxy/haproxy.cfg"), cfg)].into(),
        facts: [(
            "package".to_owned(),
            [("haproxy".to_owned(), Arc::new("2.6".into()))].into(),
        )]
        .into(),
    };
    let liblua = evenkeel_host::Package {
        name: "liblua".into(),
        ..evenkeel_host::Package::default()
    };
    let catalogue = Catalogue::default().with(haproxy).with(liblua);
    let catalogue = Catalogue::from_json(&catalogue.to_json().unwrap()).unwrap();
    let host = Layer::simulated(Arc::new(floor()), Some(Arc::new(catalogue)));
    let mut run = Run::new(
        "install haproxy",
        Command::argv(["apt-get", "install", "haproxy"]),
    );
    run.brings = vec!["haproxy=2.6".into()];
    run.obscures = vec![Obscures::Path(path("/etc/haproxy"))];
    let opaque = Run {
        effect: Effect::Opaque,
        ..Run::new("run a script", Command::shell("true"))
    };
    let made = host
        .commit(&commit(vec![
            Change::Run(Box::new(run)),
            Change::Run(Box::new(opaque)),
        ]))
        .unwrap();
    assert_eq!((made.failed, made.unknown), (None, vec![1]));
    assert_eq!(
        text(&host, "/etc/haproxy/haproxy.cfg").as_deref(),
        Some("defaults\n")
    );
    assert_eq!(
        View::new(&host, Who::Login).fact(Package("haproxy")).unwrap(),
        Known::Is(Some("2.6".into()))
    );
    let stale = host
        .commit(&commit(vec![write("/etc/hosts", "x", Before::Absent)]))
        .unwrap();
    assert_eq!(stale.failed, Some(Failure::Stale("/etc/hosts exists now".into())));
    let unknown = host
        .commit(&commit(vec![write("/etc/hosts", "x", Before::Unknown)]))
        .unwrap();
    assert!(matches!(unknown.failed, Some(Failure::Stale(_))));
    let orphan = host
        .commit(&commit(vec![write("/none/x", "x", Before::Absent)]))
        .unwrap();
    assert!(matches!(orphan.failed, Some(Failure::Failed(_))));
    assert!(
        !there(&host, "/etc/haproxy/haproxy.cfg")
            .ok()
            .unwrap()
            .unwrap()
            .stat
            .is_forecast()
    );
}

#[test]
fn a_fixture_is_strict() {
    let json = floor().only([path("/etc")]).to_json().unwrap();
    let floor = Fixture::from_json(&json).unwrap();
    let view = View::new(&floor, Who::Login);
    assert_eq!(view.entry(&path("/etc/none"), true).unwrap(), Known::Is(None));
    assert!(view.entry(&path("/usr/bin/x"), true).is_err());
    assert_eq!(view.fact(Package("nginx")).unwrap(), Known::Is(None));
    assert!(Fixture::default().only([]).look(&[]).is_ok());
}
