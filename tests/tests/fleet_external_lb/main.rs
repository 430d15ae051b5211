//! `inventories/external-lb` on real hosts: what is forecast happens, the second run changes nothing, and the address of
//! the API servers survives what may happen to load balancers and masters.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests that say what they measured"
)]

mod cluster;
mod firewall;
mod forecast;
mod mend;
mod outages;
mod refused;
mod services;
mod simulated;
mod verify;

use cluster::Cluster;
use evenkeel_tests::fleet::Image;
use evenkeel_tests::fleet::Snapshot;

/// Nothing of HAProxy, keepalived and firewalld is there before.
#[test]
fn fresh_hosts_become_load_balancers_that_survive() {
    let Some(cluster) = Cluster::boot(Image::Fresh) else {
        return;
    };
    let compared = converge(&cluster);
    assert!(compared.sure > 0, "{compared:?}");
    holds(&cluster);
}

/// The packages are there, and no service runs: then everything can be known before.
#[test]
fn everything_is_sure_where_the_packages_are_there() {
    let Some(cluster) = Cluster::boot(Image::Stocked) else {
        return;
    };
    let compared = converge(&cluster);
    assert_eq!(
        compared.unknown, 0,
        "not everything is sure: {:#?}",
        compared.doubts
    );
    holds(&cluster);
}

/// What converged hosts must keep doing.
fn holds(cluster: &Cluster) {
    firewall::lets_in_what_is_needed(cluster);
    services::are_content(cluster);
    if cluster.is_stocked() {
        verify::tells_what_is_down(cluster);
    }
    mend::what_was_broken_by_hand(cluster);
    refused::what_programs_do_not_accept(cluster);
    outages::measured(cluster);
}

/// Forecast, run, second run, second forecast.
fn converge(cluster: &Cluster) -> forecast::Compared {
    let snapshots = || -> Vec<Snapshot> {
        cluster
            .fleet
            .hosts()
            .iter()
            .map(|host| Snapshot::of(host).unwrap())
            .collect()
    };
    let before = snapshots();
    let planned = cluster.evenkeel("plan", &[], 0);
    for ((host, before), after) in cluster.fleet.hosts().iter().zip(&before).zip(&snapshots()) {
        assert_eq!(
            before.diff(after),
            "",
            "{}: a forecast leaves nothing",
            host.name()
        );
    }

    let applied = cluster.evenkeel("apply", &["--yes"], 0);
    cluster.serves_from_one_address();
    cluster.keeps_nothing_of_ours();
    let compared = forecast::compare(&planned, &applied);
    println!(
        "{}: {} changes were sure, {} known after apply",
        cluster.kind(),
        compared.sure,
        compared.unknown
    );
    assert!(compared.misses.is_empty(), "{}", compared.misses.join("\n"));

    simulated::hosts_get_the_same_files(cluster, &applied);

    let again = cluster.evenkeel("apply", &["--yes"], 0);
    assert_eq!(
        again.changed(),
        Vec::<&_>::new(),
        "the second run changes nothing"
    );
    assert!(
        again.recap.values().all(|counts| counts["changed"] == 0),
        "{:?}",
        again.recap
    );
    cluster.evenkeel("plan", &["--exit-code"], 0);
    cluster.keeps_nothing_of_ours();
    compared
}
