//! Pictures of clusters.

use crate::sandbox::data;
use crate::sandbox::ended;
use crate::sandbox::evenkeel;
use crate::sandbox::program;

/// The pictures lie beside the inventories' folders, not in them: whatever lies in an inventory is read as a part of it.
#[test]
fn every_reference_inventory_has_the_picture_of_its_cluster() {
    let root = data().ancestors().nth(4).unwrap().to_owned();
    let mut wrong = Vec::new();
    let entries = std::fs::read_dir(root.join("inventories")).unwrap();
    for folder in entries.map(Result::unwrap).filter(|entry| entry.path().is_dir()) {
        let name = folder.file_name().into_string().unwrap();
        let path = |path: String| root.join(path).to_str().unwrap().to_owned();
        let inventory = path(format!("inventories/{name}"));
        let file = path(format!("docs/{name}.svg"));
        let ended = evenkeel(["picture", "-i", &inventory, "--check", &file]);
        match ended.code {
            Some(0) => {}
            Some(3) => wrong.push(format!(
                "cargo run -- picture -i inventories/{name} -o docs/{name}.svg"
            )),
            _ => panic!("{name}: {}", ended.told()),
        }
    }
    assert!(
        wrong.is_empty(),
        "pictures differ from their clusters; mend them with\n{}",
        wrong.join("\n")
    );
}

#[test]
fn a_picture_is_printed_written_and_compared() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cluster.svg");
    // A short name: the lines of a message are broken where the checkout's own path would make them too long.
    std::os::unix::fs::symlink(data().join("cluster"), folder.path().join("inventory")).unwrap();
    let here = |words: &[&str]| {
        let words = ["picture", "-i", "inventory"]
            .into_iter()
            .chain(words.iter().copied());
        let mut command = program(words);
        command.current_dir(&folder);
        ended(command)
    };
    let printed = here(&[]).stdout;
    assert!(printed.starts_with("<svg "), "{printed}");
    let missing = here(&["--check", "cluster.svg"]).told();
    insta::assert_snapshot!(missing, @r#"
    exit code 3
    ---- standard error
    picture::missing

      ⚠ there is no cluster.svg yet
      help: `evenkeel picture -i inventory -o cluster.svg` writes it
    "#);
    assert_eq!(here(&["-o", "cluster.svg"]).told(), "exit code 0\n");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), printed);
    assert_eq!(here(&["--check", "cluster.svg"]).told(), "exit code 0\n");
    std::fs::write(&file, printed.replace("lb1", "lb9")).unwrap();
    assert_eq!(here(&["--check", "cluster.svg"]).code, Some(3));
}

#[test]
fn a_picture_needs_a_cluster_and_a_place() {
    let nowhere = ["picture", "-i", "cluster", "-o", "missing/cluster.svg"];
    insta::assert_snapshot!(evenkeel(nowhere).told(), @r"
    exit code 5
    ---- standard error
    picture::file

      × missing/cluster.svg cannot be written: entity not found
    ");
    insta::assert_snapshot!(evenkeel(["picture", "-i", "small/hosts.ini"]).told(), @r"
    exit code 5
    ---- standard error
    cluster::none

      × the inventory describes no cluster
      help: put the API servers into the group `kube_control_plane`
    ");
}
