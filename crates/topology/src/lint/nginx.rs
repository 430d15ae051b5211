//! nginx's settings, computed and brought from elsewhere.

use evenkeel_yaml::Problem;

use super::View;
use super::catalogue::Lint;
use super::raw::Raw;
use crate::balancer::haproxy::SHORTEST_SILENCE;
use crate::settings::Time;

const TIMEOUT: [&str; 3] = [
    "nginx_proxy_timeout",
    "nginx_stream_proxy_timeout",
    "loadbalancer_apiserver_keepalive_timeout",
];

pub(super) fn nginx_timeout(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &TIMEOUT, |set| {
        let time = set.time().filter(|time| *time < SHORTEST_SILENCE)?;
        Some(format!("`{}` is {time}", set.name))
    })
}

pub(super) fn nginx_timeout_long(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    raw.find(lint, &TIMEOUT[..2], |set| {
        let time = set.time().filter(|time| *time > Time::seconds(4 * 3600))?;
        Some(format!("`{}` is {time}", set.name))
    })
}

pub(super) fn nginx_connect_slow(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let names = [
        "nginx_proxy_connect_timeout",
        "nginx_stream_proxy_connect_timeout",
    ];
    raw.find(lint, &names, |set| {
        let time = set.time().filter(|time| *time > Time::seconds(5))?;
        Some(format!("`{}` is {time}", set.name))
    })
}

pub(super) fn nginx_events_dup(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let opens = |text: &str| {
        let packed: String = text.split_whitespace().collect();
        packed.contains("events{")
    };
    raw.find_text(lint, |text| {
        (text.name.starts_with("nginx_") && opens(text.text))
            .then(|| format!("`{}` has an `events` section", text.name))
    })
}

pub(super) fn nginx_open(lint: &'static Lint, raw: &Raw<'_>) -> Vec<Problem> {
    let names = ["nginx_bind_address", "nginx_listen_address", "nginx_listen"];
    raw.find(lint, &names, |set| {
        let text = set.text()?;
        let host = text.trim().rsplit_once(':').map_or(text.trim(), |(host, _)| host);
        ["0.0.0.0", "*", "[::]", "::", ""]
            .contains(&host)
            .then(|| format!("`{}` is {}", set.name, text.trim()))
    })
}

/// Both sides of a connection count.
pub(super) fn nginx_connections(lint: &'static Lint, view: &View<'_>) -> Vec<Problem> {
    let nodes = i64::try_from(view.cluster.nodes.len()).unwrap_or(i64::MAX);
    view.raw.find(lint, &["nginx_worker_connections"], |set| {
        let connections = set
            .number()
            .filter(|connections| *connections < nodes.saturating_mul(40).max(512))?;
        Some(format!(
            "`{}` is {connections}: {} clients",
            set.name,
            connections / 2
        ))
    })
}
