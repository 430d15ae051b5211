//! What must answer before the next host begins.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_topology::Check;
use evenkeel_topology::Cluster;

use crate::base::ask;
use crate::card;
use crate::card::item;
use crate::etcd::health;
use crate::kubernetes;
use crate::kubernetes::Login;

/// The way that the host's own components take.
const ENDPOINT: &str = "Wait until the API answers at the endpoint of this host";
const READYZ: &str = "{{ kube_apiserver_endpoint }}/readyz";

/// The gates behind a master.
pub(super) fn of_master(cluster: &Cluster, with: &Login) -> Vec<Item> {
    let mut gates = vec![item(kubernetes::ready("{{ upgrade.api }}", with))];
    if cluster.etcd.deployed {
        gates.push(item(etcd(
            "Wait until etcd is healthy, as this host sees it",
            ETCD,
        )));
    }
    // A master has a login, and sees more than others.
    gates.push(item(ask::wait(ENDPOINT, READYZ, &with.words())));
    gates
}

/// The gate behind a worker.
pub(super) fn of_worker(cluster: &Cluster, with: &Login) -> Vec<Item> {
    vec![item(asked(cluster, ENDPOINT, READYZ, &with.words()))]
}

/// Asks the API servers without a login: with 401 they are alive where they tell nobody more.
pub(super) fn asked(cluster: &Cluster, name: &str, url: &str, more: &[&str]) -> Card {
    match answers_anybody(cluster) {
        true => ask::wait(name, url, more),
        false => ask::wait_refused(name, url, more),
    }
}

/// The addresses at which a host reaches etcd.
pub(super) const ETCD: &str = "etcd_access_endpoint";

/// Asks each of some addresses: etcd answers that it is healthy when it could read through the quorum.
pub(super) fn etcd(name: &str, addresses: &str) -> Card {
    let ask = health::wait(name, "{{ item }}");
    card::for_each(ask, &format!("{addresses}.split(',')"))
}

/// Whether the API servers tell anybody if they are ready.
fn answers_anybody(cluster: &Cluster) -> bool {
    match cluster.check {
        Check::Readyz => cluster.kubernetes.answers_anybody(),
        Check::ReadyzOr401 | Check::Tls | Check::Tcp => false,
    }
}
