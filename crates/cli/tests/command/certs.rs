//! The certificates of a cluster's etcd.

use std::path::Path;

use crate::sandbox::data;
use crate::sandbox::ended;
use crate::sandbox::program;

/// Runs `evenkeel certs` in a folder.
fn certs(folder: &Path, words: &[&str]) -> String {
    let mut command = program(["certs"]);
    command.args(words).current_dir(folder);
    ended(command).told()
}

/// A folder with the inventory `inv`, and files beside it.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    std::fs::create_dir(root.path().join("inv")).unwrap();
    let from = data().join("etcd/hosts.ini");
    std::fs::copy(from, root.path().join("inv/hosts.ini")).unwrap();
    for (name, text) in files {
        std::fs::write(root.path().join(name), text).unwrap();
    }
    root
}

#[test]
fn are_made_once_kept_and_made_anew_for_a_reason() {
    let files = [
        ("moved.ini", "e1 access_ip=192.0.2.141\n"),
        (
            "left.ini",
            "m1 ip=192.0.2.21\n[kube_control_plane]\nm1\n[etcd]\nm1\n",
        ),
    ];
    let root = folder(&files);
    let root = root.path();
    insta::assert_snapshot!(certs(root, &["-i", "inv", "--dir", "keys", "--dry-run"]));
    assert!(!root.join("keys").exists(), "a dry run writes nothing");
    let made = certs(root, &["-i", "inv", "--dir", "keys"]);
    assert!(
        made.contains("\nmade  ca.pem  ") && made.ends_with("\nmade 10, kept 0\n"),
        "{made}"
    );
    insta::assert_snapshot!(certs(root, &["-i", "inv", "-i", "moved.ini", "--dir", "keys"]));
    insta::assert_snapshot!(certs(root, &["-i", "left.ini", "--dir", "keys", "--dry-run"]));
    insta::assert_snapshot!(certs(
        root,
        &["-i", "left.ini", "--dir", "keys", "--format", "json"]
    ));
    std::fs::remove_file(root.join("keys/ca-key.pem")).unwrap();
    insta::assert_snapshot!(certs(root, &["-i", "inv", "--dir", "keys"]));
}

#[test]
fn are_for_a_cluster_that_deploys_etcd() {
    let root = folder(&[("no-etcd.ini", "m1 ip=192.0.2.21\n[kube_control_plane]\nm1\n")]);
    insta::assert_snapshot!(certs(root.path(), &["-i", "no-etcd.ini", "--dry-run"]));
    insta::assert_snapshot!(certs(&data(), &["-i", "small/hosts.ini", "--dry-run"]));
}

#[test]
fn lie_in_the_inventorys_folder_whichever_way_it_is_named() {
    let root = folder(&[]);
    let root = root.path();
    let first = certs(root, &["-i", "inv"]);
    let beside = format!(
        "in {}/inv/.credentials/etcd\n",
        root.canonicalize().unwrap().display()
    );
    assert!(first.contains(&beside), "{first}");
    for words in [
        &["-i", "inv/hosts.ini"][..],
        &["-i", "inv"],
        &[
            "-i",
            "inv",
            "-e",
            "etcd_cert_dir={{inventory_dir}}/.credentials/etcd",
        ],
    ] {
        let again = certs(root, words);
        assert!(again.ends_with("made 0, kept 10\n"), "{words:?}: {again}");
    }
}

#[test]
fn lie_in_one_folder_that_is_named_from_the_root() {
    let vars = "[etcd:vars]\netcd_cert_dir=/srv/one\n\n[kube_node:vars]\netcd_cert_dir=/srv/two\n\
                \n[kube_control_plane:vars]\netcd_cert_dir=/srv/one\n";
    let root = folder(&[("inv/vars.ini", vars)]);
    insta::assert_snapshot!(certs(root.path(), &["-i", "inv", "--dry-run"]));
    insta::assert_snapshot!(certs(root.path(), &["-i", "inv", "-e", "etcd_cert_dir=keys"]));
}

#[test]
fn lie_where_generated_playbooks_look_for_them() {
    let root = folder(&[]);
    let run = |words: &[&str]| {
        let mut command = program(words.iter().copied());
        command.current_dir(root.path());
        let told = ended(command).told();
        assert!(told.starts_with("exit code 0"), "{words:?}: {told}");
        told
    };
    run(&["generate", "-i", "inv", "-o", "books"]);
    let variables = std::fs::read_to_string(root.path().join("books/group_vars/all.yml")).unwrap();
    let line = "\netcd_cert_dir: \"{{ inventory_dir }}/.credentials/etcd\"\n";
    assert!(variables.contains(line), "{variables}");
    let show = "- hosts: all\n  tasks:\n    - ansible.builtin.debug:\n        var: etcd_cert_dir\n";
    std::fs::write(root.path().join("books/show.yml"), show).unwrap();
    let shown = run(&["plan", "--simulate", "-v", "-i", "inv", "books/show.yml"]);
    let made = run(&["certs", "-i", "inv"]);
    let beside = format!(
        "{}/inv/.credentials/etcd\n",
        root.path().canonicalize().unwrap().display()
    );
    assert!(shown.contains(&beside) && made.contains(&beside), "{shown}{made}");
}
