//! A master leaves a reference cluster, with the etcd that the roles set up or with Kubernetes' own, which is a real one too.

use std::fs;
use std::path::Path;

use evenkeel::topology::Cluster;
use evenkeel::topology::Distribution;
use evenkeel_tests::ansible;
use evenkeel_tests::command;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::StandIns;
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
    let model = reference.model();
    if !model.etcd.deployed {
        for master in &model.masters {
            StandIns::install(&fleet, master).unwrap().with_etcd().unwrap();
        }
    }
    let inventory = reference.inventory();
    evenkeel(&fleet, &["apply"], inventory);
    let distribution = model.kubernetes.distribution;
    let stays: &str = model.masters.iter().find(|master| ***master != *node).unwrap();
    assert!(nodes(&fleet, stays, distribution).contains(node));
    let peer = format!("https://{}:2380", model.nodes[node].address);
    if eject(&fleet, inventory, &playbooks, node).is_none() {
        return;
    }
    let nodes = nodes(&fleet, stays, distribution);
    assert!(!nodes.contains(node) && nodes.contains(stays), "{nodes}");
    let members = members(&fleet, stays, model);
    assert!(!members.contains(&peer), "{members}");
    assert_eq!(members.lines().count(), model.etcd.members.len() - 1, "{members}");
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
fn nodes(fleet: &Fleet, master: &str, distribution: Distribution) -> String {
    let kubectl = match distribution {
        Distribution::K3s => "k3s kubectl",
        Distribution::K0s => "k0s kubectl",
        Distribution::None | Distribution::Kubeadm => {
            "kubectl --kubeconfig=/etc/kubernetes/admin.conf --server=https://127.0.0.1:6443"
        }
    };
    let get = format!("{kubectl} get nodes --output=name");
    fleet.host(master).exec(&get).unwrap()
}

/// The members of etcd, as the one on a master tells.
fn members(fleet: &Fleet, master: &str, cluster: &Cluster) -> String {
    let [folder, ca, pair] = match cluster.kubernetes.distribution {
        _ if cluster.etcd.deployed => ["/etc/ssl/etcd/ssl", "ca.pem", "node-$(hostname)%.pem"],
        Distribution::K3s => ["/var/lib/rancher/k3s/server/tls/etcd", "server-ca.crt", "client"],
        Distribution::K0s => ["/var/lib/k0s/pki", "etcd/ca.crt", "apiserver-etcd-client"],
        Distribution::None | Distribution::Kubeadm => {
            ["/etc/kubernetes/pki/etcd", "ca.crt", "healthcheck-client"]
        }
    };
    let [certificate, key] = match pair.split_once('%') {
        Some((name, end)) => [format!("{name}{end}"), format!("{name}-key{end}")],
        None => [format!("{pair}.crt"), format!("{pair}.key")],
    };
    let list = format!(
        "cd {folder} && ETCDCTL_API=3 etcdctl --cacert={ca} --cert={certificate} --key={key} \
         --endpoints=https://127.0.0.1:2379 member list"
    );
    fleet.host(master).exec(&list).unwrap()
}

/// Nothing of the cluster runs on it, and no key or network of it is there.
fn is_empty(fleet: &Fleet, node: &str) {
    let host = fleet.host(node);
    let runs = "systemctl is-active kubelet k3s k0scontroller etcd etcd-proxy haproxy nginx keepalived || :";
    let runs = host.exec(runs).unwrap();
    assert!(runs.lines().all(|state| state != "active"), "{runs}");
    let listens = host
        .exec("ss --no-header --listening --tcp --numeric 'sport != :22'")
        .unwrap();
    assert_eq!(listens, "");
    let left = "ls -d /etc/kubernetes /etc/cni/net.d /var/lib/cni /etc/ssl/etcd/ssl /var/lib/etcd/kubernetes \
                /var/lib/etcd/member /etc/rancher /var/lib/rancher/k3s/server /etc/k0s /var/lib/k0s/etcd 2>/dev/null || :";
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
