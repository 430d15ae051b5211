//! `evenkeel verify` on real hosts: content while everything is up, and for each outage the lines that name it.

use evenkeel_tests::fleet::Readiness;
use evenkeel_tests::reference::eventually;

use crate::cluster::Cluster;
use crate::cluster::VIP;

/// Everything is up; then one thing after the other is not.
pub(crate) fn tells_what_is_down(cluster: &Cluster) {
    everything_is_up(cluster);
    watched(cluster);
    a_host_without_curl(cluster);
    a_certificate_for_another_name(cluster);
    a_load_balancer_without_haproxy(cluster);
    a_master_that_is_gone_or_not_ready(cluster);
    an_address_on_two_hosts(cluster);
    a_host_that_is_off(cluster);
    everything_is_up(cluster);
}

fn has(shown: &str, lines: &[&str]) {
    for line in lines {
        assert!(shown.contains(line), "{line:?} is not in\n{shown}");
    }
}

/// A host without curl cannot tell, which is not up.
fn a_host_without_curl(cluster: &Cluster) {
    let worker = cluster.fleet.host("w1");
    worker.exec("mv /usr/bin/curl /usr/bin/curl.away").unwrap();
    let shown = cluster.verify(&["-l", "w1"], 2);
    has(
        &shown,
        &[
            "w1    ?    ?    ?    ?    ?   ?   ?",
            "unknown: own, vip, lb1, lb2, m1, m2, m3, from w1: the host has no curl",
            "install curl, or run `evenkeel apply`",
        ],
    );
    worker.exec("mv /usr/bin/curl.away /usr/bin/curl").unwrap();
}

/// The stand-ins' certificate is its own authority, and is for `kubernetes` alone.
fn a_certificate_for_another_name(cluster: &Cluster) {
    let worker = cluster.fleet.host("w1");
    let folder = "/etc/kubernetes/pki";
    worker.exec(&format!("mkdir -p {folder}")).unwrap();
    let authority = std::fs::read_to_string(cluster.fleet.certificate()).unwrap();
    worker.write(&format!("{folder}/ca.crt"), &authority).unwrap();
    let shown = cluster.verify(&["-l", "w1:w2"], 2);
    println!("{shown}");
    let refused = "its certificate is not accepted: SSL: no alternative certificate subject name matches target host \
                   name 'lb-apiserver.kubernetes.local'";
    has(
        &shown,
        &[
            "w1    -    -    -    -    200  200  200",
            &format!("from w1: {refused}"),
            &format!("certificates were verified with {folder}/ca.crt; not from w2, where it is not"),
        ],
    );
    worker.exec(&format!("rm -r {folder}")).unwrap();
}

/// Again and again, over the same connection, until somebody has seen enough.
fn watched(cluster: &Cluster) {
    let worker = cluster.fleet.host("w1");
    let logins = || {
        let log = worker.exec("journalctl -q -u ssh --no-pager -o cat").unwrap();
        log.lines()
            .filter(|line| line.contains("Accepted publickey"))
            .count()
    };
    let before = logins();
    let (code, shown) = cluster.watch(&["-l", "w1", "--watch", "1"], |shown| {
        shown.matches("Up: 7 checks on 1 host").count() == 3
    });
    assert_eq!((code, logins() - before), (6, 1), "{shown}");
}

fn everything_is_up(cluster: &Cluster) {
    let holder = cluster.holder().to_owned();
    eventually("verify is content", || cluster.verified(&[]).0 == 0);
    let shown = cluster.verify(&[], 0);
    println!("{shown}");
    has(
        &shown,
        &[
            "host  ports  own  vip  lb1  lb2  m1   m2   m3   address",
            "m1    1/1    200  200  200  200  200  200  200",
            "w1           200  200  200  200  200  200  200",
            &format!("Up: 56 checks on 7 hosts; {holder} has the virtual address."),
        ],
    );
    let limited = cluster.verify(&["-l", "w1:m2"], 0);
    has(
        &limited,
        &["Up: 15 checks on 2 hosts; who has the virtual address is not known."],
    );
    let json: serde_json::Value = serde_json::from_str(&cluster.verify(&["--format", "json"], 0)).unwrap();
    assert_eq!(json["address"]["holders"], serde_json::json!([holder]));
    assert_eq!(json["hosts"][0]["checks"][2]["code"], 200);
}

