//! The readers of facts, on what a real Debian 12 with systemd 252, dpkg, apt 2.6 and firewalld 1.3.3 answered to their
//! scripts. Package `evk-a` is held, `evk-lib` came with it, `evk-d` has left its configuration, `evk-b` provides
//! `evk-virt`.

#![expect(clippy::unwrap_used, reason = "tests")]

use evenkeel_host::AbsPath;
use evenkeel_host::Fact;
use evenkeel_host::Known;
use evenkeel_host::Output;
use evenkeel_tasks::facts::account::Group;
use evenkeel_tasks::facts::account::PrimaryUsers;
use evenkeel_tasks::facts::account::User;
use evenkeel_tasks::facts::firewalld::PermanentZone;
use evenkeel_tasks::facts::firewalld::Running;
use evenkeel_tasks::facts::firewalld::RuntimeZone;
use evenkeel_tasks::facts::package::AptCache;
use evenkeel_tasks::facts::package::Candidate;
use evenkeel_tasks::facts::package::DebFile;
use evenkeel_tasks::facts::package::Package;
use evenkeel_tasks::facts::package::PackageNames;
use evenkeel_tasks::facts::package::Simulation;
use evenkeel_tasks::facts::package::Verb;
use evenkeel_tasks::facts::sysctl::Sysctl;
use evenkeel_tasks::facts::unit::Unit;
use evenkeel_tasks::facts::unit::UnitState;

/// A captured answer.
fn said(name: &str) -> Output {
    let path = format!("{}/tests/facts/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    Output {
        stdout: std::fs::read(path).unwrap(),
        ..Output::default()
    }
}

fn read<F: Fact>(fact: F, name: &str) -> F::Value {
    fact.parse(&said(name)).unwrap()
}

#[test]
fn groups() {
    let group = |name: &str| read(Group(name.to_owned()), "group");
    assert_eq!(group("root").unwrap().gid, Known::Is(0));
    assert_eq!(group("adm").unwrap().members, ["deploy"]);
    assert_eq!(group("4"), group("adm"));
    assert_eq!(group("nosuch"), None);
    assert_eq!(read(PrimaryUsers("haproxy".into()), "primary-users"), ["haproxy"]);
    assert!(read(PrimaryUsers("adm".into()), "primary-users").is_empty());
}

#[test]
fn users() {
    let user = |name: &str| read(User(name.to_owned()), "user");
    let deploy = user("deploy").unwrap();
    assert_eq!(deploy.uid, Known::Is(1500));
    assert_eq!(deploy.comment, Known::Is("Deploys, all".to_owned()));
    assert_eq!(deploy.groups, Known::Is(vec!["adm".to_owned(), "web".to_owned()]));
    let shadow = deploy.shadow.clone().ok().flatten().unwrap();
    assert_eq!(shadow.locked, Known::Is(true));
    assert_eq!(
        (shadow.min, shadow.max),
        (Known::Is(Some(0)), Known::Is(Some(99999)))
    );
    assert_eq!(
        (shadow.inactive, shadow.expires),
        (Known::Is(None), Known::Is(None))
    );
    assert_eq!(user("1500").unwrap(), deploy);
    assert_eq!(user("nosuch"), None);
}

#[test]
fn units() {
    let unit = |name: &str| read(Unit(name.to_owned()), "unit");
    let ssh = unit("ssh.service");
    assert_eq!(ssh.active, Known::Is("active".to_owned()));
    assert_eq!(ssh.file, Known::Is("enabled".to_owned()));
    assert!(ssh.can_reload && !ssh.needs_reload);
    assert_eq!(unit("sshd.service"), ssh, "an alias is the same unit");
    assert_eq!(unit("nosuch.service"), UnitState::not_found("nosuch.service"));
    assert_eq!(
        unit("getty@.service").file,
        Known::Is("enabled".to_owned()),
        "a template has a file only"
    );
    assert_eq!(unit("haproxy.service").file, Known::Is("disabled".to_owned()));
    assert_eq!(unit("fstrim.timer").kind, "");
}

#[test]
fn a_machine_without_systemd_says_so() {
    let stderr = b"System has not been booted with systemd as init system (PID 1). Can't operate.\n".to_vec();
    let output = Output {
        code: 1,
        stderr,
        ..Output::default()
    };
    let error = Unit("ssh.service".into()).parse(&output).unwrap_err();
    assert_eq!(
        error,
        "systemd does not answer: System has not been booted with systemd as init system (PID 1). Can't operate."
    );
}

#[test]
fn kernel_settings() {
    let setting = |name: &str| read(Sysctl(name.to_owned()), "sysctl");
    assert_eq!(setting("net.ipv4.ip_forward").as_deref(), Some("1"));
    assert_eq!(
        setting("net.ipv4.tcp_rmem").as_deref(),
        Some("4096 131072 6291456"),
        "blanks are one"
    );
    assert_eq!(setting("kernel.domainname").as_deref(), Some("(none)"));
    assert_eq!(
        setting("net.ipv4.route.flush").as_deref(),
        Some(""),
        "it can only be written"
    );
    assert_eq!(setting("net.nosuch"), None);
}

