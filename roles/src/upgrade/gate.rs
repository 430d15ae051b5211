//! What must answer before the next host begins.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_topology::Check;
use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;

use crate::base::ask;
use crate::card;
use crate::card::item;
use crate::etcd::health;
use crate::kubernetes;
use crate::kubernetes::Login;

/// The gates behind a master.
pub(super) fn of_master(cluster: &Cluster, with: &Login) -> Vec<Item> {
    let mut gates = vec![item(kubernetes::ready("{{ upgrade.api }}", with))];
    if cluster.etcd.deployed {
        gates.push(item(etcd(
            "Wait until etcd is healthy, as this host sees it",
            ETCD,
        )));
    }
    gates.push(item(endpoint(true, with)));
    gates
}

/// The gate behind a worker.
pub(super) fn of_worker(cluster: &Cluster, with: &Login) -> Vec<Item> {
    vec![item(endpoint(answers_anybody(cluster), with))]
}

/// The way that the host's own components take.
fn endpoint(healthy: bool, with: &Login) -> Card {
    ask::wait(
        "Wait until the API answers at the endpoint of this host",
        "{{ kube_apiserver_endpoint }}/readyz",
        healthy,
        &with.words(),
    )
}

/// The addresses at which a host reaches etcd.
pub(super) const ETCD: &str = "etcd_access_endpoint";

/// Asks each of some addresses: etcd answers that it is healthy when it could read through the quorum.
pub(super) fn etcd(name: &str, addresses: &str) -> Card {
    let ask = health::wait(name, "{{ item }}");
    card::for_each(ask, &format!("{addresses}.split(',')"))
}

/// Whether the API servers tell anybody if they are ready.
pub(super) fn answers_anybody(cluster: &Cluster) -> bool {
    let checks = cluster.balancer.iter().flat_map(|balancer| &balancer.frontends);
    let checks = checks.map(|frontend| frontend.check).take(1);
    let local = cluster.local.iter().map(|local| local.check);
    let told = checks.chain(local).all(|check| match check {
        Check::Readyz => true,
        Check::ReadyzOr401 | Check::Tls | Check::Tcp => false,
    });
    told && cluster.kubernetes.distribution != Distribution::K3s
}
