//! The virtual address: on one load balancer, and on another when that one dies.

use std::time::Duration;

use evenkeel_tests::fleet::Client;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::now;
use evenkeel_tests::reference::eventually;

use crate::cluster::Cluster;

/// The load balancers that have the address.
fn holders(cluster: &Cluster) -> Vec<String> {
    let balancer = cluster.model.balancer.as_ref().unwrap();
    let vip = balancer.vip.addr();
    let has_it = |host: &&Host| {
        host.runs()
            && host
                .exec("ip -o -4 addr show dev eth0")
                .unwrap()
                .contains(&format!(" {vip}/"))
    };
    let hosts = balancer.members.iter().map(|member| cluster.host(&member.name));
    hosts.filter(has_it).map(|host| host.name().to_owned()).collect()
}

/// The load balancer with the address loses its power: another one has it, and clients are served.
pub(crate) fn moves(cluster: &Cluster) {
    eventually("one load balancer has the address", || {
        holders(cluster).len() == 1
    });
    let first = holders(cluster).remove(0);
    let balancer = cluster.model.balancer.as_ref().unwrap();
    let (vip, port) = (balancer.vip.addr(), balancer.frontends[0].port);
    let url = format!("https://{vip}:{port}/readyz");
    let client = Client::start(
        &cluster.fleet,
        &url,
        Duration::from_millis(50),
        Duration::from_secs(1),
    )
    .unwrap();
    let answered = |since: f64| {
        let requests = client.requests().unwrap().between(since, f64::MAX).all;
        let last = requests.iter().rev().take(20);
        requests.len() >= 20 && last.into_iter().all(|request| request.status.is_some())
    };
    eventually("the client is served", || answered(0.0));
    let began = now();
    cluster.host(&first).kill().unwrap();
    eventually("another load balancer has the address", || {
        holders(cluster).len() == 1
    });
    let moved = now();
    eventually("the client is served again", || answered(moved));
    let requests = client.finish().unwrap().between(began, f64::MAX);
    println!(
        "{}: {first} killed: the address is on {} after {:.1} s; {} of {} requests failed",
        cluster.name,
        holders(cluster)[0],
        moved - began,
        requests.failed().len(),
        requests.all.len()
    );
    assert_ne!(holders(cluster)[0], first);
}
