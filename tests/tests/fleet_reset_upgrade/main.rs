//! `upgrade.yml` and `reset.yml` on real hosts: a cluster of kubeadm's stand-in with real etcd behind real load balancers
//! gets newer versions while a client goes on asking, and is taken away again.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests that say what they measured"
)]

mod cluster;
mod programs;
mod state;

use std::time::Duration;

use evenkeel_tests::events::Events;
use evenkeel_tests::fleet::Client;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::StandIns;

use cluster::Cluster;
use state::States;

const BALANCERS: [&str; 2] = ["lb1", "lb2"];
const NODES: [&str; 4] = ["m1", "m2", "w1", "w2"];
/// Those with a member of etcd; the other one has a proxy.
const MEMBERS: [&str; 3] = ["m1", "m2", "w1"];

const HOSTS: &str = "\
[loadbalancer]
lb1 ansible_host=192.0.2.11
lb2 ansible_host=192.0.2.12
[kube_control_plane]
m1 ansible_host=192.0.2.21
m2 ansible_host=192.0.2.22
[kube_node]
w1 ansible_host=192.0.2.31
w2 ansible_host=192.0.2.32
[etcd]
m1
m2
w1
[k8s_cluster:children]
kube_control_plane
kube_node
";

const VARIABLES: &str = "\
ansible_user: root
kube_distribution: kubeadm
loadbalancer_apiserver:
  address: 192.0.2.100
  port: 6443
loadbalancer_apiserver_prefix: 24
keepalived_interface: eth0
haproxy_maxconn: 2000
etcd_cert_dir: \"{{ inventory_dir }}/../certificates\"
";

/// Debian's packages are offered in a newer version than those that are installed: the same files under another number.
const NEWER: &str = "\
set -e
mkdir -p /srv/newer && cd /srv/newer
for name in NAMES; do
  dpkg-deb -R /srv/apt/${name}_*.deb tree
  sed -i 's/^Version: .*/&+newer1/' tree/DEBIAN/control
  dpkg-deb -Znone -b tree $name.deb >/dev/null
  { cat tree/DEBIAN/control; echo Filename: ./$name.deb; echo Size: $(stat -c %s $name.deb)
    echo SHA256: $(sha256sum <$name.deb | cut -d' ' -f1); echo; } >>Packages
  rm -r tree
done
echo 'deb [trusted=yes] file:/srv/newer ./' >/etc/apt/sources.list.d/newer.list
";

/// Boots the hosts, with the old packages of kubeadm on the nodes.
fn boot() -> Option<Cluster> {
    let hosts = [
        HostSpec::stocked("lb1", "192.0.2.11"),
        HostSpec::stocked("lb2", "192.0.2.12"),
        HostSpec::stocked("m1", "192.0.2.21"),
        HostSpec::stocked("m2", "192.0.2.22"),
        HostSpec::stocked("w1", "192.0.2.31"),
        HostSpec::stocked("w2", "192.0.2.32"),
    ];
    let fleet = Fleet::for_test(&hosts)?;
    let packages = "DEBIAN_FRONTEND=noninteractive apt-get -q -y install kubeadm=1.31.0-1.1 kubelet=1.31.0-1.1 \
                    kubectl=1.31.0-1.1 >/dev/null";
    for name in NODES {
        StandIns::install(&fleet, name).unwrap();
        fleet.host(name).exec(packages).unwrap();
    }
    Some(Cluster {
        fleet,
        described: (HOSTS, VARIABLES),
    })
}

/// A newer version of packages is offered from now on.
fn offer(host: &Host, names: &str) {
    host.exec(&NEWER.replace("NAMES", names)).unwrap();
}

#[test]
#[ignore = "long"]
fn a_cluster_is_upgraded_without_an_outage_and_taken_away() {
    let Some(cluster) = boot() else { return };
    cluster.describe("1.31.0", "");
    cluster.alone(&["certs", "-i", "inventory"]);
    let before = cluster.states();
    cluster.evenkeel(&["apply", "--yes", "playbooks/site.yml"], 0);

    upgraded(&cluster);
    taken_away(&cluster, &before);
}

