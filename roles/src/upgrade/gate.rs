//! What must answer before the next host begins.

use evenkeel_playbook::play::Card;
use evenkeel_playbook::play::Item;
use evenkeel_tasks::types::Command;
use evenkeel_topology::Check;
use evenkeel_topology::Cluster;
use evenkeel_topology::Distribution;
use serde_json::json;

use crate::card;
use crate::card::item;
use crate::card::task;
use crate::etcd::certificates::FOLDER;

/// Files with which a host asks.
pub(super) struct Login {
    /// The certificate of the authority that the other side must have.
    pub(super) ca: &'static str,
    /// Own certificate and key, where the host has some.
    pub(super) own: Option<(&'static str, &'static str)>,
}

/// Asks a URL until it answers, for three minutes at most; a wrong status is no answer if `healthy`.
pub(super) fn curl(name: &str, url: &str, healthy: bool, more: &[&str]) -> Card {
    let mut argv = vec!["timeout", "180", "curl", "--silent", "--show-error"];
    argv.extend(healthy.then_some("--fail"));
    argv.extend([
        "--output",
        "/dev/null",
        "--max-time",
        "5",
        "--retry",
        "90",
        "--retry-delay",
        "2",
    ]);
    argv.extend(["--retry-all-errors", "--retry-connrefused"]);
    argv.extend(more);
    argv.push(url);
    task::<Command>(name, json!({ "argv": argv })).changed_when("false")
}

fn login(login: &Login) -> Vec<&'static str> {
    let mut words = vec!["--cacert", login.ca];
    if let Some((certificate, key)) = login.own {
        words.extend(["--cert", certificate, "--key", key]);
    }
    words
}

/// The gates behind a master.
pub(super) fn of_master(cluster: &Cluster, with: &Login) -> Vec<Item> {
    let own = curl(
        "Wait until the API server of this host is ready",
        "{{ upgrade.api }}/readyz",
        true,
        &login(with),
    );
    let mut gates = vec![item(own)];
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
    curl(
        "Wait until the API answers at the endpoint of this host",
        "{{ kube_apiserver_endpoint }}/readyz",
        healthy,
        &login(with),
    )
}

/// The addresses at which a host reaches etcd.
pub(super) const ETCD: &str = "etcd_access_endpoint";

/// Asks each of some addresses: etcd answers that it is healthy when it could read through the quorum.
pub(super) fn etcd(name: &str, addresses: &str) -> Card {
    let ca = format!("{FOLDER}/ca.pem");
    let certificate = format!("{FOLDER}/node-{{{{ inventory_hostname }}}}.pem");
    let key = format!("{FOLDER}/node-{{{{ inventory_hostname }}}}-key.pem");
    let with = ["--cacert", &ca, "--cert", &certificate, "--key", &key];
    let ask = curl(name, "{{ item }}/health", true, &with);
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
