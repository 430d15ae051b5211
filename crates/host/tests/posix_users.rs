//! Other users, other shells, and connections that break.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use evenkeel_host::*;

/// This machine, with something before each command.
struct Through {
    local: Local,
    before: String,
    /// Commands and what they were given, for searching.
    sent: Mutex<Vec<(String, Vec<u8>)>>,
    /// Ends of output: the call with this number loses its connection after this many seconds.
    breaks: Mutex<Vec<Option<f64>>>,
}

impl Through {
    fn new(before: impl Into<String>) -> Through {
        let (local, before) = (Local::new(), before.into());
        Through {
            local,
            before,
            sent: Mutex::default(),
            breaks: Mutex::default(),
        }
    }
}

impl Transport for Through {
    fn exec(&self, command: &str, stdin: &[u8], timeout: Option<Duration>) -> Result<Output> {
        self.sent
            .lock()
            .unwrap()
            .push((command.to_owned(), stdin.to_vec()));
        let mut breaks = self.breaks.lock().unwrap();
        let cut = if breaks.is_empty() { None } else { breaks.remove(0) };
        drop(breaks);
        let command = format!("{}{command}", self.before);
        match cut {
            None => self.local.exec(&command, stdin, timeout),
            Some(seconds) => {
                // The script goes on in a session of its own, as after a broken connection.
                let dir = tempfile::tempdir().unwrap();
                let input = dir.path().join("script");
                fs::write(&input, stdin).unwrap();
                let background = format!(
                    "setsid sh -c {} <{} >/dev/null 2>&1 & sleep {seconds}",
                    quote(&command),
                    input.display()
                );
                self.local.exec(&background, b"", timeout)?;
                Err(Error::Unreachable("broken pipe".into()))
            }
        }
    }

    fn close(&self) {}

    fn interrupt(&self) {}
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn root_only() -> bool {
    if !is_root() {
        eprintln!("skipped: needs root");
    }
    is_root()
}

/// A folder that every user may use.
fn open_folder() -> (tempfile::TempDir, AbsPath) {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = AbsPath::new(dir.path().to_str().unwrap()).unwrap();
    (dir, path)
}

/// Puts a program into a folder and that folder first in the PATH.
fn program(dir: &Path, name: &str, script: &str) -> String {
    let at = dir.join(name);
    fs::write(&at, format!("#!/bin/dash\n{script}\n")).unwrap();
    fs::set_permissions(&at, fs::Permissions::from_mode(0o755)).unwrap();
    format!("PATH={}:$PATH; export PATH; ", dir.display())
}

/// A stand-in for sudo, which follows the options that are used and becomes the user with setpriv.
fn sudo(dir: &Path, asks: Option<&str>) -> String {
    let ask = match asks {
        None => String::new(),
        Some(password) => format!(
            "[ -z \"$n\" ] || {{ echo 'sudo: a password is required' >&2; exit 1; }}\n\
             IFS= read -r given; [ \"$given\" = {} ] || {{ echo 'Sorry, try again.' >&2; exit 1; }}",
            quote(password)
        ),
    };
    let script = format!(
        "printf '%s\\n' \"$*\" >>{log}
         while :; do case $1 in -n) n=1; shift ;; -S|-H|-E) shift ;; -p) shift 2 ;; -u) u=$2; shift 2 ;; --) shift; break ;; *) exit 99 ;; esac; done
         {ask}
         case $u in root) exec \"$@\" ;; nobody) exec setpriv --reuid 65534 --regid 65534 --clear-groups -- \"$@\" ;; *) echo \"sudo: unknown user $u\" >&2; exit 1 ;; esac",
        log = dir.join("sudo.log").display(),
    );
    program(dir, "sudo", &script)
}

fn nobody() -> Who {
    Who::Become("nobody".into())
}

/// Who asks.
fn identity(host: &dyn Look, who: Who) -> Result<Identified> {
    let known = View::new(host, who).fact(Identity)?;
    Ok(known.ok().unwrap())
}

