//! Whether a member serves: it answers that it is healthy when it could read through the quorum.
//!
//! Source: etcd's "Monitoring etcd", "Health Check". A port that is open says nothing: a member listens long before it
//! has found the others.

use evenkeel_playbook::play::Card;
use evenkeel_tasks::types::Command;
use serde_json::json;

use super::certificates::FOLDER;
use crate::base::ask;
use crate::card::task;

/// The member on a host itself.
pub(super) const LOCAL: &str = "https://127.0.0.1:2379";

/// Waits until the member at a URL is healthy.
pub(crate) fn wait(name: &str, url: &str) -> Card {
    let with = login();
    let with: Vec<&str> = with.iter().map(String::as_str).collect();
    ask::wait(name, &format!("{url}/health"), &with)
}

/// Asks the host's own member once.
pub(super) fn probe(name: &str) -> Card {
    let mut argv: Vec<String> = ["curl", "--silent", "--show-error", "--fail", "--max-time", "5"]
        .map(str::to_owned)
        .to_vec();
    argv.extend(login());
    argv.push(format!("{LOCAL}/health"));
    ask::probe(task::<Command>(name, json!({ "argv": argv })))
}

/// How a client shows who it is.
fn login() -> Vec<String> {
    let own = |suffix: &str| format!("{FOLDER}/node-{{{{ inventory_hostname }}}}{suffix}.pem");
    let [ca, certificate, key] = ["--cacert", "--cert", "--key"].map(str::to_owned);
    vec![
        ca,
        format!("{FOLDER}/ca.pem"),
        certificate,
        own(""),
        key,
        own("-key"),
    ]
}