#[test]
fn packages() {
    let package = |name: &str| read(Package(name.to_owned()), "package");
    let held = package("evk-a");
    assert!(held.installed && held.held);
    assert_eq!(held.version, Known::Is(Some("1.0".to_owned())));
    assert_eq!(package("evk-lib").automatic, Known::Is(true));
    assert_eq!(package("haproxy").automatic, Known::Is(false));
    let gone = package("evk-d");
    assert!(!gone.installed);
    assert_eq!(gone.leftover, Known::Is(true));
    assert_eq!(package("evk-virt").provider.as_deref(), Some("evk-b"));
    assert!(package("libc6:amd64").installed);
    assert_eq!(package("nosuch"), Default::default());
}

#[test]
fn candidates() {
    let candidate = |name: &str| {
        read(
            Candidate {
                name: name.to_owned(),
                release: None,
            },
            "candidate",
        )
    };
    let versions = candidate("evk-a").unwrap();
    assert_eq!(versions.candidate.as_deref(), Some("2.0"));
    assert_eq!(versions.versions, ["2.0", "1.1", "1.0"]);
    assert_eq!(
        candidate("evk-virt").unwrap().candidate,
        None,
        "it is only provided"
    );
    assert_eq!(candidate("nosuch"), None);
}

#[test]
fn simulations() {
    let simulation = |words: &[&str]| {
        read(
            Simulation(words.iter().map(|word| (*word).to_owned()).collect()),
            "apt-simulation",
        )
    };
    let steps = simulation(&["install", "evk-f"]).steps;
    assert_eq!(
        (steps[0].verb, steps[0].name.as_str(), steps[0].to.as_deref()),
        (Verb::Install, "evk-f", Some("1.0"))
    );
    assert_eq!(
        simulation(&["install", "nosuch"]).error.as_deref(),
        Some("Unable to locate package nosuch")
    );
    let held = simulation(&["install", "evk-a=2.0"]).error.unwrap();
    assert!(held.starts_with("Held packages were changed"), "{held}");
}

#[test]
fn package_lists_and_files() {
    let cache = read(AptCache, "apt-cache");
    assert_eq!((cache.recent, cache.age.clone()), (true, Known::Is(71)));
    assert_eq!(
        (cache.is_fresh(70), cache.is_fresh(71)),
        (Known::Is(false), Known::Is(true))
    );
    let names = |pattern: &str, installed| {
        read(
            PackageNames {
                pattern: pattern.into(),
                installed,
            },
            "package-names",
        )
    };
    assert_eq!(names("evk-[ab]", false), ["evk-a", "evk-b"]);
    assert_eq!(
        names("evk*", true),
        ["evk-a", "evk-b", "evk-d", "evk-lib", "evk-rec"]
    );
    let file = |path: &str| read(DebFile(AbsPath::new(path).unwrap()), "deb-file");
    assert_eq!(file("/srv/repo/evk-b_0.5_all.deb").unwrap().version, "1:0.5~rc1");
    assert_eq!(file("/etc/passwd"), None);
}

#[test]
fn firewalld_answers_and_its_files_say_the_same() {
    let runtime = |zone: &str| read(RuntimeZone(zone.to_owned()), "firewalld-zone");
    let permanent = |zone: &str| read(PermanentZone(zone.to_owned()), "firewalld-permanent");
    let public = runtime("public");
    assert!(public.running && public.is_default);
    assert_eq!(runtime(""), public, "no name means the default zone");
    assert_eq!(permanent(""), permanent("public"));
    // All seven rich rules, and every other setting: the bus and the XML file are read into the same words.
    assert_eq!(public.zone.as_ref().unwrap().rich_rules.len(), 7);
    assert_eq!(permanent("public").zone, public.zone);
    assert_eq!(permanent("work").zone, runtime("work").zone);
    assert_eq!(runtime("nosuch").zone, None);
    assert_eq!(permanent("nosuch").zone, None);
}

#[test]
fn a_stopped_firewalld_is_told_from_a_missing_zone() {
    let stopped = read(RuntimeZone("public".into()), "firewalld-zone-stopped");
    assert!(!stopped.running);
    assert!(read(RuntimeZone("nosuch".into()), "firewalld-zone").running);
    assert!(read(Running, "firewalld-running"));
    assert!(!read(Running, "firewalld-running-stopped"));
}

/// No answer, however broken, makes a reader panic: each captured answer, cut at every 7th byte.
#[test]
fn broken_answers_are_no_panic() {
    fn cut<F: Fact>(fact: F, name: &str) {
        let whole = said(name).stdout;
        for end in (0..whole.len()).step_by(7) {
            let _ = fact.parse(&Output {
                stdout: whole[..end].to_vec(),
                ..Output::default()
            });
        }
    }
    cut(Group("adm".into()), "group");
    cut(User("deploy".into()), "user");
    cut(Unit("ssh.service".into()), "unit");
    cut(Sysctl("net.ipv4.tcp_rmem".into()), "sysctl");
    cut(Package("evk-a".into()), "package");
    cut(
        Candidate {
            name: "evk-a".into(),
            release: None,
        },
        "candidate",
    );
    cut(Simulation::install(["evk-f"]), "apt-simulation");
    cut(RuntimeZone("public".into()), "firewalld-zone");
    cut(PermanentZone("public".into()), "firewalld-permanent");
}
