//! A master leaves a reference cluster whose etcd the roles set up: the stand-ins' own has no members.

use std::fs;
use std::path::Path;

use evenkeel_tests::ansible;
use evenkeel_tests::command;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::reference::Reference;

/// What has it leave: the fleet, the inventory, the folder of the generated playbooks, and the master.
type Eject = fn(&Fleet, &Path, &Path, &str) -> Option<()>;

/// It leaves; then the inventory without it describes what is there.
pub(crate) fn leaves(name: &str, node: &str, eject: Eject) {
    let folder = tempfile::tempdir().unwrap();
    let reference = Reference::copied(name, folder.path()).unwrap();
    let playbooks = folder.path().join("playbooks");
    reference.generate(&playbooks).unwrap();
    reference.certify().unwrap();
    let Some(fleet) = reference.boot().unwrap() else {
        return;
    };
    let inventory = reference.inventory();
    evenkeel(&fleet, &["apply"], inventory);
    let masters = &reference.model().masters;
    let stays: &str = masters.iter().find(|master| ***master != *node).unwrap();
    assert!(nodes(&fleet, stays).contains(node));
    if eject(&fleet, inventory, &playbooks, node).is_none() {
        return;
    }
    let nodes = nodes(&fleet, stays);
    assert!(!nodes.contains(node) && nodes.contains(stays), "{nodes}");
    is_empty(&fleet, node);
    forget(inventory, node);
    assert_eq!(evenkeel(&fleet, &["apply"], inventory), Vec::<String>::new());
    let verify = ["verify", "-i", &inventory.to_string_lossy()];
    let (code, matrix, told) = command::as_people(&fleet, &verify).unwrap();
    assert_eq!(code, 0, "{matrix}{told}");
}

pub(crate) fn by_evenkeel(fleet: &Fleet, inventory: &Path, _: &Path, node: &str) -> Option<()> {
    evenkeel(fleet, &["eject", node], inventory);
    Some(())
}

pub(crate) fn by_ansible(fleet: &Fleet, inventory: &Path, playbooks: &Path, node: &str) -> Option<()> {
    let programs = ansible::programs(&["ansible-playbook"])?;
    let playbook = playbooks.join("eject-controller.yml");
    let which = format!("node={node}");
    let played = ansible::play_with(fleet, &programs, inventory, &playbook, &[&which]).unwrap();
    assert_eq!(played.code, 0, "{}", played.said);
    Some(())
}

/// Runs a command of Evenkeel's, and tells what changed.
fn evenkeel(fleet: &Fleet, arguments: &[&str], inventory: &Path) -> Vec<String> {
    let inventory = inventory.to_string_lossy();
    let ran = command::evenkeel(fleet, &[arguments, &["--yes", "-i", &inventory]].concat()).unwrap();
    let told = || format!("{}{:#?}", ran.stderr, ran.events.failures());
    assert_eq!(ran.events.defects, Vec::<serde_json::Value>::new(), "{}", told());
    assert_eq!(ran.code, 0, "{arguments:?}: {}", told());
    let changed = ran.events.changed().into_iter();
    changed
        .map(|task| format!("{}: {}", task.host, task.task.name))
        .collect()
}

/// The nodes, as a master tells.
fn nodes(fleet: &Fleet, master: &str) -> String {
    let get = "kubectl --kubeconfig=/etc/kubernetes/admin.conf --server=https://127.0.0.1:6443 get nodes --output=name";
    fleet.host(master).exec(get).unwrap()
}

/// Nothing of the cluster runs on it, and no key or network of it is there.
fn is_empty(fleet: &Fleet, node: &str) {
    let host = fleet.host(node);
    let runs = "systemctl is-active kubelet etcd etcd-proxy haproxy nginx keepalived || :";
    let runs = host.exec(runs).unwrap();
    assert!(runs.lines().all(|state| state != "active"), "{runs}");
    let listens = host
        .exec("ss --no-header --listening --tcp --numeric 'sport != :22'")
        .unwrap();
    assert_eq!(listens, "");
    let left = "ls -d /etc/kubernetes /etc/cni/net.d /var/lib/cni /etc/ssl/etcd/ssl /var/lib/etcd/kubernetes \
                2>/dev/null || :";
    assert_eq!(host.exec(left).unwrap(), "");
}

/// Takes it out of the inventory.
fn forget(inventory: &Path, node: &str) {
    let path = inventory.join("hosts.ini");
    let text = fs::read_to_string(&path).unwrap();
    let stays = |line: &&str| line.split(' ').next() != Some(node);
    let lines: Vec<&str> = text.lines().filter(stays).collect();
    fs::write(&path, lines.join("\n") + "\n").unwrap();
}