fn a_load_balancer_without_haproxy(cluster: &Cluster) {
    let [_, second] = cluster.balancers();
    second.exec("systemctl stop haproxy").unwrap();
    // The address has left it, if it was there.
    eventually("the other one has the address", || cluster.holders() == ["lb1"]);
    eventually("it serves", || {
        cluster.verified(&[]).1.contains("lb1 has the virtual address")
    });
    let shown = cluster.verify(&[], 2);
    println!("{shown}");
    has(
        &shown,
        &[
            "lb2   0/2    200  200  200  -    200  200  200",
            "down: haproxy's frontend kube_api on port 6443, on lb2: nothing listens",
            "down: haproxy's sign of life on port 8404 of 127.0.0.1, on lb2: nothing listens",
            "down: the load balancer lb2 (192.0.2.12:6443), from every host: connection refused",
            "  look at `systemctl status haproxy` on lb2, and at the API servers behind it",
            "Not all up: 9 of 56 checks failed on 7 hosts; lb1 has the virtual address.",
        ],
    );
    second.exec("systemctl start haproxy").unwrap();
}

fn a_master_that_is_gone_or_not_ready(cluster: &Cluster) {
    cluster.stop_master("m2");
    cluster.master_answers("m3", Readiness::Failing);
    let shown = cluster.verify(&[], 2);
    println!("{shown}");
    has(
        &shown,
        &[
            "down: the API server on port 6443, on m2: nothing listens",
            "down: the API server of m2 (192.0.2.22:6443), from every host: connection refused",
            "down: its own endpoint https://127.0.0.1:6443, from m2: connection refused",
            "down: the API server of m3 (192.0.2.23:6443), from every host: it answers 500: etcd failed: reason withheld",
        ],
    );
    cluster.master_answers("m3", Readiness::Unauthorized);
    let shown = cluster.verify(&["-l", "w1"], 2);
    has(
        &shown,
        &[
            "from w1: 401: alive, not authorised",
            "loadbalancer_apiserver_check",
        ],
    );
    let accepting = ["-l", "w1", "-e", "loadbalancer_apiserver_check=readyz-or-401"];
    assert!(
        !cluster.verify(&accepting, 2).contains("401: alive"),
        "401 counts as up there"
    );
    cluster.master_answers("m3", Readiness::Hanging);
    let shown = cluster.verify(&["-l", "w1"], 2);
    has(
        &shown,
        &["the API server of m3 (192.0.2.23:6443), from w1: connected, but no answer within 5 s"],
    );
    cluster.master_answers("m3", Readiness::Ready);
    cluster.start_master("m2");
    // HAProxy counts three answers until it believes that a server is gone, and two until it is back.
    let mut in_a_row = 0;
    eventually("all masters are back", || {
        in_a_row = if cluster.verified(&[]).0 == 0 {
            in_a_row + 1
        } else {
            0
        };
        in_a_row == 15
    });
}

fn an_address_on_two_hosts(cluster: &Cluster) {
    let holder = cluster.holder().to_owned();
    let [one, two] = cluster.balancers();
    let other = if one.name() == holder { two } else { one };
    other.exec(&format!("ip addr add {VIP}/32 dev eth0")).unwrap();
    let shown = cluster.verify(&[], 2);
    println!("{shown}");
    has(
        &shown,
        &[
            &format!("down: the virtual address {VIP}: more than one host has it: lb1, lb2"),
            "  look at `journalctl -u keepalived` on these hosts",
            "Not all up: 0 of 56 checks failed on 7 hosts; the virtual address is not on exactly one load balancer.",
        ],
    );
    other.exec(&format!("ip addr del {VIP}/32 dev eth0")).unwrap();
}

/// A host that cannot be reached is a row, and wins the exit code only when nothing else is down.
fn a_host_that_is_off(cluster: &Cluster) {
    let worker = cluster.fleet.host("w2");
    worker.unplug().unwrap();
    let shown = cluster.verify(&["-T", "3"], 4);
    println!("{shown}");
    has(
        &shown,
        &["w2    unreachable", "unreachable: w2: ", "; 1 host not asked; "],
    );
    worker.plug().unwrap();
    eventually("w2 is back", || cluster.verified(&[]).0 == 0);
}
