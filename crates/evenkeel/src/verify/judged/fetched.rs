//! What the answers of servers mean, and their silence.

use evenkeel_tasks::facts::fetched::Fetch;
use evenkeel_tasks::facts::fetched::PATIENCE;
use evenkeel_topology::Health;
use evenkeel_topology::Ready;

use super::Verdict;
use crate::State;

/// The exit codes of curl(1) that tell why there was no answer.
mod exit {
    pub(super) const NO_NAME: u16 = 6;
    pub(super) const NO_CONNECTION: u16 = 7;
    pub(super) const TIME_OUT: u16 = 28;
    pub(super) const HANDSHAKE: u16 = 35;
    pub(super) const NOTHING: u16 = 52;
    pub(super) const CLIENT_CERTIFICATE: u16 = 58;
    pub(super) const CERTIFICATE: u16 = 60;
    pub(super) const CA_FILE: u16 = 77;
}

/// An API server's answer to `/readyz`.
pub(super) fn ready(ready: &Ready, fetch: Fetch) -> Verdict {
    judge(&ready.url, fetch, |code, body| {
        match code {
        200 => Verdict::new(State::Up, "ready"),
        401 | 403 if ready.refused_is_up => Verdict::new(State::Up, format!("{code}: alive, who asks is not authorised")),
        401 | 403 => Verdict::new(State::Down, format!("{code}: alive, not authorised, so that nobody sees whether it is ready")).help(
            "allow anonymous requests to /readyz, or set `loadbalancer_apiserver_check: readyz-or-401`, which counts \
             this as up",
        ),
        _ => Verdict::new(State::Down, not_ready(code, body)),
    }
    })
}

/// Etcd's answer to `/health`.
pub(super) fn health(health: &Health, fetch: Fetch) -> Verdict {
    judge(&health.url, fetch, |code, body| match code {
        200 => Verdict::new(State::Up, "healthy"),
        _ if body.is_empty() => Verdict::new(State::Down, format!("it answers {code}")),
        _ => Verdict::new(State::Down, format!("it answers {code}: {body}")),
    })
}

fn judge(url: &str, fetch: Fetch, answered: impl Fn(u16, &str) -> Verdict) -> Verdict {
    let tls = url.starts_with("https:");
    match fetch {
        Fetch::NoCurl => Verdict::new(State::Unknown, "the host has no curl")
            .help("install curl, or run `evenkeel apply`: the role base brings it"),
        Fetch::Answered {
            code,
            seconds,
            verified,
            body,
        } => Verdict {
            code: Some(code),
            milliseconds: Some(milliseconds(seconds)),
            verified: tls.then_some(verified),
            ..answered(code, &body)
        },
        Fetch::Failed {
            exit, seconds, why, ..
        } => Verdict {
            milliseconds: Some(milliseconds(seconds)),
            ..failed(exit, &why)
        },
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of a few seconds"
)]
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0).round() as u64
}

/// The checks that failed, as Kubernetes lists them: `[+]ping ok [-]etcd failed: reason withheld readyz check failed`.
fn not_ready(code: u16, body: &str) -> String {
    let failed = body.split("[-]").skip(1);
    let failed = failed.map(|part| part.split("[+]").next().unwrap_or(part));
    let failed: Vec<&str> = failed
        .map(|part| part.trim().trim_end_matches("readyz check failed").trim())
        .collect();
    if failed.is_empty() {
        format!("it answers {code}")
    } else {
        format!("it answers {code}: {}", failed.join(", "))
    }
}

fn failed(exit: u16, why: &str) -> Verdict {
    let down = |why: String| Verdict::new(State::Down, why);
    match exit {
        exit::NO_NAME => down("the name is not resolved".to_owned())
            .help("/etc/hosts of the host does not have the name: run `evenkeel apply`"),
        exit::NO_CONNECTION => down(why.to_owned()),
        exit::TIME_OUT if why.contains("bytes received") => {
            down(format!("connected, but no answer within {PATIENCE} s"))
        }
        exit::TIME_OUT => down(format!("timed out: no connection within {PATIENCE} s")),
        exit::HANDSHAKE if why.contains("SSL_ERROR_SYSCALL") || why.contains("reset") => {
            down("the connection was closed during the TLS handshake".to_owned())
        }
        exit::HANDSHAKE => down(format!("no TLS: {}", why.split(" in connection to ").next().unwrap_or(why))),
        exit::NOTHING => down("the connection was closed without an answer".to_owned()),
        exit::CLIENT_CERTIFICATE | exit::CA_FILE => Verdict::new(State::Unknown, format!("it was not asked: {why}"))
            .help("the file has to be on the host, and readable for the user who asks (-b asks as root)"),
        exit::CERTIFICATE => down(format!("its certificate is not accepted: {why}")).help(
            "compare the names and the issuer of the certificate with the CA on the host (`kube_apiserver_ca`)",
        ),
        _ if why.is_empty() => down(format!("no answer: curl ended with {exit}")),
        _ => down(format!("no answer: {why}")),
    }
}
