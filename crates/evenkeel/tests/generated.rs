//! Generated playbooks: those of the project are up to date, and do what the same roles do without being written out.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use evenkeel::Disk;
use evenkeel::EventKind;
use evenkeel::Files as _;
use evenkeel::Loaded;
use evenkeel::Memory;
use evenkeel::Mode;
use evenkeel::Options;
use evenkeel::Problem;
use evenkeel::Project;
use evenkeel::Simulated;

/// The root of the project.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The names of the reference clusters.
fn inventories() -> Vec<String> {
    Disk.list(&root().join("inventories")).unwrap()
}

fn project(files: impl evenkeel::Files + 'static, inventory: &str) -> Project {
    Project::new(Arc::new(files)).inventory(inventory)
}

fn load(project: Project) -> Loaded {
    project.load().unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn reference(name: &str) -> Loaded {
    let folder = root().join("inventories").join(name);
    load(project(Disk, &folder.to_string_lossy()).without_playbook())
}

#[test]
fn the_playbooks_of_the_project_are_up_to_date() {
    let names = inventories();
    for name in &names {
        let generated = evenkeel::generate(&reference(name)).unwrap();
        let folder = root().join("playbooks").join(name);
        let differences = evenkeel::differences(&Disk, &folder, &generated).unwrap();
        let shown: Vec<String> = differences
            .iter()
            .map(|difference| {
                let text = |side: &Option<String>| side.clone().unwrap_or_default();
                let path = difference.path.display().to_string();
                evenkeel::unified_diff(&path, &text(&difference.before), &path, &text(&difference.after))
            })
            .collect();
        assert!(
            shown.is_empty(),
            "out of date: evenkeel generate -i inventories/{name}\n{}",
            shown.concat()
        );
    }
    let playbooks = Disk.list(&root().join("playbooks")).unwrap();
    assert_eq!(playbooks, names, "each folder of playbooks has its inventory");
}

#[test]
fn the_same_inventory_gives_the_same_bytes_wherever_it_lies() {
    for name in inventories() {
        let first = evenkeel::generate(&reference(&name)).unwrap();
        let again = root().join("playbooks/../inventories").join(&name).join(".");
        let again = load(project(Disk, &again.to_string_lossy()).without_playbook());
        assert_eq!(evenkeel::generate(&again).unwrap(), first);
        let root = root().canonicalize().unwrap();
        for (path, text) in &first {
            let told = text.contains(&*root.to_string_lossy()) || text.contains(env!("CARGO_PKG_VERSION"));
            assert!(!told, "{} holds a path or a version", path.display());
        }
    }
}

/// What an apply on simulated hosts did, and what an apply after it would do.
fn applied(loaded: &Loaded) -> Vec<String> {
    let mut run = loaded
        .run(Arc::new(Simulated::debian12()), Options::default())
        .unwrap();
    let mut told = Vec::new();
    for mode in [Mode::Apply, Mode::Plan] {
        let walked = run.walk(mode, &mut |event| {
            if let EventKind::HostTask {
                host, task, outcome, ..
            } = &event.kind
            {
                told.push(format!("{mode:?} {host} {}: {outcome:#?}", task.name));
            }
            true
        });
        walked.unwrap();
    }
    told
}

#[test]
fn written_out_it_does_what_it_does_in_memory() {
    for name in inventories() {
        let inventory = root().join("inventories").join(&name);
        let inventory = inventory.to_string_lossy();
        let book = root().join("playbooks").join(&name).join("site.yml");
        let written = load(project(Disk, &inventory).playbook(book));
        let generated = load(project(Disk, &inventory));
        for loaded in [&written, &generated] {
            assert_eq!(about_generating(&loaded.warnings), [""; 0], "{name}");
        }
        let (one, other) = (applied(&written), applied(&generated));
        for (one, other) in one.iter().zip(&other) {
            same(one, other);
        }
        assert_eq!(one.len(), other.len(), "{name}");
        assert!(one.len() > 10, "{name}: {one:?}");
    }
}

fn same(one: &str, other: &str) {
    assert!(
        one == other,
        "{}",
        evenkeel::unified_diff("written out", one, "in memory", other)
    );
}

const HOSTS: &str = "
[loadbalancer]
lb1 ip=192.0.2.11
[kube_control_plane]
m1 ip=192.0.2.21
[all:vars]
ansible_connection=local
keepalived_interface=eth0
loadbalancer_apiserver={'address': '192.0.2.100', 'port': 6443}
";

/// An inventory in memory, and what is generated for it in `playbooks/small`.
fn small(hosts: &str) -> Memory {
    let files = Memory::default().with("inventories/small/hosts.ini", hosts);
    let generated = evenkeel::generate(&load(
        project(files.clone(), "inventories/small").without_playbook(),
    ))
    .unwrap();
    generated.into_iter().fold(files, |files, (path, text)| {
        files.with(Path::new("playbooks/small").join(path), text)
    })
}

fn told(files: &Memory) -> Vec<String> {
    let project = project(files.clone(), "inventories/small").playbook("playbooks/small/site.yml");
    let problems = match project.load() {
        Ok(loaded) => loaded.warnings,
        Err(problems) => problems,
    };
    about_generating(&problems)
}

/// The findings about generated files; what is said about the clusters is tested elsewhere.
fn about_generating(problems: &[Problem]) -> Vec<String> {
    let codes = ["generate::", "cluster::computed"];
    problems
        .iter()
        .filter(|problem| codes.iter().any(|code| problem.code.starts_with(code)))
        .map(|problem| format!("{}: {problem}; {}", problem.code, problem.help.join("; ")))
        .collect()
}

#[test]
fn a_generated_playbook_that_is_out_of_date_is_a_warning() {
    let files = small(HOSTS);
    assert_eq!(told(&files), [""; 0]);
    let from_command_line = project(files.clone(), "inventories/small")
        .playbook("playbooks/small/site.yml")
        .extra("of_another_role=7");
    let loaded = load(from_command_line);
    assert_eq!(about_generating(&loaded.warnings), [""; 0], "-e is for this run");
    let changed = HOSTS.replace("lb1 ip=192.0.2.11", "lb1 ip=192.0.2.12");
    let changed = files.with("inventories/small/hosts.ini", changed);
    insta::assert_snapshot!(told(&changed).join("\n"), @"generate::outdated: playbooks/small/site.yml was generated from another inventory or from an earlier state of it: group_vars/loadbalancer.yml, site.yml would change; `evenkeel generate -i INVENTORY -o playbooks/small` writes it anew, with `--check` it shows what would change");
}

/// What stands in the files beside the playbook is no second opinion about addresses.
#[test]
fn an_address_that_changed_is_that_warning_and_no_contradiction() {
    let files = small(HOSTS);
    let changed = HOSTS.replace("m1 ip=192.0.2.21", "m1 ip=192.0.2.22");
    let changed = files.with("inventories/small/hosts.ini", changed);
    let project = project(changed, "inventories/small").playbook("playbooks/small/site.yml");
    let codes: Vec<String> = load(project)
        .warnings
        .into_iter()
        .map(|found| found.code)
        .collect();
    assert!(codes.contains(&"generate::outdated".to_owned()), "{codes:?}");
    assert!(!codes.contains(&"cluster::addr-mismatch".to_owned()), "{codes:?}");
}

#[test]
fn a_value_of_the_command_line_that_the_playbook_was_computed_from_is_an_error() {
    let files = small(HOSTS);
    let with = |book: &str, extra: &str| {
        let project = project(files.clone(), "inventories/small")
            .playbook(format!("playbooks/small/{book}"))
            .extra(extra);
        project
            .load()
            .err()
            .map_or_else(String::new, |problems| about_generating(&problems).join("\n"))
    };
    let port = "kube_apiserver_port=7443 x=1";
    insta::assert_snapshot!(with("site.yml", port), @r#"
    generate::extra-vars: -e:1:1: -e does not reach playbooks/small/site.yml: it was computed from the inventory's `kube_apiserver_port` (group_vars/loadbalancer.yml would change); set it in the inventory, and run `evenkeel generate`; or name no playbook: then the run composes one with -e
    "#);
    insta::assert_snapshot!(with("reset.yml", port), @r#"
    generate::extra-vars: -e:1:1: -e does not reach playbooks/small/reset.yml: it was computed from the inventory's `kube_apiserver_port` (group_vars/loadbalancer.yml would change); set it in the inventory, and run `evenkeel generate`
    "#);
    assert_eq!(
        with("site.yml", "kube_apiserver_port=6443"),
        "",
        "what the inventory says too"
    );
    assert_eq!(with("reset.yml", "confirm=yes"), "");
    let composed = load(project(files, "inventories/small").extra(port));
    assert_eq!(about_generating(&composed.warnings), [""; 0]);
}

#[test]
fn the_inventory_itself_still_sets_no_computed_variable() {
    let files = small(HOSTS);
    let all = "haproxy: {}\n";
    let beside_inventory = files.clone().with("inventories/small/group_vars/all.yml", all);
    insta::assert_snapshot!(told(&beside_inventory).join("\n"), @"cluster::computed: inventories/small/group_vars/all.yml:1:1: `haproxy` is computed from the inventory; Two sources for one value drift apart, and files would be written from both.; remove it; `evenkeel endpoints` shows what is computed, and why");
    let beside_playbook = files.with("playbooks/small/group_vars/all.yml", all);
    insta::assert_snapshot!(told(&beside_playbook).join("\n"), @"cluster::computed: playbooks/small/group_vars/all.yml:1:1: `haproxy` is computed from the inventory; Two sources for one value drift apart, and files would be written from both.; remove it; `evenkeel endpoints` shows what is computed, and why");
}

#[test]
fn variables_stand_where_the_hosts_that_share_them_are_a_group() {
    let two = HOSTS.replace("lb1 ip=192.0.2.11", "lb1 ip=192.0.2.11\nlb2 ip=192.0.2.12");
    let files = small(&two);
    let list = |folder: &str| files.list(Path::new(folder)).unwrap();
    assert_eq!(
        list("playbooks/small/group_vars"),
        ["all.yml", "loadbalancer.yml"]
    );
    assert_eq!(list("playbooks/small/host_vars"), ["lb1.yml", "lb2.yml"]);
    let alone = small(HOSTS);
    let folder = Path::new("playbooks/small/host_vars");
    alone.list(folder).unwrap_err();
}

/// What is wrong with a folder that holds a generated file and one more.
fn beside(path: &str, text: &str) -> Result<Vec<String>, String> {
    let generated = [(
        "site.yml".into(),
        "# Generated by Evenkeel from the inventory x\n".to_owned(),
    )];
    let files = Memory::default()
        .with("out/site.yml", generated[0].1.as_str())
        .with(Path::new("out").join(path), text);
    let found = evenkeel::differences(&files, Path::new("out"), &generated);
    let found = found.map_err(|problem| format!("{problem}; {}", problem.help.join("; ")))?;
    evenkeel::write_generated(&files, Path::new("out"), &found).unwrap();
    assert_eq!(
        evenkeel::differences(&files, Path::new("out"), &generated).unwrap(),
        [],
        "written is up to date"
    );
    Ok(found.iter().map(|found| format!("{found:?}")).collect())
}

#[test]
fn only_what_evenkeel_generated_is_removed_or_overwritten() {
    let ours = "# Generated by Evenkeel from the inventory y: edit that\n";
    assert_eq!(beside(".gitignore", "x"), Ok(vec![]));
    insta::assert_snapshot!(beside("host_vars/gone.yml", ours).unwrap().join("\n"), @r##"Difference { path: "host_vars/gone.yml", before: Some("# Generated by Evenkeel from the inventory y: edit that\n"), after: None }"##);
    insta::assert_snapshot!(beside("site.yml", ours).unwrap().join("\n"), @r##"Difference { path: "site.yml", before: Some("# Generated by Evenkeel from the inventory y: edit that\n"), after: Some("# Generated by Evenkeel from the inventory x\n") }"##);
    insta::assert_snapshot!(beside("host_vars/mine.yml", "x: 1\n").unwrap_err(), @"out holds what Evenkeel did not generate: host_vars/mine.yml; move it away, or generate into another folder (`-o`); nothing was written");
    insta::assert_snapshot!(beside("site.yml", "- hosts: all\n").unwrap_err(), @"out holds what Evenkeel did not generate: site.yml; move it away, or generate into another folder (`-o`); nothing was written");
    insta::assert_snapshot!(beside("roles/web/tasks/main.yml", ours).unwrap_err(), @"out holds what Evenkeel did not generate: roles; move it away, or generate into another folder (`-o`); nothing was written");
}

#[test]
fn an_inventory_is_called_as_its_folder() {
    let named = |folder: &str, inventory: &str| {
        let files = Memory::default().with(inventory, HOSTS);
        let project = project(files, inventory).folder(folder).without_playbook();
        load(project).name.unwrap()
    };
    assert_eq!(named("/srv/small", "hosts.ini"), "small");
    assert_eq!(named("/srv/small", "inventory.ini"), "small");
    assert_eq!(named("/srv", "small/hosts.ini"), "small");
    assert_eq!(named("/srv/small", "cluster.ini"), "cluster");
}
