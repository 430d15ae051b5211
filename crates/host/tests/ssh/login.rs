//! Ways to log in, and what is said when none works.

use std::fs;
use std::thread;
use std::time::Duration;

use evenkeel_host::Error;
use evenkeel_host::Secret;

use crate::LONG;
use crate::rig;
use crate::rig::Kind;
use crate::rig::Rig;
use crate::rig::keygen;
use crate::rig::run;

pub(crate) fn an_encrypted_key_takes_its_passphrase(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let mut settings = rig.settings();
    settings.identity_files = vec![rig.path("locked")];
    settings.passphrase = Some(Secret::new("open sesame".into()));
    let ssh = rig.transport_with(kind, settings);
    assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0, "{}", rig.log());
}

/// The message of a refused login.
pub(crate) fn refused(outcome: evenkeel_host::Result<evenkeel_host::Output>) -> String {
    match outcome {
        Err(Error::Authentication { message }) => message,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn a_wrong_passphrase_is_named(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let mut settings = rig.settings();
    settings.identity_files = vec![rig.path("locked")];
    let message = refused(rig.transport_with(kind, settings.clone()).exec("true", b"", LONG));
    if kind == Kind::Libssh2 {
        assert!(
            message.contains("it is encrypted, and neither a passphrase nor an agent has it"),
            "{message}"
        );
    }
    settings.passphrase = Some(Secret::new("wrong secret".into()));
    let message = refused(rig.transport_with(kind, settings).exec("true", b"", LONG));
    assert!(!message.contains("wrong secret"), "{message}");
    if kind == Kind::Libssh2 {
        assert!(message.contains("locked: the passphrase is wrong"), "{message}");
    }
}

pub(crate) fn the_agent_logs_in(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let socket = rig.path("agent");
    let mut agent = std::process::Command::new("ssh-agent")
        .arg("-D")
        .arg("-a")
        .arg(&socket)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    while !socket.exists() {
        thread::sleep(Duration::from_millis(5));
    }
    let added = std::process::Command::new("ssh-add")
        .arg(rig.path("key"))
        .env("SSH_AUTH_SOCK", &socket)
        .output();
    let mut settings = rig.settings();
    settings.identities_only = false;
    settings.agent_socket = Some(socket);
    settings.identity_files = Vec::new();
    let outcome = rig.transport_with(kind, settings.clone()).exec("true", b"", LONG);
    settings.agent_socket = Some(rig.path("nobody"));
    let without = rig.transport_with(kind, settings).exec("true", b"", LONG);
    agent.kill().unwrap();
    agent.wait().unwrap();
    assert!(added.unwrap().status.success());
    assert_eq!(outcome.unwrap().code, 0);
    refused(without);
}

pub(crate) fn a_user_certificate_logs_in(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca");
    keygen(&ca, &["-N", ""]);
    let config = format!("TrustedUserCAKeys {}", folder.path().join("ca.pub").display());
    let Some(rig) = Rig::start_with(&config, |at| fs::write(at.join("authorized_keys"), "").unwrap()) else {
        return;
    };
    refused(rig.transport(kind).exec("true", b"", LONG));
    let public = rig.path("key.pub");
    run(
        "ssh-keygen",
        &[
            "-q",
            "-s",
            ca.to_str().unwrap(),
            "-I",
            "id",
            "-n",
            &rig::user(),
            public.to_str().unwrap(),
        ],
    );
    assert_eq!(rig.transport(kind).exec("true", b"", LONG).unwrap().code, 0);
}

pub(crate) fn a_refused_login_says_what_was_tried(kind: Kind) {
    let Some(rig) = Rig::start_with("", |at| fs::write(at.join("authorized_keys"), "").unwrap()) else {
        return;
    };
    let mut settings = rig.settings();
    settings.identity_files.push(rig.path("missing"));
    let message = refused(rig.transport_with(kind, settings).exec("true", b"", LONG));
    assert!(message.contains("publickey"), "{message}");
    if kind == Kind::Libssh2 {
        assert!(
            message.contains("key: refused") && message.contains("missing: No such file"),
            "{message}"
        );
    }
}

pub(crate) fn a_host_that_hangs_up_has_refused(kind: Kind) {
    let Some(rig) = Rig::start_with("MaxAuthTries 2", |at| {
        for name in ["a", "b", "c", "d"] {
            keygen(&at.join(name), &["-N", ""]);
        }
    }) else {
        return;
    };
    let mut settings = rig.settings();
    settings.identity_files = ["a", "b", "c", "d"].map(|name| rig.path(name)).to_vec();
    refused(rig.transport_with(kind, settings).exec("true", b"", LONG));
}

pub(crate) fn every_key_format_logs_in(kind: Kind) {
    let formats: [(&str, &[&str]); 7] = [
        ("ecdsa", &["-t", "ecdsa", "-b", "256", "-N", ""]),
        ("ecdsa521", &["-t", "ecdsa", "-b", "521", "-N", ""]),
        ("rsa", &["-t", "rsa", "-b", "2048", "-N", ""]),
        ("pem", &["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", ""]),
        (
            "pem-locked",
            &["-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "open sesame"],
        ),
        ("pkcs8", &["-t", "ecdsa", "-b", "384", "-m", "PKCS8", "-N", ""]),
        (
            "pkcs8-locked",
            &["-t", "rsa", "-b", "2048", "-m", "PKCS8", "-N", "open sesame"],
        ),
    ];
    let Some(rig) = Rig::start_with("", |at| {
        let mut authorized = String::new();
        for (name, arguments) in formats {
            let file = at.join(name);
            run(
                "ssh-keygen",
                &[&["-q", "-f", file.to_str().unwrap()], arguments].concat(),
            );
            authorized += &fs::read_to_string(at.join(format!("{name}.pub"))).unwrap();
        }
        fs::write(at.join("authorized_keys"), authorized).unwrap();
    }) else {
        return;
    };
    for (name, _) in formats {
        let mut settings = rig.settings();
        settings.identity_files = vec![rig.path(name)];
        settings.passphrase = name.contains("locked").then(|| Secret::new("open sesame".into()));
        let outcome = rig.transport_with(kind, settings.clone()).exec("true", b"", LONG);
        assert_eq!(outcome.unwrap_or_else(|error| panic!("{name}: {error}")).code, 0);
        if settings.passphrase.is_some() && kind == Kind::Libssh2 {
            for passphrase in [None, Some(Secret::new("wrong".into()))] {
                settings.passphrase = passphrase;
                let message = refused(rig.transport_with(kind, settings.clone()).exec("true", b"", LONG));
                assert!(
                    message.contains("encrypted") || message.contains("passphrase is wrong"),
                    "{message}"
                );
            }
        }
    }
}

pub(crate) fn a_password_logs_in(kind: Kind) {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: giving sshd another /etc/shadow takes root");
        return;
    }
    for method in ["PasswordAuthentication", "KbdInteractiveAuthentication"] {
        let config = format!(
            "{method} yes\nUsePAM {}",
            if method.starts_with('P') { "no" } else { "yes" }
        );
        let shadow = |at: &std::path::Path| {
            let hash = run("openssl", &["passwd", "-6", "pass word"]);
            let others = fs::read_to_string("/etc/shadow").unwrap();
            let others: String = others
                .lines()
                .filter(|line| !line.starts_with("root:"))
                .map(|l| format!("{l}\n"))
                .collect();
            fs::write(
                at.join("shadow"),
                format!("root:{}:19000:0:99999:7:::\n{others}", hash.trim()),
            )
            .unwrap();
        };
        let launch = |config: &std::path::Path| {
            let mut command = std::process::Command::new("unshare");
            let script =
                "mount --bind \"$1/shadow\" /etc/shadow && exec /usr/sbin/sshd -D -e -f \"$1/sshd_config\"";
            command
                .args(["-m", "sh", "-c", script, "sh"])
                .arg(config.parent().unwrap());
            command
        };
        let Some(rig) = Rig::launch(&config, shadow, launch) else {
            return;
        };
        let mut settings = rig.settings();
        settings.identity_files = Vec::new();
        settings.password = Some(Secret::new("pass word".into()));
        let outcome = rig.transport_with(kind, settings.clone()).exec("true", b"", LONG);
        assert_eq!(outcome.unwrap().code, 0, "{method}: {}", rig.log());
        settings.password = Some(Secret::new("wrong secret".into()));
        let message = refused(rig.transport_with(kind, settings).exec("true", b"", LONG));
        assert!(!message.contains("wrong secret"), "{message}");
    }
}
