//! What clients notice of failures: measured by their requests, and printed.

use std::time::Duration;
use std::time::Instant;

use evenkeel_tests::fleet::Client;
use evenkeel_tests::fleet::Host;
use evenkeel_tests::fleet::now;
use evenkeel_tests::reference::eventually;

use crate::cluster::Cluster;
use crate::cluster::MASTERS;

/// What HAProxy needs to notice that a server is gone: `fall` times `inter`, the role's defaults.
const NOTICE: Duration = Duration::from_secs(3 * 2);

/// How long the address is watched where it must not move: longer than keepalived would need.
const WATCH: Duration = Duration::from_secs(8);

/// A load balancer loses its HAProxy, gets it back, the other one loses its power, and a master goes away.
pub(crate) fn measured(cluster: &Cluster) {
    let first = cluster.holder();
    let [one, two] = cluster.balancers();
    let (first, second) = if one.name() == first {
        (one, two)
    } else {
        (two, one)
    };

    let client = cluster.client(Duration::from_secs(1));
    eventually("the client is served", || served(&client, 0.0, 20));
    moves(
        cluster,
        &client,
        second,
        &format!("haproxy stopped on {}", first.name()),
        || {
            first.exec("systemctl stop haproxy").unwrap();
        },
    );
    stays(cluster, &client, first, second);
    moves(
        cluster,
        &client,
        first,
        &format!("{} killed", second.name()),
        || second.kill().unwrap(),
    );
    drop(client);
    master_stops(cluster, first);
}

/// After `failure` the address is on another host, and clients are served again.
fn moves(cluster: &Cluster, client: &Client, to: &Host, failure: &str, fail: impl FnOnce()) {
    let began = now();
    fail();
    eventually("the address moves", || cluster.holders() == [to.name()]);
    let moved = now();
    eventually("the client is served", || served(client, moved, 20));
    let requests = client.requests().unwrap().between(began, f64::MAX);
    let longest = requests.outages().into_iter().max().unwrap_or_default();
    println!(
        "{}: {failure}: the address is on {} after {:.1} s; {} of {} requests failed, the longest outage was {:.1} s",
        cluster.kind(),
        to.name(),
        moved - began,
        requests.failed().len(),
        requests.all.len(),
        longest.as_secs_f64()
    );
}

/// Whether so many requests in a row have succeeded since a time, up to the last.
fn served(client: &Client, since: f64, count: usize) -> bool {
    let requests = client.requests().unwrap().between(since, f64::MAX).all;
    let ok = requests
        .iter()
        .rev()
        .take_while(|request| request.succeeded())
        .count();
    ok >= count
}

/// HAProxy lives again where it was stopped, and the address stays where it is.
fn stays(cluster: &Cluster, client: &Client, healed: &Host, holder: &Host) {
    let backups = || {
        let log = healed.exec("journalctl -u keepalived -o cat --no-pager").unwrap();
        log.lines()
            .filter(|line| line.contains("Entering BACKUP STATE"))
            .count()
    };
    let (before, began) = (backups(), now());
    healed.exec("systemctl start haproxy").unwrap();
    eventually("keepalived takes part again", || backups() > before);
    let end = Instant::now() + WATCH;
    while Instant::now() < end {
        assert_eq!(cluster.holders(), [holder.name()], "it does not go back");
        std::thread::sleep(Duration::from_millis(200));
    }
    let requests = client.requests().unwrap().between(began, f64::MAX);
    println!(
        "{}: haproxy started again on {}: the address stays on {}; {} of {} requests failed",
        cluster.kind(),
        healed.name(),
        holder.name(),
        requests.failed().len(),
        requests.all.len()
    );
}

/// A master goes away: once HAProxy has noticed, no request fails.
fn master_stops(cluster: &Cluster, balancer: &Host) {
    let [gone, ..] = MASTERS;
    // Patient: what fails here was refused, and is not just late on a busy machine.
    let client = cluster.client(Duration::from_secs(10));
    eventually("the client is served", || served(&client, 0.0, 20));
    let began = now();
    cluster.stop_master(gone);
    let status = format!(
        "echo 'show stat' | nc -N -U /run/haproxy/admin.sock | awk -F, '$1 == \"kube_api\" && $2 == \"{gone}\" {{ print $18 }}'"
    );
    std::thread::sleep(NOTICE);
    eventually("HAProxy has noticed", || {
        balancer.exec(&status).unwrap().starts_with("DOWN")
    });
    let noticed = now();
    eventually("requests enough", || {
        client.requests().unwrap().between(noticed, f64::MAX).all.len() >= 100
    });
    let requests = client.finish().unwrap().between(began, f64::MAX);
    let (while_unnoticed, after) = (
        requests.between(began, noticed),
        requests.between(noticed, f64::MAX),
    );
    let last = while_unnoticed
        .failed()
        .last()
        .map_or(0.0, |request| request.at - began);
    println!(
        "{}: {gone} stopped: {} of {} requests failed, the last one {last:.1} s after it; then {} without a failure",
        cluster.kind(),
        while_unnoticed.failed().len(),
        while_unnoticed.all.len(),
        after.all.len()
    );
    assert!(after.failed().is_empty(), "{:#?}", after.failed());
    assert!(
        !after.answered_by().contains_key(gone),
        "{:?}",
        after.answered_by()
    );
}
