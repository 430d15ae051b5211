//! What is made, what is kept, and why.

use std::io;
use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

use evenkeel_certs::plan;
use evenkeel_playbook::Files;
use evenkeel_playbook::Memory;

use super::FOLDER;
use super::changes;
use super::contents;
use super::copy;
use super::day;
use super::ensure;
use super::shown;
use super::small;
use super::without;

#[test]
fn a_cluster_gets_a_ca_and_the_certificates_of_members_and_hosts() {
    let files = Memory::default();
    let forecast = plan(&small().cluster(), Path::new(FOLDER), &files, day(0)).unwrap();
    assert_eq!(contents(&files), [], "a forecast writes nothing");
    let made = ensure(&small(), &files, 0);
    assert_eq!(shown(&made), shown(&forecast));
    assert_eq!((made.made(), made.forecast, forecast.forecast), (14, false, true));
    insta::assert_snapshot!(shown(&made), @r"
    made ca.pem 3650 days: missing
    made ca-key.pem 3650 days: missing
    made member-m1.pem 365 days: missing
    made member-m1-key.pem 365 days: missing
    made member-e1.pem 365 days: missing
    made member-e1-key.pem 365 days: missing
    made node-m1.pem 365 days: missing
    made node-m1-key.pem 365 days: missing
    made node-m2.pem 365 days: missing
    made node-m2-key.pem 365 days: missing
    made node-e1.pem 365 days: missing
    made node-e1-key.pem 365 days: missing
    made node-w1.pem 365 days: missing
    made node-w1-key.pem 365 days: missing
    ");
    let mode = |name: &str| files.permissions(&Path::new(FOLDER).join(name)).unwrap();
    assert_eq!(mode(""), 0o700);
    for entry in &made.files {
        let expected = if entry.file.ends_with("-key.pem") {
            0o600
        } else {
            0o644
        };
        assert_eq!(mode(&entry.file), expected, "{}", entry.file);
    }
    assert_eq!(files.list(Path::new(FOLDER)).unwrap().len(), 14);
}

#[test]
fn as_json_it_names_files_actions_and_reasons() {
    let files = Memory::default();
    ensure(&small(), &files, 0);
    copy(&files, "node-m1.pem", "node-gone.pem");
    let mut report = ensure(&small().host("e1", "192.0.2.23"), &files, 1);
    report.files.retain(|entry| entry.file.starts_with("member-e1"));
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap(), @r#"
    {
      "folder": "/srv/etcd",
      "forecast": false,
      "files": [
        {
          "file": "member-e1.pem",
          "action": "made",
          "why": [
            "the address 192.0.2.23 was added",
            "the address 192.0.2.13 was removed"
          ],
          "days": 365
        },
        {
          "file": "member-e1-key.pem",
          "action": "made",
          "why": [
            "the address 192.0.2.23 was added",
            "the address 192.0.2.13 was removed"
          ],
          "days": 365
        }
      ],
      "unused": [
        "node-gone.pem"
      ]
    }
    "#);
}

#[test]
fn a_changed_address_makes_the_members_certificate_anew_and_says_so() {
    let files = Memory::default();
    ensure(&small(), &files, 0);
    let moved = small().access("e1", "2001:db8::13");
    insta::assert_snapshot!(changes(&ensure(&moved, &files, 1)), @r"
    made member-e1.pem 365 days: the address 2001:db8::13 was added
    made member-e1-key.pem 365 days: the address 2001:db8::13 was added
    ");
    let moved = small().host("e1", "198.51.100.13");
    insta::assert_snapshot!(changes(&ensure(&moved, &files, 1)), @r"
    made member-e1.pem 365 days: the address 198.51.100.13 was added; the address 192.0.2.13 was removed; the address 2001:db8::13 was removed
    made member-e1-key.pem 365 days: the address 198.51.100.13 was added; the address 192.0.2.13 was removed; the address 2001:db8::13 was removed
    ");
}

#[test]
fn what_ends_soon_is_made_anew() {
    let files = Memory::default();
    ensure(&small(), &files, 0);
    assert_eq!(ensure(&small(), &files, 334).made(), 0, "31 days are left");
    let small = small().group("etcd", &["m1"]);
    let soon = plan(&small.cluster(), Path::new(FOLDER), &files, day(335)).unwrap();
    insta::assert_snapshot!(changes(&soon), @r"
    made member-m1.pem 365 days: expires in 30 days
    made member-m1-key.pem 365 days: expires in 30 days
    made node-m1.pem 365 days: expires in 30 days
    made node-m1-key.pem 365 days: expires in 30 days
    made node-m2.pem 365 days: expires in 30 days
    made node-m2-key.pem 365 days: expires in 30 days
    made node-w1.pem 365 days: expires in 30 days
    made node-w1-key.pem 365 days: expires in 30 days
    unused member-e1-key.pem
    unused member-e1.pem
    unused node-e1-key.pem
    unused node-e1.pem
    ");
    let late = plan(&small.cluster(), Path::new(FOLDER), &files, day(366)).unwrap();
    insta::assert_snapshot!(changes(&late), @r"
    made member-m1.pem 365 days: expired
    made member-m1-key.pem 365 days: expired
    made node-m1.pem 365 days: expired
    made node-m1-key.pem 365 days: expired
    made node-m2.pem 365 days: expired
    made node-m2-key.pem 365 days: expired
    made node-w1.pem 365 days: expired
    made node-w1-key.pem 365 days: expired
    unused member-e1-key.pem
    unused member-e1.pem
    unused node-e1-key.pem
    unused node-e1.pem
    ");
}

#[test]
fn a_ca_that_ends_before_what_it_signs_is_prolonged_with_its_own_key() {
    let files = Memory::default();
    ensure(&small(), &files, 0);
    ensure(&small(), &files, 3280);
    let before = contents(&files);
    let prolonged = ensure(&small(), &files, 3290);
    insta::assert_snapshot!(changes(&prolonged), @r"made ca.pem 3650 days: expires in 360 days");
    let after = contents(&files);
    let changed = after.iter().filter(|file| !before.contains(file));
    assert_eq!(changed.count(), 1, "only ca.pem");
    assert_eq!(ensure(&small(), &files, 3291).made(), 0);
}

#[test]
fn a_certificate_that_is_not_the_hosts_is_made_anew() {
    let make = |spoil: &dyn Fn(Memory) -> Memory| {
        let files = Memory::default();
        ensure(&small(), &files, 1);
        let files = spoil(files);
        let report = changes(&ensure(&small(), &files, 1));
        assert_eq!(ensure(&small(), &files, 1).made(), 0, "it is mended");
        report
    };
    let mut text = String::new();
    text += &make(&|files| {
        copy(&files, "member-m1-key.pem", "member-e1-key.pem");
        files
    });
    text += &make(&|files| {
        copy(&files, "ca.pem", "member-e1-key.pem");
        files
    });
    text += &make(&|files| {
        copy(&files, "member-m1-key.pem", "member-e1.pem");
        files
    });
    text += &make(&|files| without(&files, "member-e1-key.pem"));
    text += &make(&|files| without(&files, "member-e1.pem"));
    text += &make(&|files| {
        copy(&files, "member-m1.pem", "node-w1.pem");
        copy(&files, "member-m1-key.pem", "node-w1-key.pem");
        files
    });
    text += &make(&|files| {
        copy(&files, "ca.pem", "node-w1.pem");
        copy(&files, "ca-key.pem", "node-w1-key.pem");
        files
    });
    insta::assert_snapshot!(text, @r"
    made member-e1.pem 365 days: its key does not fit
    made member-e1-key.pem 365 days: its key does not fit
    made member-e1.pem 365 days: its key is no private key in PEM
    made member-e1-key.pem 365 days: its key is no private key in PEM
    made member-e1.pem 365 days: it is no certificate in PEM
    made member-e1-key.pem 365 days: it is no certificate in PEM
    made member-e1.pem 365 days: its key is missing
    made member-e1-key.pem 365 days: its key is missing
    made member-e1.pem 365 days: missing
    made member-e1-key.pem 365 days: missing
    made node-w1.pem 365 days: its subject is not the host; the name m1 was removed; the address 192.0.2.11 was removed
    made node-w1-key.pem 365 days: its subject is not the host; the name m1 was removed; the address 192.0.2.11 was removed
    made node-w1.pem 365 days: its subject is not the host; the name localhost was added; the address 127.0.0.1 was added; the address ::1 was added; its usages are not those of a server and client
    made node-w1-key.pem 365 days: its subject is not the host; the name localhost was added; the address 127.0.0.1 was added; the address ::1 was added; its usages are not those of a server and client
    ");
}

#[test]
fn another_ca_and_a_clock_that_went_back_are_noticed() {
    let (files, other) = (Memory::default(), Memory::default());
    ensure(&small(), &files, 10);
    ensure(&small(), &other, 10);
    for name in ["ca.pem", "ca-key.pem"] {
        let path = Path::new(FOLDER).join(name);
        files.write(&path, &other.read(&path).unwrap(), 0o600).unwrap();
    }
    let report = plan(&small().cluster(), Path::new(FOLDER), &files, day(5)).unwrap();
    insta::assert_snapshot!(changes(&report).lines().last().unwrap(), @r"made node-w1-key.pem 365 days: it is not signed by the present CA; it is not valid yet");
    assert_eq!(report.made(), 12);
}

#[test]
fn files_of_a_host_that_left_stay_and_are_named() {
    let files = Memory::default();
    ensure(&small(), &files, 0);
    let left = small().group("etcd", &["m1"]).group("kube_node", &[]);
    let before = contents(&files);
    insta::assert_snapshot!(changes(&ensure(&left, &files, 1)), @r"
    unused member-e1-key.pem
    unused member-e1.pem
    unused node-e1-key.pem
    unused node-e1.pem
    unused node-w1-key.pem
    unused node-w1.pem
    ");
    assert_eq!(contents(&files), before);
}

#[test]
fn a_key_of_a_ca_without_certificate_before_anything_was_signed_is_used() {
    let files = Memory::default();
    ensure(&small(), &files, 0);
    let key = files.read(&Path::new(FOLDER).join("ca-key.pem")).unwrap();
    let files = Memory::default().with(Path::new(FOLDER).join("ca-key.pem"), key.clone());
    let report = ensure(&small(), &files, 0);
    assert!(shown(&report).starts_with("made ca.pem 3650 days: missing\nkept ca-key.pem"));
    assert_eq!(files.read(&Path::new(FOLDER).join("ca-key.pem")).unwrap(), key);
    assert_eq!(ensure(&small(), &files, 0).made(), 0);
}

/// Files that can be written only so many times.
struct Failing<'a> {
    files: &'a Memory,
    left: AtomicUsize,
}

impl Files for Failing<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.files.read(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<String>> {
        self.files.list(folder)
    }

    fn is_folder(&self, path: &Path) -> Option<bool> {
        self.files.is_folder(path)
    }

    fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(
            left.checked_sub(1).ok_or(io::ErrorKind::StorageFull)?,
            Ordering::Relaxed,
        );
        self.files.write(path, bytes, mode)
    }

    fn make_folder(&self, path: &Path, mode: u32) -> io::Result<()> {
        self.files.make_folder(path, mode)
    }
}

#[test]
fn a_run_that_was_cut_off_is_completed_by_the_next() {
    for begun in [0, 340] {
        for writes in 0..14 {
            let files = Memory::default();
            if begun > 0 {
                ensure(&small(), &files, 0);
            }
            let failing = Failing {
                files: &files,
                left: AtomicUsize::new(writes),
            };
            let folder = Path::new(FOLDER);
            let cut = evenkeel_certs::ensure(&small().cluster(), folder, &failing, day(begun));
            assert_eq!(cut.is_err(), writes < 12 || begun == 0, "{begun} {writes}");
            ensure(&small(), &files, begun);
            assert_eq!(ensure(&small(), &files, begun).made(), 0);
        }
    }
}
