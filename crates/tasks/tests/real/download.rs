//! What is fetched from a server, which is this test itself.

#![expect(clippy::disallowed_types, reason = "a server to which nobody came is woken")]
#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::thread::JoinHandle;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use evenkeel_host::Change;
use evenkeel_host::Commit;
use evenkeel_host::Failure;
use evenkeel_host::Host;
use evenkeel_host::Local;
use evenkeel_host::Output;
use evenkeel_host::Posix;
use evenkeel_host::View;
use evenkeel_host::Who;

use crate::task;

/// `sub/` with the file `a`, and the file `b`, packed in 2020.
const ZIP: &str = "UEsDBAoAAAAAAAAAIVAAAAAAAAAAAAAAAAAEAAAAc3ViL1BLAwQKAAAAAAAAACFQenpv7QMAAAADAAAABQAAAHN1Yi9haGkKUEsDBAoAAAAAAAAAIVAfCOpGAgAAAAIAAAABAAAAYngKUEsBAh4DCgAAAAAAAAAhUAAAAAAAAAAAAAAAAAQAAAAAAAAAAAAQAO1BAAAAAHN1Yi9QSwECHgMKAAAAAAAAACFQenpv7QMAAAADAAAABQAAAAAAAAABAAAApIEiAAAAc3ViL2FQSwECHgMKAAAAAAAAACFQHwjqRgIAAAACAAAAAQAAAAAAAAABAAAApIFIAAAAYlBLBQYAAAAAAwADAJQAAABpAAAAAAA=";

const WHOLE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnew\n";
const CUT_OFF: &str = "HTTP/1.1 200 OK\r\nContent-Length: 400\r\nConnection: close\r\n\r\nnew\n";

/// A server of one answer.
struct Server<T> {
    port: u16,
    thread: JoinHandle<(String, T)>,
}

impl<T> Server<T> {
    /// The first line of the request, and what was seen before it was answered.
    fn end(self) -> (String, T) {
        // Where nobody asked, the thread would wait for ever.
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.thread.join().unwrap()
    }
}

fn serve<T: Send + 'static>(answer: &'static str, seen: impl FnOnce() -> T + Send + 'static) -> Server<T> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
            request.push(byte[0]);
        }
        let seen = seen();
        drop(stream.write_all(answer.as_bytes()));
        let request = String::from_utf8(request).unwrap();
        (request.lines().next().unwrap_or_default().to_owned(), seen)
    });
    Server { port, thread }
}

/// Makes the changes of a task with more variables in the environment of its programs.
fn run(text: &str, folder: &Path, environment: &[(&str, &Path)]) -> Result<Vec<Output>, String> {
    let host = Posix::new(Local::new());
    let task = task(text, folder.to_str().unwrap());
    let planned = task.plan(&View::new(&host, Who::Login)).unwrap();
    let mut changes = planned.plan.changes.clone();
    for change in &mut changes {
        if let Change::Run(run) = change {
            let variable =
                |(name, path): &(&str, &Path)| ((*name).to_owned(), path.to_str().unwrap().to_owned());
            run.command.environment.extend(environment.iter().map(variable));
            run.command
                .environment
                .push(("no_proxy".to_owned(), "*".to_owned()));
        }
    }
    let committed = host
        .commit(&Commit {
            changes,
            ..Commit::default()
        })
        .unwrap();
    match committed.failed {
        None => Ok(committed.done),
        Some(Failure::Failed(output)) => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
        Some(failure) => Err(format!("{failure:?}")),
    }
}

fn in_the_path(name: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders)
        .map(|folder| folder.join(name))
        .find(|path| path.exists())
}

/// Whether a program is there; says so where it is not.
fn has(name: &str) -> bool {
    let has = in_the_path(name).is_some();
    if !has {
        println!("skipped: {name} is not installed");
    }
    has
}

/// A folder of programs without curl, for a machine that has only wget.
fn without_curl(folder: &Path) -> PathBuf {
    let programs = folder.join("programs");
    fs::create_dir(&programs).unwrap();
    let names =
        "awk base64 cat chmod chown cut head md5sum mktemp mv rm sed sha1sum sh stat sync tail wc wget"
            .split(' ');
    for name in names {
        std::os::unix::fs::symlink(in_the_path(name).unwrap(), programs.join(name)).unwrap();
    }
    programs
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    names
}

