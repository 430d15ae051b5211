//! What stops a run, and the mend.

use std::path::Path;
use std::sync::Arc;

use evenkeel_playbook::Disk;
use evenkeel_playbook::Draft;
use evenkeel_playbook::Files as _;
use evenkeel_playbook::Memory;

use super::FOLDER;
use super::contents;
use super::copy;
use super::day;
use super::ensure;
use super::inventory::Inventory;
use super::problems;
use super::small;
use super::without;

#[test]
fn a_lost_ca_is_never_replaced_silently() {
    let files = Memory::default();
    ensure(&small(), &files, 0);
    let no_key = without(&files, "ca-key.pem");
    let before = contents(&no_key);
    insta::assert_snapshot!(problems(&small(), &no_key, 1), @r"
    the key of the CA is lost: /srv/etcd/ca-key.pem is missing
      bring ca-key.pem back from a backup; to begin anew with another CA, move the whole folder away: then every host needs new certificates at once, and etcd is down until all have them
    ");
    assert_eq!(contents(&no_key), before);
    insta::assert_snapshot!(problems(&small(), &without(&no_key, "ca.pem"), 1), @r"
    the key of the CA is lost: /srv/etcd/ca-key.pem is missing
      bring ca-key.pem back from a backup; to begin anew with another CA, move the whole folder away: then every host needs new certificates at once, and etcd is down until all have them
    ");
    insta::assert_snapshot!(problems(&small(), &without(&files, "ca.pem"), 1), @r"
    the certificate of the CA is lost: /srv/etcd/ca.pem is missing
      bring ca.pem back from a backup; to begin anew with another CA, move the whole folder away: then every host needs new certificates at once, and etcd is down until all have them
    ");
}

#[test]
fn a_ca_that_cannot_sign_is_named() {
    let files = Memory::default();
    ensure(&small(), &files, 0);
    let mut text = String::new();
    for (from, to) in [
        ("node-m1-key.pem", "ca-key.pem"),
        ("node-m1.pem", "ca-key.pem"),
        ("node-m1.pem", "ca.pem"),
        ("node-m1-key.pem", "ca.pem"),
    ] {
        let spoilt = files.clone();
        copy(&spoilt, from, to);
        text += problems(&small(), &spoilt, 1).lines().next().unwrap();
        text.push('\n');
    }
    insta::assert_snapshot!(text, @r"
    /srv/etcd/ca.pem does not belong to the key in ca-key.pem
    cannot read the key of the CA /srv/etcd/ca-key.pem: Could not parse key pair
    /srv/etcd/ca.pem is not the certificate of a CA
    /srv/etcd/ca.pem is no certificate in PEM
    ");
}

#[test]
fn hosts_whose_names_cannot_be_in_certificates_are_named() {
    let long = "x".repeat(65);
    let wrong = Inventory::default()
        .host("a", "192.0.2.1")
        .host("a-key", "192.0.2.2")
        .host(&long, "192.0.2.3")
        .group("kube_control_plane", &["a", "a-key", &long]);
    insta::assert_snapshot!(problems(&wrong, &Memory::default(), 0), @r"
    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx is too long for the name in a certificate
      name the host with at most 64 characters
    the certificates of a and a-key share the file member-a-key.pem
      rename one of the two hosts
    ");
}

#[test]
fn a_folder_or_key_that_others_may_read_is_refused_and_a_new_one_is_the_owners_alone() {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("credentials/etcd");
    let run = |days| evenkeel_certs::ensure(&small().cluster(), &folder, &Disk, day(days));
    let mode = |path: &str| Disk.permissions(&folder.join(path)).unwrap();
    let set = |path: &str, mode: u32| {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder.join(path), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    let shown = |days| {
        let text = |problem: &evenkeel_yaml::Problem| format!("{problem}\n  {}\n", problem.help.join("\n  "));
        let problems: String = run(days).unwrap_err().iter().map(text).collect();
        problems.replace(root.path().to_str().unwrap(), "ROOT")
    };
    let draft = Draft::over(Arc::new(Disk));
    evenkeel_certs::ensure(&small().cluster(), &folder, &draft, day(0)).unwrap();
    assert_eq!(Disk.is_folder(&folder), None, "a draft is not written");
    draft.commit().unwrap();
    let report = run(0).unwrap();
    assert_eq!(report.made(), 0, "it is written as it was drafted");
    assert_eq!((mode(".."), mode("")), (0o700, 0o700));
    for entry in &report.files {
        let expected = if entry.file.ends_with("-key.pem") {
            0o600
        } else {
            0o644
        };
        assert_eq!(mode(&entry.file), expected, "{}", entry.file);
    }
    assert_eq!(
        Disk.list(&folder).unwrap().len(),
        report.files.len(),
        "nothing is left over"
    );
    set("", 0o750);
    set("ca-key.pem", 0o644);
    insta::assert_snapshot!(shown(1), @r"
    the folder of keys ROOT/credentials/etcd is open to others than its owner (mode 0750)
      chmod 0700 ROOT/credentials/etcd
    the key ROOT/credentials/etcd/ca-key.pem is open to others than its owner (mode 0644)
      chmod 0600 ROOT/credentials/etcd/ca-key.pem
    ");
    set("", 0o700);
    set("ca-key.pem", 0o400);
    assert_eq!(run(1).unwrap().made(), 0);
}

#[test]
fn a_folder_that_is_a_file_is_named() {
    let files = Memory::default().with(Path::new(FOLDER), "");
    insta::assert_snapshot!(problems(&small(), &files, 0), @r"
    /srv/etcd is a file, not a folder for certificates
      name another folder with --dir
    ");
}
