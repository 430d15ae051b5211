//! What answers of hosts mean.

use std::fmt::Write as _;

use evenkeel_tasks::facts::fetched::Fetch;
use evenkeel_topology::Ca;
use evenkeel_topology::ClientFiles;
use evenkeel_topology::Health;
use evenkeel_topology::Ready;

use super::*;

fn probe(ask: ProbeAsk) -> Probe {
    Probe {
        name: "m1".to_owned(),
        about: "the API server of m1".to_owned(),
        look_at: "its log".to_owned(),
        ask,
    }
}

fn ready(refused_is_up: bool) -> Probe {
    probe(ProbeAsk::Ready(Ready {
        url: "https://kubernetes:6443/readyz".to_owned(),
        through: None,
        ca: Ca::Usual("/ca.crt"),
        refused_is_up,
    }))
}

fn fact(value: impl serde::Serialize) -> Known<Answer> {
    let value = serde_json::to_value(value).expect("JSON");
    Known::Is(Answer::Fact(value.into()))
}

fn answered(code: u16, body: &str) -> Known<Answer> {
    fact(Fetch::Answered {
        code,
        seconds: 0.0123,
        verified: true,
        body: body.to_owned(),
    })
}

fn failed(exit: u16, why: &str) -> Known<Answer> {
    fact(Fetch::Failed {
        exit,
        seconds: 5.001,
        verified: true,
        why: why.to_owned(),
    })
}

fn told(probe: &Probe, answers: &[Known<Answer>]) -> String {
    let mut text = String::new();
    for answer in answers {
        let Checked { state, why, help, .. } = check(probe, answer);
        let _ = writeln!(text, "{state:?}: {why}");
        if let Some(help) = help {
            let _ = writeln!(text, "  {help}");
        }
    }
    text
}

#[test]
fn an_api_server_is_up_when_it_says_that_it_is_ready() {
    let not_ready = "[+]ping ok [-]etcd failed: reason withheld [+]log ok readyz check failed";
    let answers = [
        answered(200, ""),
        answered(401, ""),
        answered(500, not_ready),
        answered(503, "no server"),
    ];
    insta::assert_snapshot!(told(&ready(false), &answers), @r"
        Up: ready
        Down: 401: alive, not authorised, so that nobody sees whether it is ready
          allow anonymous requests to /readyz, or set `loadbalancer_apiserver_check: readyz-or-401`, which counts this as up
        Down: it answers 500: etcd failed: reason withheld
          look at its log
        Down: it answers 503
          look at its log
        ");
    insta::assert_snapshot!(told(&ready(true), &answers[1..2]), @"Up: 401: alive, who asks is not authorised");
}

#[test]
fn silence_has_a_reason() {
    let answers = [
        failed(7, "connection refused"),
        failed(6, "Could not resolve host: lb-apiserver.kubernetes.local"),
        failed(28, "Connection timed out after 5001 milliseconds"),
        failed(
            28,
            "Operation timed out after 5001 milliseconds with 0 bytes received",
        ),
        failed(
            35,
            "OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to kubernetes:6443",
        ),
        failed(35, "error:0A00010B:SSL routines::wrong version number"),
        failed(56, "Recv failure: Connection reset by peer"),
        failed(60, "SSL certificate problem: self-signed certificate"),
        failed(77, "error setting certificate file: /ca.crt"),
        failed(52, ""),
        fact(Fetch::NoCurl),
        Known::Is(Answer::Failed("no answer within 60 s".into())),
    ];
    insta::assert_snapshot!(told(&ready(false), &answers), @r"
        Down: connection refused
          look at its log
        Down: the name is not resolved
          /etc/hosts of the host does not have the name: run `evenkeel apply`
        Down: timed out: no connection within 5 s
          look at its log
        Down: connected, but no answer within 5 s
          look at its log
        Down: the connection was closed during the TLS handshake
          look at its log
        Down: no TLS: error:0A00010B:SSL routines::wrong version number
          look at its log
        Down: no answer: Recv failure: Connection reset by peer
          look at its log
        Down: its certificate is not accepted: SSL certificate problem: self-signed certificate
          compare the names and the issuer of the certificate with the CA on the host (`kube_apiserver_ca`)
        Unknown: it was not asked: error setting certificate file: /ca.crt
          the file has to be on the host, and readable for the user who asks (-b asks as root)
        Down: the connection was closed without an answer
          look at its log
        Unknown: the host has no curl
          install curl, or run `evenkeel apply`: the role base brings it
        Unknown: no answer within 60 s
          ask again; the questions of a host have 60 s together
        ");
}

#[test]
fn etcd_is_up_when_it_says_that_it_is_healthy() {
    let file = |name: &str| format!("/etc/ssl/etcd/ssl/{name}");
    let health = probe(ProbeAsk::Health(Health {
        url: "https://127.0.0.1:2379/health".to_owned(),
        client: Some(ClientFiles {
            certificate: file("node-m1.pem"),
            key: file("node-m1-key.pem"),
            ca: file("ca.pem"),
        }),
    }));
    let answers = [
        answered(200, ""),
        answered(503, r#"{"health":"false","reason":"RAFT NO LEADER"}"#),
        failed(
            58,
            "could not load PEM client certificate from /etc/ssl/etcd/ssl/node-m1.pem",
        ),
    ];
    insta::assert_snapshot!(told(&health, &answers), @r#"
        Up: healthy
        Down: it answers 503: {"health":"false","reason":"RAFT NO LEADER"}
          look at its log
        Unknown: it was not asked: could not load PEM client certificate from /etc/ssl/etcd/ssl/node-m1.pem
          the file has to be on the host, and readable for the user who asks (-b asks as root)
        "#);
}

#[test]
fn a_port_is_up_when_its_address_is_served() {
    let listener = |address: &str, port| Listener {
        address: address.parse().ok(),
        port,
    };
    let found = fact([listener("127.0.0.1", 6443), listener("0.0.0.0", 22)]);
    let missing = Known::Is(Answer::Failed("`ss` is missing".into()));
    let port = |port, address: Option<&str>| {
        probe(ProbeAsk::Listens {
            port,
            address: address.and_then(|address| address.parse().ok()),
        })
    };
    assert_eq!(
        told(&port(22, None), std::slice::from_ref(&found)),
        "Up: listens\n"
    );
    assert_eq!(
        told(&port(6443, Some("127.0.0.1")), std::slice::from_ref(&found)),
        "Up: listens\n"
    );
    insta::assert_snapshot!(told(&port(6443, None), &[found.clone(), missing]), @r"
        Down: listens on 127.0.0.1 only
          look at its log
        Unknown: `ss` is missing
          install iproute2
        ");
    insta::assert_snapshot!(told(&port(8404, None), &[found]), @r"
        Down: nothing listens
          look at its log
        ");
}

#[test]
fn a_host_that_is_lost_has_no_checks() {
    let asked = HostProbes {
        host: "m1".into(),
        roles: vec!["master"],
        probes: vec![ready(false)],
    };
    let lost = host(&asked, Err(Error::Unreachable("no route".to_owned())));
    assert_eq!(lost.checks, []);
    assert!(lost.lost.is_some_and(|lost| lost.unreachable));
    let refused = host(&asked, Err(Error::Become("a password is required".to_owned())));
    assert!(
        refused
            .lost
            .is_some_and(|lost| !lost.unreachable && lost.help.is_some())
    );
}