#[test]
fn a_zip_leaves_the_folder_into_which_it_is_unpacked_as_it_is() {
    if !has("unzip") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dest = folder.path().join("d");
    fs::create_dir_all(dest.join("sub")).unwrap();
    for (path, mode) in [(&dest, 0o751), (&dest.join("sub"), 0o711)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    fs::write(folder.path().join("a.zip"), STANDARD.decode(ZIP).unwrap()).unwrap();
    let text = "{unarchive: {src: D/a.zip, dest: D/d, remote_src: true}}";
    for changed in ["changed=1", "changed=0"] {
        let outputs = run(text, folder.path(), &[]).unwrap();
        assert!(outputs[0].text().contains(changed), "{}", outputs[0].text());
        assert_eq!(fs::read_to_string(dest.join("sub/a")).unwrap(), "hi\n");
        assert_eq!((mode(&dest), mode(&dest.join("sub"))), (0o751, 0o711));
    }
    fs::write(dest.join("b"), "newer\n").unwrap();
    fs::remove_file(dest.join("sub/a")).unwrap();
    let keep = text.replace("remote_src", "keep_newer: true, remote_src");
    run(&keep, folder.path(), &[]).unwrap();
    assert_eq!(fs::read_to_string(dest.join("b")).unwrap(), "newer\n");
    assert_eq!(fs::read_to_string(dest.join("sub/a")).unwrap(), "hi\n");
}

#[test]
fn a_file_of_the_machine_itself_is_fetched_once() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("old"), "old\n").unwrap();
    let url = folder.path().join("old");
    let text = format!("{{get_url: {{url: 'file://{}', dest: D/x}}}}", url.display());
    for changed in ["changed=1", "changed=0"] {
        let outputs = run(&text, folder.path(), &[]).unwrap();
        assert!(outputs[0].text().contains(changed), "{}", outputs[0].text());
        assert_eq!(fs::read_to_string(folder.path().join("x")).unwrap(), "old\n");
    }
}

#[test]
fn what_a_download_keeps_meanwhile_is_nobody_elses_to_read() {
    if !has("curl") || !has("wget") {
        return;
    }
    for only_wget in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let temporary = folder.path().join("tmp");
        fs::create_dir(&temporary).unwrap();
        let looked_at = temporary.clone();
        let server = serve(WHOLE, move || {
            names(&looked_at)
                .iter()
                .map(|path| (path.is_dir(), mode(path)))
                .collect::<Vec<_>>()
        });
        let text = format!(
            "{{get_url: {{url: 'http://127.0.0.1:{}/x', dest: D/x, use_proxy: false, url_username: me, url_password: pw}}}}",
            server.port
        );
        let mut environment = vec![("TMPDIR", temporary.as_path())];
        let programs = without_curl(folder.path());
        if only_wget {
            environment.push(("PATH", &programs));
        }
        run(&text, folder.path(), &environment).unwrap();
        let (_, seen) = server.end();
        assert_eq!(seen, [(true, 0o700)]);
        assert_eq!(names(&temporary), Vec::<PathBuf>::new());
        assert_eq!(fs::read_to_string(folder.path().join("x")).unwrap(), "new\n");
    }
}

#[test]
fn an_answer_that_is_cut_off_replaces_nothing() {
    if !has("curl") || !has("wget") {
        return;
    }
    let tasks = [
        ("get_url", "use_proxy: false", false),
        ("get_url", "use_proxy: false", true),
        ("uri", "use_proxy: false", false),
    ];
    for (name, options, only_wget) in tasks {
        let folder = tempfile::tempdir().unwrap();
        let dest = folder.path().join("x");
        fs::write(&dest, "old\n").unwrap();
        let server = serve(CUT_OFF, || ());
        let programs = without_curl(folder.path());
        let environment: &[(&str, &Path)] = if only_wget { &[("PATH", &programs)] } else { &[] };
        let text = format!(
            "{{{name}: {{url: 'http://127.0.0.1:{}/x', dest: D/x, {options}}}}}",
            server.port
        );
        let made = run(&text, folder.path(), environment);
        assert!(!server.end().0.is_empty(), "{made:?}");
        assert!(made.is_err(), "{text}, wget {only_wget}: {made:?}");
        assert_eq!(fs::read_to_string(&dest).unwrap(), "old\n", "{text}");
        assert_eq!(names(folder.path()), [programs, dest], "{text}");
    }
}