fn upgraded(cluster: &Cluster) {
    let fleet = &cluster.fleet;
    for name in BALANCERS {
        offer(fleet.host(name), "haproxy");
    }
    for name in NODES {
        offer(fleet.host(name), "etcd-server");
    }
    let authority = fleet.directory().join("authority");
    std::fs::write(
        &authority,
        fleet.host("m1").read("/etc/kubernetes/pki/ca.crt").unwrap(),
    )
    .unwrap();
    let (every, timeout) = (Duration::from_millis(100), Duration::from_secs(8));
    let url = "https://192.0.2.100:6443/readyz";
    let client = Client::trusting(fleet, &authority, url, every, timeout).unwrap();

    cluster.describe("1.31.1", "");
    let started = |name: &str, unit: &str| {
        let ask = format!("systemctl show --property=ExecMainStartTimestampMonotonic --value {unit}");
        fleet.host(name).exec(&ask).unwrap()
    };
    let etcd = MEMBERS.map(|name| started(name, "etcd"));
    let proxy = started("w2", "etcd-proxy");
    let upgraded = cluster.evenkeel(&["apply", "--yes", "playbooks/upgrade.yml"], 0);

    let requests = client.finish().unwrap();
    let failed: Vec<_> = requests.failed().into_iter().collect();
    println!(
        "{} requests, {} failed; answered by {:?}",
        requests.all.len(),
        failed.len(),
        requests.answered_by()
    );
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(requests.answered_by().len(), 2, "both masters have answered");

    for name in BALANCERS {
        let version = fleet
            .host(name)
            .exec("dpkg-query -W -f '${Version}' haproxy")
            .unwrap();
        assert!(version.ends_with("+newer1"), "{version}");
    }
    let nodes =
        "KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes --no-headers | awk '{ print $1, $2, $5 }'";
    assert_eq!(
        fleet.host("m2").exec(nodes).unwrap(),
        "m1 Ready v1.31.1\nm2 Ready v1.31.1\nw1 Ready v1.31.1\nw2 Ready v1.31.1\n"
    );
    for (name, before) in MEMBERS.iter().zip(etcd) {
        assert_ne!(started(name, "etcd"), before, "etcd was restarted on {name}");
        let host = fleet.host(name);
        host.exec("test -s /var/lib/etcd/before-upgrade.db").unwrap();
    }
    assert_ne!(started("w2", "etcd-proxy"), proxy, "the proxy is the new program");
    for name in NODES {
        let host = fleet.host(name);
        host.exec("test ! -e /etc/kubernetes/drained-for-upgrade")
            .unwrap();
        let versions = host
            .exec("dpkg-query -W -f '${Version} ' etcd-server kubeadm kubectl kubelet")
            .unwrap();
        assert!(
            versions.ends_with("+newer1 1.31.1-1.1 1.31.1-1.1 1.31.1-1.1 "),
            "{versions}"
        );
    }
    let emptied = ["Let the pods go elsewhere", "Let pods onto the node again"];
    let one_by_one = NODES.iter().flat_map(|name| emptied.map(|task| (task, *name)));
    assert_eq!(did(&upgraded, &emptied), one_by_one.collect::<Vec<_>>());

    let calls = |name: &str| {
        let calls = StandIns::install(fleet, name).unwrap().calls("kubeadm").unwrap();
        let upgrades = calls.into_iter().map(|call| call.argv.join(" "));
        upgrades
            .filter(|call| call.starts_with("upgrade"))
            .collect::<Vec<_>>()
    };
    assert_eq!(calls("m1"), ["upgrade apply v1.31.1 --yes"]);
    assert_eq!(calls("m2"), ["upgrade node"]);
    assert_eq!(calls("w1"), ["upgrade node"]);
    assert_eq!(calls("w2"), ["upgrade node"]);

    cluster.has_nothing_to_do(&["apply", "--yes", "playbooks/upgrade.yml"]);
}

/// Which of some tasks changed which host, in order.
fn did<'e>(events: &'e Events, names: &[&str]) -> Vec<(&'e str, &'e str)> {
    let changed = events.changed().into_iter();
    let changed = changed.map(|task| (task.task.name.as_str(), task.host.as_str()));
    changed.filter(|(name, _)| names.contains(name)).collect()
}

fn taken_away(cluster: &Cluster, before: &States) {
    let unconfirmed = cluster.evenkeel(&["apply", "--yes", "playbooks/reset.yml"], 2);
    assert_eq!(unconfirmed.changed(), Vec::<&_>::new());
    assert!(cluster.fleet.reaches("192.0.2.100:6443"));
    cluster.is_taken_away(before);
    assert!(!cluster.fleet.reaches("192.0.2.11:6443"));
}
