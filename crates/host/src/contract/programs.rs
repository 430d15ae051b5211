//! Programs, and checks of new files.

use std::time::Duration;

use super::Contract;
use crate::Attributes;
use crate::Change;
use crate::Command;
use crate::Commit;
use crate::Failure;
use crate::Output;
use crate::Run;
use crate::Secret;
use crate::Validate;

impl Contract<'_> {
    pub(super) fn programs(&self) {
        self.streams_codes_and_times_come_back();
        self.programs_get_input_environment_and_folder();
        self.a_guard_refuses();
        self.a_program_ends_in_time();
        self.a_new_file_is_checked_first();
    }

    fn run(&self, command: Command, change: impl FnOnce(&mut Run)) -> Change {
        let mut run = Run::new("run a test", command);
        change(&mut run);
        Change::Run(Box::new(run))
    }

    fn output(&self, command: Command) -> Output {
        self.make(vec![self.run(command, |_| {})]).done.remove(0)
    }

    fn streams_codes_and_times_come_back(&self) {
        let output = self.output(Command::argv([
            "printf",
            "%s|",
            "it's",
            "$(x)",
            "-n",
            "",
            "two\nlines",
        ]));
        assert_eq!(output.text(), "it's|$(x)|-n||two\nlines|");
        let output = self.output(Command::shell("echo out; echo err >&2; sleep 0.1"));
        assert_eq!(
            (&*output.stdout, &*output.stderr, output.code),
            (&b"out\n"[..], &b"err\n"[..], 0)
        );
        assert!(
            output.seconds >= 0.05 && output.seconds < 60.0,
            "{}",
            output.seconds
        );
        let three = || Command::shell("printf '\\0\\377'; exit 3");
        let accepted = self
            .make(vec![self.run(three(), |run| run.accepts = vec![0, 3])])
            .done
            .remove(0);
        assert_eq!((accepted.code, &*accepted.stdout), (3, &b"\0\xff"[..]));
        let failed = self.commit(vec![self.run(three(), |_| {}), self.write("never", "x")]);
        assert!(
            matches!(&failed.failed, Some(Failure::Failed(output)) if output.code == 3),
            "{failed:?}"
        );
        assert_eq!((failed.done.len(), self.at("never")), (0, None));
        let missing = self.commit(vec![self.run(Command::argv(["no-such-program"]), |_| {})]);
        assert!(
            matches!(&missing.failed, Some(Failure::Failed(output)) if matches!(output.code, 126 | 127)),
            "{missing:?}"
        );
        assert_eq!(
            self.output(Command::shell("yes | head -n 200000")).stdout.len(),
            400_000
        );
    }

    fn programs_get_input_environment_and_folder(&self) {
        let mut command = Command::shell("cat; printf '|%s|%s|%s' \"$ONE\" \"$TWO\" \"$(pwd -P)\"");
        command.stdin = Some(Secret::new(b"in\0put '\"$".to_vec()));
        command.environment = vec![("ONE".into(), "it's\n1".into())];
        command.directory = Some(self.path("l"));
        let commit = Commit {
            who: self.who.clone(),
            changes: vec![self.run(command, |_| {})],
            environment: vec![("TWO".into(), "2".into())],
            ..Commit::default()
        };
        let committed = self.host.commit(&commit).unwrap();
        assert_eq!(committed.failed, None);
        let text = committed.done[0].text().into_owned();
        assert!(text.starts_with("in\0put '\"$|it's\n1|2|/"), "{text:?}");
        assert!(text.ends_with("/l"), "{text:?}");
        assert_eq!(
            self.output(Command::argv(["cat"])).stdout,
            b"",
            "without input it is empty"
        );
    }

    fn a_guard_refuses(&self) {
        let guarded = |test: &str| {
            let guard = Some((test.to_owned(), "the lock is taken".to_owned()));
            self.commit(vec![self.run(Command::argv(["true"]), |run| run.guard = guard)])
        };
        assert_eq!(guarded("exit 0").failed, None);
        assert_eq!(
            guarded("exit 1").failed,
            Some(Failure::Stale("the lock is taken".into()))
        );
    }

    fn a_program_ends_in_time(&self) {
        let limit = Some(Duration::from_millis(300));
        let committed = self.commit(vec![
            self.run(Command::argv(["sleep", "100"]), |run| run.timeout = limit),
        ]);
        assert!(
            matches!(&committed.failed, Some(Failure::Failed(output)) if output.code == 124),
            "{committed:?}"
        );
        self.a_program_ends_with_what_it_started();
    }

    fn a_program_ends_with_what_it_started(&self) {
        let child = self.path("child");
        let script = format!("sleep 100 & echo $! >{child}; wait");
        let commit = Commit {
            who: self.who.clone(),
            changes: vec![self.run(Command::shell(script), |_| {})],
            time: Some(Duration::from_millis(300)),
            ..Commit::default()
        };
        let committed = self.host.commit(&commit).unwrap();
        assert!(
            matches!(&committed.failed, Some(Failure::Failed(output)) if output.code == 124),
            "{committed:?}"
        );
        let gone = format!("while kill -0 \"$(cat {child})\" 2>/dev/null; do sleep 0.05; done");
        let limit = Some(Duration::from_secs(20));
        let waited = self.commit(vec![self.run(Command::shell(gone), |run| run.timeout = limit)]);
        assert_eq!(waited.failed, None);
    }

    fn a_new_file_is_checked_first(&self) {
        self.make(vec![self.write("checked", "good")]);
        let check = Some(Validate {
            command: "grep -q good %s || { echo bad >&2; exit 7; }".into(),
        });
        let write = |content: &[u8]| {
            let check = check.clone();
            self.commit(vec![
                self.write_with("checked", content, |write| write.validate = check),
            ])
        };
        match write(b"evil").failed {
            Some(Failure::Invalid(output)) => assert_eq!((output.code, &*output.stderr), (7, &b"bad\n"[..])),
            other => panic!("{other:?}"),
        }
        assert_eq!(self.text("checked"), "good");
        assert_eq!(write(b"good again").failed, None);
        let list = self.paths(crate::Want::List(self.folder.clone()));
        assert!(!list.iter().any(|name| name.contains("evenkeel")), "{list:?}");
    }

    /// As root, nothing is written where another user could redirect it.
    pub(super) fn untrusted_folders(&self) {
        let theirs = Attributes {
            owner: Some("1234".into()),
            ..Attributes::default()
        };
        let folder = |name| Change::MakeDirectory {
            path: self.path(name),
            attributes: theirs.clone(),
        };
        self.make(vec![folder("theirs")]);
        let refused = self.commit(vec![self.write("theirs/file", "x")]);
        let Some(Failure::Failed(output)) = refused.failed else {
            panic!("{:?}", refused.failed)
        };
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            why.contains("refused as root") && why.contains("/theirs"),
            "{why}"
        );
        self.make(vec![self.write_with("theirs/file", b"x", |write| {
            write.attributes = theirs.clone()
        })]);
        assert_eq!(self.at("theirs/file").unwrap().stat.uid, 1234);
        let (path, target) = (self.path("there"), self.path("theirs").to_string());
        self.make(vec![Change::Link {
            path,
            target,
            hard: false,
            before: crate::Before::Absent,
        }]);
        let through = self.commit(vec![self.write("there/other", "x")]);
        assert!(
            matches!(through.failed, Some(Failure::Failed(_))),
            "a link of root's does not help"
        );
        self.links_into_roots_folders(&theirs);
    }

    /// A link of another user's leads root into none of root's own folders.
    fn links_into_roots_folders(&self, theirs: &Attributes) {
        let folder = |name| Change::MakeDirectory {
            path: self.path(name),
            attributes: Attributes::default(),
        };
        let link = Change::Link {
            path: self.path("lent/link"),
            target: self.path("roots").to_string(),
            hard: false,
            before: crate::Before::Absent,
        };
        self.make(vec![folder("roots"), folder("lent"), link]);
        // Root may not reach into a folder of theirs: the link becomes theirs before the folder around it.
        for name in ["lent/link", "lent"] {
            self.make(vec![Change::SetAttributes {
                path: self.path(name),
                attributes: theirs.clone(),
                follow: false,
                before: crate::Before::Was(self.at(name).unwrap()),
            }]);
        }
        let write = self.write_with("lent/link/file", b"x", |write| write.attributes = theirs.clone());
        let own = Change::SetAttributes {
            path: self.path("lent/link"),
            attributes: theirs.clone(),
            follow: true,
            before: crate::Before::Was(self.at("roots").unwrap()),
        };
        for change in [write, own] {
            let Some(Failure::Failed(output)) = self.commit(vec![change]).failed else {
                panic!("it led into a folder of root's")
            };
            let why = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(why.contains("/lent") && why.contains("it leads to"), "{why}");
        }
        assert_eq!(self.at("roots").unwrap().stat.uid, 0);
    }
}