#[test]
fn an_answer_takes_the_place_of_a_link_and_leaves_what_it_led_to() {
    if !has("curl") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (other, dest) = (folder.path().join("other"), folder.path().join("x"));
    fs::write(&other, "old\n").unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("other", &dest).unwrap();
    let server = serve(WHOLE, || ());
    let text = format!(
        "{{uri: {{url: 'http://127.0.0.1:{}/x', dest: D/x, use_proxy: false}}}}",
        server.port
    );
    run(&text, folder.path(), &[]).unwrap();
    server.end();
    assert_eq!(fs::read_to_string(&other).unwrap(), "old\n");
    assert_eq!(fs::read_to_string(&dest).unwrap(), "new\n");
    assert!(!fs::symlink_metadata(&dest).unwrap().is_symlink());
    assert_eq!(mode(&dest), 0o640);
    assert_eq!(names(folder.path()), [other, dest]);
}

#[test]
fn an_answer_does_not_replace_a_device() {
    for name in ["get_url", "uri"] {
        let folder = tempfile::tempdir().unwrap();
        let null = folder.path().join("x");
        if !has("curl") || run("{command: mknod D/x c 1 3}", folder.path(), &[]).is_err() {
            println!("skipped: no device can be made here");
            return;
        }
        let server = serve(WHOLE, || ());
        let text = format!(
            "{{{name}: {{url: 'http://127.0.0.1:{}/x', dest: D/x, use_proxy: false}}}}",
            server.port
        );
        let made = run(&text, folder.path(), &[]);
        assert!(!server.end().0.is_empty(), "{made:?}");
        assert!(
            fs::metadata(&null).unwrap().file_type().is_char_device(),
            "{text}: {made:?}"
        );
        assert_eq!(names(folder.path()), [null], "{text}");
    }
}

#[test]
fn brackets_of_a_url_are_sent_as_they_are() {
    if !has("curl") {
        return;
    }
    let url = r#"x?query=up{job="etcd"}[1-2]"#;
    for (name, options) in [
        ("get_url", "dest: D/x, use_proxy: false, url"),
        ("uri", "use_proxy: false, url"),
        ("unarchive", "dest: D, remote_src: true, src"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = serve(WHOLE, || ());
        let options = options.replace("D,", &format!("{},", folder.path().display()));
        let port = server.port;
        let text = format!("{{{name}: {{{options}: 'http://127.0.0.1:{port}/{url}'}}}}");
        let made = run(&text, folder.path(), &[]);
        // Four bytes are no archive.
        assert_eq!(made.is_ok(), name != "unarchive", "{text}: {made:?}");
        assert_eq!(server.end().0, format!("GET /{url} HTTP/1.1"), "{text}");
    }
}

#[test]
fn a_list_is_as_it_was_where_the_update_fails() {
    let folder = tempfile::tempdir().unwrap();
    let (programs, list) = (folder.path().join("programs"), folder.path().join("x.list"));
    fs::create_dir(&programs).unwrap();
    fs::write(programs.join("apt-get"), "#!/bin/sh\nexit 100\n").unwrap();
    fs::set_permissions(programs.join("apt-get"), fs::Permissions::from_mode(0o755)).unwrap();
    let old = b"deb http://me:pw@a.example.org x main # \xfc\n#deb http://no.example.org x main\n";
    fs::write(&list, old).unwrap();
    fs::set_permissions(&list, fs::Permissions::from_mode(0o640)).unwrap();
    let mut path = programs.clone().into_os_string();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let text = r#"{apt_repository: {repo: "deb http://no.example.org x main", filename: D/x, update_cache_retries: 1}}"#;
    let made = run(text, folder.path(), &[("PATH", Path::new(&path))]);
    assert!(made.is_err(), "{made:?}");
    assert_eq!(fs::read(&list).unwrap(), old);
    assert_eq!(mode(&list), 0o640);
    assert_eq!(names(folder.path()), [programs, list]);
}
