//! Nobody is locked in: `evenkeel apply` and `ansible-playbook` bring fresh hosts to the same end with the same generated
//! playbook, and then each finds nothing to do on the other's hosts.
//!
//! What may differ is written in `docs/ansible-equality.md`, which this test reads.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests that say what they measured"
)]

mod differences;
mod reasons;
mod sides;

use evenkeel_tests::ansible;
use sides::Sides;

/// The whole comparison for a reference cluster.
fn ends_the_same(name: &str) {
    let Some(programs) = ansible::programs(&["ansible-playbook"]) else {
        return;
    };
    let Some(sides) = Sides::boot(name, programs) else {
        return;
    };
    let before = sides.snapshots();
    sides.run([&sides.first, &sides.second]);
    differences::none_but_those_with_a_reason(&sides, &before);
    let [by_evenkeel, by_ansible] = sides.run([&sides.second, &sides.first]);
    assert_eq!(by_evenkeel, Vec::<String>::new(), "evenkeel on ansible's hosts");
    assert_eq!(by_ansible, Vec::<String>::new(), "ansible on evenkeel's hosts");
}

#[test]
fn external_lb() {
    ends_the_same("external-lb");
}

#[test]
#[ignore = "long"]
fn kargo_local_lb() {
    ends_the_same("kargo-local-lb");
}

#[test]
#[ignore = "long"]
fn kargo_external_lb() {
    ends_the_same("kargo-external-lb");
}

#[test]
#[ignore = "long"]
fn kargo_no_lb() {
    ends_the_same("kargo-no-lb");
}

#[test]
#[ignore = "long"]
fn kube360_k3s() {
    ends_the_same("kube360-k3s");
}

#[test]
#[ignore = "long"]
fn thebsdbox_stacked() {
    ends_the_same("thebsdbox-stacked");
}

#[test]
#[ignore = "long"]
fn thebsdbox_external() {
    ends_the_same("thebsdbox-external");
}

#[test]
#[ignore = "long"]
fn packetfabric() {
    ends_the_same("packetfabric");
}

#[test]
#[ignore = "long"]
fn clusterfactory_k0s() {
    ends_the_same("clusterfactory-k0s");
}
