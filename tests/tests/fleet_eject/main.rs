//! Controllers leave a cluster with a real etcd: alive, dead, and not at all where etcd would lose its quorum.
//!
//! In reference clusters Kubernetes is a stand-in, and kubectl, which drains and deletes nodes, is real.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "tests")]

mod cluster;
mod reference;

use cluster::Cluster;
use cluster::UNREACHABLE;

/// Five members, among them addresses that are the beginning of others.
const HOSTS: [(&str, &str); 6] = [
    ("m1", "192.0.2.2"),
    ("m2", "192.0.2.21"),
    ("m3", "192.0.2.22"),
    ("e4", "192.0.2.23"),
    ("e5", "192.0.2.24"),
    ("w1", "192.0.2.31"),
];

#[test]
fn the_leader_of_three_leaves() {
    let [m1, m2, m3, .., w1] = HOSTS;
    let Some(mut cluster) = Cluster::boot(&[m1, m2, m3, w1]) else {
        return;
    };
    cluster.converge();
    from_three_to_two(&mut cluster);
}

#[test]
#[ignore = "long"]
fn a_master_leaves_kargo_local_lb() {
    reference::leaves("kargo-local-lb", "m2", reference::by_evenkeel);
}

/// Every `admin.conf` names it: whoever deletes its node asks another API server.
#[test]
#[ignore = "long"]
fn the_first_master_leaves_kargo_local_lb() {
    reference::leaves("kargo-local-lb", "m1", reference::by_evenkeel);
}

#[test]
#[ignore = "long"]
fn a_master_leaves_kargo_local_lb_by_ansible() {
    reference::leaves("kargo-local-lb", "m2", reference::by_ansible);
}

#[test]
#[ignore = "long"]
fn a_master_leaves_k3s() {
    reference::leaves("kube360-k3s", "ns577110", reference::by_evenkeel);
}

#[test]
#[ignore = "long"]
fn a_controller_leaves_k0s() {
    reference::leaves("clusterfactory-k0s", "k0s-at-vie-1", reference::by_evenkeel);
}

#[test]
#[ignore = "long"]
fn a_master_leaves_the_etcd_of_kubeadm() {
    reference::leaves("thebsdbox-stacked", "controlplane02", reference::by_evenkeel);
}

#[test]
#[ignore = "long"]
fn a_master_leaves_kargo_external_lb() {
    reference::leaves("kargo-external-lb", "m2", reference::by_evenkeel);
}

#[test]
#[ignore = "long"]
fn controllers_leave_in_an_order_that_keeps_the_cluster_up() {
    let Some(mut cluster) = Cluster::boot(&HOSTS) else {
        return;
    };
    cluster.converge();
    assert_eq!(cluster.members("m1"), ["e4", "e5", "m1", "m2", "m3"]);
    from_five_to_four(&mut cluster);
    a_dead_host(&mut cluster);
    refused_as_another_is_down(&cluster);
    refused_as_etcd_stands_still(&cluster);
    from_three_to_two(&mut cluster);
    refused_as_the_other_of_two_is_down(&mut cluster);
}

/// A member that is no master.
fn from_five_to_four(cluster: &mut Cluster) {
    let balancer = cluster.balancer_started();
    let ran = cluster.eject("e5", &[], 0);
    assert_eq!(cluster.members("m1"), ["e4", "m1", "m2", "m3"]);
    assert_eq!(Cluster::warnings(&ran), Vec::<String>::new());
    let e5 = cluster.fleet.host("e5");
    assert_eq!(
        e5.run("systemctl is-active etcd").unwrap().stdout.trim(),
        "inactive"
    );
    assert_eq!(
        e5.run("systemctl is-enabled etcd").unwrap().stdout.trim(),
        "disabled"
    );
    let left = "ls -d /var/lib/etcd/kubernetes /etc/ssl/etcd/ssl /etc/default/etcd-joining 2>/dev/null || :";
    assert_eq!(e5.exec(left).unwrap(), "");
    assert_eq!(
        cluster.balancer_started(),
        balancer,
        "it balances no member of etcd alone"
    );
    cluster.is_forgotten("e5", "192.0.2.24");
    cluster.nothing_is_left_to_change();
}

