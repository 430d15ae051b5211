//! Probes as questions to a host.

use evenkeel_host::Want;
use evenkeel_tasks::facts;
use evenkeel_tasks::facts::addresses::Addresses;
use evenkeel_tasks::facts::fetched::Fetched;
use evenkeel_tasks::facts::fetched::Trust;
use evenkeel_tasks::facts::listening::Listening;
use evenkeel_topology::Ca;
use evenkeel_topology::Health;
use evenkeel_topology::ProbeAsk;
use evenkeel_topology::Ready;

/// The question to the host.
pub(super) fn want(ask: &ProbeAsk) -> Want {
    match ask {
        ProbeAsk::Listens { .. } => facts::want(Listening),
        ProbeAsk::Holds { .. } => facts::want(Addresses),
        ProbeAsk::Ready(ready) => facts::want(of_ready(ready)),
        ProbeAsk::Health(health) => facts::want(of_health(health)),
    }
}

fn of_ready(ready: &Ready) -> Fetched {
    Fetched {
        url: ready.url.clone(),
        through: ready.through.map(|address| address.to_string()),
        trust: match &ready.ca {
            _ if !ready.url.starts_with("https:") => Trust::Nothing,
            Ca::Set(path) => Trust::Ca(path.clone()),
            Ca::Usual(path) => Trust::CaIfThere((*path).to_owned()),
        },
        client: None,
    }
}

/// Without certificates etcd speaks plain HTTP, where there is nothing to verify.
fn of_health(health: &Health) -> Fetched {
    let client = health.client.as_ref();
    Fetched {
        url: health.url.clone(),
        through: None,
        trust: client.map_or(Trust::Nothing, |files| Trust::Ca(files.ca.clone())),
        client: client.map(|files| (files.certificate.clone(), files.key.clone())),
    }
}
