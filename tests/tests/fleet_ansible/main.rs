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
mod etcd;
mod reasons;
mod sides;

use evenkeel_tests::ansible;
use sides::Sides;

/// The whole comparison for a reference cluster.
fn ends_the_same(name: &str) -> Option<Sides> {
    let programs = ansible::programs(&["ansible-playbook"])?;
    let sides = Sides::boot(name, programs)?;
    let before = sides.snapshots();
    sides.run([&sides.first, &sides.second]);
    differences::none_but_those_with_a_reason(&sides, &before);
    let [by_evenkeel, by_ansible] = sides.run([&sides.second, &sides.first]);
    assert_eq!(by_evenkeel, Vec::<String>::new(), "evenkeel on ansible's hosts");
    assert_eq!(by_ansible, Vec::<String>::new(), "ansible on evenkeel's hosts");
    Some(sides)
}

#[test]
fn external_lb() {
    let _sides = ends_the_same("external-lb");
}

#[test]
#[ignore = "long"]
fn kargo_local_lb() {
    if let Some(sides) = ends_the_same("kargo-local-lb") {
        etcd::lost_data_comes_back(&sides);
    }
}

#[test]
#[ignore = "long"]
fn kargo_external_lb() {
    let _sides = ends_the_same("kargo-external-lb");
}

#[test]
#[ignore = "long"]
fn kargo_no_lb() {
    let _sides = ends_the_same("kargo-no-lb");
}

#[test]
#[ignore = "long"]
fn kube360_k3s() {
    let _sides = ends_the_same("kube360-k3s");
}

#[test]
#[ignore = "long"]
fn thebsdbox_stacked() {
    let _sides = ends_the_same("thebsdbox-stacked");
}

#[test]
#[ignore = "long"]
fn thebsdbox_external() {
    let _sides = ends_the_same("thebsdbox-external");
}

#[test]
#[ignore = "long"]
fn packetfabric() {
    let _sides = ends_the_same("packetfabric");
}

#[test]
#[ignore = "long"]
fn clusterfactory_k0s() {
    let _sides = ends_the_same("clusterfactory-k0s");
}
