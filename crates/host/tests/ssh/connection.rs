//! Connections that are missing, break, freeze or lead through other hosts.

use std::fs;
use std::thread;
use std::time::Duration;

use evenkeel_host::Error;
use evenkeel_host::SshSettings;

use crate::LONG;
use crate::host_keys::host_key;
use crate::rig;
use crate::rig::Kind;
use crate::rig::Rig;

pub(crate) fn a_frozen_server_times_out(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    rig.signal_listener("STOP");
    let mut settings = rig.settings();
    settings.connect_timeout = Some(Duration::from_secs(1));
    let error = rig
        .transport_with(kind, settings)
        .exec("true", b"", LONG)
        .unwrap_err();
    rig.signal_listener("CONT");
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    if kind == Kind::Libssh2 {
        assert!(
            error.to_string().ends_with("key exchange: no answer within 1 s"),
            "{error}"
        );
    }
}

pub(crate) fn a_dead_session_is_opened_again(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let ssh = rig.transport(kind);
    for _ in 0..3 {
        assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
        rig.signal_sessions("KILL");
        while !rig.sessions().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
    }
    assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
}

pub(crate) fn a_connection_that_breaks_midway_is_not_repeated(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let ssh = rig.transport(kind);
    let marks = rig.path("marks");
    let command = format!("echo mark >> {}; kill -9 $PPID; sleep 300", marks.display());
    let error = ssh.exec(&command, b"", LONG).unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    assert_eq!(fs::read_to_string(marks).unwrap(), "mark\n");
    assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
}

pub(crate) fn other_hosts_are_gone_through(kind: Kind) {
    let (Some(first), Some(second), Some(last)) = (Rig::start(), Rig::start(), Rig::start()) else {
        return;
    };
    let mut settings = last.settings();
    for hop in [&first, &second] {
        settings.identity_files.push(hop.path("key"));
        settings.known_hosts.push(hop.path("known_hosts"));
    }
    let user = rig::user();
    settings.proxy_jump = Some(format!(
        "{user}@127.0.0.1:{},{user}@127.0.0.1:{}",
        first.port, second.port
    ));
    let ssh = last.transport_with(kind, settings.clone());
    let stdin = vec![b'x'; 3_000_000];
    assert_eq!(
        ssh.exec("cat", &stdin, LONG).unwrap().stdout,
        stdin,
        "{}",
        second.log()
    );
    assert_eq!(ssh.exec("echo $SSH_CONNECTION", b"", LONG).unwrap().code, 0);
    assert!(first.log().contains("Accepted publickey") && second.log().contains("Accepted publickey"));
    ssh.close();
    drop(ssh);
    while !first.sessions().is_empty() || !second.sessions().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
    settings.known_hosts.pop();
    host_key(last.transport_with(kind, settings).exec("true", b"", LONG));
}

pub(crate) fn names_that_are_options_are_refused(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let proof = rig.path("proof");
    let option = format!("-oProxyCommand=touch {}", proof.display());
    for change in [
        (|settings: &mut SshSettings, option: &str| settings.host = option.into())
            as fn(&mut SshSettings, &str),
        |settings, option| settings.user = Some(option.into()),
        |settings, option| settings.proxy_jump = Some(option.into()),
    ] {
        let mut settings = rig.settings();
        change(&mut settings, &option);
        let error = rig
            .transport_with(kind, settings)
            .exec("true", b"", LONG)
            .unwrap_err();
        assert!(error.to_string().contains("begins with `-`"), "{error}");
    }
    assert!(!proof.exists());
}

pub(crate) fn a_frozen_peer_holds_nobody(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let mut settings = rig.settings();
    settings.connect_timeout = Some(Duration::from_secs(2));
    let ssh = rig.transport_with(kind, settings);
    assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
    rig.signal_sessions("STOP");
    let limit = Some(Duration::from_millis(500));
    // libssh2 notices while it opens the channel and connects anew; the program waits on its master.
    let outcome = ssh.exec("true", &vec![b'x'; 4_000_000], limit);
    assert_eq!(outcome.is_ok(), kind == Kind::Libssh2, "{outcome:?}");
    rig.signal_sessions("STOP");
    ssh.close();
    drop(ssh);
    rig.signal_sessions("CONT");
}

pub(crate) fn a_closed_port_is_unreachable(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let mut settings = rig.settings();
    settings.port = Some(1);
    let error = rig
        .transport_with(kind, settings)
        .exec("true", b"", LONG)
        .unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    assert!(error.to_string().contains("Connection refused"), "{error}");
}

pub(crate) fn the_configuration_counts(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let text = format!(
        "Host web*\n  HostName 127.0.0.1\n  Port {}\n  User {}\n  IdentityFile {}\n  UserKnownHostsFile {}\n",
        rig.port,
        rig::user(),
        rig.path("key").display(),
        rig.path("known_hosts").display(),
    );
    fs::write(rig.path("config"), text).unwrap();
    let mut settings = SshSettings::new("web1");
    settings.config_files = evenkeel_host::ConfigFiles::Only(rig.path("config"));
    assert_eq!(
        rig.transport_with(kind, settings)
            .exec("true", b"", LONG)
            .unwrap()
            .code,
        0
    );
}

pub(crate) fn closing_is_no_end(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let ssh = rig.transport(kind);
    for _ in 0..2 {
        assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
        ssh.keep_alive();
        ssh.close();
        while !rig.sessions().is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
    }
    if kind == Kind::OpenSsh {
        assert_eq!(fs::read_dir(rig.path("s")).unwrap().count(), 0);
    }
}
