//! HAProxy in front of the API servers.

use evenkeel_playbook::play::Play;
use evenkeel_tasks::types::Apt;
use evenkeel_tasks::types::Service;
use evenkeel_tasks::types::Template;
use evenkeel_topology::Balancer;
use evenkeel_topology::Cluster;
use evenkeel_topology::Frontend;
use evenkeel_topology::bracketed;
use serde_json::Value;
use serde_json::json;

use crate::Generated;
use crate::base::sysctl;
use crate::card::item;
use crate::card::task;

const TEMPLATE: &str = include_str!("templates/haproxy.cfg.j2");
const RELOAD: &str = "Reload HAProxy";

pub(super) fn compose(cluster: &Cluster, balancer: &Balancer, hosts: &str, into: &mut Generated) {
    let variable = variable(cluster, balancer);
    for member in &balancer.members {
        into.variable(&member.name, "haproxy", variable.clone());
    }
    into.template("haproxy.cfg.j2", TEMPLATE);
    into.play(play(balancer, hosts));
}

fn play(balancer: &Balancer, hosts: &str) -> Play {
    let mut play = Play::new("HAProxy balances the API servers", hosts);
    play.gather_facts = Some(false);
    let mut cards = Vec::new();
    if balancer.frontends.iter().any(|frontend| frontend.vip_only) {
        let key = if balancer.vip.addr().is_ipv4() {
            "net.ipv4.ip_nonlocal_bind"
        } else {
            "net.ipv6.ip_nonlocal_bind"
        };
        cards.push(sysctl::set(
            "Let HAProxy listen on the virtual address where it is not (yet)",
            key,
            "1",
        ));
    }
    cards.push(task::<Apt>(
        "Install HAProxy",
        json!({ "name": ["haproxy"], "update_cache": true, "cache_valid_time": 86_400 }),
    ));
    let configure = json!({
        "src": "haproxy.cfg.j2",
        "dest": "/etc/haproxy/haproxy.cfg",
        "owner": "root",
        "group": "root",
        "mode": "0644",
        "validate": "/usr/sbin/haproxy -c -f %s",
    });
    cards.push(task::<Template>("Configure HAProxy", configure).notify(RELOAD));
    let start = json!({ "name": "haproxy", "enabled": true, "state": "started" });
    cards.push(task::<Service>("Start HAProxy, now and with the machine", start));
    play.tasks = cards.into_iter().map(item).collect();
    // Reloading keeps open connections, restarting cuts them.
    play.handlers.push(item(task::<Service>(
        RELOAD,
        json!({ "name": "haproxy", "state": "reloaded" }),
    )));
    play
}

/// What the template needs.
fn variable(cluster: &Cluster, balancer: &Balancer) -> Value {
    let haproxy = &balancer.haproxy;
    let dual = cluster
        .nodes
        .values()
        .any(|node| node.access.is_ipv6() || node.address.is_ipv6());
    let dual = dual || balancer.vip.addr().is_ipv6();
    let frontends: Vec<Value> = balancer
        .frontends
        .iter()
        .map(|frontend| described(balancer, frontend, dual))
        .collect();
    json!({
        "maxconn": haproxy.maxconn,
        "timeouts": {
            "connect": haproxy.connect.to_string(),
            "check": haproxy.check.to_string(),
            "client": haproxy.client.to_string(),
            "server": haproxy.server.to_string(),
            "tunnel": haproxy.tunnel.to_string(),
            "client-fin": haproxy.client_fin.to_string(),
        },
        "check": {
            "inter": haproxy.inter.to_string(),
            "downinter": haproxy.downinter.to_string(),
            "rise": haproxy.rise,
            "fall": haproxy.fall,
        },
        "alive_port": haproxy.alive_port,
        "ready_port": haproxy.ready_port,
        "frontends": frontends,
    })
}

fn described(balancer: &Balancer, frontend: &Frontend, dual: bool) -> Value {
    let port = frontend.port;
    let vip = balancer.vip.addr();
    let binds = match (frontend.vip_only, dual) {
        (true, _) => vec![format!("{}:{port}", bracketed(vip))],
        (false, false) => vec![format!("*:{port}")],
        (false, true) => vec![format!("*:{port}"), format!("[::]:{port} v6only")],
    };
    let servers = frontend.servers.iter();
    let servers = servers.map(|server| {
        json!({ "name": server.name, "address": format!("{}:{}", bracketed(server.address), server.port) })
    });
    json!({
        "name": frontend.name,
        "binds": binds,
        "check": frontend.check,
        "servers": servers.collect::<Vec<Value>>(),
    })
}
