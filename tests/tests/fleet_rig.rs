//! The fleet itself: hosts boot, answer, install packages, stay untouched, and leave nothing behind.
#![forbid(unsafe_code)]

use std::time::Duration;

use evenkeel_tests::fleet::ApiServer;
use evenkeel_tests::fleet::Client;
use evenkeel_tests::fleet::Fleet;
use evenkeel_tests::fleet::HostSpec;
use evenkeel_tests::fleet::Readiness;
use evenkeel_tests::fleet::Snapshot;
use evenkeel_tests::fleet::down_stale;
use evenkeel_tests::fleet::now;

fn two() -> [HostSpec; 2] {
    [
        HostSpec::fresh("lb1", "192.0.2.1"),
        HostSpec::fresh("lb2", "192.0.2.2"),
    ]
}

#[test]
fn hosts_answer_over_ssh_and_their_keys_are_checked() {
    let Some(fleet) = Fleet::for_test(&two()) else {
        return;
    };
    for (login, answer) in [("root@192.0.2.1", "lb1 root\n"), ("ops@192.0.2.2", "lb2 ops\n")] {
        let output = fleet.ssh(login, "echo $(uname -n) $(id -un)").unwrap();
        assert_eq!(output.stdout, answer, "{output:?}");
    }
    let sudo = fleet.ssh("ops@192.0.2.1", "sudo -n id -u").unwrap();
    assert_eq!(sudo.stdout, "0\n");
    let refused = fleet.ssh("opspw@192.0.2.1", "sudo -n id -u").unwrap();
    assert!(refused.code != 0);

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
    let output = fleet.ssh("root@192.0.2.1", "true").unwrap();
    assert!(
        output.stderr.contains("REMOTE HOST IDENTIFICATION HAS CHANGED"),
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
    let hosts = [
        HostSpec::fresh("lb1", "192.0.2.1"),
        HostSpec::stocked("lb2", "192.0.2.2"),
    ];
    let Some(fleet) = Fleet::for_test(&hosts) else {
        return;
    };
    for host in fleet.hosts() {
        let before = Snapshot::of(host).unwrap();
        assert_eq!(
            fleet
                .ssh(&format!("root@{}", host.address()), "true")
                .unwrap()
                .code,
            0
        );
        let diff = before.diff(&Snapshot::of(host).unwrap());
        assert_eq!(
            diff,
            "",
            "{}: a bare login leaves nothing that is looked at",
            host.name()
        );
    }

    let host = fleet.host("lb1");
    let before = Snapshot::of(host).unwrap();
    host.exec("chmod 0700 /etc/sysctl.conf; rm /etc/motd; ln -s here /etc/there; touch /tmp/stray")
        .unwrap();
    host.exec("sysctl -q -w net.ipv4.ip_nonlocal_bind=1; ip addr add 192.0.2.100/32 dev eth0")
        .unwrap();
    host.exec("systemctl restart ssh; systemctl -q disable ssh; useradd eve")
        .unwrap();
    let diff = before.diff(&Snapshot::of(host).unwrap());
    let seen = [
        "+ file /etc/sysctl.conf: ",
        "+ file /etc/motd: removed",
        "+ file /etc/there: link to here",
        "+ file /tmp/stray: ",
        "+ file /etc/passwd: ",
        "+ kernel net.ipv4.ip_nonlocal_bind: 1",
        "+ unit ssh.service: active running",
        "+ unit file ssh.service: disabled",
        "+ address eth0 192.0.2.100/32",
    ];
    for expected in seen {
        assert!(diff.contains(expected), "{expected} is missing in\n{diff}");
    }

    // The rules that hold in the kernel, and not only those that are written.
    let stocked = fleet.host("lb2");
    stocked.exec("systemctl start firewalld").unwrap();
    let before = Snapshot::of(stocked).unwrap();
    stocked.exec("firewall-cmd -q --add-port=9999/tcp").unwrap();
    let diff = before.diff(&Snapshot::of(stocked).unwrap());
    assert!(diff.contains("tcp dport 9999 accept"), "{diff}");
    assert!(!diff.contains("file "), "{diff}");
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
    assert!(second.reaches("192.0.2.1:22"));

    let directory = first.directory().to_owned();
    drop(first);
    assert!(!directory.exists());
    assert!(second.reaches("192.0.2.1:22"));
    let id = directory.file_name().unwrap().to_str().unwrap().to_owned();
    let namespaces = std::fs::read_dir("/run/netns").unwrap();
    assert!(
        namespaces
            .flatten()
            .all(|entry| !entry.file_name().to_string_lossy().starts_with(&id))
    );
}

#[test]
fn hosts_of_two_fleets_are_compared() {
    let fleets: Vec<Fleet> = (0..2).map_while(|_| Fleet::for_test(&two()[..1])).collect();
    let [first, second] = fleets.as_slice() else {
        return;
    };
    let hosts = [first.host("lb1"), second.host("lb1")];
    let before = hosts.map(|host| Snapshot::of(host).unwrap());
    for host in hosts {
        host.exec("echo same >/root/same; chmod 0600 /root/same; systemctl restart ssh")
            .unwrap();
    }
    let compared = || {
        let after = hosts.map(|host| Snapshot::of(host).unwrap());
        Snapshot::compare([&before[0], &after[0]], [&before[1], &after[1]])
    };
    // The hosts' keys and identities are their own, and nobody touched them.
    assert_eq!(compared(), []);

    hosts[0]
        .exec("chmod 0644 /root/same; rm /etc/motd; useradd -u 4711 eve; ip addr add 192.0.2.9/32 dev eth0")
        .unwrap();
    hosts[1].exec("touch /root/.profile; mkdir /srv/new").unwrap();
    let compared = compared();
    let find = |name: &str| {
        let found = compared.iter().find(|difference| difference.name == name);
        found.map(|difference| (difference.first.clone(), difference.second.clone()))
    };
    let text = |text: &str| Some(text.to_owned());
    let sum = |(first, second): (Option<String>, Option<String>)| (first.unwrap(), second.unwrap());
    let (open, closed) = sum(find("file /root/same").unwrap());
    assert_eq!(open.replace("0644", "0600"), closed);
    assert_eq!(sum(find("file /etc/motd").unwrap()).0, "removed");
    assert_eq!(find("file /srv/new"), Some((None, text("folder 0755 0:0"))));
    let eve = text("eve:x:4711:4711::/home/eve:/bin/sh");
    assert_eq!(find("user eve"), Some((eve, None)));
    assert!(find("address eth0 192.0.2.9/32").is_some());
    // Copied up by a new time of change, and otherwise as it was.
    assert_eq!(find("file /root/.profile"), None);
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
    assert!(!fleet.reaches("192.0.2.2:22"));
    assert!(fleet.reaches("192.0.2.1:22"));
    host.start().unwrap();
    host.wait_up().unwrap();
    assert_eq!(host.read("/root/mark").unwrap(), "kept\n");
}

#[test]
fn what_a_killed_test_left_behind_goes_with_the_next_sweep() {
    let Some(fleet) = Fleet::for_test(&two()[..1]) else {
        return;
    };
    let record = fleet.directory().join("fleet.json");
    let text = std::fs::read_to_string(&record).unwrap();
    let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
    state["owner"]["started"] = 1.into();
    std::fs::write(&record, state.to_string()).unwrap();
    // The sweep of a test beside this one may be the faster.
    down_stale().unwrap();
    wait_until(|| !fleet.host("lb1").runs() && !record.exists());
}

#[test]
fn a_client_sees_who_answers_and_when_nobody_does() {
    let Some(fleet) = Fleet::for_test(&two()) else {
        return;
    };
    let server = ApiServer::start(&fleet, fleet.host("lb1"), 6443).unwrap();
    let pace = Duration::from_millis(50);
    let client = Client::start(
        &fleet,
        "https://192.0.2.1:6443/readyz",
        pace,
        Duration::from_millis(500),
    )
    .unwrap();
    let phase = || {
        let began = now();
        wait_until(|| client.requests().unwrap().between(began, f64::MAX).all.len() >= 10);
        began
    };
    let ready = phase();
    server.answer(Readiness::Unauthorized).unwrap();
    let unauthorized = phase();
    server.answer(Readiness::Failing).unwrap();
    let failing = phase();
    server.stop();
    let stopped = phase();
    let _server = ApiServer::start(&fleet, fleet.host("lb1"), 6443).unwrap();
    let again = phase();

    let requests = client.finish().unwrap();
    let phases = [
        (ready, unauthorized, Some(200)),
        (unauthorized, failing, Some(401)),
        (failing, stopped, Some(500)),
        (stopped, again, None),
        (again, f64::MAX, Some(200)),
    ];
    for (from, until, expected) in phases {
        let requests = requests.between(from, until).all;
        let before_the_turn = &requests[..requests.len() - 5];
        assert!(
            before_the_turn.iter().all(|request| request.status == expected),
            "{expected:?}: {requests:#?}"
        );
    }
    assert_eq!(requests.answered_by().into_keys().collect::<Vec<_>>(), ["lb1"]);
    assert_eq!(requests.outages().len(), 1, "{requests:?}");
}

fn wait_until(mut condition: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(
            std::time::Instant::now() < deadline,
            "this did not happen within 30 s"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
