//! Commands, their streams and their end.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use evenkeel_host::Error;

use crate::LONG;
use crate::rig::Kind;
use crate::rig::Rig;

pub(crate) fn a_command_s_output_and_code_come_back(kind: Kind) {
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

pub(crate) fn megabytes_flow_in_all_directions_at_once(kind: Kind) {
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

pub(crate) fn input_that_nobody_reads_is_no_error(kind: Kind) {
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

pub(crate) fn a_shell_ended_by_a_signal_is_no_success(kind: Kind) {
    let Some(rig) = Rig::start() else { return };
    let output = rig.transport(kind).exec("kill -9 $$", b"", LONG).unwrap();
    let expected = if kind == Kind::Libssh2 { 137 } else { 255 };
    assert_eq!(output.code, expected);
}

pub(crate) fn the_time_out_ends_the_call(kind: Kind) {
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

pub(crate) fn interrupt_cuts_the_call_and_no_later_one(kind: Kind) {
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

pub(crate) fn many_sessions_run_in_parallel(kind: Kind) {
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
