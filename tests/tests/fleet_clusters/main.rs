//! The reference clusters on real hosts: plan, apply, apply again, and every endpoint opened from its host.
//!
//! HAProxy, nginx, keepalived, firewalld and etcd are real; kubeadm, k3s and k0s are stand-ins that refuse what the real
//! ones would, and the API servers they start answer for themselves and have nothing behind them.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests that say what they measured"
)]

mod address;
mod cluster;
mod endpoints;
mod etcd;

use cluster::Cluster;

/// Plan, apply, apply again; then the checks that every cluster shares.
fn converges(name: &str, options: &[&str]) -> Option<Cluster> {
    let cluster = Cluster::boot(name, options)?;
    cluster.converge();
    endpoints::answer(&cluster);
    Some(cluster)
}

#[test]
fn kargo_local_lb() {
    if let Some(cluster) = converges("kargo-local-lb", &[]) {
        etcd::goes_on_without_a_member(&cluster);
    }
}

#[test]
#[ignore = "long"]
fn kargo_local_lb_with_haproxy() {
    let _cluster = converges("kargo-local-lb", &["-e", "loadbalancer_apiserver_type=haproxy"]);
}

#[test]
#[ignore = "long"]
fn etcd_comes_to_its_end() {
    if let Some(cluster) = Cluster::boot("kargo-local-lb", &[]) {
        cluster.converge();
        etcd::begins_where_a_run_was_cut_short(&cluster);
        etcd::is_not_begun_anew(&cluster);
    }
}

#[test]
#[ignore = "long"]
fn kargo_external_lb() {
    if let Some(cluster) = converges("kargo-external-lb", &[]) {
        etcd::goes_on_without_a_member(&cluster);
        address::moves(&cluster);
    }
}

#[test]
#[ignore = "long"]
fn kargo_no_lb() {
    if let Some(cluster) = converges("kargo-no-lb", &[]) {
        etcd::goes_on_without_a_member(&cluster);
    }
}

#[test]
fn kube360_k3s() {
    if let Some(cluster) = converges("kube360-k3s", &[]) {
        address::moves(&cluster);
    }
}

#[test]
#[ignore = "long"]
fn thebsdbox_stacked() {
    if let Some(cluster) = converges("thebsdbox-stacked", &[]) {
        address::moves(&cluster);
    }
}

#[test]
#[ignore = "long"]
fn thebsdbox_external() {
    if let Some(cluster) = converges("thebsdbox-external", &[]) {
        address::moves(&cluster);
    }
}

#[test]
#[ignore = "long"]
fn thebsdbox_external_with_nginx() {
    if let Some(cluster) = converges("thebsdbox-external", &["-e", "loadbalancer_program=nginx"]) {
        address::moves(&cluster);
    }
}

#[test]
#[ignore = "long"]
fn packetfabric() {
    if let Some(cluster) = converges("packetfabric", &[]) {
        address::moves(&cluster);
    }
}

#[test]
fn clusterfactory_k0s() {
    if let Some(cluster) = converges("clusterfactory-k0s", &[]) {
        address::moves(&cluster);
    }
}
