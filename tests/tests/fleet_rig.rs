//! The fleet itself: hosts boot, answer, install packages, stay untouched, and leave nothing behind.
#![forbid(unsafe_code)]

use std::net::TcpStream;
use std::time::Duration;

use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::Snapshot;

fn two() -> [HostSpec; 2] {
    [
        HostSpec::fresh("lb1", "192.0.2.1"),
        HostSpec::fresh("lb2", "192.0.2.2"),
    ]
}

fn ssh(fleet: &Fleet, login: &str, command: &str) -> std::process::Output {
    fleet
        .controller("ssh")
        .args(fleet.ssh_options())
        .args([login, command])
        .output()
        .unwrap()
}

#[test]
fn hosts_answer_over_ssh_and_their_keys_are_checked() {
    let Some(fleet) = Fleet::for_test(&two()) else {
        return;
    };
    for (login, answer) in [("root@192.0.2.1", "lb1 root\n"), ("ops@192.0.2.2", "lb2 ops\n")] {
        let output = ssh(&fleet, login, "echo $(uname -n) $(id -un)");
        assert_eq!(String::from_utf8_lossy(&output.stdout), answer, "{output:?}");
    }
    let sudo = ssh(&fleet, "ops@192.0.2.1", "sudo -n id -u");
    assert_eq!(String::from_utf8_lossy(&sudo.stdout), "0\n");
    let refused = ssh(&fleet, "opspw@192.0.2.1", "sudo -n id -u");
    assert!(!refused.status.success());

    // The other host's key at this address.
    let swapped = std::fs::read_to_string(fleet.known_hosts())
        .unwrap()
        .replace("192.0.2.2", "192.0.2.1");
    let other: String = swapped
        .lines()
        .filter(|line| line.contains("lb2"))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(fleet.known_hosts(), other).unwrap();
    let output = ssh(&fleet, "root@192.0.2.1", "true");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("REMOTE HOST IDENTIFICATION HAS CHANGED"),
        "{output:?}"
    );
}

#[test]
fn packages_install_without_an_uplink() {
    let Some(fleet) = Fleet::for_test(&two()[..1]) else {
        return;
    };
    let host = fleet.host("lb1");
    assert_ne!(
        host.run("command -v haproxy").unwrap().code,
        0,
        "a fresh host has no haproxy"
    );
    host.exec("DEBIAN_FRONTEND=noninteractive apt-get -q -y install haproxy evenkeel-probe=1.0")
        .unwrap();
    assert_eq!(host.exec("systemctl is-active haproxy").unwrap(), "active\n");
    host.exec("apt-get -q -y upgrade").unwrap();
    assert_eq!(host.read("/usr/share/evenkeel-probe/version").unwrap(), "2.0\n");
    assert_ne!(host.run("apt-get -q -y install evenkeel-broken").unwrap().code, 0);
    assert_ne!(
        host.run("apt-get -q -y install evenkeel-failing").unwrap().code,
        0
    );
}

#[test]
fn a_snapshot_is_stable_and_sees_each_kind_of_change() {
    let Some(fleet) = Fleet::for_test(&two()[..1]) else {
        return;
    };
    let host = fleet.host("lb1");
    let before = Snapshot::of(host).unwrap();
    assert!(ssh(&fleet, "root@192.0.2.1", "true").status.success());
    assert_eq!(
        before.diff(&Snapshot::of(host).unwrap()),
        "",
        "a bare login leaves nothing that is looked at"
    );

    host.exec("chmod 0700 /etc/sysctl.conf; rm /etc/motd; ln -s here /etc/there; touch /tmp/stray")
        .unwrap();
    host.exec("sysctl -q -w net.ipv4.ip_nonlocal_bind=1; systemctl restart ssh; ip addr add 192.0.2.100/32 dev eth0").unwrap();
    let diff = before.diff(&Snapshot::of(host).unwrap());
    let seen = [
        "+ file /etc/sysctl.conf: ",
        "+ file /etc/motd: removed",
        "+ file /etc/there: link to here",
        "+ file /tmp/stray: ",
        "+ kernel net.ipv4.ip_nonlocal_bind: 1",
        "+ unit ssh.service: active running",
        "+ address eth0 192.0.2.100/32",
    ];
    for expected in seen {
        assert!(diff.contains(expected), "{expected} is missing in\n{diff}");
    }
}

#[test]
fn two_fleets_stand_side_by_side_and_leave_nothing_behind() {
    let Some(first) = Fleet::for_test(&two()) else {
        return;
    };
    let Some(second) = Fleet::for_test(&two()) else {
        return;
    };
    first.host("lb1").exec("echo first >/root/mark").unwrap();
    assert!(second.host("lb1").read("/root/mark").is_err());
    // Each service of one host is its own, also where another host has one of the same name.
    first.host("lb1").exec("systemctl restart ssh").unwrap();
    assert!(second.inside(|| reaches("192.0.2.1:22")));

    let directory = first.directory().to_owned();
    drop(first);
    assert!(!directory.exists());
    assert!(second.inside(|| reaches("192.0.2.1:22")));
    let id = directory.file_name().unwrap().to_str().unwrap().to_owned();
    let namespaces = std::fs::read_dir("/run/netns").unwrap();
    assert!(
        namespaces
            .flatten()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with(&id))
    );
}

#[test]
fn a_killed_host_is_gone_at_once_and_keeps_its_files() {
    let Some(fleet) = Fleet::for_test(&two()) else {
        return;
    };
    let host = fleet.host("lb2");
    host.exec("echo kept >/root/mark").unwrap();
    host.kill().unwrap();
    assert!(!host.runs());
    assert!(!fleet.inside(|| reaches("192.0.2.2:22")));
    assert!(fleet.inside(|| reaches("192.0.2.1:22")));
    host.start().unwrap();
    host.wait_up().unwrap();
    assert_eq!(host.read("/root/mark").unwrap(), "kept\n");
}

#[expect(
    clippy::disallowed_types,
    reason = "a connection from the controller's place is the question"
)]
fn reaches(address: &str) -> bool {
    TcpStream::connect_timeout(&address.parse().unwrap(), Duration::from_millis(500)).is_ok()
}