#[test]
fn bash_as_sh_keeps_the_contract() {
    let (dir, folder) = open_folder();
    let bin = dir.path().join("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink("/bin/bash", bin.join("sh")).unwrap();
    let host = Posix::new(Through::new(format!(
        "PATH={}:$PATH; export PATH; ",
        bin.display()
    )));
    let (who, is_root) = (Who::Login, is_root());
    let folder = folder.join("t");
    fs::create_dir(folder.as_str()).unwrap();
    Contract {
        host: &host,
        who,
        folder,
        is_root,
        runs_programs: true,
        refuses_stale: true,
    }
    .check();
    host.finish().unwrap();
}

#[test]
fn a_plain_user_keeps_the_contract() {
    if !root_only() {
        return;
    }
    let (_dir, folder) = open_folder();
    std::os::unix::fs::chown(folder.as_str(), Some(65534), Some(65534)).unwrap();
    let host = Posix::new(Plain(Local::new()));
    Contract {
        host: &host,
        who: Who::Login,
        folder,
        is_root: false,
        runs_programs: true,
        refuses_stale: true,
    }
    .check();
    host.finish().unwrap();
}

/// This machine as nobody.
struct Plain(Local);

impl Transport for Plain {
    fn exec(&self, command: &str, stdin: &[u8], timeout: Option<Duration>) -> Result<Output> {
        let plain = "env -u XDG_RUNTIME_DIR setpriv --reuid 65534 --regid 65534 --clear-groups sh -c";
        self.0
            .exec(&format!("{plain} {}", quote(command)), stdin, timeout)
    }
    fn close(&self) {}
    fn interrupt(&self) {}
}

#[test]
fn what_a_plain_user_may_not_see_is_told() {
    if !root_only() {
        return;
    }
    let (dir, folder) = open_folder();
    let secret = dir.path().join("secret");
    fs::create_dir(&secret).unwrap();
    fs::write(secret.join("f"), "x").unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o700)).unwrap();
    for name in ["a", "closed", "b"] {
        fs::write(dir.path().join(name), name).unwrap();
    }
    fs::set_permissions(dir.path().join("closed"), fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink("secret/f", dir.path().join("into")).unwrap();
    let entry = |name: &str, content| {
        let want = Want::Entry {
            path: folder.join(name),
            follow: true,
            content,
        };
        Ask {
            who: Who::Login,
            want,
        }
    };
    let host = Posix::new(Plain(Local::new()));
    let asks = [
        entry("a", true),
        entry("closed", true),
        entry("b", true),
        entry("closed", false),
        entry("secret/f", false),
        entry("none", false),
        entry("into", false),
        entry("into", true),
        Ask {
            who: Who::Login,
            want: Want::List(folder.join("secret")),
        },
        Ask {
            who: Who::Login,
            want: Want::Tree(folder.clone()),
        },
    ];
    let answers = host.look(&asks).unwrap();
    let content = |index: usize| match &answers[index] {
        Known::Is(Answer::Entry(Some(entry))) => match &entry.content {
            Some(Content::Bytes(bytes)) => String::from_utf8(bytes.to_vec()).unwrap(),
            other => format!("{other:?}"),
        },
        Known::Is(Answer::Failed(why)) => why.rsplit(": ").next().unwrap().to_owned(),
        other => format!("{other:?}"),
    };
    assert_eq!(
        [content(0), content(1), content(2)],
        ["a", "Permission denied", "b"]
    );
    assert_eq!(
        [content(3), content(4), content(5)],
        ["None", "Permission denied", "Is(Entry(None))"]
    );
    assert_eq!(
        [content(6), content(7)],
        ["Permission denied", "Permission denied"]
    );
    assert_eq!(
        [content(8), content(9)],
        ["Permission denied", "Permission denied"]
    );
    assert_eq!(host.execs(), 1);
}

