//! The drawing of made-up answers.

use evenkeel::Checked;
use evenkeel::Lost;
use evenkeel::State;
use evenkeel::Verified;
use evenkeel::VerifiedHost;
use evenkeel::VirtualAddress;
use evenkeel::topology::Ca;
use evenkeel::topology::Probe;
use evenkeel::topology::ProbeAsk;
use evenkeel::topology::Ready;

use super::matrix;

fn check(name: &str, about: &str, ask: ProbeAsk) -> Checked {
    Checked {
        probe: Probe {
            name: name.to_owned(),
            about: about.to_owned(),
            look_at: String::new(),
            ask,
        },
        state: State::Up,
        code: None,
        milliseconds: None,
        verified: None,
        why: String::new(),
        help: None,
    }
}

fn port(number: u16) -> Checked {
    let about = format!("haproxy's frontend kube_api on port {number}");
    let ask = ProbeAsk::Listens {
        port: number,
        address: None,
    };
    check(&number.to_string(), &about, ask)
}

fn path(name: &str, about: &str) -> Checked {
    let ask = ProbeAsk::Ready(Ready {
        url: "https://kubernetes:6443/readyz".to_owned(),
        through: None,
        ca: Ca::Usual("/etc/kubernetes/pki/ca.crt"),
        refused_is_up: false,
    });
    Checked {
        code: Some(200),
        milliseconds: Some(12),
        verified: Some(true),
        ..check(name, about, ask)
    }
}

fn wrong(check: Checked, state: State, code: Option<u16>, why: &str, help: &str) -> Checked {
    Checked {
        state,
        code,
        verified: code.map(|_| false),
        why: why.to_owned(),
        help: Some(help.to_owned()),
        ..check
    }
}

fn host(name: &str, has_address: Option<bool>, checks: Vec<Checked>) -> VerifiedHost {
    VerifiedHost {
        host: name.into(),
        roles: vec!["node"],
        lost: None,
        has_address,
        checks,
    }
}

fn vip() -> Checked {
    path("vip", "the virtual address (192.0.2.100:6443)")
}

fn master() -> Checked {
    path("m1", "the API server of m1 (192.0.2.21:6443)")
}

fn address(holders: &[&str], state: State, why: &str) -> Option<VirtualAddress> {
    Some(VirtualAddress {
        address: "192.0.2.100".parse().expect("an address"),
        holders: holders.iter().map(|name| (*name).into()).collect(),
        state,
        why: why.to_owned(),
        help: (state == State::Down).then(|| "look at `journalctl -u keepalived` on these hosts".to_owned()),
    })
}

fn drawn(verified: &Verified) -> String {
    let text = matrix(verified);
    assert!(text.contains('\u{1b}'), "colours, for terminals");
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn everything_is_up() {
    let verified = Verified {
        hosts: vec![
            host("lb1", Some(true), vec![port(6443), vip(), master()]),
            host("worker-17", Some(false), vec![vip(), master()]),
        ],
        address: address(&["lb1"], State::Up, "lb1 has it"),
    };
    insta::assert_snapshot!(drawn(&verified), @r"
        host       ports  vip  m1
        lb1        1/1    200  200
        worker-17         200  200

        certificates were verified with /etc/kubernetes/pki/ca.crt
        Up: 5 checks on 2 hosts; lb1 has the virtual address.
        ");
}

#[test]
fn what_is_down_is_told_once_with_the_hosts_that_saw_it() {
    let refused = || {
        wrong(
            master(),
            State::Down,
            None,
            "connection refused",
            "look at whether it runs",
        )
    };
    let not_ready = wrong(
        vip(),
        State::Down,
        Some(500),
        "it answers 500: etcd failed",
        "look at haproxy",
    );
    let nobody = |check| {
        wrong(
            check,
            State::Unknown,
            None,
            "the host has no curl",
            "install curl",
        )
    };
    let closed = wrong(
        port(6443),
        State::Down,
        None,
        "nothing listens",
        "look at `systemctl status haproxy` on lb1",
    );
    let lost = VerifiedHost {
        lost: Some(Lost {
            message: "no answer from 192.0.2.32:22 within 10 s".to_owned(),
            help: None,
            unreachable: true,
        }),
        ..host("w2", None, Vec::new())
    };
    let verified = Verified {
        hosts: vec![
            host("lb1", Some(true), vec![closed, not_ready, refused()]),
            host("lb2", Some(true), vec![port(6443), vip(), refused()]),
            host("w1", Some(false), vec![nobody(vip()), nobody(master())]),
            lost,
        ],
        address: address(
            &["lb1", "lb2"],
            State::Down,
            "more than one host has it: lb1, lb2",
        ),
    };
    insta::assert_snapshot!(drawn(&verified), @r"
        host  ports  vip  m1
        lb1   0/1    500  -
        lb2   1/1    200  -
        w1           ?    ?
        w2    unreachable

        unreachable: w2: no answer from 192.0.2.32:22 within 10 s
        down: haproxy's frontend kube_api on port 6443, on lb1: nothing listens
          look at `systemctl status haproxy` on lb1
        down: the virtual address (192.0.2.100:6443), from lb1: it answers 500: etcd failed
          look at haproxy
        down: the API server of m1 (192.0.2.21:6443), from lb1, lb2: connection refused
          look at whether it runs
        unknown: vip, m1, from w1: the host has no curl
          install curl
        down: the virtual address 192.0.2.100: more than one host has it: lb1, lb2
          look at `journalctl -u keepalived` on these hosts

        certificates were verified with /etc/kubernetes/pki/ca.crt; not from lb1, where it is not (`kube_apiserver_ca` names another file)
        Not all up: 6 of 8 checks failed on 3 hosts; 1 host not asked; the virtual address is not on exactly one load balancer.
        ");
}

#[test]
fn without_a_load_balancer_nothing_is_said_of_addresses_and_certificates() {
    let plain = Checked {
        verified: None,
        ..path("own", "its own endpoint http://localhost:8080")
    };
    let verified = Verified {
        hosts: vec![host("m1", None, vec![plain])],
        address: None,
    };
    insta::assert_snapshot!(drawn(&verified), @r"
        host  own
        m1    200

        Up: 1 check on 1 host.
        ");
}