/// Its power is cut while it leads; without `--dead` nothing is begun.
///
/// A leader that outlives another member may wait for its answer until systemd kills it (etcd 3.4), so that stops take long.
fn a_dead_host(cluster: &mut Cluster) {
    cluster.have_lead("e4");
    cluster.fleet.host("e4").kill().unwrap();
    cluster.is_healthy("m1");
    let ran = cluster.eject("e4", &[], UNREACHABLE);
    assert_eq!(Cluster::changed(&ran), Vec::<&str>::new());
    assert_eq!(cluster.members("m1"), ["e4", "m1", "m2", "m3"]);
    cluster.eject("e4", &["--dead"], 0);
    assert_eq!(cluster.members("m1"), ["m1", "m2", "m3"]);
    cluster.is_forgotten("e4", "192.0.2.23");
    cluster.nothing_is_left_to_change();
}

/// Two healthy members would stay a majority of the healthy: what counts is the membership.
fn refused_as_another_is_down(cluster: &Cluster) {
    cluster.stop_etcd("m3");
    let why = cluster.refused("m2", 2);
    assert!(
        why.contains("has 2 member(s) and needs 2 of them, and 1 answer(s)"),
        "{why}"
    );
    cluster.start_etcd("m3");
}

/// Two of three are down: nobody can be removed, neither a dead one nor the living one.
fn refused_as_etcd_stands_still(cluster: &Cluster) {
    cluster.stop_etcd("m2");
    cluster.stop_etcd("m3");
    let why = cluster.refused("m3", 2);
    assert!(
        why.contains("has 2 member(s) and needs 2 of them, and 0 answer(s)"),
        "{why}"
    );
    cluster.start_etcd("m2");
    cluster.start_etcd("m3");
}

/// The master 192.0.2.2 leaves, and not 192.0.2.21.
fn from_three_to_two(cluster: &mut Cluster) {
    let balancer = cluster.balancer_started();
    cluster.have_lead("m1");
    let ran = cluster.eject("m1", &[], 0);
    assert_eq!(cluster.members("m2"), ["m2", "m3"]);
    let warnings = Cluster::warnings(&ran);
    assert!(
        matches!(&warnings[..], [warning] if warning.contains("it tolerates the loss of none")),
        "{warnings:?}"
    );
    assert_eq!(
        cluster.balancer_started(),
        balancer,
        "nginx is reloaded, not restarted"
    );
    let nginx = cluster.fleet.host("w1").read("/etc/nginx/nginx.conf").unwrap();
    assert!(
        !nginx.contains("192.0.2.2:") && nginx.contains("192.0.2.21:"),
        "{nginx}"
    );
    cluster.is_forgotten("m1", "192.0.2.2");
    cluster.nothing_is_left_to_change();
}

/// Of two members one is down: the other cannot be left alone with it.
fn refused_as_the_other_of_two_is_down(cluster: &mut Cluster) {
    cluster.stop_etcd("m3");
    let why = cluster.refused("m3", 2);
    assert!(
        why.contains("has 1 member(s) and needs 1 of them, and 0 answer(s)"),
        "{why}"
    );
    let why = cluster.refused("m2", 2);
    assert!(why.contains("no other member of etcd answers"), "{why}");
    allowed_if_typed_out(cluster);
}

/// Evenkeel goes on then; etcd, which stands still, cannot remove anybody.
fn allowed_if_typed_out(cluster: &mut Cluster) {
    let ran = cluster.eject("m3", &["--allow-quorum-loss"], 2);
    let failures = ran.failures();
    let failed: Vec<&str> = failures.iter().map(|task| task.task.name.as_str()).collect();
    assert_eq!(failed, ["Remove the member"]);
}
