//! Whether the host is the one it claims to be.

use std::fs;

use evenkeel_host::Error;

use crate::LONG;
use crate::rig::Kind;
use crate::rig::Rig;
use crate::rig::run;

/// The message and help of an error about a host key.
pub(crate) fn host_key(outcome: evenkeel_host::Result<evenkeel_host::Output>) -> (String, String) {
    match outcome {
        Err(Error::HostKey { message, help }) => (message, help),
        other => panic!("{other:?}"),
    }
}

pub(crate) fn an_unknown_key_is_refused_and_can_be_accepted(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let entry = fs::read_to_string(rig.path("known_hosts")).unwrap();
    fs::remove_file(rig.path("known_hosts")).unwrap();
    let (message, help) = host_key(rig.transport(kind).exec("true", b"", LONG));
    assert!(
        message.contains("unknown") && help.contains("--accept-new-host-keys"),
        "{message} {help}"
    );
    if kind == Kind::Libssh2 {
        let fingerprint = run("ssh-keygen", &["-lf", rig.path("host_key").to_str().unwrap()]);
        assert!(
            message.contains(fingerprint.split(' ').nth(1).unwrap()),
            "{message} {fingerprint}"
        );
        let line = help.lines().last().unwrap();
        assert!(entry.starts_with(line), "{entry} {line}");
    }
    assert!(!rig.path("known_hosts").exists());
    let mut settings = rig.settings();
    settings.accept_new = true;
    settings.known_hosts[0] = rig.path("made/known_hosts");
    assert_eq!(
        rig.transport_with(kind, settings.clone())
            .exec("true", b"", LONG)
            .unwrap()
            .code,
        0
    );
    settings.accept_new = false;
    assert_eq!(
        rig.transport_with(kind, settings.clone())
            .exec("true", b"", LONG)
            .unwrap()
            .code,
        0
    );
}

/// Another public key: `TYPE BASE64`.
pub(crate) fn other_key(rig: &Rig) -> String {
    let text = fs::read_to_string(rig.path("key.pub")).unwrap();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

pub(crate) fn a_changed_key_names_its_line(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let file = rig.path("known_hosts");
    fs::write(&file, format!("# comment\n{} {}\n", rig.name(), other_key(&rig))).unwrap();
    let mut settings = rig.settings();
    settings.accept_new = true;
    let (message, help) = host_key(rig.transport_with(kind, settings).exec("true", b"", LONG));
    let place = format!("{}:2", file.display());
    assert!(
        message.contains(&place) && help.contains(&place),
        "{message} {help}"
    );
    assert!(message.contains("changed"), "{message}");
}

pub(crate) fn a_revoked_key_is_refused(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let file = rig.path("known_hosts");
    let entry = fs::read_to_string(&file).unwrap();
    let key = entry.split(' ').skip(1).collect::<Vec<_>>().join(" ");
    fs::write(&file, format!("{entry}@revoked * {key}")).unwrap();
    let (message, _) = host_key(rig.transport(kind).exec("true", b"", LONG));
    assert!(message.contains("revoked"), "{message}");
}

pub(crate) fn a_hashed_entry_is_found(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let file = rig.path("known_hosts");
    run("ssh-keygen", &["-q", "-H", "-f", file.to_str().unwrap()]);
    assert!(fs::read_to_string(&file).unwrap().starts_with("|1|"));
    assert_eq!(rig.transport(kind).exec("true", b"", LONG).unwrap().code, 0);
}

pub(crate) fn a_host_certificate_is_checked(kind: Kind) {
    for kind_of_ca in [
        &["-t", "ed25519"][..],
        &["-t", "ecdsa", "-b", "384"],
        &["-t", "rsa", "-b", "2048"],
    ] {
        for (principal, works) in [("127.0.0.1", true), ("192.0.2.1", false)] {
            check_host_certificate(kind, kind_of_ca, principal, "+1d", works);
        }
    }
    check_host_certificate(kind, &["-t", "ed25519"], "127.0.0.1", "20200101:20200102", false);
}

pub(crate) fn check_host_certificate(kind: Kind, ca: &[&str], principal: &str, validity: &str, works: bool) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    run("ssh-keygen", &[&["-q", "-N", "", "-f", &at("ca")], ca].concat());
    run(
        "ssh-keygen",
        &["-q", "-N", "", "-t", "ed25519", "-f", &at("host")],
    );
    run(
        "ssh-keygen",
        &[
            "-q",
            "-s",
            &at("ca"),
            "-I",
            "id",
            "-h",
            "-n",
            principal,
            "-V",
            validity,
            &at("host.pub"),
        ],
    );
    let config = format!("HostKey {}\nHostCertificate {}", at("host"), at("host-cert.pub"));
    let Some(rig) = Rig::start_with(&config, |_| ()) else {
        return;
    };
    let authority = fs::read_to_string(at("ca.pub")).unwrap();
    fs::write(
        rig.path("known_hosts"),
        format!("@cert-authority [127.0.0.1]:* {authority}"),
    )
    .unwrap();
    let outcome = rig.transport(kind).exec("true", b"", LONG);
    assert_eq!(
        outcome.is_ok(),
        works,
        "{ca:?} {principal} {validity}: {outcome:?}"
    );
    if !works {
        host_key(outcome);
    }
    fs::write(
        rig.path("known_hosts"),
        format!("@cert-authority other.example.org {authority}"),
    )
    .unwrap();
    host_key(rig.transport(kind).exec("true", b"", LONG));
}
