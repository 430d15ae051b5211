//! HAProxy's settings, computed and brought from elsewhere.

use evenkeel_yaml::Problem;

use super::View;
use super::at;
use super::catalogue::Lint;
use super::raw::Raw;
use crate::balancer::haproxy::MOST_CONNECTIONS;
use crate::balancer::haproxy::SHORTEST_SILENCE;
use crate::settings::Time;

const TIMES: [&str; 3] = [
    "haproxy_timeout_client",
    "haproxy_timeout_server",
    "haproxy_timeout_tunnel",
];

pub(super) fn timeout_short(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &TIMES, |set| {
        let time = set.time().filter(|time| *time < SHORTEST_SILENCE)?;
        Some(format!("`{}` is {time}", set.name))
    })
}

pub(super) fn timeout_day(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &TIMES[..2], |set| {
        let time = set.time().filter(|time| *time >= Time::seconds(86_400))?;
        Some(format!("`{}` is {time}", set.name))
    })
}

pub(super) fn timeouts_differ(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let (client, server) = (balancer.haproxy.client, balancer.haproxy.server);
    if client == server {
        return Vec::new();
    }
    let text = format!("`{}` is {client}, `{}` is {server}", TIMES[0], TIMES[1]);
    let place = TIMES[..2]
        .iter()
        .find_map(|name| view.balancer_place(balancer, name));
    vec![at(lint.finding(text), place.as_ref(), "differs from the other")]
}

pub(super) fn maxconn_high(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    maxconn(lint, view, |maxconn, _| maxconn > MOST_CONNECTIONS)
}

/// What each node may hold open: about five for the kubelet (kubespray#655), the rest for its pods.
const CONNECTIONS_OF_A_NODE: u64 = 20;

pub(super) fn maxconn_low(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    maxconn(lint, view, |maxconn, needed| maxconn < needed)
}

fn maxconn(lint: &'static Lint, view: &View<'_>, wrong: impl Fn(u64, u64) -> bool) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let nodes = view.cluster.nodes.len();
    let needed = u64::try_from(nodes).map_or(u64::MAX, |nodes| nodes * CONNECTIONS_OF_A_NODE);
    let maxconn = balancer.haproxy.maxconn;
    if !wrong(maxconn, needed) {
        return Vec::new();
    }
    let place = view.balancer_place(balancer, "haproxy_maxconn");
    let text = format!("`haproxy_maxconn` is {maxconn}, and there are {nodes} hosts");
    vec![at(lint.finding(text), place.as_ref(), "this value")]
}

/// Longer than this, and clients meet a dead API server for too long.
const SLOWEST_REMOVAL: u64 = 30_000;

pub(super) fn removal_slow(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let Some(balancer) = &view.cluster.balancer else {
        return Vec::new();
    };
    let haproxy = &balancer.haproxy;
    let longest = haproxy.inter.milliseconds().saturating_mul(haproxy.fall);
    if longest <= SLOWEST_REMOVAL {
        return Vec::new();
    }
    let text = format!(
        "a dead API server is used for {} s: {} checks, one every {}",
        longest / 1000,
        haproxy.fall,
        haproxy.inter
    );
    let names = ["haproxy_check_fall", "haproxy_check_inter"];
    let place = names.iter().find_map(|name| view.balancer_place(balancer, name));
    vec![at(lint.finding(text), place.as_ref(), "too often or too rarely")]
}

const BALANCE: [&str; 4] = [
    "haproxy_balance",
    "haproxy_balance_algorithm",
    "haproxy_backend_balance_method",
    "loadbalancer_balance",
];

pub(super) fn roundrobin(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let wrong = ["roundrobin", "static-rr", "source", "first"];
    raw.find(lint, &BALANCE, |set| {
        set.is(&wrong)
            .then(|| format!("`{}` is {}", set.name, set.text().unwrap_or_default()))
    })
}

const STATS: [&str; 5] = [
    "haproxy_stats_bind",
    "haproxy_stats_address",
    "haproxy_stats_bind_address",
    "haproxy_stats_listen",
    "haproxy_stats_socket_bind",
];

/// `*:8080`, `0.0.0.0`, `:9000`, `[::]`: not localhost and not a socket's path.
pub(super) fn stats_open(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &STATS, |set| {
        let text = set.text()?;
        let host = text.trim().rsplit_once(':').map_or(text.trim(), |(host, _)| host);
        let host = if text.contains(':') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            host
        } else {
            ""
        };
        let local = ["localhost", "127.0.0.1", "[::1]", "::1"].contains(&host)
            || host.starts_with("127.")
            || text.starts_with('/')
            || text.starts_with("unix@");
        (!local).then(|| format!("`{}` is {}", set.name, text.trim()))
    })
}

pub(super) fn http_opts_in_tcp(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let names = [
        "haproxy_mode",
        "haproxy_defaults_mode",
        "haproxy_frontend_mode",
        "haproxy_backend_mode",
    ];
    raw.find(lint, &names, |set| {
        set.is(&["http"]).then(|| format!("`{}` is http", set.name))
    })
}

pub(super) fn retries_1(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &["haproxy_retries", "haproxy_defaults_retries"], |set| {
        let retries = set.number().filter(|retries| *retries < 2)?;
        Some(format!("`{}` is {retries}", set.name))
    })
}

pub(super) fn path_haproxy(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find_text(lint, |text| {
        text.text
            .contains("/etc/haproxy/haproxy.conf")
            .then(|| format!("`{}` names /etc/haproxy/haproxy.conf", text.name))
    })
}

pub(super) fn check_override(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for written in &raw.written {
        let mut texts = String::new();
        super::raw::each_text(&written.value, &mut |text| {
            texts.push_str(text);
            texts.push('\n');
        });
        if texts.contains("ssl-hello-chk") {
            let text = if texts.contains("httpchk") {
                format!("`{}` has `httpchk` and `ssl-hello-chk`", written.name)
            } else {
                format!("`{}` has `ssl-hello-chk`", written.name)
            };
            problems.push(at(lint.finding(text), written.place.as_ref(), "set here"));
        }
    }
    problems
}

/// `server NAME ADDRESS ...` in a piece of configuration.
pub(super) fn no_check(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let unchecked = |line: &&str| {
        let mut words = line.split_whitespace();
        let server = words.next() == Some("server") && words.clone().count() >= 2;
        server && !words.any(|word| word == "check") && !line.trim_end().ends_with(';')
    };
    raw.find_text(lint, |text| {
        if !text.name.starts_with("haproxy") {
            return None;
        }
        let line = text.text.lines().find(unchecked)?;
        let server = line.split_whitespace().nth(1).unwrap_or_default();
        Some(format!("the server {server} in `{}` has no `check`", text.name))
    })
}

pub(super) fn log_option(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find_text(lint, |text| {
        let mut section = "";
        for line in text.text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let [first, ..] = words[..]
                && ["frontend", "backend", "listen", "defaults", "global"].contains(&first)
            {
                section = first;
            }
            if section == "backend" && words.starts_with(&["option", "tcplog"]) {
                return Some(format!("`{}` has `option tcplog` in a backend", text.name));
            }
        }
        None
    })
}

pub(super) fn profile_system(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find_text(lint, |text| {
        text.text
            .contains("PROFILE=SYSTEM")
            .then(|| format!("`{}` has PROFILE=SYSTEM", text.name))
    })
}

/// A user of configuration files that somebody has to make.
pub(super) fn user_name(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &["haproxy_user", "haproxy_group"], |set| {
        let text = set.text().filter(|text| text != "haproxy")?;
        Some(format!("`{}` is {text}", set.name))
    })
}
