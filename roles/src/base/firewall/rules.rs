//! The model's openings in the forms of firewalld.

use std::net::IpAddr;
use std::sync::Arc;

use evenkeel_topology::Cluster;
use evenkeel_topology::From;
use evenkeel_topology::Opening;
use ipnet::IpNet;
use serde_json::Value;
use serde_json::json;

/// Ports for everybody, and rich rules for some; each says what it is for.
pub(super) fn of(cluster: &Cluster, host: &Arc<str>) -> (Vec<Value>, Vec<Value>) {
    let (mut ports, mut rules) = (Vec::new(), Vec::new());
    for opening in cluster.openings(host) {
        let about = &opening.about;
        match &opening.from {
            From::Anybody => ports.push(json!({ "for": about, "port": opening.what })),
            From::Hosts(hosts) => rules.extend(
                hosts
                    .iter()
                    .map(|host| json!({ "for": about, "rule": source(&opening, (*host).into()) })),
            ),
            From::To(group) => rules.push(json!({ "for": about, "rule": destination(&opening, *group) })),
        }
    }
    (ports, rules)
}

/// A rule in the form in which firewalld prints it.
fn source(opening: &Opening, network: IpNet) -> String {
    let what = what(opening);
    format!(
        r#"rule family="{}" source address="{network}"{what} accept"#,
        family(network.addr())
    )
}

fn destination(opening: &Opening, group: IpAddr) -> String {
    let what = what(opening);
    format!(
        r#"rule family="{}" destination address="{group}"{what} accept"#,
        family(group)
    )
}

fn what(opening: &Opening) -> String {
    match opening.what.split_once('/') {
        Some((port, protocol)) => format!(r#" port port="{port}" protocol="{protocol}""#),
        None => format!(r#" protocol value="{}""#, opening.what),
    }
}

fn family(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "ipv4" } else { "ipv6" }
}
