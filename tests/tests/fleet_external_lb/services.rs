//! What HAProxy and keepalived say for themselves, and whether they were restarted.

use evenkeel_tests::fleet::Host;

use crate::cluster::Cluster;

/// Words of a program that is not content with its configuration or its host.
const COMPLAINTS: [&str; 10] = [
    "[warning]",
    "[alert]",
    "warning:",
    "error",
    "violation",
    "truncat",
    "clearing",
    "ignor",
    "cannot",
    "unknown",
];

/// The programs themselves accept their files without a word, and have complained of nothing since they run.
pub(crate) fn are_content(cluster: &Cluster) {
    for balancer in cluster.balancers() {
        let name = balancer.name();
        for check in [
            "haproxy -c -q -f /etc/haproxy/haproxy.cfg",
            "unshare --pid --fork keepalived -t -f /etc/keepalived/keepalived.conf",
        ] {
            let checked = balancer.run(check).unwrap();
            assert_eq!(
                (checked.code, checked.stdout.as_str(), checked.stderr.as_str()),
                (0, "", ""),
                "{name}: {check}"
            );
        }
        for unit in ["haproxy", "keepalived"] {
            let log = balancer
                .exec(&format!("journalctl --no-pager -o cat -u {unit}"))
                .unwrap();
            let complains = |line: &&str| {
                let line = line.to_lowercase();
                !is_reload(&line) && COMPLAINTS.iter().any(|word| line.contains(word))
            };
            let complaints: Vec<_> = log.lines().filter(complains).collect();
            assert!(complaints.is_empty(), "{name}: {unit}: {complaints:#?}\n{log}");
        }
    }
}

/// What HAProxy warns of whenever it is reloaded: the old worker stops, and ends as it should.
fn is_reload(line: &str) -> bool {
    line.contains(" stopped (cumulated conns: ") || line.ends_with(" exited with code 0 (exit)")
}

/// The main processes of HAProxy and keepalived: others after a restart, the same after a reload.
pub(crate) fn processes(host: &Host) -> String {
    host.exec("systemctl show --property=Id,MainPID,ExecMainStartTimestampMonotonic haproxy keepalived")
        .unwrap()
}