#[test]
fn users_are_become_with_and_without_a_password_in_one_exec() {
    if !root_only() {
        return;
    }
    let password = "it's $ecret\\n";
    for (asks, given) in [
        (None, None),
        (None, Some(password)),
        (Some(password), Some(password)),
    ] {
        let (dir, _) = open_folder();
        let host = Posix::new(Through::new(sudo(dir.path(), asks)));
        let secret = given.map(|given: &str| Secret::new(given.to_owned()));
        let host = host.with_privilege(Privilege {
            password: secret,
            ..Privilege::default()
        });
        let ask = |who| Ask {
            who,
            want: Want::Fact(AnyFact::new(Identity)),
        };
        let asks = [ask(nobody()), ask(Who::Login), ask(Who::Become("root".into()))];
        let answers = host.look(&asks).unwrap();
        let user = |index: usize| match &answers[index] {
            Known::Is(Answer::Fact(value)) => value["user"].as_str().unwrap().to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!([user(0), user(1), user(2)], ["nobody", "root", "root"]);
        assert_eq!(host.execs(), 1);
        let log = fs::read_to_string(dir.path().join("sudo.log")).unwrap();
        assert_eq!(log.lines().count(), 1, "root needs no sudo to be root: {log}");
        let commands = host.transport().sent.lock().unwrap();
        assert!(
            !format!("{log}{}", commands[0].0).contains("ecret"),
            "never in an argument"
        );
    }
}

/// A stand-in for su, which asks for the password of the user on standard input, as su(1) does without a terminal.
fn su(dir: &Path, asks: Option<&str>) -> String {
    let ask = asks.map_or_else(String::new, |password| {
        format!(
            "printf 'Password: ' >&2; IFS= read -r given; [ \"$given\" = {} ] || {{ echo 'su: Authentication failure' >&2; exit 1; }}",
            quote(password)
        )
    });
    let script = format!(
        "printf '%s\\n' \"$*\" >>{log}
         [ \"$1\" != -s ] || shift 2
         {ask}
         [ \"$1 $2\" = 'nobody -c' ] || exit 99
         exec setpriv --reuid 65534 --regid 65534 --clear-groups -- sh -c \"$3\"",
        log = dir.join("su.log").display(),
    );
    program(dir, "su", &script)
}

/// A stand-in for doas, which never asks.
fn doas(dir: &Path) -> String {
    let script = "[ \"$1 $2 $3 $4\" = '-n -u nobody --' ] || exit 99; shift 4
         exec setpriv --reuid 65534 --regid 65534 --clear-groups -- \"$@\"";
    program(dir, "doas", script)
}

fn through(method: Method, password: Option<&str>, flags: &[&str], program: &[&str]) -> Privilege {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Privilege {
        method,
        password: password.map(|password| Secret::new(password.to_owned())),
        flags: words(flags),
        program: words(program),
    }
}

#[test]
fn su_and_doas_become_others() {
    if !root_only() {
        return;
    }
    let (dir, _) = open_folder();
    let password = "it's $ecret\\n";
    let who = |before: String, privilege| {
        let host = Posix::new(Through::new(before)).with_privilege(privilege);
        let found = identity(&host, nobody()).map(|found| found.user);
        let commands = host.transport().sent.lock().unwrap();
        assert!(!commands[0].0.contains("ecret"), "never in an argument");
        found
    };
    // The machine's own su does not ask root; nobody's shell runs no commands, so another is named.
    let own = who(
        String::new(),
        through(Method::Su, Some(password), &["-s", "/bin/sh"], &[]),
    );
    assert_eq!(own.unwrap(), "nobody");
    let own = who(
        String::new(),
        through(Method::Su, None, &["-s", "/bin/sh"], &["env", "su"]),
    );
    assert_eq!(own.unwrap(), "nobody");
    let asked = who(
        su(dir.path(), Some(password)),
        through(Method::Su, Some(password), &[], &[]),
    );
    assert_eq!(asked.unwrap(), "nobody");
    let log = fs::read_to_string(dir.path().join("su.log")).unwrap();
    assert!(
        log.starts_with("nobody -c timeout ") && !log.contains("ecret"),
        "{log}"
    );
    let wrong = who(
        su(dir.path(), Some(password)),
        through(Method::Su, Some("no"), &[], &[]),
    );
    let wrong = wrong.unwrap_err();
    insta::assert_snapshot!(wrong, @"becoming nobody: su: Authentication failure");
    insta::assert_snapshot!(wrong.help().unwrap(), @"su asks for the password of the user to become: give it with -K or `ansible_become_password`");
    let free = who(doas(dir.path()), through(Method::Doas, None, &[], &[]));
    assert_eq!(free.unwrap(), "nobody");
    let host =
        Posix::new(Through::new(doas(dir.path()))).with_privilege(through(Method::Doas, Some("x"), &[], &[]));
    let refused = identity(&host, nobody()).unwrap_err();
    insta::assert_snapshot!(refused, @"doas reads its password from a terminal, which there is none: write `permit nopass` into doas.conf(5), or use sudo");
}

#[test]
fn sudo_is_given_its_flags() {
    if !root_only() {
        return;
    }
    let (dir, _) = open_folder();
    let before = sudo(dir.path(), Some("pw"));
    let host =
        Posix::new(Through::new(before)).with_privilege(through(Method::Sudo, Some("pw"), &["-n"], &[]));
    assert_eq!(identity(&host, nobody()).unwrap().user, "nobody");
    let log = fs::read_to_string(dir.path().join("sudo.log")).unwrap();
    assert!(log.trim_start().starts_with("-S -p"), "{log}");
}

#[test]
fn another_user_keeps_the_contract() {
    if !root_only() {
        return;
    }
    let (dir, folder) = open_folder();
    let host = Posix::new(Through::new(sudo(dir.path(), Some("pw"))));
    let password = Some(Secret::new("pw".to_owned()));
    let host = host.with_privilege(Privilege {
        password,
        ..Privilege::default()
    });
    let folder = folder.join("t");
    fs::create_dir(folder.as_str()).unwrap();
    std::os::unix::fs::chown(folder.as_str(), Some(65534), Some(65534)).unwrap();
    Contract {
        host: &host,
        who: nobody(),
        folder,
        is_root: false,
        runs_programs: true,
        refuses_stale: true,
    }
    .check();
    host.finish().unwrap();
}

#[test]
fn a_refusal_says_what_was_said() {
    let (dir, _) = open_folder();
    let host = Posix::new(Through::new(sudo(dir.path(), Some("right"))));
    let error = identity(&host, nobody()).unwrap_err();
    insta::assert_snapshot!(error, @"becoming nobody: sudo: a password is required");
    let wrong = Privilege {
        password: Some(Secret::new("wrong".into())),
        ..Privilege::default()
    };
    let host = host.with_privilege(wrong);
    let error = identity(&host, nobody()).unwrap_err();
    insta::assert_snapshot!(error, @"becoming nobody: Sorry, try again.");
}

#[test]
fn a_shell_that_is_no_sh_gets_the_script_in_another_way() {
    let (dir, _) = open_folder();
    let odd = program(
        dir.path(),
        "odd",
        "case $1 in *mark*) echo 'Unmatched quote.' >&2; exit 1 ;; esac; exec /bin/sh -c \"$1\"",
    );
    struct Odd(Local, String);
    impl Transport for Odd {
        fn exec(&self, command: &str, stdin: &[u8], timeout: Option<Duration>) -> Result<Output> {
            self.0
                .exec(&format!("{}odd {}", self.1, quote(command)), stdin, timeout)
        }
        fn close(&self) {}
        fn interrupt(&self) {}
    }
    let host = Posix::new(Odd(Local::new(), odd));
    identity(&host, Who::Login).unwrap();
    assert_eq!(host.execs(), 2);
    identity(&host, Who::Login).unwrap();
    assert_eq!(host.execs(), 3, "it is remembered");
}

fn run(script: &str) -> Change {
    Change::Run(Box::new(Run::new("run a test", Command::shell(script))))
}

fn commit(changes: Vec<Change>) -> Commit {
    Commit {
        changes,
        ..Commit::default()
    }
}

/// A host that has answered before, and whose connection then breaks as told.
fn breaking(breaks: Vec<Option<f64>>) -> Posix<Through> {
    let host = Posix::new(Through::new(""));
    identity(&host, Who::Login).unwrap();
    *host.transport().breaks.lock().unwrap() = breaks;
    host
}

#[test]
fn after_a_broken_connection_the_journal_tells_what_happened() {
    let host = breaking(vec![Some(0.3)]);
    let committed = host
        .commit(&commit(vec![run("echo one"), run("sleep 1; echo two; exit 3")]))
        .unwrap();
    assert_eq!(committed.done.len(), 1);
    assert_eq!(committed.done[0].text(), "one\n");
    let Some(Failure::Failed(output)) = committed.failed else {
        panic!("{:?}", committed.failed)
    };
    assert_eq!((output.code, output.text().as_ref()), (3, "two\n"));
    host.finish().unwrap();
}

#[test]
fn a_change_whose_script_was_killed_is_of_unknown_outcome() {
    let host = breaking(vec![Some(0.3)]);
    let committed = host
        .commit(&commit(vec![run("echo one"), run("kill -9 $PPID; sleep 0.2")]))
        .unwrap();
    assert_eq!(committed.done.len(), 1);
    let Some(Failure::OutcomeUnknown(why)) = committed.failed else {
        panic!("{:?}", committed.failed)
    };
    insta::assert_snapshot!(why, @"the connection broke (broken pipe) during: run a test");
    host.finish().unwrap();
}

#[test]
fn what_surely_did_not_run_is_sent_again() {
    struct Lost(Local, Mutex<usize>);
    impl Transport for Lost {
        fn exec(&self, command: &str, stdin: &[u8], timeout: Option<Duration>) -> Result<Output> {
            let mut count = self.1.lock().unwrap();
            *count += 1;
            match *count {
                2 => self
                    .0
                    .exec(command, &stdin[..stdin.len() - 3], timeout)
                    .and(Err(Error::Unreachable("cut".into()))),
                _ => self.0.exec(command, stdin, timeout),
            }
        }
        fn close(&self) {}
        fn interrupt(&self) {}
    }
    let host = Posix::new(Lost(Local::new(), Mutex::default()));
    identity(&host, Who::Login).unwrap();
    let (_dir, folder) = open_folder();
    let count = folder.join("count");
    let committed = host
        .commit(&commit(vec![run(&format!("echo x >>{count}"))]))
        .unwrap();
    assert_eq!(committed.failed, None);
    assert_eq!(
        fs::read_to_string(count.as_str()).unwrap(),
        "x\n",
        "half a script does nothing"
    );
    assert_eq!(host.execs(), 4, "look, the commit, its journal, the commit again");
    host.finish().unwrap();
}

#[test]
fn nothing_is_left_behind() {
    let (dir, _) = open_folder();
    let before = format!(
        "HOME={0} TMPDIR={0} XDG_RUNTIME_DIR={0}; export HOME TMPDIR XDG_RUNTIME_DIR; ",
        dir.path().display()
    );
    let (work, folder) = open_folder();
    fs::write(work.path().join("f"), vec![b'x'; 90_000]).unwrap();
    let host = Posix::new(Through::new(before));
    View::new(&host, Who::Login)
        .file(&folder.join("f"), true)
        .unwrap();
    host.finish().unwrap();
    assert_eq!(host.execs(), 1, "nothing to finish");
    let committed = host.commit(&commit(vec![run("true")])).unwrap();
    assert_eq!(committed.failed, None);
    let place = host.transport().sent.lock().unwrap().last().unwrap().1.clone();
    let script = String::from_utf8(place).unwrap();
    let run_id = script
        .split("run=")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
        .to_owned();
    let journals = [
        format!("/run/evenkeel/{run_id}"),
        format!("{}/evenkeel-{run_id}", dir.path().display()),
    ];
    assert!(
        journals
            .iter()
            .any(|journal| fs::exists(journal).unwrap_or(false))
    );
    host.finish().unwrap();
    assert!(
        !journals
            .iter()
            .any(|journal| fs::exists(journal).unwrap_or(false))
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    assert_eq!(fs::read_dir(work.path()).unwrap().count(), 1);
}

#[test]
fn what_lost_runs_left_is_removed_after_a_day_unless_it_still_runs() {
    let (dir, _) = open_folder();
    let home = dir.path().display();
    let before = format!("XDG_RUNTIME_DIR={home}; export XDG_RUNTIME_DIR; ");
    let base = match is_root() {
        true => "/run/evenkeel/test-".to_owned(),
        false => format!("{home}/evenkeel-test-"),
    };
    let own = std::process::id();
    let make = format!(
        "for j in dead running young; do mkdir -p {base}$j-{own}/1; echo secret >{base}$j-{own}/1/0.o; done
        echo pid 99999999 | tee {base}dead-{own}/1/log >{base}young-{own}/1/log
        echo pid {own} >{base}running-{own}/1/log
        mkdir -p {base}empty-{own}
        touch -d '2 days ago' {base}dead-{own} {base}running-{own} {base}empty-{own}"
    );
    Local::new().exec(&make, b"", None).unwrap();
    let host = Posix::new(Through::new(before));
    let committed = host.commit(&commit(vec![run("true")])).unwrap();
    assert_eq!(committed.failed, None);
    assert_eq!(host.execs(), 1, "it costs no round trip");
    let left: Vec<&str> = ["dead", "running", "young", "empty"]
        .into_iter()
        .filter(|name| fs::exists(format!("{base}{name}-{own}")).unwrap())
        .collect();
    for name in ["dead", "running", "young", "empty"] {
        drop(fs::remove_dir_all(format!("{base}{name}-{own}")));
    }
    host.finish().unwrap();
    assert_eq!(left, ["running", "young"]);
}

#[test]
fn more_output_than_the_limit_is_a_failure_that_says_what_to_do() {
    let host = Posix::new(Local::new()).with_output_limit(1000);
    let changes = vec![
        run("head -c 1000 /dev/zero"),
        run("head -c 1001 /dev/zero; echo fine >&2"),
        run("true"),
    ];
    let committed = host.commit(&commit(changes)).unwrap();
    assert_eq!(committed.done.len(), 1);
    assert_eq!(committed.done[0].stdout.len(), 1000);
    let Some(Failure::Failed(output)) = committed.failed else {
        panic!("{:?}", committed.failed)
    };
    assert_eq!(
        (
            output.stdout.len(),
            String::from_utf8_lossy(&output.stderr).as_ref()
        ),
        (
            0,
            "it printed 1001 bytes, and at most 1000 are taken over: write them to a file (`> FILE`, and `creates: FILE` \
             where that is enough), or shorten them (`| tail -n 100`)"
        )
    );
    let committed = host
        .commit(&commit(vec![run("head -c 2000 /dev/zero >&2; false")]))
        .unwrap();
    let Some(Failure::Failed(output)) = committed.failed else {
        panic!("{:?}", committed.failed)
    };
    assert_eq!(output.code, 1);
    assert!(output.stderr.starts_with(b"it printed 2000 bytes"));
    host.finish().unwrap();
}

#[test]
fn secrets_are_never_in_arguments() {
    let (_dir, folder) = open_folder();
    let mut command =
        Command::shell("cat; ps axww -o args 2>/dev/null || cat /proc/[0-9]*/cmdline | tr '\\0' ' '");
    command.stdin = Some(Secret::new(b"hunter2hunter2".to_vec()));
    let write = Write {
        path: folder.join("secret"),
        content: (*b"hunter2hunter2").into(),
        attributes: Attributes {
            mode: Some(0o600),
            ..Attributes::default()
        },
        before: Before::Absent,
        validate: Some(Validate {
            command: "ps axww -o args >&2; false # %s".into(),
        }),
        backup: None,
        secret: true,
        unsafe_write: false,
    };
    let host = Posix::new(Local::new());
    let ran = Change::Run(Box::new(Run::new("run a test", command)));
    let committed = host
        .commit(&commit(vec![ran, Change::Write(Box::new(write))]))
        .unwrap();
    let said = committed.done[0].text().into_owned();
    assert_eq!(
        said.matches("hunter2").count(),
        2,
        "only its own input, no argument: {said}"
    );
    let Some(Failure::Invalid(output)) = committed.failed else {
        panic!("{:?}", committed.failed)
    };
    let coded = "aHVudGVyMmh1bnRlcjI";
    assert!(!said.contains(coded) && !String::from_utf8_lossy(&output.stderr).contains(coded));
    host.finish().unwrap();
}
