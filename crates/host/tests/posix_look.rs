//! Looking at this machine through its shell.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;
use std::time::Duration;

use evenkeel_host::*;

fn path(at: &std::path::Path) -> AbsPath {
    AbsPath::new(at.to_str().unwrap()).unwrap()
}

fn entry(at: &std::path::Path, follow: bool, content: bool) -> Ask {
    Ask {
        who: Who::Login,
        want: Want::Entry {
            path: path(at),
            follow,
            content,
        },
    }
}

fn posix() -> Posix<Local> {
    Posix::new(Local::new())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn bytes(answer: &Known<Answer>) -> &[u8] {
    match answer {
        Known::Is(Answer::Entry(Some(entry))) => match &entry.content {
            Some(Content::Bytes(bytes)) => bytes,
            other => panic!("no bytes but {other:?}"),
        },
        other => panic!("no file but {other:?}"),
    }
}

/// A fact of any script.
#[derive(Clone, Debug)]
struct Echo(&'static str);

impl Fact for Echo {
    type Value = String;
    const FAMILY: &'static str = "echo";
    fn key(&self) -> String {
        self.0.to_owned()
    }
    fn script(keys: &[&str]) -> String {
        keys.iter().map(|key| format!("echo {}\n", quote(key))).collect()
    }
    fn parse(&self, output: &Output) -> Result<String, String> {
        let text = output.text();
        let found = text.lines().find(|line| *line == self.0).map(str::to_owned);
        found.ok_or_else(|| format!("{output:?}"))
    }
}

/// Facts whose script is their key.
#[derive(Clone, Debug)]
struct Script(&'static str);

impl Fact for Script {
    type Value = (i32, String, String);
    const FAMILY: &'static str = "script";
    fn key(&self) -> String {
        self.0.to_owned()
    }
    fn script(keys: &[&str]) -> String {
        keys.join("\n")
    }
    fn parse(&self, output: &Output) -> Result<Self::Value, String> {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        Ok((output.code, output.text().into_owned(), stderr))
    }
}

fn fact<F: Fact>(fact: F) -> Ask {
    Ask {
        who: Who::Login,
        want: Want::Fact(AnyFact::new(fact)),
    }
}

#[test]
fn odd_names_and_contents_come_back_in_one_exec() {
    let dir = tempfile::tempdir().unwrap();
    let contents: [(&str, &[u8]); 9] = [
        ("it's a file", b"one\n"),
        ("-rf", b"no newline"),
        ("two\nlines", b"\0\xff\xfe NUL\0"),
        ("$(reboot) `x` \\n %p", b"\n==> x <==\n"),
        ("empty", b""),
        ("==> x <==", b"\n\n"),
        ("\u{e4}\u{1f600}", b"MARK"),
        (" space ", b"==> "),
        ("exact", &[7; 102_400]),
    ];
    for (name, content) in contents {
        fs::write(dir.path().join(name), content).unwrap();
    }
    fs::write(dir.path().join("big"), vec![b'x'; 102_401]).unwrap();
    let mut asks: Vec<Ask> = contents
        .iter()
        .map(|(name, _)| entry(&dir.path().join(name), true, true))
        .collect();
    asks.push(entry(&dir.path().join("big"), true, true));
    asks.push(entry(&dir.path().join("none/at/all"), true, true));
    asks.push(entry(&dir.path().join("empty/below"), false, false));
    asks.push(fact(Echo("it's")));
    let host = posix();
    let answers = host.look(&asks).unwrap();
    assert_eq!(host.execs(), 1);
    for ((name, content), answer) in contents.iter().zip(&answers) {
        assert_eq!(bytes(answer), *content, "{name:?}");
    }
    let Known::Is(Answer::Entry(Some(big))) = &answers[9] else {
        panic!("{:?}", answers[9])
    };
    let digest = Content::Bytes(vec![b'x'; 102_401].into()).sha256();
    assert_eq!(
        (big.stat.size, &big.content),
        (102_401, &Some(Content::Digest(digest)))
    );
    assert_eq!(answers[10], Known::Is(Answer::Entry(None)));
    assert_eq!(answers[11], Known::Is(Answer::Entry(None)));
    assert_eq!(
        answers[12],
        Known::Is(Answer::Fact(serde_json::json!("it's").into()))
    );
}

#[test]
fn links_are_followed_when_asked_and_loops_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("file"), "content").unwrap();
    symlink("file", at("link")).unwrap();
    symlink("nowhere", at("broken")).unwrap();
    symlink("loop", at("loop")).unwrap();
    let asks = [
        entry(&at("link"), false, true),
        entry(&at("link"), true, true),
        entry(&at("broken"), false, false),
        entry(&at("broken"), true, false),
        entry(&at("loop"), false, true),
        entry(&at("loop"), true, true),
        entry(&at(""), true, true),
    ];
    let answers = posix().look(&asks).unwrap();
    let kind = |index: usize| match &answers[index] {
        Known::Is(Answer::Entry(entry)) => entry.as_ref().map(|entry| entry.stat.kind.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(kind(0), Some(Kind::Link("file".into())));
    assert_eq!(bytes(&answers[1]), b"content");
    assert_eq!(kind(2), Some(Kind::Link("nowhere".into())));
    assert_eq!(kind(3), None);
    assert_eq!(kind(4), Some(Kind::Link("loop".into())));
    assert!(
        matches!(&answers[5], Known::Is(Answer::Failed(why)) if why.contains("Too many levels")),
        "{:?}",
        answers[5]
    );
    assert_eq!(kind(6), Some(Kind::Directory));
}

#[test]
fn stat_says_what_the_kernel_says() {
    use std::os::unix::fs::MetadataExt;
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path().join("f");
    fs::write(&at, "x").unwrap();
    fs::set_permissions(&at, fs::Permissions::from_mode(0o4751)).unwrap();
    let Known::Is(Answer::Entry(Some(entry))) = &posix().look(&[entry(&at, false, false)]).unwrap()[0] else {
        panic!("nothing there")
    };
    let (stat, real) = (&entry.stat, fs::metadata(&at).unwrap());
    assert_eq!((stat.mode, stat.size, stat.links), (0o4751, 1, 1));
    assert_eq!(
        (stat.uid, stat.gid, stat.inode, stat.device),
        (real.uid(), real.gid(), real.ino(), real.dev())
    );
    assert!((stat.modified - real.mtime() as f64).abs() < 1.0);
    assert!(!is_root() || stat.owner == "root");
}

#[test]
fn folders_and_patterns_are_listed() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("a b/c")).unwrap();
    fs::write(dir.path().join("a b/c/x.conf"), "").unwrap();
    fs::write(dir.path().join(".hidden"), "").unwrap();
    symlink("nowhere", dir.path().join("z.conf")).unwrap();
    let login = |want| Ask {
        who: Who::Login,
        want,
    };
    let text = dir.path().to_str().unwrap();
    let asks = [
        login(Want::List(path(dir.path()))),
        login(Want::Tree(path(dir.path()))),
        login(Want::Glob(format!("{text}/*.conf"))),
        login(Want::Glob(format!("{text}/a b/*/x?conf"))),
        login(Want::Glob(format!("{text}/none*"))),
        login(Want::List(path(&dir.path().join("none")))),
        login(Want::List(path(&dir.path().join(".hidden")))),
    ];
    let host = posix();
    let answers = host.look(&asks).unwrap();
    let paths = |index: usize| match &answers[index] {
        Known::Is(Answer::Paths(paths)) => paths
            .iter()
            .map(|p| p.as_str()[text.len()..].to_owned())
            .collect(),
        Known::Is(Answer::Tree(tree)) => tree
            .iter()
            .map(|(p, _)| p.as_str()[text.len()..].to_owned())
            .collect(),
        other => vec![format!("{other:?}")],
    };
    assert_eq!(paths(0), ["/.hidden", "/a b", "/z.conf"]);
    assert_eq!(
        paths(1),
        ["/.hidden", "/a b", "/a b/c", "/a b/c/x.conf", "/z.conf"]
    );
    assert_eq!(paths(2), ["/z.conf"]);
    assert_eq!(paths(3), ["/a b/c/x.conf"]);
    assert_eq!(paths(4), Vec::<String>::new());
    assert_eq!(paths(5), Vec::<String>::new());
    assert!(
        matches!(&answers[6], Known::Is(Answer::Failed(why)) if why.contains("Not a directory")),
        "{:?}",
        answers[6]
    );
    assert_eq!(host.execs(), 1);
}

#[test]
fn files_of_the_kernel_have_no_size_but_content() {
    let asks = [
        entry("/proc/sys/kernel/ostype".as_ref(), true, true),
        entry("/proc/sys/kernel/osrelease".as_ref(), true, true),
        entry("/proc/self/mountinfo".as_ref(), true, true),
    ];
    let answers = posix().look(&asks).unwrap();
    assert_eq!(bytes(&answers[0]), b"Linux\n");
    assert!(bytes(&answers[1]).ends_with(b"\n"));
    assert!(bytes(&answers[2]).len() > 100);
}

#[test]
fn a_broken_script_spoils_no_other_question_and_streams_stay_apart() {
    let host = posix();
    let asks = [
        fact(Script("echo 'out'; echo err >&2; (exit 7); ( ")),
        fact(Echo("fine")),
    ];
    let answers = host.look(&asks).unwrap();
    assert_eq!(
        answers[1],
        Known::Is(Answer::Fact(serde_json::json!("fine").into()))
    );
    let answers = host
        .look(&[fact(Script("printf out; echo err >&2; cat; exit 7"))])
        .unwrap();
    assert_eq!(
        answers[0],
        Known::Is(Answer::Fact(serde_json::json!([7, "out", "err\n"]).into()))
    );
}

#[test]
fn a_question_that_hangs_costs_its_own_answer_only() {
    let host = posix().with_look_time(Duration::from_secs(1));
    let dir = tempfile::tempdir().unwrap();
    let asks = [
        fact(Echo("before")),
        fact(Script("sleep 100")),
        entry(dir.path(), true, true),
    ];
    let answers = host.look(&asks).unwrap();
    assert_eq!(
        answers[0],
        Known::Is(Answer::Fact(serde_json::json!("before").into()))
    );
    assert_eq!(
        answers[1],
        Known::Is(Answer::Failed("no answer within 1 s".into()))
    );
    assert!(matches!(answers[2], Known::Is(Answer::Entry(Some(_)))));
}

#[test]
fn five_hundred_files_and_more_cost_one_exec() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<_> = (0..1200)
        .map(|n| dir.path().join(format!("file number {n}")))
        .collect();
    names
        .iter()
        .for_each(|at| fs::write(at, at.to_str().unwrap()).unwrap());
    let asks: Vec<Ask> = names.iter().map(|at| entry(at, true, true)).collect();
    let host = posix();
    let answers = host.look(&asks).unwrap();
    assert!(
        names
            .iter()
            .zip(&answers)
            .all(|(at, answer)| bytes(answer) == at.to_str().unwrap().as_bytes())
    );
    assert_eq!(host.execs(), 1);
}
