//! Both SSH transports against a real sshd.
#![expect(clippy::disallowed_types, reason = "the tests start an sshd")]
#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

#[path = "ssh/rig.rs"]
mod rig;

use std::fs;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use evenkeel_host::Error;
use evenkeel_host::Secret;
use evenkeel_host::SshSettings;
use rig::Kind;
use rig::Rig;
use rig::keygen;
use rig::run;

/// Long enough for any machine, short enough to end a test that hangs.
const LONG: Option<Duration> = Some(Duration::from_secs(60));

macro_rules! for_both_transports {
    ($($name:ident),* $(,)?) => {
        mod libssh2 { $(#[test] fn $name() { super::$name(super::Kind::Libssh2) })* }
        mod openssh { $(#[test] fn $name() { super::$name(super::Kind::OpenSsh) })* }
    };
}

for_both_transports!(
    a_command_s_output_and_code_come_back,
    megabytes_flow_in_all_directions_at_once,
    input_that_nobody_reads_is_no_error,
    a_shell_ended_by_a_signal_is_no_success,
    the_time_out_ends_the_call,
    interrupt_cuts_the_call_and_no_later_one,
    an_unknown_key_is_refused_and_can_be_accepted,
    a_changed_key_names_its_line,
    a_revoked_key_is_refused,
    a_hashed_entry_is_found,
    a_host_certificate_is_checked,
    an_encrypted_key_takes_its_passphrase,
    a_wrong_passphrase_is_named,
    the_agent_logs_in,
    a_user_certificate_logs_in,
    a_refused_login_says_what_was_tried,
    a_host_that_hangs_up_has_refused,
    every_key_format_logs_in,
    a_frozen_server_times_out,
    a_dead_session_is_opened_again,
    a_connection_that_breaks_midway_is_not_repeated,
    other_hosts_are_gone_through,
    names_that_are_options_are_refused,
    many_sessions_run_in_parallel,
    a_frozen_peer_holds_nobody,
    a_closed_port_is_unreachable,
    the_configuration_counts,
    closing_is_no_end,
    a_password_logs_in,
);

fn a_command_s_output_and_code_come_back(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let ssh = rig.transport(kind);
    let output = ssh
        .exec("cat; echo 'on stderr' >&2; exit 7", b"in\0put", LONG)
        .unwrap();
    assert_eq!(
        (output.code, &*output.stdout, &*output.stderr),
        (7, &b"in\0put"[..], &b"on stderr\n"[..])
    );
    for code in [0, 1, 124, 254, 255] {
        assert_eq!(ssh.exec(&format!("exit {code}"), b"", LONG).unwrap().code, code);
    }
    assert_eq!(
        ssh.exec("echo \"$0 $#\" 'a  b' \\$HOME", b"", LONG)
            .unwrap()
            .text()
            .trim_end()
            .split(' ')
            .next_back(),
        Some("$HOME")
    );
}

fn megabytes_flow_in_all_directions_at_once(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let ssh = rig.transport(kind);
    let stdin: Vec<u8> = (0..8_000_000_u32).map(|at| (at % 251) as u8).collect();
    let output = ssh.exec("tee /dev/stderr", &stdin, LONG).unwrap();
    assert!(output.stdout == stdin && output.stderr == stdin);
    let output = ssh
        .exec(
            "head -c 6000000 /dev/zero >&2; head -c 6000000 /dev/zero",
            b"",
            LONG,
        )
        .unwrap();
    assert_eq!((output.stdout.len(), output.stderr.len()), (6_000_000, 6_000_000));
}

fn input_that_nobody_reads_is_no_error(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let ssh = rig.transport(kind);
    for _ in 0..3 {
        assert_eq!(ssh.exec("exit 3", &vec![b'x'; 8_000_000], LONG).unwrap().code, 3);
    }
    assert_eq!(
        ssh.exec("exec <&-; echo done", &vec![b'x'; 8_000_000], LONG)
            .unwrap()
            .stdout,
        b"done\n"
    );
}

fn a_shell_ended_by_a_signal_is_no_success(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let output = rig.transport(kind).exec("kill -9 $$", b"", LONG).unwrap();
    let expected = if kind == Kind::Libssh2 { 137 } else { 255 };
    assert_eq!(output.code, expected);
}

fn the_time_out_ends_the_call(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let ssh = rig.transport(kind);
    assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
    let error = ssh
        .exec("sleep 300", b"", Some(Duration::from_millis(300)))
        .unwrap_err();
    assert!(error.is_unreachable(), "{error:?}");
    assert!(error.to_string().contains("0.3 s"), "{error}");
    let error = ssh
        .exec("yes", b"", Some(Duration::from_millis(300)))
        .unwrap_err();
    assert!(error.to_string().contains("0.3 s"), "{error}");
    assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
}

fn interrupt_cuts_the_call_and_no_later_one(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let ssh: Arc<dyn evenkeel_host::Transport> = rig.transport(kind).into();
    for warm in [false, true] {
        if warm {
            assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
        }
        let other = Arc::clone(&ssh);
        let running = thread::spawn(move || other.exec("sleep 300", b"", None));
        while !running.is_finished() {
            ssh.interrupt();
            thread::sleep(Duration::from_millis(1));
        }
        assert!(matches!(running.join().unwrap(), Err(Error::Interrupted)));
    }
    assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
}

/// The message and help of an error about a host key.
fn host_key(outcome: evenkeel_host::Result<evenkeel_host::Output>) -> (String, String) {
    match outcome {
        Err(Error::HostKey { message, help }) => (message, help),
        other => panic!("{other:?}"),
    }
}

fn an_unknown_key_is_refused_and_can_be_accepted(kind: Kind) {
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
fn other_key(rig: &Rig) -> String {
    let text = fs::read_to_string(rig.path("key.pub")).unwrap();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn a_changed_key_names_its_line(kind: Kind) {
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

fn a_revoked_key_is_refused(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let file = rig.path("known_hosts");
    let entry = fs::read_to_string(&file).unwrap();
    let key = entry.split(' ').skip(1).collect::<Vec<_>>().join(" ");
    fs::write(&file, format!("{entry}@revoked * {key}")).unwrap();
    let (message, _) = host_key(rig.transport(kind).exec("true", b"", LONG));
    assert!(message.contains("revoked"), "{message}");
}

fn a_hashed_entry_is_found(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let file = rig.path("known_hosts");
    run("ssh-keygen", &["-q", "-H", "-f", file.to_str().unwrap()]);
    assert!(fs::read_to_string(&file).unwrap().starts_with("|1|"));
    assert_eq!(rig.transport(kind).exec("true", b"", LONG).unwrap().code, 0);
}

fn a_host_certificate_is_checked(kind: Kind) {
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

fn check_host_certificate(kind: Kind, ca: &[&str], principal: &str, validity: &str, works: bool) {
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

fn an_encrypted_key_takes_its_passphrase(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let mut settings = rig.settings();
    settings.identity_files = vec![rig.path("locked")];
    settings.passphrase = Some(Secret::new("open sesame".into()));
    let ssh = rig.transport_with(kind, settings);
    assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0, "{}", rig.log());
}

/// The message of a refused login.
fn refused(outcome: evenkeel_host::Result<evenkeel_host::Output>) -> String {
    match outcome {
        Err(Error::Authentication { message }) => message,
        other => panic!("{other:?}"),
    }
}

fn a_wrong_passphrase_is_named(kind: Kind) {
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

fn the_agent_logs_in(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let socket = rig.path("agent");
    let mut agent = std::process::Command::new("ssh-agent")
        .arg("-D")
        .arg("-a")
        .arg(&socket)
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

fn a_user_certificate_logs_in(kind: Kind) {
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

fn a_refused_login_says_what_was_tried(kind: Kind) {
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

fn a_host_that_hangs_up_has_refused(kind: Kind) {
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

fn every_key_format_logs_in(kind: Kind) {
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

fn a_frozen_server_times_out(kind: Kind) {
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

fn a_dead_session_is_opened_again(kind: Kind) {
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

fn a_connection_that_breaks_midway_is_not_repeated(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let ssh = rig.transport(kind);
    let marks = rig.path("marks");
    let command = format!("echo mark >> {}; kill -9 $PPID; sleep 300", marks.display());
    let error = ssh.exec(&command, b"", LONG).unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error:?}");
    assert_eq!(fs::read_to_string(marks).unwrap(), "mark\n");
    assert_eq!(ssh.exec("true", b"", LONG).unwrap().code, 0);
}

fn other_hosts_are_gone_through(kind: Kind) {
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

fn names_that_are_options_are_refused(kind: Kind) {
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

fn many_sessions_run_in_parallel(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let threads = if kind == Kind::Libssh2 { 20 } else { 6 };
    thread::scope(|scope| {
        for at in 0..threads {
            let rig = &rig;
            scope.spawn(move || {
                for round in 0..3 {
                    let ssh = rig.transport(kind);
                    for _ in 0..3 {
                        let text = format!("{at} {round}");
                        let output = ssh
                            .exec(&format!("echo {text}; cat >&2"), &vec![b'x'; 100_000], LONG)
                            .unwrap();
                        let errors = String::from_utf8_lossy(&output.stderr);
                        let errors = errors.trim_matches('x');
                        assert_eq!((output.text().trim(), errors), (&*text, ""));
                        assert_eq!(output.stderr.len(), 100_000);
                    }
                }
            });
        }
    });
    let ssh = rig.transport(kind);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| assert_eq!(ssh.exec("cat", b"shared", LONG).unwrap().stdout, b"shared"));
        }
    });
}

fn a_frozen_peer_holds_nobody(kind: Kind) {
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

fn a_closed_port_is_unreachable(kind: Kind) {
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

fn the_configuration_counts(kind: Kind) {
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

fn closing_is_no_end(kind: Kind) {
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

fn a_password_logs_in(kind: Kind) {
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
